"""What a policy says: a comma list of ``name``, ``name=value``, and ``!name`` for "explicitly off".

A value in quotes (``"`` or ``'``) keeps commas, equal signs and outer blanks; it ends at the quote that a
comma or nothing follows, so an apostrophe within is no end.
"""

import re
from collections.abc import Mapping
from typing import TypeAlias

from watchword.errors import BadParameter

Said: TypeAlias = str | bool
"""A value as it is written; True for a bare name, False for a negated one."""

_CLOSING = {quote: re.compile(rf"{quote}\s*(?:,|\Z)") for quote in "'\""}
_NEEDS_QUOTES = re.compile(r"""\A["'\s]|,|\s\Z""")


def read_actions(text: str) -> dict[str, Said]:
    """Read the action text of a policy; raises `errors.BadParameter` with the action that cannot be used."""
    said: dict[str, Said] = {}
    at = 0
    while at < len(text):
        comma, equal = _find(text, ",", at), _find(text, "=", at)
        this: Said
        if equal < comma:
            name = text[at:equal].strip()
            this, at = _value(text, equal + 1, name)
            if not name or name[0] in "!-":
                raise BadParameter(f"action {name!r}: a value needs a name before it, without negation")
        else:
            name, at = text[at:comma].strip(), comma + 1
            this = name[:1] not in {"!", "-"}
            if not name:
                continue
            name = name if this else name[1:].strip()
        if not name or "'" in name or '"' in name:
            raise BadParameter(f"action {name!r}: write name, name=value, name='a, value' or !name")
        if said.setdefault(name, this) != this:
            raise BadParameter(f"action {name!r} is there twice with different values")
    return said


def print_actions(said: Mapping[str, Said]) -> str:
    """The action text that says this."""
    return ", ".join(_printed(name, value) for name, value in said.items())


def _find(text: str, mark: str, at: int) -> int:
    found = text.find(mark, at)
    return found if found >= 0 else len(text)


def _value(text: str, at: int, name: str) -> tuple[str, int]:
    """The value that begins here, and where the next action begins."""
    while text[at : at + 1].isspace():
        at += 1
    closing = _CLOSING.get(text[at : at + 1])
    if closing is None:
        comma = _find(text, ",", at)
        return text[at:comma].rstrip(), comma + 1
    end = closing.search(text, at + 1)
    if end is None:
        raise BadParameter(f"action {name!r}: the quoted value does not end with its quote")
    return text[at + 1 : end.start()], end.end()


def _printed(name: str, value: Said) -> str:
    if isinstance(value, bool):
        return name if value else f"!{name}"
    if not _NEEDS_QUOTES.search(value):
        return f"{name}={value}"
    for quote, closing in _CLOSING.items():
        end = closing.search(value + quote)
        if end is not None and end.start() == len(value):
            return f"{name}={quote}{value}{quote}"
    raise BadParameter(f"the value of action {name!r} has both quotes before commas and cannot be written")
