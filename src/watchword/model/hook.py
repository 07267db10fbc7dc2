"""Those who have us bring codes that they made: how they are known, and what they ask for."""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from watchword.crypto.sealing import Sealed
from watchword.model.message import Channel


class Shape(StrEnum):
    """Whose form a request has."""

    OKTA = "okta"
    STANDARD = "standard"
    """Our own neutral form."""
    SUPABASE = "supabase"
    AUTH0 = "auth0"


class Proof(StrEnum):
    """How a caller shows that it may ask."""

    BASIC = "basic"
    """User and password (RFC 7617)."""
    HEADER = "header"
    """A header of any name that holds a secret."""
    BEARER = "bearer"
    """An access token of OAuth 2.0 that is a JWT (RFC 6750, RFC 9068)."""
    SIGNATURE = "signature"
    """Standard Webhooks 1.0.0, HMAC-SHA256."""


class HookConfig(Struct, frozen=True, kw_only=True):
    """One caller, by name."""

    name: str
    shape: Shape
    proof: Proof
    realm: str = ""
    """Policies are asked as if the people whom the caller names were of this realm."""
    settings: Mapping[str, str] = {}
    """What the proof needs beside secrets: ``user``, ``header``, ``issuer``, ``audience``, ``scope``, ``keys``."""
    secrets: Mapping[str, Sealed] = {}
    """``secret``, and ``previous`` while one is being replaced; both are good."""
    active: bool = True


def hook_context(name: str, key: str) -> tuple[str, ...]:
    """What a secret of a hook is sealed for."""
    return ("hook", name, key)


class Commission(Struct, frozen=True, kw_only=True):
    """One message that a caller wants brought. It holds a code and has no face."""

    event: str
    """The caller's own name of the request; empty if it has none."""
    channel: Channel
    to: str
    """A number of E.164."""
    text: str
    code: str
    language: str
    expires: int
    """When the code is over, milliseconds UTC."""
    purpose: str = ""
    person: str = ""
    """As the caller names who gets it."""
    client: str = ""
    """Where the person's request came from, by the caller's word."""
    preview: bool = False
    """Nobody is to get it: the caller looks what we would answer."""
    odd: str = ""
    """What was strange about the request and was taken all the same."""

    def __repr__(self) -> str:
        return f"Commission(channel={self.channel.value!r})"


class HookEvent(Struct, frozen=True, kw_only=True):
    """A commission that was taken, so that it is not taken again."""

    key: bytes
    """A keyed fingerprint of who asked for what."""
    errand: str
    """Reference of the errand that brings it."""
    made: int
    expires: int
    """Until when it is remembered (milliseconds UTC)."""
    answer: bytes = b""
    """The `Receipt` that was told, as JSON; empty as long as none was."""
