"""PINs: kept as a keyed hash, or, where a policy asks for it, by Argon2id or so that they can be read again.

Threat: the database is stolen, or written to. A PIN has four digits, so no hash protects it once the key is
known, and any does while it is not: a keyed HMAC is as good as Argon2id here, and some thousand times cheaper.

What is kept is sealed for the token's serial, whatever its form. So nobody puts the stored PIN of their own token
into somebody else's row, and yet a PIN can be given to another token without being known (``move_pin``).

A PIN counts as its UTF-8 bytes and is never normalised. An empty PIN is kept as None. PINs beyond
MAX_PASSWORD_BYTES are neither kept nor do they match.
"""

import hmac
from typing import Literal

from watchword.clock import Dice
from watchword.crypto.fingerprints import framed
from watchword.crypto.keyring import KeyRing
from watchword.crypto.passwords import (
    LEAST_COST,
    MAX_PASSWORD_BYTES,
    Argon2Cost,
    keep_password,
    password_matches,
)
from watchword.crypto.sealing import Sealed
from watchword.errors import BadParameter, Unsealable

How = Literal["keyed", "argon2id", "sealed"]
"""The forms of a kept PIN; only ``sealed`` can be read again."""

# A kept PIN is: form (1 byte), then a sealed value: salt and HMAC, or Argon2id's text, or the padded PIN.
_FORMS = {"keyed": b"H", "argon2id": b"A", "sealed": b"S"}
_SALT_BYTES = 16
_PADDED_BYTES = 64  # a shorter PIN does not show its length


def keep_pin(
    ring: KeyRing, serial: str, pin: str, how: How, dice: Dice, cost: Argon2Cost = LEAST_COST
) -> Sealed | None:
    """What to keep of the PIN of the token ``serial``; ``cost`` counts for Argon2id only.

    BadParameter if the PIN is too long.
    """
    clear = _bytes_of(pin)
    if not clear:
        return None
    if len(clear) > MAX_PASSWORD_BYTES:
        raise BadParameter(f"A PIN has at most {MAX_PASSWORD_BYTES} bytes.")
    if how == "keyed":
        salt = dice.bytes(_SALT_BYTES)
        body = salt + ring.fingerprint("pin", salt, clear)
    elif how == "argon2id":
        body = keep_password(ring, pin, dice, cost).encode()
    else:
        body = framed(clear).ljust(_PADDED_BYTES, b"\0")
    return _sealed_for(ring, serial, _FORMS[how], body)


def pin_matches(ring: KeyRing, serial: str, stored: bytes | None, pin: str) -> bool:
    """Whether this is the PIN of the token ``serial``; compared in constant time.

    Unsealable if what is stored was altered, belongs to another token, or its key is missing.
    """
    if stored is None:
        return not pin
    form, body = _opened(ring, serial, stored)
    clear = _bytes_of(pin)
    if len(clear) > MAX_PASSWORD_BYTES:
        return False
    if form == _FORMS["keyed"]:
        return ring.fingerprint_matches("pin", body[_SALT_BYTES:], body[:_SALT_BYTES], clear)
    if form == _FORMS["argon2id"]:
        return password_matches(ring, body.decode(), pin)
    return hmac.compare_digest(_unpadded(body), clear)


def is_costly(stored: bytes | None) -> bool:
    """Whether ``pin_matches`` takes milliseconds (Argon2id), so that it belongs into the bounded pool."""
    return stored is not None and stored.startswith(_FORMS["argon2id"])


def reveal_pin(ring: KeyRing, serial: str, stored: bytes | None) -> str | None:
    """The PIN itself if it was kept ``sealed``, else None; Unsealable as for ``pin_matches``."""
    if stored is None:
        return ""
    form, body = _opened(ring, serial, stored)
    return _unpadded(body).decode("utf-8", "surrogatepass") if form == _FORMS["sealed"] else None


def move_pin(ring: KeyRing, stored: bytes | None, *, source: str, target: str) -> Sealed | None:
    """What to keep for the token ``target`` so that the PIN of ``source`` opens it; Unsealable as above."""
    if stored is None:
        return None
    form, body = _opened(ring, source, stored)
    return _sealed_for(ring, target, form, body)


def _sealed_for(ring: KeyRing, serial: str, form: bytes, body: bytes) -> Sealed:
    return Sealed(form + ring.seal(("token", serial, "pin", form.decode()), body))


def _opened(ring: KeyRing, serial: str, stored: bytes) -> tuple[bytes, bytes]:
    form = stored[:1]
    if form not in _FORMS.values():
        raise Unsealable(f"What is kept as the PIN of token {serial} is not in a form that Watchword writes.")
    return form, ring.open(("token", serial, "pin", form.decode()), stored[1:])


def _unpadded(body: bytes) -> bytes:
    return body[4 : 4 + int.from_bytes(body[:4], "big")]


def _bytes_of(pin: str) -> bytes:
    return pin.encode("utf-8", "surrogatepass")
