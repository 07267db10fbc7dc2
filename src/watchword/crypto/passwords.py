"""Passwords: ours by Argon2id over a keyed hash, foreign directories' in the forms that they hold.

Threat: the database is stolen. Without the key ring no guess at a password can be tried; with it, each guess
costs Argon2id's time and memory. Each function here takes tens of milliseconds and more: call it off the event
loop, and only a few at once.

A password counts as its UTF-8 bytes and is never normalised. An empty one, and one beyond MAX_PASSWORD_BYTES, is
neither kept nor does it ever match.
"""

import re

import msgspec
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from watchword.clock import Dice
from watchword.crypto.fingerprints import fingerprint, keyed_state
from watchword.crypto.foreign import argon2_is_affordable, argon2_matches, foreign_matches, is_foreign_hash
from watchword.crypto.keyring import KeyRing
from watchword.errors import BadParameter, Misconfigured

MAX_PASSWORD_BYTES = 4096
_SALT_BYTES = 16

_OURS = re.compile(r"\$watchword\$([0-9a-f]{8})(\$argon2id\$.+)", re.ASCII)


class Argon2Cost(msgspec.Struct, frozen=True, kw_only=True):
    """What one guess costs; the defaults are OWASP's minimum.

    Misconfigured if Argon2id knows no such cost, or if a password kept at this cost would be refused as too dear.
    """

    memory_kib: int = 19 * 1024
    passes: int = 2
    lanes: int = 1

    def __post_init__(self) -> None:
        if not argon2_is_affordable(self.memory_kib, self.passes, self.lanes):
            raise Misconfigured(
                f"Argon2id cannot be given {self.memory_kib} KiB, {self.passes} passes and {self.lanes} lanes: "
                "take at most 256 MiB, 1 GiB in all passes, 16 lanes, and at least 8 KiB for each lane."
            )


LEAST_COST = Argon2Cost()


def keep_password(ring: KeyRing, password: str, dice: Dice, cost: Argon2Cost = LEAST_COST) -> str:
    """A text to keep instead of the password: it names the key, the costs and the salt, so it outlives changes.

    BadParameter if the password is empty or too long.
    """
    clear = _usable(password)
    if clear is None:
        raise BadParameter(f"A password has between 1 and {MAX_PASSWORD_BYTES} bytes.")
    argon2 = _argon2(dice.bytes(_SALT_BYTES), cost)
    return f"$watchword${ring.current}{argon2.derive_phc_encoded(_peppered(ring, ring.current, clear))}"


def password_matches(ring: KeyRing, stored: str, password: str) -> bool:
    """Whether the password is the one that ``stored`` was made of, in our form or in a foreign one.

    Whatever cannot be read, costs too much, or needs a key that is not in the ring, does not match.
    """
    clear = _usable(password)
    if clear is None:
        return False
    ours = _OURS.fullmatch(stored)
    if ours is None:
        return foreign_matches(stored, clear)
    return ours[1] in ring.key_ids and argon2_matches(ours[2], _peppered(ring, ours[1], clear))


def is_password_hash(stored: str) -> bool:
    """Whether this has a form that some password could match; plain text has none."""
    return _OURS.fullmatch(stored) is not None or is_foreign_hash(stored)


def burn_password_time(ring: KeyRing, password: str, cost: Argon2Cost = LEAST_COST) -> None:
    """The work of ``password_matches`` for nothing, so that an unknown user is not told by the time it takes."""
    clear = _usable(password)
    if clear is not None:
        _argon2(bytes(_SALT_BYTES), cost).derive(_peppered(ring, ring.current, clear))


def _usable(password: str) -> bytes | None:
    clear = password.encode("utf-8", "surrogatepass")
    return clear if 0 < len(clear) <= MAX_PASSWORD_BYTES else None


def _peppered(ring: KeyRing, key_id: str, clear: bytes) -> bytes:
    return fingerprint(keyed_state(ring.derived_key("pepper", key_id)), clear)


def _argon2(salt: bytes, cost: Argon2Cost) -> Argon2id:
    return Argon2id(
        salt=salt, length=32, iterations=cost.passes, lanes=cost.lanes, memory_cost=cost.memory_kib
    )
