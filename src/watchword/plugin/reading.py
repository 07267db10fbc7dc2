"""For token types that read answers in their own way: where the PIN ends, what is the wish to be asked, what answers what.

They propose and the gate settles, as for any other type: a counter moves once, a question is claimed once.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping

from msgspec import Struct

from watchword.model.attempt import Verdict
from watchword.model.token import Token
from watchword.plugin.shapes import Standing, Tools


class Heard(Struct, frozen=True, kw_only=True):
    """An answer as it came, with all that a type needs to read it."""

    answer: str
    parts: tuple[str, str]
    """PIN and one-time part, as the house parts answers to this token."""
    pin_matches: Callable[[str], bool]
    """Whether this is the PIN, by what policy wants compared."""
    login: str = ""
    realm: str = ""
    said: str = ""
    """The text that came along (LinOTP: data, message)."""
    asks: bool = False
    """Whether the request says outright that it wants to be asked (LinOTP: data or challenge is present)."""
    transaction: str = ""
    """The question that it says it answers."""
    sent: Mapping[str, str] = {}
    """All else that the request says."""
    questions: tuple[Standing, ...] = ()
    """That question, or all that stand if it names none."""

    def __repr__(self) -> str:
        return f"Heard(transaction={self.transaction!r})"


class Opinion(Struct, frozen=True, kw_only=True):
    """What a type makes of it."""

    verdict: Verdict
    pin_matches: bool = False
    wish: bool = False
    """It is none, but the wish to be asked."""
    question: str = ""
    """The id of the question that it answers."""


class Reading(ABC):
    """Reads answers in its own way."""

    @abstractmethod
    def consider(self, token: Token, heard: Heard, tools: Tools) -> Opinion: ...
