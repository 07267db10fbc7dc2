"""Wildcards and regular expressions of administrators, matched by RE2 in time that grows with the text only.

Threat: an expression such as ``(a+)+b`` and a login made for it keep a processor of Python's `re` busy for
years. RE2 never goes back; the price is look-ahead and back-references, which are refused on save like
everything else that does not compile.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from watchword.errors import BadParameter

LONGEST_PATTERN = 200
_MEMORY = 1 << 20
_STAR = re.compile(r"(\\.|\[\]?[^\]]*\])|\*\??", re.DOTALL)
_CLASS = re.compile(r"\\[A-Za-z0-9]")


class Pattern:
    """A compiled expression."""

    __slots__ = ("_finds", "text")

    def __init__(self, text: str, finds: Callable[[str], object]) -> None:
        self.text = text
        self._finds = finds

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pattern) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return f"Pattern({self.text!r})"

    def matches(self, text: str) -> bool:
        """Whether the expression describes the text."""
        return self._finds(text) is not None


@lru_cache(maxsize=512)
def wildcard(text: str) -> Pattern:
    """An expression that describes a whole name, in which ``*`` stands for any text."""
    if _CLASS.search(text):
        raise BadParameter(
            f"expression {text!r}: in a name a backslash stands before punctuation only; write [0-9], or user@realm"
        )
    return Pattern(text, _compiled(text, _STAR.sub(lambda found: found[1] or ".*", text)).fullmatch)


@lru_cache(maxsize=512)
def expression(text: str) -> Pattern:
    """A regular expression that is found anywhere in a text; ``^`` and ``$`` tie it to its ends."""
    return Pattern(text, _compiled(text, text).search)


def _compiled(text: str, expression: str) -> Any:
    import re2

    if len(text) > LONGEST_PATTERN:
        raise BadParameter(f"an expression may have {LONGEST_PATTERN} characters at most, not {len(text)}")
    options = re2.Options()
    options.log_errors = False
    options.dot_nl = True
    options.max_mem = _MEMORY
    try:
        return re2.compile(expression, options=options)
    except re2.error as wrong:
        why = wrong.args[0].decode() if wrong.args and isinstance(wrong.args[0], bytes) else str(wrong)
        raise BadParameter(f"expression {text!r}: {why}") from None
