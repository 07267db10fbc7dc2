"""Settings of the policies."""

from typing import Annotated

from msgspec import Meta, Struct


def _check_zone(name: str) -> None:
    if name == "UTC":
        return
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(name)
    except (OSError, LookupError) as unknown:
        raise ValueError(name) from unknown


class PolicySettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How policies are read."""

    zone: Annotated[
        str,
        Meta(
            description="Time zone of the policies' time windows",
            extra={
                "check": _check_zone,
                "allowed": "a time zone that this machine knows, such as UTC or Europe/Berlin",
            },
        ),
    ] = "UTC"
