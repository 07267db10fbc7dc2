"""Messages as the outbox keeps them: sealed, for each holds a code."""

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from watchword.clock import Dice
from watchword.crypto.keyring import KeyRing
from watchword.model.errand import Errand, errand_context
from watchword.model.message import Message

HELD = 120_000
"""Milliseconds for which whoever takes up an errand has it for themselves; nothing takes longer to send."""


def packed(
    message: Message,
    providers: Sequence[str],
    ring: KeyRing,
    dice: Dice,
    *,
    now: int,
    expires: int,
    challenge: str = "",
) -> Errand:
    """The message as an errand that its writer brings at once; afterwards (milliseconds UTC) nobody does."""
    reference = dice.bytes(16).hex()
    content = msgspec.json.encode(replace(message, reference=reference))
    return Errand(
        reference=reference,
        challenge=challenge,
        channel=message.channel.value,
        sealed=ring.seal(errand_context(reference), content),
        providers=tuple(providers),
        made=now,
        expires=expires,
        held_until=now + HELD,
    )


def unpacked(errand: Errand, ring: KeyRing) -> Message:
    """The message; `errors.Unsealable` if the row was altered or the key is gone."""
    return msgspec.json.decode(ring.open(errand_context(errand.reference), errand.sealed), type=Message)
