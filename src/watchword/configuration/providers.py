"""Providers: by what messages are brought, and which of a channel's is the default one."""

from msgspec import Struct
from msgspec.structs import replace

from watchword.configuration.routes import refuse_routed
from watchword.crypto.keyring import KeyRing
from watchword.delivery import providing, veils
from watchword.delivery.carriers import CARRIERS
from watchword.delivery.configs import object_of, seconds_valid
from watchword.errors import BadParameter, NoSuchProvider, Refused
from watchword.model.configuration import Configuration, ProviderConfig, provider_context
from watchword.model.message import Channel, Receipt
from watchword.plugin.loading import Kinds
from watchword.plugin.providers import Declared, Provider
from watchword.policy.notation.actions import read_actions
from watchword.storage.promises import Unit

_LONGEST_NAME = 100
_NO_NAME = frozenset(",='\"")
"""What a policy could not say."""


class Wanted(Struct, frozen=True, kw_only=True):
    """A provider as an administrator says it."""

    channel: Channel
    name: str
    class_name: str
    timeout: str = ""
    config: str | None = None
    """JSON text, secrets in clear, or `veils.HIDDEN` for those that stay; None: all of it stays."""
    default: bool = False
    """False never takes the default away."""

    def __repr__(self) -> str:
        return f"Wanted(channel={self.channel.value!r}, name={self.name!r})"


class Providers:
    """Makes, changes, removes and tests providers."""

    def __init__(self, ring: KeyRing, kinds: Kinds, opened: providing.Providers) -> None:
        self._ring = ring
        self._kinds = kinds
        self._opened = opened

    async def put(self, unit: Unit, wanted: Wanted) -> ProviderConfig:
        """Save a provider that can work, over the one of the same name; the first of a channel is its default."""
        configuration = await unit.configuration.held()
        made = await self.made(wanted, _named(configuration, wanted.channel, wanted.name))
        default = configuration.provider(wanted.channel)
        made = replace(made, default=wanted.default or default is None or default.name == wanted.name)
        await unit.configuration.put_provider(made)
        return made

    async def remove(self, unit: Unit, channel: Channel, name: str) -> bool:
        """Remove a provider; False if there is none of this name. Refused while messages depend on it."""
        configuration = await unit.configuration.held()
        config = _named(configuration, channel, name)
        if config is None:
            return False
        others = [other for other in configuration.providers if other.channel is channel and other != config]
        if config.default and others:
            raise Refused(
                f"The provider {name} is the default one of {channel}: make another one that first."
            )
        refuse_used(configuration, channel, name)
        refuse_routed(configuration.routes, channel, name)
        await unit.configuration.remove_provider(channel, name)
        return True

    async def set_default(self, unit: Unit, channel: Channel, name: str) -> bool:
        """Make this provider the channel's default one; False if there is none of this name."""
        configuration = await unit.configuration.held()
        config = _named(configuration, channel, name)
        if config is None:
            return False
        await unit.configuration.put_provider(replace(config, default=True))
        return True

    async def test(self, configuration: Configuration, channel: Channel, name: str) -> Receipt:
        """Whether its service can be reached and takes our credentials; nobody gets a message."""
        config = _named(configuration, channel, name)
        if config is None:
            raise NoSuchProvider(f"There is no provider {name!r} for {channel}: save it first.")
        return await self._opened.test(config)

    async def made(
        self, wanted: Wanted, before: ProviderConfig | None, *, unless_same: bool = False
    ) -> ProviderConfig:
        """The provider as it is kept, not the default one; `BadParameter` names what cannot work.

        ``unless_same``: one that says the same as before stays as it is, whether it works or not.
        """
        kind = self.kind(wanted.channel, wanted.class_name)
        checked_name(wanted.name)
        seconds_valid(wanted.timeout)
        # Another class may show what this one hides, and reach by other keys: it inherits nothing.
        same = before if before is not None and self._kind(before) is kind else None
        kept = self._opened.text_of(same) if same is not None else ""
        text = kept if wanted.config is None else veils.merged(wanted.config, kept, kind.settings)
        if same is not None and (text == kept or (unless_same and object_of(text) == object_of(kept))):
            made = replace(same, class_name=wanted.class_name, timeout=wanted.timeout, default=False)
            if unless_same and made == replace(same, default=False):
                return made
        else:
            sealed = self._ring.seal(provider_context(wanted.channel, wanted.name), text.encode())
            made = ProviderConfig(
                channel=wanted.channel,
                name=wanted.name,
                class_name=wanted.class_name,
                config=sealed if text else None,
                timeout=wanted.timeout,
            )
        await self._opened.make(wanted.channel, wanted.class_name, text, wanted.timeout).close()
        return made

    def kind(self, channel: Channel, class_name: str) -> type[Provider]:
        """The provider plug-in of this name, or `NoSuchProvider`."""
        return self._kinds.provider(channel, class_name)

    def shown(self, config: ProviderConfig) -> str:
        """Its configuration with `veils.HIDDEN` for secrets, else as it was sent; empty if none was."""
        text = self._opened.text_of(config)
        return veils.shown(text, self._settings(config)) if text else ""

    def _settings(self, config: ProviderConfig) -> tuple[Declared, ...]:
        """What it declares; of a class that is no longer installed nothing is known, and all is secret."""
        kind = self._kind(config)
        return kind.settings if kind is not None else ()

    def _kind(self, config: ProviderConfig) -> type[Provider] | None:
        try:
            return self._kinds.provider(config.channel, config.class_name)
        except NoSuchProvider:
            return None


def _named(configuration: Configuration, channel: Channel, name: str) -> ProviderConfig | None:
    return configuration.provider(channel, name) if name else None


def channel_of(text: str) -> Channel:
    """The channel that is called so; BadParameter if there are no providers for it."""
    try:
        return Channel(text.strip().lower())
    except ValueError:
        raise BadParameter(f"There are no providers of type {text!r}, but of {', '.join(Channel)}.") from None


def checked_name(name: str) -> str:
    """The name; BadParameter if no provider can have it."""
    if (
        not 0 < len(name) <= _LONGEST_NAME
        or not name.isprintable()
        or any(character.isspace() or character in _NO_NAME for character in name)
    ):
        raise BadParameter(
            f"The name of a provider has 1 to {_LONGEST_NAME} characters without blanks, commas, equal signs or quotes:"
            " policies name it."
        )
    return name


def refuse_used(configuration: Configuration, channel: Channel, name: str) -> None:
    """Refused while an active policy sends messages over this provider."""
    action = CARRIERS[channel]
    users = [
        policy.name
        for policy in configuration.policies
        if policy.active
        and policy.scope == action.scope
        and name in str(read_actions(policy.action).get(action.name, "")).split()
    ]
    if users:
        raise Refused(f"The provider {name} is in use: take it out of policy {', '.join(users)} first.")
