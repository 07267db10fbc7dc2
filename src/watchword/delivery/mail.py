"""Speaks SMTP (RFC 5321) for the providers that send mail: one message, one recipient, one connection."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from email.utils import format_datetime, parseaddr
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from watchword.clock import instant
from watchword.delivery.telling import accepted, harmless, refused, unavailable, uncertain, why
from watchword.errors import BadParameter
from watchword.model.message import Receipt
from watchword.plugin.providers import Courier, NotSent

if TYPE_CHECKING:
    from email.message import Message as Mail

    import aiosmtplib

_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9.-]{1,253}\Z")
_LINE_BYTES = 990
"""RFC 5321 section 4.5.3.1.6 allows 998."""


class MailServer(Struct, frozen=True, kw_only=True):
    """How a mail server is reached."""

    host: str
    port: int
    start_tls: bool
    use_ssl: bool
    user: str
    password: str
    server_certificate: str | bool
    client_certificate: str
    key: str
    seconds: tuple[float, float]

    def __repr__(self) -> str:
        return f"MailServer(host={self.host!r}, port={self.port})"


def mail_server(config: Mapping[str, Any], host: str, names: Mapping[str, str]) -> MailServer:
    """The server of a configuration; ``names`` are the settings' names for ours, host may bring its port."""
    start_tls, use_ssl = config[names["start_tls"]], config[names["use_ssl"]]
    if start_tls and use_ssl:
        raise BadParameter(
            f"The configuration's keys {names['start_tls']!r} and {names['use_ssl']!r} exclude each other."
        )
    host, _, port = host.strip().partition(":") if host.count(":") == 1 else (host.strip(), "", "")
    usual = 465 if use_ssl else 587 if start_tls else 25
    number = int(port) if port.isdecimal() else config[names["port"]] or usual
    if not host or any(character.isspace() for character in host) or not 0 < number < 65536:
        raise BadParameter(
            f"The configuration's key {names['host']!r} must be a host, or a host and its port."
        )
    return MailServer(
        host=host,
        port=number,
        start_tls=start_tls,
        use_ssl=use_ssl,
        user=config[names["user"]],
        password=config[names["password"]],
        server_certificate=config["SERVER_CERTIFICATE"],
        client_certificate=config[names["certificate"]],
        key=config[names["key"]],
        seconds=config["TIMEOUT"],
    )


def sender_of(text: str) -> str:
    """The bare address of what may have a name in front; empty if there is none."""
    return address_of(parseaddr(text)[1]) if "\n" not in text else ""


def address_of(text: str) -> str:
    """The address, or empty if the text is none, or none that every mail server takes."""
    return text if _ADDRESS.match(text) else ""


def text_mail(text: str) -> "Mail":
    """Plain text, as it is if it can be."""
    from email.mime.text import MIMEText

    plain = text.isascii() and all(len(line) < _LINE_BYTES for line in text.splitlines())
    return MIMEText(text, "plain", "us-ascii" if plain else "utf-8")


def addressed(mail: "Mail", *, sender: str, to: str, subject: str, now: int) -> bytes:
    """The whole mail, with its subject, addresses and date; nobody's text can add a header."""
    from email.header import Header
    from email.policy import compat32

    for name, value in (("Subject", subject), ("From", sender), ("To", to)):
        line = " ".join(value.split())
        del mail[name]
        mail[name] = line if line.isascii() else Header(line, "utf-8").encode()
    del mail["Date"]
    mail["Date"] = format_datetime(instant(now))
    return mail.as_bytes(policy=compat32.clone(linesep="\r\n", max_line_length=0))


async def deliver(
    server: MailServer, courier: Courier, sender: str, recipient: str, content: bytes
) -> Receipt:
    """Bring it to the server; after the content went out, a lost answer leaves us in doubt."""
    from aiosmtplib import SMTPException, SMTPResponseException

    step = "DATA"
    out = False
    try:
        async with _dialogue(server, courier) as smtp:
            step = "MAIL"
            await smtp.mail(sender)
            step = "RCPT"
            await smtp.rcpt(recipient)
            step, out = "DATA", True
            await smtp.data(content)
    except NotSent as broken:
        return unavailable(broken.message)
    except SMTPResponseException as answer:
        if answer.code <= 0:  # the library's word for what is no answer at all
            return (
                uncertain(f"{server.host}:{server.port} talks nonsense.")
                if out
                else unavailable(f"{server.host}:{server.port} is no mail server.")
            )
        return _by_code(server, step, answer.code, answer.message)
    except (SMTPException, OSError, ValueError) as broken:
        if out:
            return uncertain(f"{server.host}:{server.port} took the mail and did not confirm it.")
        return unavailable(f"{server.host}:{server.port} cannot be used: {why(broken)}.")
    return accepted()


async def greet(server: MailServer, courier: Courier) -> Receipt:
    """Whether the server speaks to us and takes our credentials; brings nothing."""
    from aiosmtplib import SMTPException, SMTPResponseException

    try:
        async with _dialogue(server, courier):
            pass
    except NotSent as broken:
        return unavailable(broken.message)
    except SMTPResponseException as answer:
        return _by_code(server, "greeting", answer.code, answer.message)
    except (SMTPException, OSError, ValueError) as broken:
        return unavailable(f"{server.host}:{server.port} cannot be used: {why(broken)}.")
    return accepted(reason="The mail server can be reached, and takes our credentials if it has any.")


@asynccontextmanager
async def _dialogue(server: MailServer, courier: Courier) -> AsyncIterator["aiosmtplib.SMTP"]:
    """From the connection to the log-in, and the goodbye."""
    import aiosmtplib

    connecting, answering = server.seconds
    needs_tls = server.use_ssl or server.start_tls
    context = (
        courier.trust(server.server_certificate, server.client_certificate, server.key) if needs_tls else None
    )
    async with asyncio.timeout(connecting + 4 * answering):
        wire = await courier.dial(server.host, server.port, seconds=connecting)
        smtp = aiosmtplib.SMTP(
            hostname=server.host,
            local_hostname=_our_name(),
            timeout=answering,
            sock=wire,
            use_tls=server.use_ssl,
            start_tls=False,
            tls_context=context,
        )
        try:
            await smtp.connect()
            try:
                await smtp.ehlo()
            except aiosmtplib.SMTPHeloError:  # a server of before 1995, which has nothing to offer
                await smtp.helo()
            if server.start_tls:
                await smtp.starttls(server_hostname=server.host, tls_context=context)
                await smtp.ehlo()
            if server.user:
                await smtp.login(server.user, server.password)
            yield smtp
            with suppress(aiosmtplib.SMTPException, OSError):  # what was said before holds without a goodbye
                await smtp.quit()
        finally:
            smtp.close()


def _our_name() -> str:
    name = socket.gethostname()
    return name if re.fullmatch(r"[A-Za-z0-9.-]{1,253}", name) else "localhost"


def _by_code(server: MailServer, step: str, code: int, message: str) -> Receipt:
    """What a refusal means: of this mail, or of all that we could bring (RFC 5321 section 4.2)."""
    said = f"{server.host}:{server.port} answers {code} to {step}: {harmless(message)}"
    return refused(said) if step in {"RCPT", "DATA"} and code != 421 else unavailable(said)
