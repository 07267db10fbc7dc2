"""What was looked up a while ago: people who were found, and names that are surely nobody's."""

from collections import OrderedDict
from collections.abc import Hashable

from msgspec import Struct

from watchword.clock import Clock
from watchword.model.person import Person

_FOREVER = 2**63


class Remembered(Struct, frozen=True, gc=False):
    """An answer, and from when to when it holds."""

    person: Person | None
    since: int
    until: int


class Memory:
    """Holds at most ``size`` people and as many names of nobody; what was not asked for longest goes first.

    Threat: a flood of made-up names. It can push out made-up names only.
    """

    def __init__(self, clock: Clock, size: int) -> None:
        self._clock = clock
        self._size = size
        self._found: OrderedDict[Hashable, Remembered] = OrderedDict()
        self._missing: OrderedDict[Hashable, Remembered] = OrderedDict()

    def recall(self, key: Hashable) -> Remembered | None:
        """What is known of the key, None if nothing is, or no longer."""
        shelf = self._found
        held = shelf.get(key)
        if held is None:
            shelf = self._missing
            held = shelf.get(key)
            if held is None:
                return None
        # A clock that was set back must not prolong anything.
        if held.since <= self._clock.now() < held.until:
            shelf.move_to_end(key)
            return held
        del shelf[key]
        return None

    def keep(self, key: Hashable, person: Person | None, lifetime: int | None) -> None:
        """Remember an answer for ``lifetime`` milliseconds; None is as long as this memory lasts, 0 not at all."""
        if lifetime == 0:
            return
        now = self._clock.now()
        shelf = self._missing if person is None else self._found
        since, until = (0, _FOREVER) if lifetime is None else (now, now + lifetime)
        shelf[key] = Remembered(person, since, until)
        if len(shelf) > self._size:
            shelf.popitem(last=False)

    def drop(self, key: Hashable) -> None:
        """Forget this one."""
        self._found.pop(key, None)
        self._missing.pop(key, None)

    def forget(self) -> None:
        """Forget everything."""
        self._found.clear()
        self._missing.clear()
