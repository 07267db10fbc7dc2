"""Wildcards and regular expressions of administrators, matched without ever going back.

Python's `re` tries one way after the other; an expression such as ``(a+)+b`` and a login made for it keep a
processor busy for years. Here all ways are walked at once, one step a character (Thompson 1968): the time
grows with the text, whatever the expression. That costs look-ahead and back-references, which are refused on
save, like everything else that does not compile. An expression has at most `LONGEST_PATTERN` characters and
`MOST_STATES` states, and texts longer than `LONGEST_TEXT` never match.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from msgspec import Struct

from watchword.errors import BadParameter

LONGEST_PATTERN = 200
LONGEST_TEXT = 1000
MOST_STATES = 300
_DEEPEST = 20
_MOST_REMEMBERED = 2000

_KINDS: dict[str, Callable[[str], bool]] = {
    "d": str.isdecimal,
    "w": lambda char: char.isalnum() or char == "_",
    "s": str.isspace,
    "D": lambda char: not char.isdecimal(),
    "W": lambda char: not (char.isalnum() or char == "_"),
    "S": lambda char: not char.isspace(),
}
_SPOKEN = {"t": "\t", "n": "\n", "r": "\r"}
_COUNT = re.compile(r"\{(\d{0,4})(,?)(\d{0,4})\}", re.ASCII)


class Characters(Struct, frozen=True):
    """A set of characters."""

    singles: frozenset[str] = frozenset()
    ranges: tuple[tuple[str, str], ...] = ()
    kinds: tuple[str, ...] = ()
    negated: bool = False

    def __contains__(self, char: str) -> bool:
        found = (
            char in self.singles
            or any(first <= char <= last for first, last in self.ranges)
            or any(_KINDS[kind](char) for kind in self.kinds)
        )
        return found is not self.negated


_EVERY = Characters(negated=True)
_Build = Callable[[int], int]
"""Adds states that lead to the given one, and returns where to enter them."""


class Pattern:
    """A compiled expression."""

    __slots__ = ("_end", "_moves", "_start", "_states", "text")

    def __init__(
        self, text: str, states: list[tuple[Characters | None, tuple[int, ...]]], entry: int
    ) -> None:
        self.text = text
        self._states = states
        self._end = 0
        self._start = self._closure([entry])
        self._moves: dict[tuple[frozenset[int], str], frozenset[int]] = {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pattern) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return f"Pattern({self.text!r})"

    def matches(self, text: str) -> bool:
        """Whether the expression describes the whole text."""
        if len(text) > LONGEST_TEXT:
            return False
        at = self._start
        for char in text:
            moved = self._moves.get((at, char))
            at = self._step(at, char) if moved is None else moved
            if not at:
                return False
        return self._end in at

    def _step(self, at: frozenset[int], char: str) -> frozenset[int]:
        reached: list[int] = []
        for state in at:
            wanted, following = self._states[state]
            if wanted is not None and char in wanted:
                reached.extend(following)
        moved = self._closure(reached)
        if len(self._moves) < _MOST_REMEMBERED:
            self._moves[at, char] = moved
        return moved

    def _closure(self, states: Iterable[int]) -> frozenset[int]:
        """All states that are reached from these without reading a character."""
        pending, found = list(states), set[int]()
        while pending:
            state = pending.pop()
            if state not in found:
                found.add(state)
                wanted, following = self._states[state]
                if wanted is None:
                    pending.extend(following)
        return frozenset(state for state in found if state == self._end or self._states[state][0] is not None)


@lru_cache(maxsize=512)
def wildcard(text: str) -> Pattern:
    """An expression that describes a whole name, in which ``*`` stands for any text."""
    return _Reader(text, star_is_any=True).pattern(search=False)


@lru_cache(maxsize=512)
def expression(text: str) -> Pattern:
    """A regular expression that is found anywhere in a text; ``^`` and ``$`` tie it to its ends."""
    return _Reader(text, star_is_any=False).pattern(search=True)


class _Reader:
    """Reads one expression from left to right."""

    def __init__(self, text: str, *, star_is_any: bool) -> None:
        if len(text) > LONGEST_PATTERN:
            raise BadParameter(
                f"an expression may have {LONGEST_PATTERN} characters at most, not {len(text)}"
            )
        self._text = text
        self._star_is_any = star_is_any
        self._at = 0
        self._depth = 0
        self._states: list[tuple[Characters | None, tuple[int, ...]]] = [(None, ())]

    def pattern(self, *, search: bool) -> Pattern:
        build = self._alternatives(search=search)
        if self._at < len(self._text):
            raise self._refusal("')' closes nothing")
        return Pattern(self._text, self._states, build(0))

    def _refusal(self, why: str) -> BadParameter:
        return BadParameter(f"expression {self._text!r}, character {self._at + 1}: {why}")

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _skip(self, token: str) -> bool:
        found = self._text.startswith(token, self._at)
        if found:
            self._at += len(token)
        return found

    # what an expression is made of

    def _alternatives(self, *, search: bool = False) -> _Build:
        branches = [self._branch(search=search)]
        while self._skip("|"):
            branches.append(self._branch(search=search))
        return branches[0] if len(branches) == 1 else self._either(branches)

    def _branch(self, *, search: bool) -> _Build:
        outermost = self._depth == 0
        parts: list[_Build] = []
        if not (outermost and self._skip("^")) and search:
            parts.append(self._repeated(self._one(_EVERY), 0, None))
        while (char := self._peek()) and char not in "|)":
            if char == "$" and outermost and self._text[self._at + 1 : self._at + 2] in {"", "|"}:
                self._at += 1
                return self._sequence(parts)
            parts.append(self._repetition())
        if search and outermost:
            parts.append(self._repeated(self._one(_EVERY), 0, None))
        return self._sequence(parts)

    def _repetition(self) -> _Build:
        if self._star_is_any and self._skip("*"):
            self._skip("?")
            return self._repeated(self._one(_EVERY), 0, None)
        part = self._atom()
        if not self._star_is_any and self._skip("*"):
            part = self._repeated(part, 0, None)
        elif self._skip("+"):
            part = self._repeated(part, 1, None)
        elif self._skip("?"):
            part = self._repeated(part, 0, 1)
        elif self._peek() == "{":
            part = self._repeated(part, *self._count())
        else:
            return part
        self._skip("?")  # "as few as possible" describes the same texts
        if self._peek() in {"+", "?", "{"} or (self._peek() == "*" and not self._star_is_any):
            raise self._refusal("nothing to repeat; put the repeated part into (...)")
        return part

    def _count(self) -> tuple[int, int | None]:
        found = _COUNT.match(self._text, self._at)
        if found is None or not (found[1] or found[3]):
            raise self._refusal(
                "a repetition is written {3}, {3,} or {3,5}; for the character itself write '\\{'"
            )
        least = int(found[1] or 0)
        most = (int(found[3]) if found[3] else None) if found[2] else least
        if most is not None and (most < least or most == 0):
            raise self._refusal("the last number of a repetition must be above 0 and not below the first")
        self._at = found.end()
        return least, most

    def _atom(self) -> _Build:
        char = self._peek()
        if char in "*+?{":
            raise self._refusal(f"nothing to repeat; for the character itself write '\\{char}'")
        if char in "^$":
            raise self._refusal(f"{char!r} stands only at the very begin or end; for itself write '\\{char}'")
        self._at += 1
        if char == "(":
            return self._group()
        if char == "[":
            return self._one(self._set())
        if char == ".":
            return self._one(_EVERY)
        return self._one(self._escape() if char == "\\" else Characters(frozenset(char)))

    def _group(self) -> _Build:
        if self._skip("?") and not self._skip(":"):
            raise self._refusal("look-ahead, names and flags are not supported; a group is (...) or (?:...)")
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._refusal(f"groups may be nested {_DEEPEST} deep at most")
        inner = self._alternatives()
        self._depth -= 1
        if self._text[self._at - 1] in "(:" and self._peek() == ")":
            raise self._refusal("an empty group describes nothing; leave it out")
        if not self._skip(")"):
            raise self._refusal("')' is missing")
        return inner

    def _escape(self) -> Characters:
        char = self._peek()
        if self._star_is_any and char.isalnum():
            raise self._refusal(
                "in a name a backslash stands before punctuation only; write [0-9], or user@realm"
            )
        self._at += 1
        if char in _KINDS:
            return Characters(kinds=(char,))
        if char in _SPOKEN:
            return Characters(frozenset(_SPOKEN[char]))
        if not char or char.isalnum():
            raise self._refusal(
                "a backslash stands before a character that is meant literally, or d w s D W S t n r"
            )
        return Characters(frozenset(char))

    def _set(self) -> Characters:
        negated = self._skip("^")
        singles, ranges, kinds = set[str](), list[tuple[str, str]](), list[str]()
        first = True
        while first or self._peek() != "]":
            member = self._member()
            follows = self._text[self._at : self._at + 2]
            if follows[:1] == "-" and follows != "-]" and member.singles:
                self._at += 1
                low, high = "".join(member.singles), "".join(self._member().singles)
                if high < low:
                    raise self._refusal("a range goes from a lower to a higher character")
                ranges.append((low, high))
            else:
                singles |= member.singles
                kinds += member.kinds
            first = False
        self._at += 1
        return Characters(frozenset(singles), tuple(ranges), tuple(kinds), negated)

    def _member(self) -> Characters:
        char = self._peek()
        if not char:
            raise self._refusal("']' is missing")
        self._at += 1
        return self._escape() if char == "\\" else Characters(frozenset(char))

    # how it becomes states

    def _add(self, wanted: Characters | None, following: tuple[int, ...]) -> int:
        if len(self._states) >= MOST_STATES:
            raise BadParameter(f"expression {self._text!r} is too large: smaller repetitions, please")
        self._states.append((wanted, following))
        return len(self._states) - 1

    def _one(self, wanted: Characters) -> _Build:
        return lambda after: self._add(wanted, (after,))

    def _sequence(self, parts: list[_Build]) -> _Build:
        def build(after: int) -> int:
            for part in reversed(parts):
                after = part(after)
            return after

        return build

    def _either(self, branches: list[_Build]) -> _Build:
        return lambda after: self._add(None, tuple(branch(after) for branch in branches))

    def _repeated(self, part: _Build, least: int, most: int | None) -> _Build:
        def build(after: int) -> int:
            entry = after
            if most is None:
                entry = self._add(None, ())
                self._states[entry] = (None, (part(entry), after))
            else:
                for _ in range(most - least):
                    entry = self._add(None, (part(entry), after))
            for _ in range(least):
                entry = part(entry)
            return entry

        return build
