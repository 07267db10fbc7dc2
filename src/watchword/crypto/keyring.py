"""The key ring: from its master keys come all keys of the house, one for each purpose.

The ring lies in a file outside the database, so that a stolen database tells nothing. It may hold several
master keys: what is new is made with the current one, what is old opens with the one that made it.
"""

import hmac
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec.structs import replace

from watchword.clock import Dice, SystemDice
from watchword.crypto import keyfile
from watchword.crypto.fingerprints import fingerprint, keyed_state
from watchword.crypto.sealing import HEADER_BYTES, Context, Sealed, header_of, open_with, refuse, seal_with
from watchword.errors import BadParameter


class KeyRing:
    """Seals and opens, and makes fingerprints. It is read once, never changes, and any thread may use it."""

    def __init__(self, ring: keyfile.Ring, dice: Dice | None = None) -> None:
        newest_first = sorted(ring.keys, key=lambda key: (key.id == ring.current, key.created), reverse=True)
        self.current = ring.current
        self._masters = {key.id: key.key for key in newest_first}
        self._dice = dice or SystemDice()
        self._header = header_of(ring.current)
        self._ciphers = {
            header_of(key_id): AESGCM(keyfile.derived(master, "seal"))
            for key_id, master in self._masters.items()
        }
        self._states: dict[tuple[str, str], hmac.HMAC] = {}

    def __repr__(self) -> str:
        return f"KeyRing(current={self.current!r}, keys={list(self._masters)})"

    @classmethod
    def load(cls, path: Path, dice: Dice | None = None) -> Self:
        """The ring in the file; Misconfigured, with the command that mends it, if the file is not usable."""
        return cls(keyfile.read(path), dice)

    @classmethod
    def create(cls, path: Path, dice: Dice, now: int) -> Self:
        """A new ring of one key in a new file, or the ring that is there: a file is never overwritten.

        ``now`` is in milliseconds since 1970.
        """
        first = keyfile.fresh_key(dice, now)
        keyfile.create(path, keyfile.Ring(current=first.id, keys=(first,)))
        return cls.load(path, dice)

    @staticmethod
    def add_key(path: Path, dice: Dice, now: int) -> str:
        """Add a new key to the file and say its id; it is used for nothing yet.

        Once every node has read the new file, ``use_key`` makes the key current.
        """
        fresh = keyfile.fresh_key(dice, now)
        keyfile.change(path, lambda ring: replace(ring, keys=(*ring.keys, fresh)))
        return fresh.id

    @staticmethod
    def use_key(path: Path, key_id: str) -> None:
        """Make a key of the file the current one; BadParameter if the file does not hold it."""

        def changed(ring: keyfile.Ring) -> keyfile.Ring:
            if key_id not in {key.id for key in ring.keys}:
                raise BadParameter(f"The key ring holds no key {key_id!r}.")
            return replace(ring, current=key_id)

        keyfile.change(path, changed)

    @property
    def key_ids(self) -> tuple[str, ...]:
        """The ids of all keys: the current one, then the others, the newest first."""
        return tuple(self._masters)

    def seal(self, context: Context, clear: bytes) -> Sealed:
        """``clear`` as ciphertext that opens for this ``context`` only, e.g. ``"token:OATH0001:secret"``."""
        return seal_with(self._ciphers[self._header], self._header, context, clear, self._dice)

    def open(self, context: Context, sealed: bytes) -> bytes:
        """What was sealed for this ``context``; Unsealable if altered, moved, or no key of the ring fits."""
        cipher = self._ciphers.get(sealed[:HEADER_BYTES])
        if cipher is None:
            key_id = sealed[1:HEADER_BYTES].hex()
            refuse(
                context, f"no key {key_id!r} is in the key ring; put the ring back that was used to seal it"
            )
        return open_with(cipher, context, sealed)

    def fingerprint(self, purpose: str, *parts: bytes | str) -> bytes:
        """32 bytes that stand for the parts under the current key.

        ``purpose`` is a fixed word (``"challenge"``, ``"audit"``): two purposes never agree.
        """
        return fingerprint(self._state(purpose, self.current), *parts)

    def fingerprints(self, purpose: str, *parts: bytes | str) -> tuple[bytes, ...]:
        """The fingerprint under each key, the current one's first: what to look for in the store."""
        return tuple(fingerprint(self._state(purpose, key_id), *parts) for key_id in self._masters)

    def fingerprint_matches(self, purpose: str, kept: bytes, *parts: bytes | str) -> bool:
        """Whether ``kept`` is the parts' fingerprint under any key of the ring; compared in constant time."""
        for key_id in self._masters:
            if hmac.compare_digest(kept, fingerprint(self._state(purpose, key_id), *parts)):
                return True
        return False

    def derived_key(self, purpose: str, key_id: str | None = None) -> bytes:
        """32 bytes for one purpose, for algorithms that need the key itself; of the current key, if not told.

        KeyError if the ring holds no such key.
        """
        return keyfile.derived(self._masters[key_id or self.current], "key", purpose)

    def check_value(self) -> str:
        """A text to keep in the database: it proves later that a ring opens this database, and tells nothing."""
        return f"{self.current}:{self.fingerprint('check').hex()}"

    def verify_check_value(self, text: str) -> bool:
        """Whether the check value was made by a key of this ring."""
        key_id, _, kept = text.partition(":")
        if key_id not in self._masters:
            return False
        return hmac.compare_digest(kept.encode(), fingerprint(self._state("check", key_id)).hex().encode())

    def _state(self, purpose: str, key_id: str) -> hmac.HMAC:
        state = self._states.get((purpose, key_id))
        if state is None:
            state = keyed_state(keyfile.derived(self._masters[key_id], "fingerprint", purpose))
            self._states[purpose, key_id] = state
        return state
