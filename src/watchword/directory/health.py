"""How a directory is doing, for whoever looks."""

from msgspec import Struct

_WEIGHT = 16
"""The mean latency leans on about so many answers."""


class Health(Struct, frozen=True, kw_only=True):
    """One directory, as this worker knows it since it began to ask it."""

    resolver: str
    answers: int = 0
    unanswered: int = 0
    """Questions that it had and left without an answer."""
    last_answer: int = 0
    """Milliseconds UTC; 0: never."""
    latency: float = 0.0
    """Milliseconds that it takes to answer, in the mean of late."""
    resting: bool = False
    """Whether it is left alone because it did not answer, or is just being tried again."""
    people: int = 0
    """How many were looked up lately, and ..."""
    missing: int = 0
    """... how many of them are not there."""
    brake: bool = False
    """Whether too many are missing to believe that any of them is gone."""


class Meter:
    """Counts answers."""

    def __init__(self) -> None:
        self.answers = 0
        self.unanswered = 0
        self.last_answer = 0
        self.latency = 0.0

    def answered(self, at: int, millis: float) -> None:
        """An answer came at this hour, after so many milliseconds."""
        self.answers += 1
        self.last_answer = at
        self.latency += (millis - self.latency) / min(self.answers, _WEIGHT)
