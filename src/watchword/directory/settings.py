"""Settings of what is reached over the network on an administrator's word."""

from ipaddress import ip_network
from typing import Annotated

from msgspec import Meta, Struct


def check_networks(texts: tuple[str, ...]) -> None:
    """ValueError, with what is allowed, if one of these is no network."""
    try:
        for text in texts:
            ip_network(text, strict=False)
    except ValueError:
        raise ValueError("networks such as 127.0.0.0/8 or ::1") from None


class OutboundSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which addresses may be spoken to beside public ones."""

    allow: Annotated[
        tuple[str, ...],
        Meta(
            description="Private and special networks that configured addresses may lead to",
            extra={"check": check_networks},
        ),
    ] = ()
