"""One-time-password arithmetic: HOTP (RFC 4226), TOTP (RFC 6238), mOTP; no clock, no state, no window policy."""

import hashlib
import hmac
import unicodedata

ALGORITHMS = ("sha1", "sha256", "sha512")  # what RFC 6238 section 1.2 allows

_LAST_COUNTER = 2**64 - 1  # RFC 4226 section 5.1: the counter has eight bytes
_INVISIBLE_BLANKS = "\u200b\u2060\ufeff"  # zero-width spaces and joiners, which str.isspace does not count


def hotp(key: bytes, counter: int, digits: int = 6, algorithm: str = "sha1") -> str:
    """The HOTP value of ``counter`` (RFC 4226 section 5.3), up to 10 digits; ``algorithm`` is one of ALGORITHMS."""
    digest = hmac.digest(key, counter.to_bytes(8, "big"), algorithm)
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return str(number % 10**digits).zfill(digits)


def totp_step(now_ms: int, step_seconds: int, shift_seconds: int = 0) -> int:
    """The time step that counts as HOTP's counter (RFC 6238 section 4.2).

    ``now_ms`` is in milliseconds since 1970 UTC; ``shift_seconds`` is how far the token's clock runs ahead.
    """
    return (now_ms + shift_seconds * 1000) // (step_seconds * 1000)


def find_counter(
    key: bytes, code: str, start: int, count: int, digits: int = 6, algorithm: str = "sha1"
) -> int | None:
    """The first of ``count`` counters from ``start`` whose HOTP value is ``code``, else None.

    The code must be canonical. Counters below 0 and beyond eight bytes do not exist and match nothing.
    """
    wanted = code.encode("utf-8", "surrogatepass")
    for counter in range(max(start, 0), min(start + count, _LAST_COUNTER + 1)):
        if hmac.compare_digest(hotp(key, counter, digits, algorithm).encode(), wanted):
            return counter
    return None


def motp(seed_hex_text: str, pin: str, slot: int, digits: int = 6) -> str:
    """The Mobile-OTP value of a ten-second ``slot``: hexadecimal, lower case.

    The seed counts as the text it is written in, not as the bytes that the text stands for. MD5 is what
    mOTP prescribes (motp.sourceforge.net).
    """
    text = f"{slot}{seed_hex_text}{pin}"
    return hashlib.md5(text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()[:digits]


def canonical_code(text: str) -> str:
    """The one form of a one-time code: no blanks of any kind, every Unicode decimal digit as ASCII.

    Nothing else changes, so signs, hyphens and padding keep a code from matching. Never for a PIN.
    """
    if text.isascii() and text.isalnum():
        return text
    return "".join(
        str(unicodedata.decimal(character)) if character.isdecimal() else character
        for character in text
        if not character.isspace() and character not in _INVISIBLE_BLANKS
    )
