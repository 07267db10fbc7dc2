"""The file that holds the key ring: readable by its owner alone, written whole or not at all."""

import base64
import os
import shlex
import stat
import tempfile
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from watchword.clock import Dice, instant
from watchword.errors import Misconfigured

KEY_BYTES = 32

_HEAD = """\
# The key ring of this Watchword. Who holds it can read every secret of the database, and without it
# nobody can: keep a copy in a safe place. New values are sealed with the current key; the other keys
# stay for as long as the database holds values that were sealed with them.
"""


class MasterKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One key of the ring; its id is derived from it, so a mistyped key is found out."""

    id: str
    created: datetime
    key: bytes

    def __repr__(self) -> str:
        return f"MasterKey({self.id})"


class Ring(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the file says."""

    current: str
    keys: tuple[MasterKey, ...]


def derive(master: bytes, info: bytes) -> bytes:
    """32 bytes that depend on the master key and on what they are for (HKDF-SHA256, RFC 5869)."""
    return HKDF(SHA256(), 32, salt=None, info=info).derive(master)


def fresh_key(dice: Dice, now: int) -> MasterKey:
    """A new key; ``now`` is in milliseconds since 1970."""
    key = dice.bytes(KEY_BYTES)
    return MasterKey(id=_id_of(key), created=instant(now), key=key)


def read(path: Path) -> Ring:
    """What the file says; Misconfigured if it is missing, open to others, or damaged."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        raise Misconfigured(
            f"There is no key ring at {path}: put the saved copy there, or make a new one with `watchword init`."
        ) from None
    except OSError as broken:
        raise _unusable(path, broken) from None
    with os.fdopen(descriptor, "rb") as file:
        _check_privacy(path, os.fstat(descriptor))
        return _parsed(path, file.read())


def create(path: Path, ring: Ring) -> None:
    """Write the file unless there is one: of several processes that try at once, one succeeds."""
    try:
        _write_aside(path, ring, os.link)
    except FileExistsError:
        return
    except OSError as broken:
        raise _unusable(path, broken) from None


def replace(path: Path, ring: Ring) -> None:
    """Put a changed ring in the place of the file; hold ``path``'s lock (see ``lock``) while doing so."""
    try:
        _write_aside(path, ring, os.replace)
    except OSError as broken:
        raise _unusable(path, broken) from None
