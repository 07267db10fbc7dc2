"""A gateway for SMS on loopback, in the process of the load client: it costs little, and knows the codes at once."""

import asyncio
import re
import socket
from collections.abc import Generator, Iterable
from typing import cast
from urllib.parse import parse_qs

from bench.client import YES, Talk, post
from bench.people import Holder

_TAKEN = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK"
_TRANSACTION = re.compile(rb'"transactionid": "(\d+)"')
_ASKED = b'"transactionid"'


class Gateway:
    """Where it listens, what it was told by number, and how long it takes to answer."""

    def __init__(self, delay: float = 0.0) -> None:
        self.delay = delay
        self.codes: dict[str, str] = {}
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}/"

    async def serve(self) -> None:
        """Answer in this loop, as long as it runs."""
        await asyncio.get_running_loop().create_server(lambda: _Line(self), sock=self.listener)

    def talk(self, holders: Iterable[Holder]) -> Talk:
        """Each of these asks for a code and answers with it."""
        return _asking(self, holders)


def _asking(gateway: Gateway, holders: Iterable[Holder]) -> Generator[tuple[bytes, bytes], bytes, None]:
    for holder in holders:
        body = f"user={holder.login}&pass={holder.pin}".encode()
        told = yield post("/validate/check", body), _ASKED
        found = _TRANSACTION.search(told)
        code = gateway.codes.get(holder.number, "")
        transaction = found[1].decode() if found is not None else ""
        body = f"user={holder.login}&pass={code}&transactionid={transaction}".encode()
        yield post("/validate/check", body), YES


class _Line(asyncio.Protocol):
    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._held = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._held += data
        head, end, body = self._held.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        if not end or length is None or len(body) < int(length[1]):
            return
        self._held = b""
        said = parse_qs(body.decode())
        self._gateway.codes[said["phone"][0]] = said["sms"][0]
        asyncio.get_running_loop().call_later(self._gateway.delay, self._answer)

    def _answer(self) -> None:
        if not self._transport.is_closing():
            self._transport.write(_TAKEN)
