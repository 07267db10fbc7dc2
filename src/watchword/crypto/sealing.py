"""Sealed secrets: AES-256-GCM, with the row that a secret belongs to as associated data.

Whoever can write to the database, but has no key, can neither read a secret, nor change it, nor move it to a
row of their own.
"""

from typing import NoReturn

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from watchword.clock import Dice
from watchword.crypto.fingerprints import framed
from watchword.errors import Unsealable

# A sealed value is: header (version, 1 byte; key id, 4), nonce (12), ciphertext and tag (16).
HEADER_BYTES = 5
_VERSION = b"\x01"
_BODY = HEADER_BYTES + 12

Context = str | tuple[str, ...]
"""What a secret belongs to: ``("token", "OATH0001", "secret")``, or in short ``"token:OATH0001:secret"``.

The short form is split at each colon; give the tuple where two parts may hold a colon themselves.
"""


class Sealed(bytes):
    """Ciphertext. It has no face, so it cannot get into a log line."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<sealed>"

    __str__ = __repr__


def header_of(key_id: str) -> bytes:
    """What stands before all that the key seals."""
    return _VERSION + bytes.fromhex(key_id)


def seal_with(cipher: AESGCM, header: bytes, context: Context, clear: bytes, dice: Dice) -> Sealed:
    """``clear``, sealed for ``context`` under the key of ``cipher``.

    The nonce is random: one key may seal 2**32 values (NIST SP 800-38D section 8.3).
    """
    nonce = dice.bytes(12)
    return Sealed(header + nonce + cipher.encrypt(nonce, clear, _associated(header, context)))


def open_with(cipher: AESGCM, context: Context, sealed: bytes) -> bytes:
    """What was sealed for ``context``; Unsealable if it was altered, cut, moved, or sealed with another key."""
    associated = _associated(sealed[:HEADER_BYTES], context)
    try:
        return cipher.decrypt(sealed[HEADER_BYTES:_BODY], sealed[_BODY:], associated)
    except (InvalidTag, ValueError):  # ValueError: too short to hold a nonce
        refuse(context, "it was altered, or belongs to another row")


def refuse(context: Context, reason: str) -> NoReturn:
    """Raise Unsealable with a sentence that names the row."""
    row = context if isinstance(context, str) else ":".join(context)
    raise Unsealable(f"The sealed value of {row!r} does not open: {reason}.") from None


def _associated(header: bytes, context: Context) -> bytes:
    return framed(header, *(context.split(":") if isinstance(context, str) else context))
