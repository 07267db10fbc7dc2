"""Reads what is written behind an action as the kind of value that the action declares."""

import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from watchword.errors import BadParameter
from watchword.model.policy import Action, Kind
from watchword.policy.notation.actions import Said
from watchword.policy.notation.durations import read_duration
from watchword.policy.notation.patterns import expression

T = TypeVar("T")

_FLAGS = {
    **dict.fromkeys(("true", "1", "yes", "on"), True),
    **dict.fromkeys(("false", "0", "no", "off"), False),
}
_NUMBER = re.compile(r"[+-]?\d{1,18}", re.ASCII)


def read_value(action: Action[T], said: Said) -> T:
    """The value as the action's kind; the default for "explicitly off" where the action is no bool.

    Raises `errors.BadParameter` if no kind of the action can read it.
    """
    kinds = action.kind if isinstance(action.kind, tuple) else (action.kind,)
    if said is False and "bool" not in kinds:
        return action.default
    for kind in kinds:
        value = _READERS[kind](said, action.values)
        if value is not None:
            return value  # type: ignore[no-any-return]  # the declared kind is what ties the value to T
    wanted = " or ".join(_WORDS[kind] for kind in kinds)
    allowed = f" of {', '.join(map(str, action.values))}" if action.values else ""
    raise BadParameter(f"action {action.name!r} needs {wanted}{allowed}, not {_shown(said)}")


def read_flag(said: Said) -> bool | None:
    """True or false as written; None for any other text."""
    return said if isinstance(said, bool) else _FLAGS.get(said.lower())


def _number(said: Said, values: Sequence[str | int]) -> int | None:
    if isinstance(said, bool) or not _NUMBER.fullmatch(said):
        return None
    return int(said) if not values or int(said) in values else None


def _text(said: Said, values: Sequence[str | int]) -> str | None:
    return said if isinstance(said, str) and (not values or said in values) else None


def _one_of(said: Said, values: Sequence[str | int]) -> str | int | None:
    number = _number(said, values)
    return _text(said, values) if number is None else number


def _words(said: Said, values: Sequence[str | int]) -> tuple[str, ...] | None:
    if isinstance(said, bool):
        return None
    words = tuple(said.split())
    return words if not values or all(word in values for word in words) else None


def _duration(said: Said, _values: Sequence[str | int]) -> Any:
    try:
        return None if isinstance(said, bool) else read_duration(said)
    except BadParameter:
        return None


def _expression(said: Said, _values: Sequence[str | int]) -> str | None:
    try:
        return expression(said).text if isinstance(said, str) else None
    except BadParameter:
        return None


def _shown(said: Said) -> str:
    return "just its name" if isinstance(said, bool) else repr(said[:40])


_READERS: dict[Kind, Callable[[Said, Sequence[str | int]], Any]] = {
    "bool": lambda said, _: read_flag(said),
    "int": _number,
    "str": _text,
    "set": _one_of,
    "words": _words,
    "duration": _duration,
    "expression": _expression,
}
_WORDS: dict[Kind, str] = {
    "bool": "true or false",
    "int": "a number",
    "str": "a text",
    "set": "one",
    "words": "words",
    "duration": "a duration such as '1d 2h'",
    "expression": "a regular expression",
}
