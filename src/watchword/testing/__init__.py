"""The kit for tests: a stopped clock, loaded dice, and contract suites for plug-in authors."""

import hashlib


class StoppedClock:
    """Tells the moment it was told, until it is moved."""

    def __init__(self, now: int = 1_767_261_600_000) -> None:
        self.moment = now

    def now(self) -> int:
        return self.moment

    def advance(self, *, seconds: float = 0) -> None:
        self.moment += int(seconds * 1000)


class LoadedDice:
    """Throws the same sequence in every run: for tests only, never for secrets."""

    def __init__(self, seed: str = "watchword") -> None:
        self._seed = seed.encode()
        self._throws = 0

    def bytes(self, count: int) -> bytes:
        self._throws += 1
        return hashlib.shake_256(self._seed + self._throws.to_bytes(8, "big")).digest(count)

    def below(self, limit: int) -> int:
        return int.from_bytes(self.bytes(16 + limit.bit_length() // 8), "big") % limit
