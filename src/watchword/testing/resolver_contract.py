"""What every resolver promises, as tests for its author.

Inherit `ResolverContract` in a test module and give it two fixtures: ``resolver``, which knows exactly `PEOPLE`,
and ``unreachable``, whose directory does not answer (or which skips, if that cannot be). The tests are coroutines;
pytest runs them with anyio's plug-in (``anyio_mode = "auto"``).
"""

import asyncio
from collections.abc import AsyncIterator, Mapping

from msgspec import Struct

from watchword.clock import Clock
from watchword.crypto.foreign import foreign_matches
from watchword.errors import Unreachable
from watchword.plugin.shapes import Record, Resolver, ResolverContext
from watchword.testing import StoppedClock


class Someone(Struct, frozen=True, kw_only=True):
    """A person of the directory that the contract is tried on. An empty password is none at all."""

    userid: str
    login: str
    password: str = ""
    attributes: Mapping[str, str] = {}


ALICE = Someone(
    userid="1001",
    login="alice",
    password="Wonderland 1",  # noqa: S106
    attributes={
        "givenname": "Alice",
        "surname": "Liddell",
        "email": "alice@example.org",
        "phone": "+44 1865 100",
        "mobile": "+44 7700 900100",
    },
)
BOB = Someone(userid="1002", login="bob.b", password="hät'ter", attributes={"givenname": "Bob"})  # noqa: S106
ZOE = Someone(userid="1003", login="zoë", attributes={"givenname": "Zoë", "email": "zoe@example.org"})
PEOPLE = (ALICE, BOB, ZOE)

STRANGERS = (
    "mallory",
    "alic",
    "alicee",
    "al*",
    "*",
    "ali.e",
    "ali_e",
    "al%",
    "alice' OR '1'='1",
    'alice" --',
    "alice)(uid=*",
    "al\\69ce",
    "alice:1001",
    "x" * 320,
    "äöü" * 100,
)
"""Names that nobody has, however a directory spells its questions."""


def resolver_context(
    *, clock: Clock | None = None, secrets: Mapping[str, str] | None = None
) -> ResolverContext:
    """What a resolver is given, for a test of it: nobody is kept in the store, foreign hashes are checked at once."""

    async def matches(kept: str, password: str) -> bool:
        return foreign_matches(kept, password.encode())

    return ResolverContext(
        clock=clock or StoppedClock(),
        people=Nobody(),
        secret=lambda name: (secrets or {}).get(name, ""),
        password_matches=matches,
    )


class Nobody:
    """A store that keeps nobody."""

    async def find(self, login: str) -> Record | None:
        return None

    async def get(self, userid: str) -> Record | None:
        return None

    async def kept_password(self, userid: str) -> str:
        return ""

    async def each(self) -> AsyncIterator[Record]:
        nobody: tuple[Record, ...] = ()
        for record in nobody:
            yield record


class ResolverContract:
    """The promises."""

    async def test_everybody_is_found_by_login_with_what_is_known_of_them(self, resolver: Resolver) -> None:
        for someone in PEOPLE:
            record = await resolver.find(someone.login)
            assert record is not None
            assert (record.userid, record.login) == (someone.userid, someone.login)
            assert {name: record.attributes.get(name) for name in someone.attributes} == someone.attributes

    async def test_the_entry_with_an_id_is_the_one_that_was_found(self, resolver: Resolver) -> None:
        for someone in PEOPLE:
            assert await resolver.get(someone.userid) == await resolver.find(someone.login)

    async def test_nobody_is_found_for_a_name_that_nobody_has(self, resolver: Resolver) -> None:
        for stranger in STRANGERS:
            assert await resolver.find(stranger) is None
            assert await resolver.get(stranger) is None

    async def test_an_entry_never_holds_a_password_or_its_hash(self, resolver: Resolver) -> None:
        for someone in PEOPLE:
            record = await resolver.find(someone.login)
            assert record is not None
            values = [*record.attributes.values()]
            assert not any(someone.password and someone.password in value for value in values)
            assert not any("$" in value or "{" in value for value in values)

    async def test_only_their_own_password_is_taken(self, resolver: Resolver) -> None:
        for someone in PEOPLE:
            record = await resolver.get(someone.userid)
            assert record is not None
            for password in (
                *(other.password for other in PEOPLE),
                "wrong",
                "x",
                "*",
                "!",
                someone.password * 2,
            ):
                right = password == someone.password != ""
                assert await resolver.check_password(record, password) is right

    async def test_an_entry_that_is_gone_has_no_password(self, resolver: Resolver) -> None:
        assert await resolver.check_password(Record(userid="9999", login="mallory"), "Wonderland 1") is False

    async def test_a_search_without_patterns_lists_everybody(self, resolver: Resolver) -> None:
        assert await _logins(resolver, {}) == [someone.login for someone in PEOPLE]

    async def test_a_search_narrows_by_every_pattern(self, resolver: Resolver) -> None:
        for patterns, logins in (
            ({"username": "A*"}, ["alice"]),
            ({"username": "bob.b"}, ["bob.b"]),
            ({"username": "lice"}, []),
            ({"userid": "100."}, ["alice", "bob.b", "zoë"]),
            ({"email": "*@EXAMPLE.org"}, ["alice", "zoë"]),
            ({"email": "*@example.org", "givenname": "z*"}, ["zoë"]),
            ({"surname": "*' OR '1'='1"}, []),
        ):
            assert await _logins(resolver, patterns) == logins

    async def test_trying_out_a_directory_that_answers_names_no_problem(self, resolver: Resolver) -> None:
        trials = [trial async for trial in resolver.try_out()]
        assert not any(trial.problem for trial in trials)
        assert sum(trial.found for trial in trials) == len(PEOPLE)

    async def test_trying_out_one_that_does_not_says_why(self, unreachable: Resolver) -> None:
        assert any([trial.problem async for trial in unreachable.try_out()])

    async def test_many_may_ask_at_once(self, resolver: Resolver) -> None:
        records = await asyncio.gather(*(resolver.find(someone.login) for someone in PEOPLE * 10))
        assert [record and record.userid for record in records] == [one.userid for one in PEOPLE * 10]

    async def test_closing_twice_harms_nobody(self, resolver: Resolver) -> None:
        await resolver.close()
        await resolver.close()

    async def test_a_directory_that_does_not_answer_is_never_an_empty_one(
        self, unreachable: Resolver
    ) -> None:
        async def listed() -> list[Record]:
            return [record async for record in unreachable.search({})]

        record = Record(userid=ALICE.userid, login=ALICE.login)
        for question in (
            unreachable.find("alice"),
            unreachable.find("mallory"),
            unreachable.get("1001"),
            unreachable.check_password(record, ALICE.password),
            listed(),
        ):
            try:
                answer = await question
            except Unreachable:
                continue
            raise AssertionError(f"answered {answer!r}")


async def _logins(resolver: Resolver, patterns: Mapping[str, str]) -> list[str]:
    """Of all that a search finds; sorted here where the resolver does not promise it."""
    logins = [record.login async for record in resolver.search(patterns)]
    return logins if resolver.in_order else sorted(logins)
