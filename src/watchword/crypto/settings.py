"""Settings of PINs."""

from typing import Annotated, Literal

from msgspec import Meta, Struct


class PinSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How PINs are kept."""

    hash: Annotated[
        Literal["keyed", "argon2id"],
        Meta(
            description="How new PINs are kept: `keyed` is HMAC-SHA-256 under the key ring, "
            "`argon2id` is slow on purpose and costs tens of milliseconds a log-in"
        ),
    ] = "keyed"
