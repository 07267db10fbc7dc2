"""Search filters (RFC 4515) as data: a template is read once, and what somebody types enters only as escaped values."""

import re
from enum import StrEnum

from msgspec import Struct

from watchword.errors import BadParameter

_ITEM = re.compile(
    r"([A-Za-z0-9.;_-]+(?::[A-Za-z0-9.:_-]+)?)(:=|~=|>=|<=|=)((?:%\(now\)s|[^()\0])*)", re.ASCII
)
_HOLE = re.compile(r"%s|%\(now\)s|%%")
_BAD_ESCAPE = re.compile(r"\\(?![0-9A-Fa-f]{2})")
_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
_DEEPEST = 50


class Hole(StrEnum):
    """What a template leaves open."""

    LOGIN = "%s"
    NOW = "%(now)s"


class Template(Struct, frozen=True):
    """A filter with holes where values belong."""

    pieces: tuple[str | Hole, ...]

    def filled(self, *, login: str = "", now: str = "") -> str:
        """The filter for this login, at this hour as the directory writes it."""
        values = {Hole.LOGIN: escaped(login), Hole.NOW: escaped(now)}
        return "".join(values[piece] if isinstance(piece, Hole) else piece for piece in self.pieces)


def escaped(value: str | bytes) -> str:
    """A value that stands for itself in a filter: each byte that is no letter or digit of ASCII by its number."""
    raw = value.encode() if isinstance(value, str) else value
    return "".join(chr(byte) if byte in _PLAIN else f"\\{byte:02x}" for byte in raw)


def template(name: str, text: str) -> Template:
    """The template of the setting ``name``: one filter, or several in a row which must all hold.

    `BadParameter` says where it is no filter. Parentheses around a single comparison may be missing.
    """
    text = text.strip()
    reading = _Reading(name, text if text.startswith("(") else f"({text})")
    count = 0
    while reading.at < len(reading.text):
        reading.filter(0)
        count += 1
    pieces = reading.pieces if count == 1 else ["(&", *reading.pieces, ")"]
    return Template(tuple(pieces))


def fitting(attribute: str, pattern: str) -> str:
    """A filter that lets through at least what fits the pattern of a search; empty if nothing is gained by one."""
    pieces = [escaped(piece) for piece in re.split(r"[*.]+", pattern)]
    return f"({attribute}={'*'.join(pieces)})" if any(pieces) else ""


class _Reading:
    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self.at = 0
        self.pieces: list[str | Hole] = []

    def filter(self, depth: int) -> None:
        """Read one filter in its parentheses."""
        if depth > _DEEPEST:
            raise self._wrong("is nested too deeply")
        self._expect("(")
        sign = self.text[self.at : self.at + 1]
        if sign and sign in "&|!":
            self.at += 1
            self._blanks()
            self.pieces.append(f"({sign}")
            while self.text[self.at : self.at + 1] == "(":
                self.filter(depth + 1)
                if sign == "!":
                    break
        else:
            self._item()
        self._expect(")")
        self.pieces.append(")")

    def _item(self) -> None:
        found = _ITEM.match(self.text, self.at)
        if found is None:
            raise self._wrong("compares nothing")
        attribute, sign, value = found.groups()
        if _BAD_ESCAPE.search(value):
            raise self._wrong("has a backslash without two hexadecimal digits")
        self.pieces.append(f"({attribute}{sign}")
        end = 0
        for hole in _HOLE.finditer(value):
            self.pieces.append(value[end : hole.start()])
            self.pieces.append("%" if hole[0] == "%%" else Hole(hole[0]))
            end = hole.end()
        self.pieces.append(value[end:])
        self.at = found.end()

    def _expect(self, sign: str) -> None:
        self._blanks()
        if self.text[self.at : self.at + 1] != sign:
            raise self._wrong(f"lacks {sign!r}")
        self.at += 1
        self._blanks()

    def _blanks(self) -> None:
        while self.text[self.at : self.at + 1].isspace():
            self.at += 1

    def _wrong(self, what: str) -> BadParameter:
        return BadParameter(
            f"{self.name} {what} at {self.text[self.at : self.at + 20]!r} (character {self.at + 1})."
        )
