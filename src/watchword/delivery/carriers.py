"""Over which providers a message goes: those that policy names for the person, else the channel's default one."""

from collections.abc import Callable, Mapping
from typing import Any

from watchword.model.configuration import Configuration
from watchword.model.message import Channel
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
