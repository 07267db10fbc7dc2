"""The network below libldap: asyncio connects and does TLS, libldap speaks plainly into a socket of our own.

By itself libldap looks up names, connects and shakes hands while the whole process stands still, for as long as a
server likes. Here it finds a Unix socket in a folder that only we may enter; its other end is carried to the server.
"""

import asyncio
import ssl
from asyncio import StreamReader, StreamWriter
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from watchword.directory.ldap.trouble import Lost

_STARTTLS = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037"
"""RFC 4511, 4.14.1: the request, with 1 as message id."""
_LONGEST_REPLY = 65_536
_SOME = 65_536


class Tunnel:
    """One connection to a server, carried to ``path``, where one client is let in."""

    def __init__(self, reader: StreamReader, writer: StreamWriter) -> None:
        self._far = reader, writer
        self._near: StreamWriter | None = None
        self._folder = TemporaryDirectory(prefix="watchword-")
        self._door: asyncio.Server | None = None
        self._carriers: list[asyncio.Future[None]] = []
        self.path = str(Path(self._folder.name, "ldap"))
        self.broken = ""
        """Why the server was lost, in the network's words, if it was."""

    @property
    def ended(self) -> bool:
        """Whether the server hung up, or we did."""
        return any(carrier.done() for carrier in self._carriers)

    async def open(self) -> None:
        """Wait for the client."""
        self._door = await asyncio.start_unix_server(self._let_in, self.path, limit=_SOME, backlog=1)

    def close(self) -> None:
        """Tear it down at once, without waiting for anybody."""
        self._shut_door()
        for writer in (self._far[1], self._near):
            if writer is not None:
                writer.transport.abort()

    def _let_in(self, reader: StreamReader, writer: StreamWriter) -> None:
        self._shut_door()
        self._near = writer
        ways = (self._carry(reader, self._far[1]), self._carry(self._far[0], writer))
        self._carriers = [asyncio.ensure_future(way) for way in ways]

    async def _carry(self, reader: StreamReader, writer: StreamWriter) -> None:
        try:
            while some := await reader.read(_SOME):
                writer.write(some)
                await writer.drain()
        except OSError as lost:
            self.broken = self.broken or spoken(lost)
        writer.close()

    def _shut_door(self) -> None:
        if self._door is not None:
            self._door.close()
            self._door = None
        with suppress(OSError):
            self._folder.cleanup()


async def dig(host: str, port: int, tls: ssl.SSLContext | None, *, starttls: bool) -> Tunnel:
    """A tunnel to this server, or `Lost` with the network's words; whoever asks bounds the time."""
    at_once = None if starttls else tls
    try:
        reader, writer = await asyncio.open_connection(host, port, limit=_SOME, ssl=at_once)
        tunnel = Tunnel(reader, writer)
        try:
            if starttls and tls is not None:
                await _ask_for_tls(reader, writer)
                await writer.start_tls(tls, server_hostname=host)
            await tunnel.open()
        except BaseException:
            tunnel.close()
            raise
    except OSError as failed:
        raise Lost(spoken(failed)) from None
    return tunnel


def spoken(failed: OSError) -> str:
    """The words of the network or of TLS."""
    if isinstance(failed, ssl.SSLCertVerificationError):
        return f"The certificate was refused: {failed.verify_message}."
    if isinstance(failed, ssl.SSLError):
        return f"TLS failed: {failed.reason or failed}."
    return f"{failed.strerror or failed}."


async def _ask_for_tls(reader: StreamReader, writer: StreamWriter) -> None:
    writer.write(_STARTTLS)
    reply = b""
    while (message := _element(reply)) is None:
        some = await reader.read(_SOME)
        reply += some
        if not some or len(reply) > _LONGEST_REPLY:
            raise Lost("The server hung up when it was asked for TLS.")
    # RFC 4511, 4.1.1 and 4.12: the message's id, then the response, in it the result code and the server's words.
    inner, rest = message
    inner = (_element(_after(inner)) or (b"", b""))[0]
    code, words = _element(inner), b""
    if code is None or code[0] != b"\x00":
        words = (_element(_after(_after(inner))) or (b"", b""))[0]
        said = words.decode(errors="replace").strip(" .") or "no reason given"
        raise Lost(f"The server refused TLS: {said}.")
    if rest:
        # What was sent in clear must not count as said under TLS.
        raise Lost("The server sent more than was asked, before TLS began.")


def _element(data: bytes) -> tuple[bytes, bytes] | None:
    """Content of the first element of BER, and what follows it; None if it is not whole."""
    size, start = (data[1], 2) if len(data) > 1 else (0, 2)
    if size & 0x80:
        start += size & 0x7F
        size = int.from_bytes(data[2:start])
    return (data[start : start + size], data[start + size :]) if len(data) >= start + size else None


def _after(data: bytes) -> bytes:
    return (_element(data) or (b"", b""))[1]
