"""Transaction ids: long random numbers that name one question, or several asked at once.

A question that was asked alone has all digits; several have a parent with three digits less and ``.01``, ``.02``
... behind it. An id is compared whole or as a parent, never as a pattern.
"""

import re

from watchword.clock import Dice, pick
from watchword.errors import Misconfigured
from watchword.model.configuration import Configuration

_DIGITS = "0123456789"
_SUFFIX = 3
_FORM = re.compile(r"\d{9,17}(\.\d{2})?", re.ASCII)
_SHORTEST, _LONGEST = 12, 17


def fresh(dice: Dice, configuration: Configuration, count: int) -> list[str]:
    """As many new ids as are asked at once; Misconfigured if ``TransactionIdLength`` is out of range."""
    length = configuration.number("TransactionIdLength", _LONGEST)
    if not _SHORTEST <= length <= _LONGEST:
        raise Misconfigured(f"TransactionIdLength must be from {_SHORTEST} to {_LONGEST}, not {length}.")
    if count == 1:
        return [pick(dice, _DIGITS, length)]
    parent = pick(dice, _DIGITS, length - _SUFFIX)
    return [f"{parent}.{number:02d}" for number in range(1, count + 1)]


def is_one(text: str) -> bool:
    """Whether the text can be an id at all; nothing else is looked for."""
    return _FORM.fullmatch(text) is not None


def parent_of(identifier: str) -> str:
    """The id under which a question was asked together with others, or its own."""
    return identifier.partition(".")[0]
