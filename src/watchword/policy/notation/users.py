r"""Conditions on users.

An entry is ``*``, a name, a wildcard or regular expression for the whole name (``*`` stands for any text,
``.`` for any one character where the entry is an expression, and for itself in a plain name), each optionally
with ``@realm``; ``resolver:`` or ``name.resolver:``; each optionally with a test on an attribute: ``#mobile``
(has one), ``#attr == v``, ``#attr != v``, ``#attr ~= regex`` (found anywhere). A backslash makes the next
character literal. The last ``@`` begins the realm: a login that holds one is written
``alice@example.com@corp`` or ``alice\@example.com``. Names and resolvers are compared with their case, in
Unicode's NFKC; realms without.
"""

import re
from collections.abc import Mapping
from unicodedata import normalize

from msgspec import Struct

from watchword.errors import BadParameter
from watchword.policy.circumstances import Circumstances
from watchword.policy.notation.lists import ANY, EXACT, OUT, SOME, entries, sign
from watchword.policy.notation.patterns import Pattern, expression, wildcard

_ESCAPE = re.compile(r"\\([^\w\s]|_)", re.ASCII)
_SPECIAL = re.compile(r"[*?+\[\](){}|^\\]")
_TO_ESCAPE = re.compile(r"([*?+\[\](){}|^$\\@:#,]|^[-!])")
_TEST = re.compile(r"\s*([\w.-]+)\s*(?:(==|!=|~=)\s*(.*))?", re.DOTALL)
_QUOTED = re.compile(r"\"([^\"]*)\"|'([^']*)'", re.DOTALL)


class Name(Struct, frozen=True):
    """A name or an expression for names."""

    text: str
    pattern: Pattern | None = None

    def precision(self, name: str) -> int:
        if name == self.text:
            return EXACT
        return SOME if self.pattern is not None and self.pattern.matches(name) else OUT

    def __str__(self) -> str:
        return self.text if self.pattern is not None else _TO_ESCAPE.sub(r"\\\1", self.text)


class AttributeTest(Struct, frozen=True):
    """A test on one attribute. It never holds for somebody who lacks the attribute."""

    name: str
    operator: str = ""
    value: str = ""
    pattern: Pattern | None = None

    def holds(self, attributes: Mapping[str, str]) -> bool:
        found = attributes.get(self.name) or ""
        if not found:
            return False
        if self.operator == "==":
            return found == self.value
        if self.operator == "!=":
            return found != self.value
        return self.pattern is None or self.pattern.matches(found)

    def __str__(self) -> str:
        if not self.operator:
            return f"#{self.name}"
        quote = next((mark for mark in "\"'" if mark not in self.value), "")
        value = f"{quote}{self.value}{quote}" if quote else self.value.replace(",", "\\,")
        return f"#{self.name} {self.operator} {value}"


class Who(Struct, frozen=True, kw_only=True):
    """One entry: every part that is given must match. None at all: everybody."""

    login: Name | None = None
    realm: Name | None = None
    resolver: str | None = None
    test: AttributeTest | None = None

    def precision(self, circumstances: Circumstances, login: str) -> int:
        found = ANY if self.login is None else self.login.precision(login)
        if found == OUT:
            return OUT
        if self.realm is not None and not self.realm.precision(circumstances.realm.lower()):
            return OUT
        if self.resolver is not None and self.resolver != circumstances.resolver:
            return OUT
        if self.test is not None and not self.test.holds(_attributes(circumstances)):
            return OUT
        narrowed = self.realm is not None or self.resolver is not None or self.test is not None
        return max(found, SOME) if narrowed else found

    def __str__(self) -> str:
        name = "*" if self.login is None else str(self.login)
        # A login with an @ of its own says that any realm will do, or what follows would be read as the realm.
        anywhere = "@*" if _unescaped(name, "@") else ""
        realm = anywhere if self.realm is None else f"@{self.realm}"
        resolver = "" if self.resolver is None else f".{self.resolver}:"
        test = "" if self.test is None else str(self.test)
        return f"{name}{realm}{resolver}{test}"


class Users(Struct, frozen=True):
    """Whom a policy means, and whom it does not, whatever else matches."""

    wanted: tuple[Who, ...] = ()
    refused: tuple[Who, ...] = ()

    def precision(self, circumstances: Circumstances) -> int:
        login = circumstances.login
        if not login.isascii():
            login = normalize("NFKC", login)
        for who in self.refused:
            if who.precision(circumstances, login):
                return OUT
        found = OUT
        for who in self.wanted:
            found = max(found, who.precision(circumstances, login))
        return found

    @property
    def test_attributes(self) -> bool:
        return any(who.test is not None for who in self.wanted + self.refused)

    def __str__(self) -> str:
        return ", ".join([*map(str, self.wanted), *(f"!{who}" for who in self.refused)])


def read_users(text: str) -> Users:
    """Read a user condition; raises `errors.BadParameter` with the entry that cannot be used."""
    wanted, refused = list[Who](), list[Who]()
    for entry in entries(text):
        negated, bare = sign(entry, "user")
        try:
            (refused if negated else wanted).append(_who(bare))
        except BadParameter as bad:
            raise BadParameter(f"user condition, entry {entry!r}: {bad.message}") from None
    return Users(tuple(wanted), tuple(refused))


def _attributes(circumstances: Circumstances) -> Mapping[str, str]:
    attributes = circumstances.attributes
    if attributes is None:
        return {}
    return attributes if isinstance(attributes, Mapping) else attributes()


def _who(entry: str) -> Who:
    marks = _unescaped(entry, "#")
    if not marks:
        return _place(entry)
    who = _place(entry[: marks[0]].strip())
    return Who(login=who.login, realm=who.realm, resolver=who.resolver, test=_test(entry[marks[0] + 1 :]))


def _place(entry: str) -> Who:
    colons = _unescaped(entry, ":")
    if colons:
        if colons[0] != len(entry) - 1:
            raise BadParameter(
                "a colon stands at the end of a resolver's name; write '\\:' for the character"
            )
        name, _, resolver = entry[:-1].rpartition(".")
        if not resolver:
            raise BadParameter("the name of the resolver is missing before the colon")
        who = _place(name)
        return Who(login=who.login, realm=who.realm, resolver=resolver)
    ats = _unescaped(entry, "@")
    if not ats:
        return Who(login=_name(entry))
    realm = entry[ats[-1] + 1 :].strip()
    if not realm:
        raise BadParameter("the realm is missing after '@'")
    return Who(login=_name(entry[: ats[-1]].strip()), realm=_name(realm.lower()))


def _name(text: str) -> Name | None:
    if text in {"", "*"}:
        return None
    if _SPECIAL.search(_ESCAPE.sub("", text)):
        # NFKC would turn a full-width star into a wildcard
        return Name(text, wildcard(normalize("NFC", text)))
    return Name(normalize("NFKC", _ESCAPE.sub(r"\1", text)))


def _test(text: str) -> AttributeTest:
    found = _TEST.fullmatch(text)
    if found is None:
        raise BadParameter("a test is written '#attribute', or '#attribute' with ==, != or ~= and a value")
    name, operator, value = found[1], found[2] or "", (found[3] or "").strip()
    if value[:1] in {'"', "'"}:
        quoted = _QUOTED.fullmatch(value)
        if quoted is None:
            raise BadParameter("the quoted value does not end with its quote")
        value = quoted[1] if quoted[1] is not None else quoted[2]
    else:
        value = value.replace("\\,", ",")
    return AttributeTest(name, operator, value, expression(value) if operator == "~=" else None)


def _unescaped(text: str, mark: str) -> list[int]:
    """Where the mark stands without a backslash before it."""
    return [
        found.start() for found in re.finditer(rf"\\.|{re.escape(mark)}", text, re.DOTALL) if found[0] == mark
    ]
