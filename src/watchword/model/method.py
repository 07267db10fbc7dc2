"""What administrators have said about ways to log in over OpenID, and what a log-in has come to."""

from collections.abc import Mapping

from msgspec import Struct

from watchword.crypto.sealing import Sealed

DEFAULT_ACR = "openid.default_acr"
"""The setting that says which method applications get that ask for none."""
CONSOLE_ACR = "openid.console_acr"
"""The same for the administrators' console (Gluu: oxTrust acr)."""


class MethodConfig(Struct, frozen=True, kw_only=True):
    """One method as it is configured. What nobody has configured is as its class says."""

    name: str
    """The acr."""
    enabled: bool
    level: int
    """Of two methods the one with the higher level proves more."""
    aliases: tuple[str, ...] = ()
    """Other words for it in requests."""
    properties: Mapping[str, str] = {}
    secrets: Mapping[str, Sealed] = {}
    """Properties that are never shown, each sealed for `property_context`."""
    carrier: Sealed | None = None
    """The configuration of the provider that brings its codes, made of the properties, sealed for
    `model.configuration.provider_context`; None if it has none of its own."""
    carrier_class: str = ""


def property_context(method: str, name: str) -> tuple[str, ...]:
    """What a secret property is sealed for."""
    return ("method", method, name)


def carrier_name(method: str) -> str:
    """The name of a method's own provider: none that an administrator can give one, and none that a policy can say."""
    return f"acr={method}"


class Reached(Struct, frozen=True, kw_only=True):
    """What a log-in really came to."""

    acr: str
    amr: tuple[str, ...]
    """In the words of RFC 8176."""
    auth_time: int
    """When the newest of it was shown, in milliseconds UTC."""
    level: int = 0
