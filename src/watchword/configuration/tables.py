"""The form of the document: what may stand in which section, and how mistakes are told."""

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import msgspec
from msgspec import Struct, field

from watchword.configuration import toml
from watchword.errors import BadParameter, WatchwordError
from watchword.model.policy import ALWAYS

T = TypeVar("T")
Scalar = str | int | bool


class EntryTable(Struct, kw_only=True, forbid_unknown_fields=True):
    value: Scalar | None = None
    secret: str | None = None
    kind: str = ""
    description: str = ""


class ResolverTable(Struct, kw_only=True, forbid_unknown_fields=True):
    kind: str
    readonly: bool = False
    settings: dict[str, Scalar] = {}


class RealmTable(Struct, kw_only=True, forbid_unknown_fields=True):
    resolvers: list[str]
    default: bool = False


class ProviderTable(Struct, kw_only=True, forbid_unknown_fields=True):
    class_name: str = field(name="class")
    timeout: Scalar = ""
    default: bool = False
    config: str = ""
    """JSON, as it is sent to ``setProvider``, but with references for its secrets."""


class MethodTable(Struct, kw_only=True, forbid_unknown_fields=True):
    enabled: bool = False
    level: int | None = None
    aliases: list[str] = []
    properties: dict[str, Scalar] = {}
    """Secret ones as references."""


class HookTable(Struct, kw_only=True, forbid_unknown_fields=True):
    shape: str
    proof: str
    realm: str = ""
    secret: str = ""
    """A reference, as is ``previous``, which is good as well while callers learn the new one."""
    previous: str = ""
    user: str = ""
    header: str = ""
    issuer: str = ""
    audience: str = ""
    scope: str = ""
    keys: str = ""
    active: bool = True


class RouteTable(Struct, kw_only=True, forbid_unknown_fields=True):
    """As `model.route.Route`; the order of the document is that in which routes are looked at."""

    channel: str = ""
    countries: list[str] = []
    types: list[str] = []
    languages: list[str] = []
    purposes: list[str] = []
    realms: list[str] = []
    prefixes: list[str] = []
    hours: str = ""
    share: int = 100
    providers: list[str] = []
    cost: int = 0
    active: bool = True


class PolicyTable(Struct, kw_only=True, forbid_unknown_fields=True):
    scope: str
    action: str
    realm: str
    user: str = "*"
    client: str = "*"
    time: str = ALWAYS
    active: bool = True


class ClientTable(Struct, kw_only=True, forbid_unknown_fields=True):
    secret: str | None = None
    name: str = ""
    redirect_uris: list[str] = []
    post_logout_redirect_uris: list[str] = []
    authentication: str = "client_secret_basic"
    jwks: str = ""
    algorithm: str = "ES256"
    pkce: bool = True
    scopes: list[str] = []
    consent: bool = False
    require_pushed: bool = False
    default_acr_values: list[str] = []
    default_max_age: int | None = None
    backchannel_logout_uri: str = ""


class OidcTable(Struct, kw_only=True, forbid_unknown_fields=True):
    clients: dict[str, Any] | None = None


class Tables(Struct, kw_only=True, forbid_unknown_fields=True):
    """The document, its items still unread; None is a section that is not there."""

    settings: dict[str, Any] | None = None
    resolvers: dict[str, Any] | None = None
    realms: dict[str, Any] | None = None
    providers: dict[str, Any] | None = None
    hooks: dict[str, Any] | None = None
    routes: dict[str, Any] | None = None
    policies: dict[str, Any] | None = None
    methods: dict[str, Any] | None = None
    oidc: OidcTable | None = None


class Problems:
    """Collects what is wrong with a document, so that all of it can be mended at once."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    @contextmanager
    def at(self, *path: str) -> Iterator[None]:
        """What is refused within is noted with its path."""
        try:
            yield
        except WatchwordError as wrong:
            self.lines.append(f"{toml.key(*path)}: {wrong.message}")

    def raise_any(self) -> None:
        if self.lines:
            raise BadParameter("\n".join(self.lines))


def read_tables(text: str) -> Tables:
    """The sections of a document; BadParameter if it is no TOML or has a section that there is not."""
    try:
        return converted(tomllib.loads(text), Tables)
    except tomllib.TOMLDecodeError as wrong:
        raise BadParameter(f"The document is no TOML: {wrong}.") from None


def converted(raw: Any, shape: type[T]) -> T:
    """One item in the form of its section; BadParameter with the path within it."""
    try:
        return msgspec.convert(raw, shape)
    except msgspec.ValidationError as wrong:
        what, _, where = str(wrong).partition(" - at `$.")
        raise BadParameter(f"{where.rstrip('`')}: {what}" if where else what) from None


def as_text(value: Scalar | None) -> str:
    """The value as it is kept: ``True``, ``10``."""
    return value if isinstance(value, str) else str(value)
