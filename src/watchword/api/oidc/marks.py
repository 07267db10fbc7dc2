"""What is handed out as a code, token or handle, and what the store knows of it."""

import base64
import hashlib

from watchword.clock import Dice


def fresh(dice: Dice) -> str:
    """32 random bytes as a text for addresses and headers."""
    return dice.bytes(32).hex()


def mark(value: str) -> bytes:
    """The fingerprint under which the store knows it: a plain hash will do for 32 random bytes."""
    return hashlib.sha256(value.encode("utf-8", "replace")).digest()


def half_hash(value: str) -> str:
    """``at_hash`` (OpenID Connect Core 3.1.3.6), for algorithms that end in 256."""
    return encoded(hashlib.sha256(value.encode()).digest()[:16])


def challenge_of(verifier: str) -> str:
    """The S256 challenge that belongs to a verifier (RFC 7636 section 4.2)."""
    return encoded(hashlib.sha256(verifier.encode("utf-8", "replace")).digest())


def encoded(raw: bytes) -> str:
    """Base64 for addresses, without padding (RFC 7515 section 2)."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
