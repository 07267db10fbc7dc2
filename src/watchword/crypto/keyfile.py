"""The file that holds the key ring: its owner's alone, written whole or not at all."""

import base64
import os
import shlex
import stat
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import IO, Annotated

import msgspec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from watchword.clock import Dice, instant
from watchword.crypto.fingerprints import framed
from watchword.errors import Misconfigured

_KEY_BYTES = 32

_HEAD = """\
# The key ring of this Watchword. Whoever holds it can read every secret of the database; without it nobody
# can, so keep a copy in a safe place. New values are sealed with the current key. The other keys stay for as
# long as the database holds values that were made with them.
"""


class MasterKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One key of the ring. Its id follows from the key, so that a damaged key is noticed."""

    id: str
    created: Annotated[datetime, msgspec.Meta(tz=True)]
    key: bytes

    def __repr__(self) -> str:
        return f"MasterKey(id={self.id!r})"


class Ring(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the file says: the keys in the order they were added, and the id of the one to use."""

    current: str
    keys: tuple[MasterKey, ...]


def derived(master: bytes, *purpose: str) -> bytes:
    """The 32-byte key for one purpose (HKDF-SHA256, RFC 5869); no other purpose's key follows from it."""
    return HKDF(SHA256(), 32, salt=None, info=framed("watchword", *purpose)).derive(master)


def fresh_key(dice: Dice, now: int) -> MasterKey:
    """A new random key, made ``now`` (milliseconds since 1970)."""
    key = dice.bytes(_KEY_BYTES)
    return MasterKey(id=_id_of(key), created=instant(now), key=key)


def read(path: Path) -> Ring:
    """What the file says.

    Misconfigured if it is missing or damaged, belongs to another user, or lets others in.
    """
    try:
        with path.open("rb") as file:
            _check_privacy(path, os.fstat(file.fileno()))
            return _parsed(path, file.read())
    except FileNotFoundError:
        raise Misconfigured(
            f"There is no key ring {path}: put the saved copy back, or, for a new house, run `watchword init`."
        ) from None
    except PermissionError:
        raise _belongs_to_another(path) from None
    except OSError as broken:
        raise _unusable(path, broken) from None


def create(path: Path, ring: Ring) -> None:
    """Write the file, unless there is one: of several processes that try at once, one succeeds.

    The content is complete and on the disk before it gets its name, so nobody reads half of it.
    """
    try:
        if path.exists():
            return
        with tempfile.NamedTemporaryFile(prefix=f".{path.name}.", dir=path.parent) as aside:
            _write(aside, ring)
            os.link(aside.name, path)
        _sync_folder(path.parent)
    except FileExistsError:
        return
    except OSError as broken:
        raise _unusable(path, broken) from None


def change(path: Path, changed: Callable[[Ring], Ring]) -> None:
    """Put a changed ring in the place of the one there, in one step; a second change at once is refused."""
    aside = path.with_name(f"{path.name}.new")
    try:
        with open(aside, "xb", opener=_open_private) as file:
            try:
                _write(file, changed(read(path)))
                aside.replace(path)
            except BaseException:
                aside.unlink()
                raise
        _sync_folder(path.parent)
    except FileExistsError:
        raise Misconfigured(
            f"The key ring {path} is being changed by somebody else, or a change was broken off: if nobody is "
            f"at it, run `rm {shlex.quote(str(aside))}` and try again."
        ) from None
    except OSError as broken:
        raise _unusable(path, broken) from None


def _id_of(key: bytes) -> str:
    return derived(key, "id")[:4].hex()


def _check_privacy(path: Path, found: os.stat_result) -> None:
    if found.st_uid != os.geteuid():
        raise _belongs_to_another(path)
    mode = stat.S_IMODE(found.st_mode)
    if mode & ~0o600:
        raise Misconfigured(
            f"The key ring {path} is open to others (mode {mode:04o}): run `chmod 600 {shlex.quote(str(path))}`."
        )


def _parsed(path: Path, text: bytes) -> Ring:
    try:
        ring = msgspec.toml.decode(text, type=Ring)
    except (msgspec.DecodeError, UnicodeDecodeError) as broken:
        # msgspec tells the place, never the value; the rest could quote a line of the file.
        place = f" ({broken})" if isinstance(broken, msgspec.ValidationError) else ""
        raise _damaged(path, f"it is not what Watchword wrote{place}") from None
    ids = [key.id for key in ring.keys]
    for key in ring.keys:
        if len(key.key) != _KEY_BYTES or key.id != _id_of(key.key):
            raise _damaged(path, f"key {key.id!r} is not the key that had this id")
    if len(set(ids)) != len(ids):
        raise _damaged(path, "a key is in it twice")
    if ring.current not in ids:
        raise _damaged(path, f"the current key {ring.current!r} is not in it")
    return ring


def _write(file: IO[bytes], ring: Ring) -> None:
    lines = [_HEAD, f'current = "{ring.current}"\n']
    for key in ring.keys:
        text = base64.b64encode(key.key).decode()
        lines.append(f'\n[[keys]]\nid = "{key.id}"\ncreated = {key.created.isoformat()}\nkey = "{text}"\n')
    file.write("".join(lines).encode())
    file.flush()
    os.fsync(file.fileno())


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _sync_folder(folder: Path) -> None:
    """Put the folder on the disk, or a power failure may lose the name of a file that is there."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _belongs_to_another(path: Path) -> Misconfigured:
    return Misconfigured(
        f"The key ring {path} does not belong to the user that Watchword runs as: "
        f"run `chown {os.geteuid()} {shlex.quote(str(path))}`."
    )


def _damaged(path: Path, how: str) -> Misconfigured:
    return Misconfigured(f"The key ring {path} is damaged: {how}. Put the saved copy back.")


def _unusable(path: Path, broken: OSError) -> Misconfigured:
    return Misconfigured(f"The key ring {path} cannot be read or written: {broken.strerror}.")
