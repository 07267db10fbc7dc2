"""The patterns of searches: ``*`` is any text, ``.`` one character, and the whole value must fit, in any case."""

import re
from collections.abc import Callable, Mapping

from watchword.errors import BadParameter
from watchword.plugin.shapes import Record

LONGEST = 8000
"""Characters; to compile many more keeps everybody waiting."""


def matcher(patterns: Mapping[str, str]) -> Callable[[Record], bool]:
    """Tells whether an entry fits all patterns.

    Keys are ``username``, ``userid`` and names of attributes; what an entry does not say reads as empty text.
    `BadParameter` for a pattern that is longer than LONGEST.
    """
    wanted = [(name, _compiled(pattern)) for name, pattern in patterns.items()]

    def fits(record: Record) -> bool:
        return all(pattern.fullmatch(_value(record, name).casefold()) for name, pattern in wanted)

    return fits


def _value(record: Record, name: str) -> str:
    if name == "username":
        return record.login
    return record.userid if name == "userid" else record.attributes.get(name, "")


def _compiled(pattern: str) -> re.Pattern[str]:
    if len(pattern) > LONGEST:
        raise BadParameter(f"A pattern may have {LONGEST} characters at most, not {len(pattern)}.")
    first, *others = ("".join(_piece(pattern)) for pattern in pattern.casefold().split("*"))
    if not others:
        return re.compile(first, re.DOTALL)
    # Each piece in the middle takes the first place where it fits, for good (?>): many stars cost no more than one.
    middle = "".join(f"(?>.*?{piece})" for piece in others[:-1])
    return re.compile(f"{first}{middle}.*{others[-1]}", re.DOTALL)


def _piece(text: str) -> list[str]:
    return [letter if letter == "." else re.escape(letter) for letter in text]
