"""Mail servers on loopback: one from a library, and scripts of what a server says."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message as Mail
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from tests.delivery.wires import raw


@dataclass
class Mailbox:
    """What a mail server took."""

    port: int = 0
    sender: list[str] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    contents: list[bytes] = field(default_factory=list)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.sender.append(str(envelope.mail_from))
        self.recipients.extend(str(to) for to in envelope.rcpt_tos)
        assert isinstance(envelope.content, bytes)
        self.contents.append(envelope.content)
        return "250 taken"

    def mail(self) -> Mail:
        """The last one."""
        return message_from_bytes(self.contents[-1])


@asynccontextmanager
async def mailbox(
    *,
    tls: ssl.SSLContext | None = None,
    start_tls: ssl.SSLContext | None = None,
    user: str = "",
    password: str = "",
) -> AsyncIterator[Mailbox]:
    """A mail server; with TLS from the start or after the greeting, with a user or for everybody."""
    box = Mailbox()

    def known(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        return AuthResult(
            success=(data.login, data.password) == (user.encode(), password.encode()), handled=False
        )

    def server() -> SMTP:
        return SMTP(
            box,
            tls_context=start_tls,
            require_starttls=start_tls is not None,
            authenticator=known if user else None,
            auth_require_tls=start_tls is not None,
            loop=asyncio.get_running_loop(),
        )

    it = await asyncio.get_running_loop().create_server(server, "127.0.0.1", 0, ssl=tls)
    box.port = it.sockets[0].getsockname()[1]
    try:
        yield box
    finally:
        it.close()
        await it.wait_closed()


@dataclass
class Dialogue:
    """A mail server that says what a test wants, and remembers the commands."""

    answers: dict[str, str | None]
    port: int = 0
    heard: list[str] = field(default_factory=list)

    async def speak(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 ready\r\n")
        while line := (await reader.readline()).decode().strip():
            verb = line.split(" ")[0].split(":")[0].upper()
            self.heard.append(line)
            if verb == "DATA" and "DATA" not in self.answers:
                writer.write(b"354 go on\r\n")
                await reader.readuntil(b"\r\n.\r\n")
                verb = "."
            answer = self.answers.get(verb, "250 fine")
            if answer is None:
                await asyncio.sleep(60)
            writer.write(f"{answer}\r\n".encode())
            if verb == "QUIT" or answer == "":
                return


@asynccontextmanager
async def dialogue(**answers: str | None) -> AsyncIterator[Dialogue]:
    """``dot`` is the answer to the content; None is silence, empty the end."""
    it = Dialogue({("." if verb == "dot" else verb): answer for verb, answer in answers.items()})
    async with raw(it.speak) as port:
        it.port = port
        yield it


def text_of(mail: Mail) -> str:
    """What it says, with plain ends of lines."""
    content = mail.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content.decode().replace("\r\n", "\n").strip("\n")


def parts_of(mail: Mail) -> tuple[Mail, ...]:
    parts = mail.get_payload()
    assert isinstance(parts, list)
    assert all(isinstance(part, Mail) for part in parts)
    return tuple(part for part in parts if isinstance(part, Mail))
