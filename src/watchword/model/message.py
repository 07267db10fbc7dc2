"""What is to be brought to somebody, and what became of it."""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct


class Channel(StrEnum):
    """How a message reaches somebody."""

    SMS = "sms"
    VOICE = "voice"
    EMAIL = "email"


class Message(Struct, frozen=True, kw_only=True):
    """One message to one number or address.

    Its texts hold a code: they are sealed wherever they lie, and have no face.
    """

    channel: Channel
    to: str
    """Number or address, as it was given."""
    text: str
    """The whole text; for a call a template in which ``{otp}`` stands for the code."""
    code: str = ""
    subject: str = ""
    language: str = "en"
    seconds: int = 120
    """How long the code is good for: what a provider may be told as the message's life."""
    reference: str = ""
    """Our own name of this message, for receipts."""
    fields: Mapping[str, str] = {}
    """What a provider's own template may name besides: ``serial``, ``givenname``."""

    def __repr__(self) -> str:
        return f"Message(channel={self.channel.value!r}, reference={self.reference!r})"


class Fate(StrEnum):
    """What a provider, or all of them, made of a message."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    """Surely not sent: this provider will never bring this message. Another one may."""
    UNAVAILABLE = "unavailable"
    """Surely not sent: this provider can bring nothing now, and is left to rest. Another one may."""
    UNCERTAIN = "uncertain"
    """It may have been sent: the request was out, the answer did not come. Never sent a second time."""


class Receipt(Struct, frozen=True, kw_only=True):
    """What one provider says. ``reason`` is a sentence for administrators, without code, number or secret."""

    fate: Fate
    provider: str = ""
    reason: str = ""
    reference: str = ""
    """The provider's own name of the message."""
    final: bool = False
    """Whether no other provider may try after a failure: blocked as fraud, or perhaps sent in spite of it."""
    perhaps: bool = False
    """Whether it may have been sent in spite of the failure."""
