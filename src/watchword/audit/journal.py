"""Makes audit rows that cannot be changed unnoticed, and tells whether one was.

Each row is bound to its content by a keyed fingerprint made before it is stored. What is not bound is its
number: that is the store's, and only grows.
"""

import msgspec
from msgspec.structs import astuple, replace

from watchword.clock import Clock, Dice
from watchword.crypto.keyring import KeyRing
from watchword.model.audit import AuditEntry

LONGEST = 1000
"""Characters of what somebody sent that one text of a row holds."""

_PURPOSE = "audit"
_pack = msgspec.msgpack.Encoder().encode


class Journal:
    """Stamps entries with time, server and mark."""

    def __init__(self, ring: KeyRing, clock: Clock, dice: Dice, *, server: str = "") -> None:
        self._ring = ring
        self._clock = clock
        self._dice = dice
        self._server = server

    def sign(self, entry: AuditEntry) -> AuditEntry:
        """The entry as it may be stored; texts are cut and escaped first, where they must be."""
        dressed = replace(
            entry,
            at=entry.at or self._clock.now(),
            server=self._server,
            nonce=self._dice.bytes(8),
            serial=storable(entry.serial),
            user=storable(entry.user),
            realm=storable(entry.realm),
            action_detail=storable(entry.action_detail),
            info=storable(entry.info),
            client=storable(entry.client),
        )
        return replace(dressed, mark=self._mark(dressed))

    def genuine(self, entry: AuditEntry) -> bool:
        """Whether the row still says what was signed."""
        return self._ring.fingerprint_matches(_PURPOSE, entry.mark, _bound(entry))

    def _mark(self, entry: AuditEntry) -> bytes:
        return self._ring.fingerprint(_PURPOSE, _bound(entry))


def _bound(entry: AuditEntry) -> bytes:
    """The content without the number, which the store gives, and the mark; no two contents read alike."""
    return _pack(astuple(entry)[1:-1])


def storable(text: str) -> str:
    """The text without what no database holds: NUL and lone surrogates become escapes that can be read. Of one
    that is longer than LONGEST, only its beginning: strangers may send much, and as often as they like.
    """
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]}... ({len(text)} characters)"
    if "\0" in text:
        text = text.replace("\0", "\\x00")
    if not text.isascii():
        text = text.encode("utf-8", "backslashreplace").decode()
    return text
