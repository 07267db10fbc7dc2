"""Who of a directory's people was found lately and who was not: the brake on believing that many are gone at once."""

from collections import OrderedDict

from watchword.clock import Clock

FEW = 5
"""Fewer than these are always believed to be gone: people leave."""
_REMEMBERED = 10_000
_LATELY = 86_400_000  # milliseconds


def too_many(missing: int, people: int, percent: int) -> bool:
    """Whether so many of so many people cannot have left at once."""
    return missing >= FEW and missing * 100 >= percent * people


class Absences:
    """The last answer about each of the people who were looked up within a day, 10,000 at most.

    Threat: a directory that answers, and has lost its people: an empty copy, a wrong base, a right taken away.
    """

    def __init__(self, clock: Clock, percent: int) -> None:
        self._clock = clock
        self._percent = percent
        self._answers: OrderedDict[str, tuple[bool, int]] = OrderedDict()
        """Whether they were there, and when that was said; the latest at the end."""
        self._missing = 0

    @property
    def people(self) -> int:
        self._forget_old()
        return len(self._answers)

    @property
    def missing(self) -> int:
        self._forget_old()
        return self._missing

    @property
    def brake(self) -> bool:
        """Whether too many are missing to believe it of any."""
        return too_many(self.missing, self.people, self._percent)

    def note(self, userid: str, *, there: bool) -> None:
        """What the directory said of somebody."""
        self._drop(userid)
        self._answers[userid] = (there, self._clock.now())
        self._missing += not there
        if len(self._answers) > _REMEMBERED:
            self._drop(next(iter(self._answers)))

    def _forget_old(self) -> None:
        before = self._clock.now() - _LATELY
        while self._answers and next(iter(self._answers.values()))[1] <= before:
            self._drop(next(iter(self._answers)))

    def _drop(self, userid: str) -> None:
        known = self._answers.pop(userid, None)
        self._missing -= known is not None and not known[0]
