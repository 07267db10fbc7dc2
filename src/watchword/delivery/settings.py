"""Settings of what is reached over the network on an administrator's word."""

from ipaddress import ip_network
from typing import Annotated

from msgspec import Meta, Struct


def check_networks(texts: tuple[str, ...]) -> None:
    """ValueError if one of these is no network."""
    for text in texts:
        ip_network(text, strict=False)


NETWORKS = {"check": check_networks, "allowed": "a list of networks such as 127.0.0.0/8 or ::1"}
"""What `watchword.settings` needs to know of a setting that lists networks."""


class OutboundSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How services are reached."""

    allow: Annotated[
        tuple[str, ...],
        Meta(
            description="Private and special networks that configured addresses may lead to",
            extra=NETWORKS,
        ),
    ] = ()
    mail_templates: Annotated[
        str, Meta(description="Folder of the templates that mail providers name by file://")
    ] = ""
