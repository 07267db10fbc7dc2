"""What a method of authentication must be: one word that an application may ask for (acr), and what it takes.

A method *says* what is to be shown and the core asks for it: it has no steps of its own to skip. Properties are
declared as those of providers are; secret ones are kept sealed and never shown again.
"""

from abc import ABC
from collections.abc import Mapping
from typing import Any, ClassVar

from msgspec import Struct

from watchword.model.message import Channel
from watchword.model.method import MethodConfig
from watchword.plugin.providers import Declared
from watchword.plugin.shapes import TokenType


class Carrier(Struct, frozen=True, kw_only=True):
    """The provider that brings the codes of one method alone."""

    channel: Channel
    class_name: str
    config: Mapping[str, Any]
    """As the provider's class declares it."""

    def __repr__(self) -> str:
        return f"Carrier({self.channel.value!r}, {self.class_name!r})"


class Method(ABC):
    """One way to log in. A method that takes no token is the password of the directory alone."""

    name: ClassVar[str]
    """The acr, lower case."""
    title: ClassVar[str]
    """How the log names it: ``Twilio SMS``."""
    level: ClassVar[int]
    """As long as nobody says otherwise."""
    aliases: ClassVar[tuple[str, ...]] = ()
    enabled: ClassVar[bool] = False
    """Whether it is in force as long as nobody says otherwise."""
    properties: ClassVar[tuple[Declared, ...]] = ()
    channel: ClassVar[Channel | None] = None
    """How its codes travel, if it has a number of the directory to send them to (`attribute`)."""

    def takes(self, kind: TokenType) -> bool:
        """Whether a token of this type is a second step of this method."""
        return False

    def carrier(self, properties: Mapping[str, Any]) -> Carrier | None:
        """Its own provider, made of the properties; None: whoever brings other messages brings these."""
        return None

    def attribute(self, properties: Mapping[str, Any]) -> str:
        """What the directory calls the number to which codes go; empty: they go where the token says."""
        return ""


def effective(method: Method, configured: Mapping[str, MethodConfig]) -> MethodConfig:
    """What is configured of a method, or what its class says."""
    return configured.get(method.name) or MethodConfig(
        name=method.name, enabled=method.enabled, level=method.level, aliases=method.aliases
    )


def missing(method: Method, config: MethodConfig) -> tuple[str, ...]:
    """The properties without which it cannot work, and that are not set."""
    return tuple(
        declared.name
        for declared in method.properties
        if declared.needed
        and not config.properties.get(declared.name)
        and declared.name not in config.secrets
    )


def open_properties(method: Method, config: MethodConfig) -> dict[str, Any]:
    """The properties that may be shown, with the defaults of those that are not set."""
    return {
        declared.name: config.properties.get(declared.name) or declared.default
        for declared in method.properties
        if not declared.secret
    }
