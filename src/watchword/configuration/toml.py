"""Writes the little of TOML that our document needs (toml.io, version 1.0); `tomllib` reads it back."""

import re
from collections.abc import Mapping, Sequence

Value = str | int | bool | Sequence[str] | Mapping[str, "Value"]

_BARE = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_QUOTES = "\\u0027" * 3
_NAMED = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


def key(*parts: str) -> str:
    """A dotted key; parts that need it are quoted."""
    return ".".join(part if _BARE.fullmatch(part) else text(part) for part in parts)


def text(value: str) -> str:
    """A basic string: control characters escaped, everything else as it is."""
    return f'"{"".join(map(_character, value))}"'


def lines(json: str) -> str:
    """JSON as it is, on lines of its own: a literal string, in which JSON's own escapes stand for what TOML forbids."""
    plain = "".join(char if char.isprintable() or char == "\n" else _surrogates(char) for char in json)
    return f"'''\n{plain.replace(chr(39) * 3, _QUOTES)}\n'''"


def value(item: Value) -> str:
    """Anything that stands behind an equals sign, on one line."""
    if isinstance(item, str):
        return text(item)
    if isinstance(item, bool):
        return "true" if item else "false"
    if isinstance(item, int):
        return str(item)
    if isinstance(item, Mapping):
        return "{ " + ", ".join(f"{key(name)} = {value(inner)}" for name, inner in item.items()) + " }"
    return "[" + ", ".join(map(text, item)) + "]"


def table(path: Sequence[str], fields: Mapping[str, Value]) -> str:
    """A table with its header, an empty line before it."""
    lines = [f"\n[{key(*path)}]", *(f"{key(name)} = {value(item)}" for name, item in fields.items())]
    return "\n".join(lines) + "\n"


def _character(char: str) -> str:
    if char in _NAMED:
        return _NAMED[char]
    return char if char.isprintable() or char == " " else _escaped(char)


def _surrogates(char: str) -> str:
    """As JSON escapes it: in UTF-16 (RFC 8259 section 7)."""
    coded = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{coded[at : at + 2].hex()}" for at in range(0, len(coded), 2))


def _escaped(char: str) -> str:
    return f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}"
