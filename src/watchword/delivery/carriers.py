"""Over which providers a message goes: those that policy names for the person, else the channel's default one."""

from collections.abc import Callable, Mapping
from typing import Any

from watchword.delivery.numbers import known
from watchword.delivery.routing import Sought, way
from watchword.errors import Refused
from watchword.model.configuration import Configuration
from watchword.model.message import Channel, Message
from watchword.model.policy import Action, Scope


def _action(channel: Channel, what: str) -> Action[tuple[str, ...]]:
    return Action(
        name=f"{channel.value}_provider",
        scope=Scope.AUTHENTICATION,
        kind="words",
        default=(),
        help=f"Which providers bring {what}: the next one where the one before surely failed",
    )


CARRIERS: Mapping[Channel, Action[tuple[str, ...]]] = {
    Channel.SMS: _action(Channel.SMS, "short messages"),
    Channel.VOICE: _action(Channel.VOICE, "calls"),
    Channel.EMAIL: _action(Channel.EMAIL, "mails"),
}


def carriers(
    channel: Channel, ask: Callable[[Action[Any]], Any], configuration: Configuration
) -> tuple[str, ...]:
    """Names of providers, in the order in which they are tried; nothing if there is none.

    ``ask`` says what policy says about the person. A name that policy says need not be that of a provider: whoever
    sends treats it as one that fails, and the default one does not step in.
    """
    named: tuple[str, ...] = ask(CARRIERS[channel])
    if named:
        return named
    default = configuration.provider(channel)
    return (default.name,) if default is not None else ()


def routed(
    message: Message,
    default: tuple[str, ...],
    configuration: Configuration,
    *,
    now: int,
    realm: str = "",
    purpose: str = "",
) -> tuple[str, ...]:
    """Over whom a message goes where policy names nobody: the route that fits, else the default provider.

    A number that is none of E.164 takes no route: some gateways know it all the same.
    """
    if not configuration.routes or message.channel is Channel.EMAIL:
        return default
    try:
        number = known(message.to)
    except Refused:
        return default
    sought = Sought(
        channel=message.channel,
        number=number,
        now=now,
        language=message.language,
        purpose=purpose,
        realm=realm,
    )
    return way(sought, configuration.routes, named=(), default=default[0] if default else "").providers
