"""Providers that could not be reached, and how long they are left alone."""

from collections.abc import Iterable

from watchword.clock import Clock
from watchword.model.message import Channel

FIRST = 30_000
"""Milliseconds of the first rest; each further one is twice as long."""
_DOUBLINGS = 8


class Resting:
    """Who rests, as this process knows it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failures: dict[tuple[Channel, str], tuple[int, int]] = {}
        """Failures in a row, and until when it rests."""

    def failed(self, channel: Channel, name: str) -> None:
        """It rests, longer than the last time."""
        count = self._failures.get((channel, name), (0, 0))[0]
        self._failures[channel, name] = (
            count + 1,
            self._clock.now() + FIRST * 2 ** min(count, _DOUBLINGS),
        )

    def answered(self, channel: Channel, name: str) -> None:
        """It can be reached again."""
        self._failures.pop((channel, name), None)

    def rests(self, channel: Channel, name: str) -> bool:
        return self._failures.get((channel, name), (0, 0))[1] > self._clock.now()

    def rested_first(self, channel: Channel, names: Iterable[str]) -> tuple[str, ...]:
        """The names in their order, those at rest behind the others: better a try than nothing."""
        return tuple(sorted(names, key=lambda name: self.rests(channel, name)))
