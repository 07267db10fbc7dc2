"""What a provider must be: it brings messages over one service.

A provider *speaks* and the core *keeps*: it is given its configuration, held against what it declares, and a courier
that reaches the service within bounds. It says what became of a message, and leaves trying again to the core.
"""

import socket
import ssl
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, ClassVar, Protocol

import msgspec
from msgspec import Struct

from watchword.clock import Clock
from watchword.errors import WatchwordError
from watchword.model.message import Channel, Message, Receipt


class Takes(StrEnum):
    """What a provider's setting is filled in with, and so what the provider is given."""

    TEXT = "text"
    NUMBER = "number"
    FLAG = "flag"
    """``true`` or ``false``, or a text that says so."""
    TABLE = "table"
    """An object; with `Declared.parts`, of exactly these."""
    JSON = "json"
    """Anything."""
    PATTERN = "pattern"
    """A regular expression without back references (RE2)."""
    TIMEOUT = "timeout"
    """``5`` or ``3,5``: seconds to connect, and to wait for an answer. Given as a pair."""
    URL = "url"
    """With ``http`` or ``https``."""
    PROXY = "proxy"
    """A URL, or one for each of ``http`` and ``https``. Given as a table."""
    AUTHORITY = "authority"
    """Whom to trust: a file or folder of certificates; true: whom the machine trusts; false: anybody."""
    CERTIFICATE = "certificate"
    """A file of our certificate, with its key if nothing else is said."""
    KEY = "key"
    """A file of the certificate's key."""


class Declared(Struct, frozen=True, kw_only=True):
    """One setting of a provider, as it is filled in."""

    name: str
    """As it is written in the configuration (``SMTP_SERVER``); read in any case."""
    help: str
    takes: Takes = Takes.TEXT
    needed: bool = False
    secret: bool = False
    """Kept back whenever the configuration is shown; of a table, all values."""
    reaches: bool = False
    """It says who will see the secrets: changing it asks for them anew."""
    default: Any = None
    """What the provider is given where it is not filled in."""
    choices: tuple[str, ...] = ()
    """In any case; given as written here."""
    parts: tuple["Declared", ...] = ()
    """What a table holds."""


class Courier(Protocol):
    """Speaks to services for providers: bounded in time and size, private addresses only where allowed."""

    async def request(
        self,
        method: str,
        url: str,
        *,
        form: Mapping[str, str | Sequence[str]] | None = None,
        json: Any = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        basic: tuple[str, str] | None = None,
        digest: tuple[str, str] | None = None,
        proxy: str = "",
        server_certificate: str | bool = True,
        client_certificate: str = "",
        seconds: tuple[float, float] = (3.0, 10.0),
    ) -> "Answered":
        """The answer to an HTTP request; redirects are not followed.

        ``seconds`` are for connecting and, after that, for the whole answer. Raises `NotSent` where the request
        surely did not arrive, `Unsure` where it may have.
        """
        ...

    async def dial(self, host: str, port: int, *, seconds: float) -> socket.socket:
        """A connection for wires other than HTTP, or `NotSent`."""
        ...

    def trust(
        self, server_certificate: str | bool = True, client_certificate: str = "", key: str = ""
    ) -> ssl.SSLContext:
        """Whom to trust and how to show who we are, for TLS over `dial`; `NotSent` if a file is not usable."""
        ...


class Answered(Struct, frozen=True, kw_only=True):
    """An HTTP answer, its body cut off at a bound."""

    status: int
    reason: str
    body: bytes
    headers: Mapping[str, str]
    """By name in lower case."""

    def __repr__(self) -> str:
        return f"Answered(status={self.status})"

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body as JSON; None if it is none."""
        try:
            return msgspec.json.decode(self.body)
        except (msgspec.DecodeError, RecursionError):
            return None


class NotSent(WatchwordError):
    """The request did not reach the service."""

    slug = "not-sent"


class Unsure(WatchwordError):
    """The request went out, and no answer came: it may have been carried out."""

    slug = "unsure"


class ProviderContext(Struct, frozen=True, kw_only=True):
    """All that a provider is given of the house besides its configuration."""

    clock: Clock
    courier: Courier
    templates: str = ""
    """The folder of message templates; empty if there is none."""


class Spoken(Struct, frozen=True, kw_only=True):
    """How the test kit tries a provider: its configuration, and what its service answers to a good request.

    In texts of ``config``, ``{url}``, ``{host}`` and ``{port}`` stand for a service of the kit's own, on this machine.
    """

    config: Mapping[str, Any]
    status: int = 200
    reply: str = ""


class Provider(ABC):
    """Brings messages over one service. One instance serves one configuration, for many messages at once."""

    requires: ClassVar[tuple[int, int]] = (1, 0)
    """For which version of these shapes it was written (`versions.PLUGIN_API`)."""
    names: ClassVar[tuple[str, ...]]
    """The first is its class name in LinOTP's configuration, the others are taken for it, too."""
    channel: ClassVar[Channel]
    title: ClassVar[str]
    settings: ClassVar[tuple[Declared, ...]]

    @abstractmethod
    def __init__(self, config: Mapping[str, Any], context: ProviderContext) -> None:
        """``config`` has been held against `settings`. `errors.BadParameter` names what cannot work."""

    @abstractmethod
    async def send(self, message: Message) -> Receipt:
        """Bring it, or say what became of it; never raises for what the other side does."""

    @abstractmethod
    async def test(self) -> Receipt:
        """Whether the service can be reached and takes our credentials; sends nothing to anybody."""

    @classmethod
    def example(cls) -> Spoken | None:
        """What the test kit tries it with (``watchword plugin check``); None: it speaks no HTTP, and needs a test of
        its own.
        """
        return None

    async def close(self) -> None:
        """Give back what was opened."""
        return
