"""All that administrators have said, as of one revision."""

from collections.abc import Mapping

from msgspec import Struct

from watchword.crypto.sealing import Sealed
from watchword.model.hook import HookConfig
from watchword.model.message import Channel
from watchword.model.method import MethodConfig, carrier_name
from watchword.model.oidc import Client
from watchword.model.policy import Policy
from watchword.model.route import Route

ADMIN_REALM = "linotp_admins"
"""The realm of the administrators: it is always there."""
ADMIN_RESOLVER = "LinOTP_local_admins"
"""The managed resolver of local administrators: it is always there, and in the administrators' realm."""
MANAGED = "managed"
"""The kind of resolver whose people are kept in our own store."""

_YES = frozenset({"true", "1", "yes", "on"})


class Entry(Struct, frozen=True, kw_only=True):
    """One system setting of LinOTP's dialect. A password is kept sealed and never shown."""

    value: str = ""
    sealed: Sealed | None = None
    kind: str = ""
    description: str = ""


class ResolverConfig(Struct, frozen=True, kw_only=True):
    """How one directory is reached. ``kind`` names the resolver plug-in."""

    name: str
    kind: str
    settings: Mapping[str, str] = {}
    secrets: Mapping[str, Sealed] = {}
    readonly: bool = False
    immutable: bool = False


class Realm(Struct, frozen=True, kw_only=True):
    """An ordered list of resolvers under one name (lower case)."""

    name: str
    resolvers: tuple[str, ...] = ()


class ProviderConfig(Struct, frozen=True, kw_only=True):
    """One way to bring messages over one channel. Exactly one of a channel's providers is its default."""

    channel: Channel
    name: str
    """Unique within the channel."""
    class_name: str
    """As it was sent: one of the names that a provider plug-in answers to."""
    config: Sealed | None = None
    """The JSON text, as it was sent, sealed for `provider_context`."""
    timeout: str = ""
    """As it was sent: ``120``, ``3,5``."""
    default: bool = False


def provider_context(channel: str, name: str) -> tuple[str, ...]:
    """What a provider's configuration is sealed for."""
    return ("provider", channel, name, "config")


class Configuration(Struct, frozen=True, kw_only=True):
    """One revision of everything that is configured. A request sees one revision throughout."""

    revision: int = 0
    entries: Mapping[str, Entry] = {}
    """System settings by LinOTP's names, without the ``linotp.`` prefix."""
    resolvers: Mapping[str, ResolverConfig] = {}
    realms: Mapping[str, Realm] = {}
    default_realm: str = ""
    policies: tuple[Policy, ...] = ()
    providers: tuple[ProviderConfig, ...] = ()
    """By channel and name."""
    hooks: Mapping[str, HookConfig] = {}
    """Who has us bring codes, by name."""
    routes: tuple[Route, ...] = ()
    """Which way messages go, in the order in which they are looked at."""
    methods: Mapping[str, MethodConfig] = {}
    """Methods of authentication that were configured, by name."""

    clients: tuple[Client, ...] = ()
    """Of the OpenID provider, by id."""

    def client(self, identifier: str) -> Client | None:
        """The OpenID client of this id."""
        return next((one for one in self.clients if one.id == identifier), None)

    def provider(self, channel: Channel, name: str = "") -> ProviderConfig | None:
        """The channel's provider of this name; its default one, if no name is given."""
        for provider in self.providers:
            if provider.channel == channel and (provider.name == name if name else provider.default):
                return provider
        return self._carrier(channel, name)

    def _carrier(self, channel: Channel, name: str) -> ProviderConfig | None:
        """The provider that a method of authentication has for itself."""
        for method in self.methods.values():
            if name == carrier_name(method.name) and method.carrier is not None and method.enabled:
                return ProviderConfig(
                    channel=channel, name=name, class_name=method.carrier_class, config=method.carrier
                )
        return None

    def text(self, name: str, default: str = "") -> str:
        entry = self.entries.get(name)
        return entry.value if entry is not None else default

    def number(self, name: str, default: int) -> int:
        """The entry as a number; what is no number counts as not set (any text may be stored)."""
        try:
            return int(self.text(name))
        except ValueError:
            return default

    def flag(self, name: str, *, default: bool = False) -> bool:
        value = self.text(name)
        return value.strip().lower() in _YES if value else default
