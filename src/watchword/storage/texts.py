r"""How texts are kept: character by character, except for what no database holds.

NUL and lone surrogates (halves of a character outside the basic plane) become their Python spelling, ``\x00``
and ``\ud800``, on the way in: readable in an audit, and never an error. The way back does not undo it.
"""

import hashlib
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

_json = msgspec.json.Encoder(order="deterministic")
_KEY = 150


def kept(text: str) -> str:
    """The text as it can be kept."""
    if not text.isascii():
        text = text.encode("utf-8", "backslashreplace").decode()
    return text.replace("\0", "\\x00") if "\0" in text else text


def folded(text: str) -> str:
    """The text without regard to case and width, for comparing."""
    return unicodedata.normalize("NFKC", kept(text).casefold())


def short(text: str) -> str:
    """A text that anybody may send, as part of an index: long ones end in their hash.

    An entry of an index in PostgreSQL holds no more than 2,700 bytes.
    """
    text = kept(text)
    if len(text) <= _KEY:
        return text
    return f"{text[:64]}#{hashlib.sha256(text.encode()).hexdigest()}"


def json_of(value: Mapping[str, Any] | Sequence[str]) -> str:
    """JSON, the same for equal values, so that it can be compared as text."""
    try:
        return _json.encode(value).decode()
    except UnicodeEncodeError:
        return _json.encode(_kept_within(value)).decode()


def _kept_within(value: Any) -> Any:
    if isinstance(value, str):
        return kept(value)
    if isinstance(value, Mapping):
        return {_kept_within(key): _kept_within(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_kept_within(item) for item in value]
    return value
