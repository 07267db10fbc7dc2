"""Conditions on realms: a list of names, compared without regard to case, or ``*``."""

import re
from collections.abc import Iterable

from msgspec import Struct

from watchword.errors import BadParameter
from watchword.policy.notation.lists import ANY, EXACT, OUT, entries, sign

_NAME = re.compile(r"[A-Za-z0-9_.\-]+", re.ASCII)


class Realms(Struct, frozen=True):
    """The realms that a policy means, and those that it does not, whatever else matches."""

    every: bool = False
    wanted: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()

    def precision(self, realm: str) -> int:
        realm = realm.lower()
        if realm in self.refused:
            return OUT
        if realm in self.wanted:
            return EXACT
        return ANY if self.every else OUT

    @property
    def somewhere(self) -> bool:
        """Whether any realm can match at all."""
        return self.every or bool(self.wanted - self.refused)

    @property
    def everywhere(self) -> bool:
        """Whether every realm matches, and also what is in none."""
        return self.every and not self.refused

    def among(self, existing: Iterable[str]) -> frozenset[str]:
        """Which realms match; ``existing`` are those that ``*`` stands for."""
        all_there_are = self.wanted.union(map(str.lower, existing)) if self.every else self.wanted
        return all_there_are - self.refused

    def __str__(self) -> str:
        every = ["*"] if self.every else []
        return ", ".join([*every, *sorted(self.wanted), *(f"!{name}" for name in sorted(self.refused))])


def read_realms(text: str) -> Realms:
    """Read a realm condition; raises `errors.BadParameter` with the entry that cannot be used."""
    every, wanted, refused = False, set[str](), set[str]()
    for entry in entries(text):
        negated, name = sign(entry, "realm")
        if name == "*" and not negated:
            every = True
        elif _NAME.fullmatch(name):
            (refused if negated else wanted).add(name.lower())
        else:
            raise BadParameter(f"realm condition: {entry!r} is neither the name of a realm nor '*'")
    return Realms(every, frozenset(wanted), frozenset(refused))
