"""What time it is, and where chance comes from.

Both are handed in, never taken from the air, so that a test can stop the one and load the other
(`watchword.testing`). Time is UTC, in whole milliseconds since 1970; steps and counters are integers.
"""

import secrets
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> int:
        """Milliseconds since 1970, UTC."""
        ...


class Dice(Protocol):
    """Throws cryptographically strong chance."""

    def bytes(self, count: int) -> bytes:
        """``count`` random bytes."""
        ...

    def below(self, limit: int) -> int:
        """A number from 0 up to, not including, ``limit``."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> int:
        return time.time_ns() // 1_000_000


class SystemDice:
    """The operating system's chance."""

    def bytes(self, count: int) -> bytes:
        return secrets.token_bytes(count)

    def below(self, limit: int) -> int:
        return secrets.randbelow(limit)


def pick(dice: Dice, alphabet: str, count: int) -> str:
    """A text of ``count`` characters, each drawn from ``alphabet``; all of them in one throw."""
    size = len(alphabet)
    thrown = dice.below(size**count)
    letters = []
    for _ in range(count):
        thrown, place = divmod(thrown, size)
        letters.append(alphabet[place])
    return "".join(letters)


def instant(millis: int) -> datetime:
    """The moment as an aware datetime in UTC."""
    return datetime.fromtimestamp(millis / 1000, UTC)


def iso(millis: int) -> str:
    """The moment as ISO 8601 with milliseconds and offset: ``2026-01-01T10:00:00.123+00:00``."""
    return instant(millis).isoformat(timespec="milliseconds")
