"""Password hashes that other houses made: passwd files, LDAP directories, SQL tables.

Threat: a directory is written by others. A hash that costs a minute to compute would stop the house, so what
costs more than about two seconds of one core is refused. The most that is computed:

- Argon2: 256 MiB of memory, memory times passes 1 GiB, 16 lanes;
- bcrypt: cost 14; the crypt, PBKDF2, phpass and FSHP families: the rounds in _MOST_ROUNDS;
- a password of 512 bytes, the longest that crypt(3) takes; a stored text of 1024 characters.
"""

import base64
import hashlib
import hmac
import re
from typing import Any

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2i, Argon2id

MAX_PASSWORD_BYTES = 512
_MAX_STORED = 1024

_SCHEME = re.compile(r"\{([A-Za-z0-9-]+)\}(.+)", re.ASCII | re.DOTALL)  # RFC 2307 section 5.3

_DIGESTS = {
    "MD5": "md5",
    "SMD5": "md5",
    "SHA": "sha1",
    "SSHA": "sha1",
    "SHA256": "sha256",
    "SSHA256": "sha256",
    "SHA384": "sha384",
    "SSHA384": "sha384",
    "SHA512": "sha512",
    "SSHA512": "sha512",
}

_PBKDF2 = {
    "PBKDF2": "$pbkdf2$",
    "PBKDF2-SHA1": "$pbkdf2$",
    "PBKDF2-SHA256": "$pbkdf2-sha256$",
    "PBKDF2-SHA512": "$pbkdf2-sha512$",
}

_ARGON2 = re.compile(r"\$argon2(id?)\$v=19\$m=(\d{1,7}),t=(\d{1,4}),p=(\d{1,2})\$", re.ASCII)
_MAX_MEMORY = 256 * 1024  # KiB
_MAX_MEMORY_PASSES = 1024 * 1024  # KiB times passes
_MAX_LANES = 16

# libpass's names, in the order in which they are asked whether a hash is theirs; 0: the form has no rounds.
_MOST_ROUNDS = {
    "sha512_crypt": 1_000_000,
    "sha256_crypt": 1_000_000,
    "md5_crypt": 0,
    "apr_md5_crypt": 0,
    "bcrypt": 14,  # a power of two
    "bcrypt_sha256": 14,  # a power of two
    "sha1_crypt": 1_000_000,
    "sun_md5_crypt": 100_000,
    "phpass": 20,  # a power of two
    "pbkdf2_sha1": 2_000_000,
    "pbkdf2_sha256": 2_000_000,
    "pbkdf2_sha512": 1_000_000,
    "atlassian_pbkdf2_sha1": 0,
    "fshp": 2_000_000,
    "mssql2000": 0,
    "mssql2005": 0,
    "mysql41": 0,
    "mysql323": 0,
    "oracle11": 0,
    "des_crypt": 0,
    "bsdi_crypt": 50_000,
    "bigcrypt": 0,
    "nthash": 0,
}


def foreign_matches(stored: str, password: bytes) -> bool:
    """Whether the password is the one that was hashed.

    False too for plain text, for markers such as ``x``, ``*``, ``!``, for garbage, and for what costs too much.
    """
    if len(password) > MAX_PASSWORD_BYTES or len(stored) > _MAX_STORED:
        return False
    scheme, text = _named(stored)
    if scheme in _DIGESTS:
        return _digest_matches(scheme, text, password)
    if text.startswith("$argon2"):
        return argon2_matches(text, password)
    return _libpass_matches(text, password)


def is_foreign_hash(stored: str) -> bool:
    """Whether this has one of the forms that ``foreign_matches`` reads, whatever it costs.

    Some forms have no mark: a clear text of 13 letters and digits may just as well be a hash of DES.
    """
    if len(stored) > _MAX_STORED:
        return False
    scheme, text = _named(stored)
    if scheme in _DIGESTS:
        return _digest_of(scheme, text) is not None
    if text.startswith("$argon2"):
        return _ARGON2.match(text) is not None
    return _libpass_form(text) is not None


def argon2_is_affordable(memory_kib: int, passes: int, lanes: int) -> bool:
    """Whether these are costs that Argon2 takes (RFC 9106 section 3.1) and that lie within our bounds."""
    return (
        8 * lanes <= memory_kib <= _MAX_MEMORY
        and 0 < passes * memory_kib <= _MAX_MEMORY_PASSES
        and 0 < lanes <= _MAX_LANES
    )


def argon2_matches(stored: str, password: bytes) -> bool:
    """Whether Argon2i's or Argon2id's text (RFC 9106, PHC string format) fits the password, within bounds."""
    costs = _ARGON2.match(stored)
    if costs is None:
        return False
    if not argon2_is_affordable(*(int(number) for number in costs.group(2, 3, 4))):
        return False
    try:
        (Argon2id if costs[1] == "id" else Argon2i).verify_phc_encoded(password, stored)
    except (InvalidKey, ValueError):
        return False
    return True


def _named(stored: str) -> tuple[str, str]:
    """RFC 2307's scheme in upper case, if it is one of its digests, and the hash in the form that we read."""
    named = _SCHEME.fullmatch(stored)
    if named is None:
        return "", stored.removeprefix("$3$$")  # BSD's mark of the NT hash, which is unmarked elsewhere
    scheme, rest = named[1].upper(), named[2]
    if scheme in _DIGESTS:
        return scheme, rest
    if scheme in {"CRYPT", "ARGON2"}:
        return "", rest
    if scheme in _PBKDF2:
        return "", _PBKDF2[scheme] + rest
    return "", stored


def _digest_matches(scheme: str, text: str, password: bytes) -> bool:
    kept = _digest_of(scheme, text)
    if kept is None:
        return False
    digest, salt = kept
    made = hashlib.new(_DIGESTS[scheme], password + salt, usedforsecurity=False).digest()
    return hmac.compare_digest(digest, made)


def _digest_of(scheme: str, text: str) -> tuple[bytes, bytes] | None:
    """Digest and salt of one of RFC 2307's digests; the salted ones, led by an S of its own, hold both in a row."""
    size = hashlib.new(_DIGESTS[scheme], usedforsecurity=False).digest_size
    salted = scheme.startswith(("SS", "SM"))
    try:
        # Some directories write the unsalted ones in hexadecimal.
        hexadecimal = not salted and len(text) == 2 * size
        kept = bytes.fromhex(text) if hexadecimal else base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return (kept[:size], kept[size:]) if (len(kept) > size) == salted and len(kept) >= size else None


def _libpass_matches(stored: str, password: bytes) -> bool:
    form = _libpass_form(stored)
    if form is None:
        return False
    name, reader, rounds = form
    if rounds > _MOST_ROUNDS[name]:
        return False
    try:
        # bcrypt reads 72 bytes; libpass refuses a longer password instead of cutting it, as others do.
        return bool(reader.verify(password[:72] if name == "bcrypt" else password, stored))
    except Exception:  # noqa: BLE001 - each form refuses in its own way what it cannot take, a NUL for one
        return False


def _libpass_form(stored: str) -> tuple[str, Any, int] | None:
    """Which of libpass's forms this is: its name, its reader, and its rounds."""
    from passlib.registry import get_crypt_handler

    for name in _MOST_ROUNDS:
        reader = get_crypt_handler(name)
        try:
            read = reader.from_string(stored) if reader.identify(stored) else None
        except Exception:  # noqa: BLE001 - libpass's parsers stumble over garbage each in its own way
            return None
        if read is not None and read.checksum:
            return name, reader, getattr(read, "rounds", 0)
    return None
