"""What every store promises, as tests for whoever keeps one.

Inherit `StoreContract` in a test module and give it the fixtures ``store``, an empty store, and ``other``, a second
`Store` on the same database, as another node would have. The tests are coroutines; pytest runs them with anyio's
plug-in (``anyio_mode = "auto"``).
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from watchword.crypto.sealing import Sealed
from watchword.errors import AmbiguousUser, BadParameter, NoSuchRealm, Refused
from watchword.model.audit import AuditEntry
from watchword.model.configuration import Entry, Realm, ResolverConfig
from watchword.model.person import Subject
from watchword.model.policy import Policy
from watchword.model.session import Session
from watchword.model.settlement import Guard, Lookup, Move, Settled, Settlement, Step, ThrottleStep
from watchword.model.token import Token
from watchword.storage.promises import AuditFilter, ManagedPerson, Page, Store, TokenFilter

NOW = 1_767_261_600_000
ALICE = Subject("people", "1001")
BOB = Subject("people", "1002")
ODD = "Zoë 日本 \U0001f511 'quoted' \"twice\" \\back\\ <b>%_*&amp;\t\n~"
STRANGERS = ""
OFFICE = "192.0.2.7"


class Boom(Exception):
    """Something that goes wrong in the middle."""


def token(serial: str, owner: Subject | None = ALICE, **fields: Any) -> Token:
    return replace(Token(serial=serial, kind="hmac", owner=owner, secret=Sealed(b"secret")), **fields)


def spend(one: Token, counter: int | None, *others: Move, **fields: Any) -> Settlement:
    """Somebody answers with the code before ``counter``."""
    settlement = Settlement(
        at=NOW,
        moves=(Move(token_id=one.id, step=Step.SPEND, counter=counter), *others),
        entry=AuditEntry(action="validate/check", success=True, serial=one.serial),
        entry_if_lost=AuditEntry(action="validate/check", serial=one.serial, info="lost"),
    )
    return replace(settlement, **fields)


def step(one: Token, kind: Step, **fields: Any) -> Settlement:
    return Settlement(
        at=NOW,
        moves=(Move(token_id=one.id, step=kind, **fields),),
        entry=AuditEntry(action="validate/check", serial=one.serial),
    )


def failed(owner: Subject, client: str = STRANGERS, at: int = NOW, **fields: Any) -> Settlement:
    """A wrong answer of somebody who has no token."""
    rule = {"threshold": 3, "base": 1000, "longest": 60_000, "forget": 3_600_000} | fields
    return Settlement(
        at=at,
        throttle=ThrottleStep(subject=owner, client=client, failed=True, **rule),
        entry=AuditEntry(action="validate/check"),
    )


async def added(store: Store, *tokens: Token) -> tuple[Token, ...]:
    async with store.unit() as unit:
        return tuple([await unit.tokens.add(one) for one in tokens])


async def read(store: Store, serial: str) -> Token:
    async with store.view() as view:
        found = await view.tokens.by_serial(serial)
    assert found is not None
    return found


async def audited(store: Store) -> list[AuditEntry]:
    async with store.view() as view:
        return (await view.audit.search(AuditFilter(), Page()))[0]


async def listed(store: Store, wanted: TokenFilter, page: Page = Page()) -> list[str]:  # noqa: B008  frozen
    async with store.view() as view:
        tokens, _ = await view.tokens.search(wanted, page)
        serials = [one.serial for one in tokens]
        if not page.size:
            assert await view.tokens.count(wanted) == len(serials)
            assert sorted([one.serial async for one in view.tokens.each(wanted)]) == sorted(serials)
    return serials


class StoreContract:
    @pytest.fixture
    def store(self) -> Store:
        raise NotImplementedError

    @pytest.fixture
    def other(self) -> Store:
        raise NotImplementedError

    async def test_a_glance_sees_what_is_there_and_disturbs_nobody(self, store: Store, other: Store) -> None:
        async with store.unit() as unit:
            await unit.tokens.add(token("OATH0001"))
            async with other.glance() as glance:
                assert await glance.tokens.by_serial("OATH0001") is None
        async with other.glance() as glance:
            assert await glance.tokens.by_serial("OATH0001") is not None

    # Tokens

    async def test_a_token_comes_back_as_it_was_kept(self, store: Store) -> None:
        whole = Token(
            serial="OATH0001",
            kind="totp",
            owner=ALICE,
            realms=("berlin", "paris"),
            description=ODD,
            active=False,
            secret=Sealed(bytes(range(256))),
            pin=Sealed(b"\0\xff"),
            digits=8,
            counter=2**62,
            failures=3,
            max_failures=5,
            window=60,
            sync_window=2000,
            attempts=7,
            attempts_max=100,
            successes=4,
            successes_max=50,
            valid_from=NOW,
            valid_until=NOW + 1,
            info={"hashlib": "sha256", "timeStep": 30, "scope": {"path": ["userservice"]}, "note": ODD},
            state={"drift": -3, "last": [1, None, 2.5]},
            created=NOW - 5,
            last_match=NOW - 4,
            last_success=NOW - 3,
        )
        bare = token("BARE", None)
        kept = await added(store, whole, bare)
        assert kept[0].id != kept[1].id
        assert await read(store, "OATH0001") == replace(whole, id=kept[0].id)
        assert await read(store, "BARE") == replace(bare, id=kept[1].id)
        held = await store.look_up(Lookup(subject=ALICE))
        assert held.tokens == (replace(whole, id=kept[0].id),)

    async def test_a_serial_is_given_once(self, store: Store) -> None:
        await added(store, token("A"))
        async with store.unit() as unit:
            with pytest.raises(Refused, match="'A'"):
                await unit.tokens.add(token("A", BOB))
            await unit.tokens.add(token("a", BOB))
        assert await listed(store, TokenFilter()) == ["A", "a"]

    async def test_two_nodes_that_give_the_same_serial_do_so_once(self, store: Store, other: Store) -> None:
        async def give(at: Store) -> bool:
            try:
                await added(at, token("A"))
            except Refused:
                return False
            return True

        given = await asyncio.gather(*[give(at) for at in (store, other) * 4])
        assert given.count(True) == 1

    async def test_many_tokens_are_kept_at_once(self, store: Store) -> None:
        many = [token(f"M{n:04}", realms=("r",) if n % 2 else (), pin=None) for n in range(1203)]
        async with store.unit() as unit:
            kept = await unit.tokens.add_all(many)
        assert [replace(one, id=0) for one in kept] == many
        assert len({one.id for one in kept}) == len(many)
        assert await read(store, "M1201") == kept[1201]
        assert len(await listed(store, TokenFilter(realms=frozenset({"r"})))) == 601
        with pytest.raises(Refused):
            async with store.unit() as unit:
                await unit.tokens.add_all([token("new"), token("M0007")])
        assert await listed(store, TokenFilter(serial="new")) == []

    async def test_a_removed_token_is_gone_and_its_number_is_never_given_again(self, store: Store) -> None:
        (old,) = await added(store, token("A", realms=("r",)))
        async with store.unit() as unit:
            assert await unit.tokens.remove(old)
            assert not await unit.tokens.remove(old)
        (new,) = await added(store, token("A"))
        assert new.id > old.id
        assert (await read(store, "A")).realms == ()
        assert not (await store.settle(spend(old, 5))).won

    async def test_an_owner_has_their_tokens_by_serial_and_no_other(self, store: Store) -> None:
        await added(store, token("C"), token("A"), token("B", BOB), token("D", None))
        async with store.view() as view:
            assert [one.serial for one in await view.tokens.of(ALICE)] == ["A", "C"]
            assert await view.tokens.of(Subject("", "D")) == ()
            assert await view.tokens.of(Subject("", "")) == ()

    async def test_a_change_leaves_alone_what_it_does_not_change(self, store: Store, other: Store) -> None:
        (before,) = await added(store, token("A", realms=("x",)))
        assert (await other.settle(spend(before, 7))).won
        async with store.unit() as unit:
            after = replace(before, description="desk", realms=("y", "z"), owner=None, pin=Sealed(b"p"))
            assert await unit.tokens.change(before, after)
        now = await read(store, "A")
        assert (now.counter, now.description, now.realms, now.owner, now.pin) == (
            7,
            "desk",
            ("y", "z"),
            None,
            b"p",
        )

    async def test_a_change_of_what_has_moved_meanwhile_is_not_made(self, store: Store) -> None:
        await added(store, token("A", realms=("x",), info={"a": 1}, counter=3))
        moves: list[tuple[str, Any, Any]] = [
            ("counter", 4, 5),
            ("realms", ("y",), ("z",)),
            ("realms", (), ("z",)),
            ("info", {"a": 2}, {}),
            ("owner", BOB, None),
            ("owner", None, ALICE),
            ("pin", Sealed(b"p"), Sealed(b"q")),
            ("active", False, True),
        ]
        for name, first, second in moves:
            before = await read(store, "A")
            async with store.unit() as unit:
                assert await unit.tokens.change(before, replace(before, **{name: first}))
                late = replace(before, description="late", **{name: second})
                if getattr(before, name) != second:
                    assert not await unit.tokens.change(before, late)
            assert await read(store, "A") == replace(before, **{name: first})

    async def test_of_many_changes_at_once_one_is_made(self, store: Store, other: Store) -> None:
        (before,) = await added(store, token("A", realms=("x",)))

        async def change(at: Store, number: int) -> bool:
            async with at.unit() as unit:
                return await unit.tokens.change(
                    before, replace(before, description=str(number), realms=(str(number),))
                )

        made = await asyncio.gather(*[change((store, other)[n % 2], n) for n in range(12)])
        assert made.count(True) == 1
        now = await read(store, "A")
        assert now.realms == (now.description,) == (str(made.index(True)),)

    async def test_who_takes_turns_never_adds_more_than_were_counted(
        self, store: Store, other: Store
    ) -> None:
        async def add_the_only_one(number: int) -> None:
            async with (store if number % 2 else other).unit() as unit:
                await unit.tokens.take_turn("the only one\x00")
                if not await unit.tokens.count(TokenFilter()):
                    await unit.tokens.add(token(f"T{number}"))

        await asyncio.gather(*(add_the_only_one(number) for number in range(6)))
        async with store.view() as view:
            assert await view.tokens.count(TokenFilter()) == 1

    async def test_tokens_are_found_by_what_they_are(self, store: Store) -> None:
        await added(
            store,
            token("HOTP1", ALICE, realms=("berlin",), description="100% sure", kind="hmac"),
            token("HOTP2", BOB, realms=("berlin", "paris"), active=False, kind="hmac"),
            token("TOTP%", None, realms=("paris",), kind="totp", description="Under_Score \\ Back"),
            token("hotp9", None, kind="pw", description="Sub*star"),
        )
        cases: list[tuple[TokenFilter, list[str]]] = [
            (TokenFilter(), ["HOTP1", "HOTP2", "TOTP%", "hotp9"]),
            (TokenFilter(serial="HOTP1"), ["HOTP1"]),
            (TokenFilter(serial="HOTP*"), ["HOTP1", "HOTP2"]),
            (TokenFilter(serial="*OTP*2"), ["HOTP2"]),
            (TokenFilter(serial="*%"), ["TOTP%"]),
            (TokenFilter(serial="*OTP_"), []),
            (TokenFilter(serial="%"), []),
            (TokenFilter(serial=""), []),
            (TokenFilter(serial="*"), ["HOTP1", "HOTP2", "TOTP%", "hotp9"]),
            (TokenFilter(owners=(ALICE,)), ["HOTP1"]),
            (TokenFilter(owners=(ALICE, BOB, Subject("people", ODD))), ["HOTP1", "HOTP2"]),
            (TokenFilter(owners=()), []),
            (TokenFilter(assigned=True), ["HOTP1", "HOTP2"]),
            (TokenFilter(assigned=False), ["TOTP%", "hotp9"]),
            (TokenFilter(realms=frozenset({"paris"})), ["HOTP2", "TOTP%"]),
            (TokenFilter(realms=frozenset({"paris", "berlin"})), ["HOTP1", "HOTP2", "TOTP%"]),
            (TokenFilter(realms=frozenset({"", "berlin"})), ["HOTP1", "HOTP2", "hotp9"]),
            (TokenFilter(realms=frozenset({""})), ["hotp9"]),
            (TokenFilter(realms=frozenset()), []),
            (TokenFilter(kinds=frozenset({"pw", "totp"})), ["TOTP%", "hotp9"]),
            (TokenFilter(active=False), ["HOTP2"]),
            (TokenFilter(contains="otp"), ["HOTP1", "HOTP2", "TOTP%", "hotp9"]),
            (TokenFilter(contains="0% SURE"), ["HOTP1"]),
            (TokenFilter(contains="_"), ["TOTP%"]),
            (TokenFilter(contains="\\"), ["TOTP%"]),
            (TokenFilter(contains="*"), ["hotp9"]),
            (TokenFilter(contains="1002"), ["HOTP2"]),
            (TokenFilter(contains="people"), ["HOTP1", "HOTP2"]),
            (TokenFilter(contains="totp"), ["TOTP%"]),
            (TokenFilter(contains="hotp", active=True, assigned=False), ["hotp9"]),
        ]
        for wanted, serials in cases:
            assert await listed(store, wanted) == serials, wanted

    async def test_pages_follow_each_other_without_gap_or_repetition(self, store: Store) -> None:
        serials = [f"P{n:02}" for n in range(23)]
        await added(store, *[token(serial, failures=n % 3) for n, serial in enumerate(serials)])
        for sort in ("", "failures", "id", "kind", "owner"):
            for descending in (False, True):
                pages = [
                    await listed(
                        store, TokenFilter(), Page(number=n, size=5, sort=sort, descending=descending)
                    )
                    for n in range(6)
                ]
                assert [len(page) for page in pages] == [5, 5, 5, 5, 3, 0]
                flat = [serial for page in pages for serial in page]
                assert sorted(flat) == serials
                assert flat == await listed(store, TokenFilter(), Page(sort=sort, descending=descending))
        by_failures = await listed(store, TokenFilter(), Page(sort="failures", descending=True))
        assert by_failures[0] == "P20"
        async with store.view() as view:
            _, total = await view.tokens.search(TokenFilter(serial="P0*"), Page(size=3))
        assert total == 10

    async def test_tokens_are_not_sorted_by_what_must_not_be_seen_or_is_not_there(self, store: Store) -> None:
        for sort in ("secret", "pin", "nonsense", "id; DROP TABLE token"):
            async with store.view() as view:
                with pytest.raises(BadParameter):
                    await view.tokens.search(TokenFilter(), Page(sort=sort))

    # Texts

    async def test_texts_that_no_database_holds_are_kept_in_an_escaped_form(self, store: Store) -> None:
        bad = "a\0b\ud800c"
        escaped = "a\\x00b\\ud800c"
        await added(
            store, token(bad, Subject(bad, bad), description=bad, realms=(bad,), info={bad: [bad, "ok"]})
        )
        found = await read(store, bad)
        assert (found.serial, found.owner, found.description, found.realms) == (
            escaped,
            Subject(escaped, escaped),
            escaped,
            (escaped,),
        )
        assert (await store.look_up(Lookup(subject=Subject(bad, bad), client=bad))).tokens == (found,)
        assert (await store.look_up(Lookup(serial=bad))).tokens == (found,)
        assert await listed(store, TokenFilter(contains="\0B\ud800", owners=(Subject(bad, bad),))) == [
            escaped
        ]
        assert await listed(store, TokenFilter(serial="a\0*", realms=frozenset({bad}))) == [escaped]
        entry = AuditEntry(user=bad, info=bad, serial=bad, trace=bad)
        await store.settle(replace(failed(Subject(bad, bad), bad), entry=entry))
        [entry] = await audited(store)
        assert (entry.user, entry.info, entry.serial, entry.trace) == (escaped,) * 4
        async with store.unit() as unit:
            await unit.people.put([ManagedPerson(resolver=bad, userid=bad, login=bad, attributes={bad: bad})])
            assert await unit.people.find(bad, bad) is not None
            await unit.configuration.put_entries({bad: Entry(value=bad)})
            await unit.sessions.open(Session(id=b"1", kind=bad, holder={"login": bad}, opened=0, expires=0))
            assert await unit.sessions.close_all(bad, {"login": bad}) == 1
            found_rows, _ = await unit.audit.search(
                AuditFilter(like={"user": bad, "info": "%" + bad}), Page()
            )
            assert len(found_rows) == 1

    async def test_long_and_odd_texts_are_kept_whole(self, store: Store) -> None:
        long = "".join(chr(0x4E00 + n * 7919 % 20000) for n in range(40_000))
        await added(store, token(ODD, Subject(ODD, ODD), description=long, realms=(ODD,)))
        found = await read(store, ODD)
        assert (found.description, found.owner, found.realms) == (long, Subject(ODD, ODD), (ODD,))
        nobody = Subject(long, long)
        assert (await store.look_up(Lookup(subject=nobody, client=long))).tokens == ()
        assert (await store.look_up(Lookup(serial=long))).tokens == ()
        await store.settle(failed(nobody, long, threshold=1))
        await store.settle(replace(failed(nobody, long), entry=AuditEntry(user=long, serial=long, info=long)))
        held = await store.look_up(Lookup(subject=nobody, client=long))
        assert [(one.client == long, one.failures) for one in held.throttles] == [(True, 2)]
        async with store.unit() as unit:
            rows, total = await unit.audit.search(
                AuditFilter(like={"user": long, "serial": long}), Page(size=9)
            )
            assert (rows[0].user, rows[0].info, total) == (long, long, 1)
            await unit.throttles.clear(nobody)
            login = Session(id=b"1", kind="user", holder={"login": long}, opened=0, expires=0)
            await unit.sessions.open(login)
            assert await unit.sessions.find(b"1") == login

    # Settlements

    async def test_the_same_code_sent_many_times_at_once_is_accepted_once(
        self, store: Store, other: Store
    ) -> None:
        (one,) = await added(store, token("A", failures=4, successes_max=9))
        settled = await asyncio.gather(*[(store, other)[n % 2].settle(spend(one, 6)) for n in range(64)])
        assert settled.count(Settled(won=True)) == 1
        now = await read(store, "A")
        assert (now.counter, now.failures, now.successes, now.last_match, now.last_success) == (
            6,
            0,
            1,
            NOW,
            NOW,
        )
        entries = await audited(store)
        assert sorted(entry.info for entry in entries) == [""] + ["lost"] * 63
        assert [entry.success for entry in entries].count(True) == 1

    async def test_winners_and_losers_who_leave_together_each_get_their_own_answer(
        self, store: Store
    ) -> None:
        tokens = await added(store, *[token(f"T{n:02}", counter=n % 2 * 10) for n in range(40)])
        settled = await asyncio.gather(*[store.settle(spend(one, 10)) for one in tokens])
        assert [one.won for one in settled] == [n % 2 == 0 for n in range(40)]
        lost = {entry.serial for entry in await audited(store) if entry.info == "lost"}
        assert lost == {one.serial for one in tokens[1::2]}

    async def test_every_failure_is_counted(self, store: Store, other: Store) -> None:
        one, two = await added(store, token("A"), token("B"))
        both = Settlement(
            at=NOW,
            moves=(Move(token_id=two.id, step=Step.FAIL), Move(token_id=one.id, step=Step.FAIL)),
            throttle=failed(ALICE).throttle,
            entry=AuditEntry(action="validate/check"),
        )
        await asyncio.gather(*[(store, other)[n % 2].settle(both) for n in range(600)])
        assert [(await read(store, serial)).failures for serial in "AB"] == [600, 600]
        [throttle] = (await store.look_up(Lookup(subject=ALICE))).throttles
        assert throttle.failures == 600
        assert len(await audited(store)) == 600

    async def test_a_guess_in_parallel_does_not_outrun_the_lock(self, store: Store, other: Store) -> None:
        (one,) = await added(store, token("A", max_failures=10))
        wrong = step(one, Step.FAIL)
        attempts = [wrong] * 10 + [spend(one, 5)]
        settled = [await (store, other)[n % 2].settle(attempt) for n, attempt in enumerate(attempts)]
        assert not settled[-1].won
        assert (await read(store, "A")).failures == 10

    async def test_a_usage_limit_counts_from_when_it_is_set(self, store: Store) -> None:
        (one,) = await added(store, token("A"))
        assert (await store.settle(spend(one, None))).won
        used = await read(store, "A")
        assert (used.successes, used.attempts, used.last_success) == (0, 0, NOW)
        async with store.unit() as unit:
            assert await unit.tokens.change(used, replace(used, successes_max=1, attempts_max=3))
        assert [(await store.settle(spend(one, None))).won for _ in range(2)] == [True, False]
        limited = await read(store, "A")
        assert (limited.successes, limited.attempts) == (1, 1)

    async def test_a_usage_limit_holds_however_many_come_at_once(self, store: Store, other: Store) -> None:
        successes, attempts = await added(store, token("S", successes_max=5), token("A", attempts_max=4))
        settled = await asyncio.gather(
            *[
                (store, other)[n % 2].settle(spend(one, None))
                for n in range(30)
                for one in (successes, attempts)
            ]
        )
        assert [one.won for one in settled[::2]].count(True) == 5
        assert [one.won for one in settled[1::2]].count(True) == 4
        assert (await read(store, "S")).successes == 5
        assert (await read(store, "A")).attempts == 4

    @pytest.mark.parametrize(
        ("fields", "won"),
        [
            ({}, True),
            ({"active": False}, False),
            ({"failures": 10}, False),
            ({"failures": 9}, True),
            ({"max_failures": 0}, False),
            ({"counter": 5}, False),
            ({"counter": 4}, True),
            ({"attempts": 3, "attempts_max": 3}, False),
            ({"attempts": 3}, True),
            ({"successes": 3, "successes_max": 3}, False),
            ({"successes": 2, "successes_max": 3}, True),
            ({"valid_from": NOW + 1}, False),
            ({"valid_from": NOW}, True),
            ({"valid_until": NOW - 1}, False),
            ({"valid_until": NOW}, True),
        ],
    )
    async def test_a_spend_is_won_only_by_a_token_that_may(
        self, store: Store, fields: Mapping[str, Any], won: bool
    ) -> None:
        (one,) = await added(store, token("A", **fields))
        assert (await store.settle(spend(one, 5))).won is won
        if not won:
            assert await read(store, "A") == one

    @pytest.mark.parametrize("counters", [(0,), (9,), (0, 9, 0, 9, 0)])
    async def test_of_two_rows_that_are_nearly_the_same_the_right_one_is_kept(
        self, store: Store, counters: tuple[int, ...]
    ) -> None:
        won = AuditEntry(
            action="validate/check", success=True, info="x", action_detail=ODD, nonce=b"w" * 8, mark=b"W" * 32
        )
        lost = replace(won, success=False, action_detail="lost", nonce=b"l" * 8, mark=b"")

        async def settled(one: Token) -> None:
            entries = [replace(entry, serial=one.serial) for entry in (won, lost)]
            await store.settle(spend(one, 5, entry=entries[0], entry_if_lost=entries[1]))
            [row] = [entry for entry in await audited(store) if entry.serial == one.serial]
            assert replace(row, id=0) == entries[one.counter >= 5]

        tokens = [token(f"T{place}", counter=counter) for place, counter in enumerate(counters)]
        await asyncio.gather(*map(settled, await added(store, *tokens)))

    async def test_a_lost_spend_changes_nothing_else(self, store: Store) -> None:
        spent, failing, rollout = await added(
            store, token("A", counter=9), token("B", failures=3), token("C", None)
        )
        beside = (
            Move(token_id=failing.id, step=Step.CLEAR),
            Move(token_id=rollout.id, step=Step.REMOVE),
        )
        known = ThrottleStep(subject=ALICE, client=OFFICE, failed=False)
        assert not (await store.settle(spend(spent, 9, *beside, throttle=known))).won
        assert [await read(store, serial) for serial in "ABC"] == [spent, failing, rollout]
        assert (await store.look_up(Lookup(subject=ALICE, client=OFFICE))).throttles == ()
        assert [entry.info for entry in await audited(store)] == ["lost"]

        assert (await store.settle(spend(spent, 10, *beside, throttle=known))).won
        assert (await read(store, "B")).failures == 0
        assert await listed(store, TokenFilter(serial="C")) == []
        [throttle] = (await store.look_up(Lookup(subject=ALICE, client=OFFICE))).throttles
        assert (throttle.client, throttle.failures, throttle.until) == (OFFICE, 0, 0)

    async def test_a_token_may_be_spent_and_removed_in_one(self, store: Store) -> None:
        used, fresh = await added(store, token("A", counter=9), token("B"))
        for one, gone in ((used, False), (fresh, True)):
            also = Move(token_id=one.id, step=Step.REMOVE)
            assert (await store.settle(spend(one, 5, also))).won is gone
            assert (await listed(store, TokenFilter(serial=one.serial)) == []) is gone

    async def test_each_step_does_what_it_says(self, store: Store) -> None:
        (one,) = await added(
            store,
            token("A", failures=2, attempts=1, attempts_max=9, counter=5, state={"a": 1}, max_failures=2),
        )

        async def after(kind: Step, **fields: Any) -> Token:
            assert (await store.settle(step(one, kind, **fields))).won
            return await read(store, "A")

        locked_and_failing = replace(one, failures=3, attempts=2, state={"b": 2})
        assert await after(Step.FAIL, state={"b": 2}) == locked_and_failing
        assert await after(Step.REPLAY) == locked_and_failing
        assert await after(Step.CLEAR) == replace(locked_and_failing, failures=0)
        assert await after(Step.REPLAY) == replace(locked_and_failing, failures=1)
        advanced = replace(locked_and_failing, failures=1, counter=8)
        assert await after(Step.ADVANCE, counter=8) == advanced
        assert await after(Step.ADVANCE, counter=7) == advanced
        resynced = replace(advanced, failures=0, counter=9, state={})
        assert await after(Step.RESYNC, counter=9, state={}) == resynced
        assert await after(Step.DISABLE) == replace(resynced, active=False)
        assert not (await store.settle(step(one, Step.RESYNC, counter=9))).won
        await store.settle(step(one, Step.REMOVE))
        assert await listed(store, TokenFilter()) == []

    async def test_two_steps_of_one_token_are_both_taken(self, store: Store) -> None:
        (one,) = await added(store, token("A"))
        moves = tuple(Move(token_id=one.id, step=kind) for kind in (Step.FAIL, Step.DISABLE))
        await store.settle(Settlement(at=NOW, moves=moves, entry=AuditEntry(action="x")))
        assert await read(store, "A") == replace(one, failures=1, active=False)

    async def test_a_settlement_without_moves_writes_its_row(self, store: Store) -> None:
        entry = AuditEntry(
            at=NOW,
            action="validate/check",
            success=True,
            serial="S",
            token_type="hmac",  # noqa: S106  a kind of token
            user=ODD,
            realm="r",
            administrator="a",
            action_detail="d",
            info="i",
            server="s",
            client="c",
            log_level="WARN",
            clearance=2,
            trace='{"a": 1}',
            nonce=b"\0nonce",
            mark=b"\xffmark",
        )
        assert (await store.settle(Settlement(at=NOW, entry=entry))).won
        [kept] = await audited(store)
        assert replace(kept, id=0) == entry

    # Throttles

    async def test_waiting_grows_from_the_threshold_to_the_longest(self, store: Store) -> None:
        waits = []
        for _ in range(9):
            await store.settle(failed(ALICE))
            [throttle] = (await store.look_up(Lookup(subject=ALICE))).throttles
            waits.append(throttle.until - NOW if throttle.until else 0)
        assert waits == [0, 0, 1000, 2000, 4000, 8000, 16000, 32000, 60000]
        await store.settle(failed(ALICE, OFFICE, threshold=1))
        _, known = (await store.look_up(Lookup(subject=ALICE, client=OFFICE))).throttles
        assert (known.client, known.failures, known.until) == (OFFICE, 1, NOW + 1000)
        for _ in range(80):
            await store.settle(failed(ALICE, OFFICE, threshold=1, longest=10**12))
        _, known = (await store.look_up(Lookup(subject=ALICE, client=OFFICE))).throttles
        assert (known.failures, known.until) == (81, NOW + 10**12)

    async def test_old_failures_are_forgotten(self, store: Store) -> None:
        for at in (NOW, NOW, NOW + 3_600_000, NOW + 7_200_001):
            await store.settle(failed(ALICE, at=at))
        [throttle] = (await store.look_up(Lookup(subject=ALICE))).throttles
        assert (throttle.failures, throttle.last, throttle.until) == (1, NOW + 7_200_001, 0)

    async def test_a_guard_closes_until_its_moment(self, store: Store) -> None:
        (one,) = await added(store, token("A"))
        await store.settle(failed(ALICE, threshold=1))
        for guard, at, won in (
            (Guard(subject=ALICE, client=STRANGERS), NOW + 999, False),
            (Guard(subject=ALICE, client=OFFICE), NOW + 999, True),
            (Guard(subject=BOB, client=STRANGERS), NOW + 999, True),
            (Guard(subject=ALICE, client=STRANGERS), NOW + 1000, True),
        ):
            assert (await store.settle(spend(one, None, at=at, guard=guard))).won is won, guard
        blocked = Guard(subject=ALICE, client=STRANGERS)
        known = ThrottleStep(subject=ALICE, client=STRANGERS, failed=False)
        assert not (await store.settle(spend(one, None, guard=blocked, throttle=known))).won
        assert (await store.settle(spend(one, None, at=NOW + 1000, guard=blocked, throttle=known))).won
        assert (await store.settle(spend(one, None, guard=blocked))).won

    async def test_a_guard_does_not_stop_a_resync(self, store: Store) -> None:
        (one,) = await added(store, token("A"))
        await store.settle(failed(ALICE, threshold=1))
        guard = Guard(subject=ALICE, client=STRANGERS)
        assert (await store.settle(replace(step(one, Step.RESYNC, counter=3), guard=guard))).won

    async def test_many_guesses_at_once_are_stopped_by_the_guard(self, store: Store, other: Store) -> None:
        (one,) = await added(store, token("A", max_failures=1000))
        await store.settle(failed(ALICE))
        guard = Guard(subject=ALICE, client=STRANGERS)
        guess = replace(failed(ALICE), moves=(Move(token_id=one.id, step=Step.FAIL),), guard=guard)
        await asyncio.gather(*[(store, other)[n % 2].settle(guess) for n in range(40)])
        assert not (await other.settle(spend(one, 5, guard=guard))).won
        assert (await read(store, "A")).failures == 40

    async def test_the_limits_of_an_unowned_token_hang_on_its_serial(self, store: Store) -> None:
        await added(store, token("A", None), token("L" * 300, None))
        for serial in ("A", "L" * 300):
            await store.settle(failed(Subject("", serial)))
            await store.settle(failed(Subject("", serial), OFFICE))
            held = await store.look_up(Lookup(serial=serial, client=OFFICE))
            assert [(one.client, one.failures) for one in held.throttles] == [(STRANGERS, 1), (OFFICE, 1)]

    async def test_an_administrator_forgives_and_the_old_is_swept(self, store: Store) -> None:
        await store.settle(failed(ALICE, threshold=1))
        await store.settle(failed(ALICE, OFFICE, threshold=1))
        await store.settle(failed(BOB, threshold=1))
        async with store.unit() as unit:
            await unit.throttles.clear(ALICE)
        held = await store.look_up(Lookup(subject=ALICE, client=OFFICE))
        assert [(one.client, one.failures, one.until) for one in held.throttles] == [
            (STRANGERS, 0, 0),
            (OFFICE, 0, 0),
        ]
        async with store.unit() as unit:
            assert await unit.throttles.sweep(NOW) == 0
            assert await unit.throttles.sweep(NOW + 1000) == 2
            assert await unit.throttles.sweep(NOW + 1001) == 1

    # Shared round trips

    async def test_a_log_in_is_one_round_trip_to_read_and_one_to_write(self, store: Store) -> None:
        (one,) = await added(store, token("A", realms=("r",)))
        await store.settle(failed(BOB))
        before = store.traffic.round_trips
        await store.look_up(Lookup(subject=ALICE, client=OFFICE))
        await store.settle(
            spend(
                one,
                5,
                guard=Guard(subject=ALICE, client=STRANGERS),
                throttle=ThrottleStep(subject=ALICE, client=OFFICE, failed=False),
            )
        )
        assert store.traffic.round_trips - before == 2

    async def test_settlements_that_come_at_once_share_their_round_trips(self, store: Store) -> None:
        tokens = await added(store, *[token(f"T{n}", Subject("people", str(n))) for n in range(48)])
        before = store.traffic.round_trips
        settled = await asyncio.gather(*[store.settle(spend(one, 5)) for one in tokens])
        assert all(one.won for one in settled)
        assert store.traffic.round_trips - before <= 8

    async def test_who_goes_away_does_not_take_the_others_along(self, store: Store) -> None:
        tokens = await added(store, *[token(f"T{n}", Subject("people", str(n))) for n in range(20)])
        tasks = [asyncio.create_task(store.settle(spend(one, 5))) for one in tokens]
        looks = [asyncio.create_task(store.look_up(Lookup(subject=one.subject))) for one in tokens]
        await asyncio.sleep(0)
        for task in tasks[::3] + looks[::3]:
            task.cancel()
        results = await asyncio.gather(*tasks, *looks, return_exceptions=True)
        left = [one for place, one in enumerate(results[:20]) if place % 3]
        assert left == [Settled(won=True)] * len(left)
        assert not any(isinstance(one, Exception) for one in results)
        assert (await store.settle(spend(tokens[1], 6))).won

    async def test_bad_data_fails_alone(self, store: Store) -> None:
        tokens = await added(store, *[token(f"T{n}", Subject("people", str(n))) for n in range(9)])
        settlements = [spend(one, 2**70 if n == 4 else 5) for n, one in enumerate(tokens)]
        results = await asyncio.gather(*map(store.settle, settlements), return_exceptions=True)
        assert isinstance(results.pop(4), BadParameter)
        assert results == [Settled(won=True)] * 8
        assert (await read(store, "T4")).counter == 0
        assert len(await audited(store)) == 8

    async def test_what_is_held_is_of_its_own_subject(self, store: Store) -> None:
        subjects = [Subject("people", str(n)) for n in range(40)]
        await added(store, *[token(f"T{n}-{m}", one) for n, one in enumerate(subjects) for m in range(n % 3)])
        held = await asyncio.gather(*[store.look_up(Lookup(subject=one)) for one in subjects])
        serials = [[one.serial for one in each.tokens] for each in held]
        assert serials == [[f"T{n}-{m}" for m in range(n % 3)] for n in range(40)]
        found = await asyncio.gather(*[store.look_up(Lookup(serial=f"T{n}-0")) for n in range(40)])
        assert [[one.serial for one in each.tokens] for each in found] == [
            [f"T{n}-0"] if n % 3 else [] for n in range(40)
        ]

    @settings(
        max_examples=30,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
    )
    @given(
        st.lists(
            st.tuples(
                st.sampled_from(["first", "second"]),
                st.sampled_from(Step),
                st.one_of(st.none(), st.integers(0, 12)),
                st.booleans(),
            ),
            max_size=12,
        )
    )
    async def test_a_token_goes_where_its_steps_say_and_its_counter_never_falls(
        self, store: Store, steps: Sequence[tuple[str, Step, int | None, bool]]
    ) -> None:
        limits: dict[str, Any] = {"max_failures": 3, "attempts_max": 6, "successes_max": 4}
        async with store.unit() as unit:
            for serial in ("first", "second"):
                old = await unit.tokens.by_serial(serial)
                if old is not None:
                    await unit.tokens.remove(old)
            expected = {
                serial: await unit.tokens.add(token(serial, **limits)) for serial in ("first", "second")
            }
        ids = {serial: one.id for serial, one in expected.items()}
        for serial, kind, counter, clears in steps:
            if kind is Step.RESYNC and counter is None:
                continue
            sibling = "second" if serial == "first" else "first"
            moves = [Move(token_id=ids[serial], step=kind, counter=counter)]
            if clears:
                moves.insert(0, Move(token_id=ids[sibling], step=Step.CLEAR))
            settled = await store.settle(
                Settlement(at=NOW, moves=tuple(moves), entry=AuditEntry(action="validate/check"))
            )
            won = _stepped(expected, serial, kind, counter)
            assert settled.won is won
            if clears and won and sibling in expected:
                expected[sibling] = replace(expected[sibling], failures=0)
            held = {one.serial: one for one in (await store.look_up(Lookup(subject=ALICE))).tokens}
            assert held == expected

    # Units

    async def test_a_unit_that_breaks_leaves_nothing(self, store: Store) -> None:
        before = await store.revision()

        async def write_and_break() -> None:
            async with store.unit() as unit:
                await unit.tokens.add(token("A", realms=("r",)))
                await unit.people.put([ManagedPerson(resolver="r", userid="1", login="l")])
                await unit.configuration.put_realm(Realm(name="r"))
                await unit.audit.append(AuditEntry(action="x"))
                raise Boom

        with pytest.raises(Boom):
            await write_and_break()
        assert await store.revision() == before
        async with store.view() as view:
            assert await view.tokens.count(TokenFilter()) == 0
            assert await view.people.get("r", "1") is None
            assert (await view.configuration.load()).realms == {}
        assert await audited(store) == []

    async def test_nobody_sees_half_a_unit(self, store: Store, other: Store) -> None:
        async with store.unit() as unit:
            await unit.tokens.add(token("A"))
            await unit.configuration.put_realm(Realm(name="r"))
            for at in (store, other):
                assert (await at.look_up(Lookup(serial="A"))).tokens == ()
                async with at.view() as view:
                    assert (await view.configuration.load()).realms == {}
        for at in (store, other):
            assert len((await at.look_up(Lookup(serial="A"))).tokens) == 1

    async def test_a_unit_that_is_cancelled_leaves_nothing_and_nobody_waits_for_it(
        self, store: Store
    ) -> None:
        begun = asyncio.Event()

        async def forever() -> None:
            async with store.unit() as unit:
                await unit.tokens.add(token("A"))
                begun.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(forever())
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with asyncio.timeout(5):
            await added(store, token("B"))
        assert await listed(store, TokenFilter()) == ["B"]

    async def test_several_views_are_open_at_once_and_each_stays_at_its_moment(
        self, store: Store, other: Store
    ) -> None:
        await added(store, token("A"))
        async with store.view() as first, other.view() as second:
            assert await first.tokens.count(TokenFilter()) == 1
            await added(store, token("B"))
            assert await first.tokens.count(TokenFilter()) == 1
            assert await second.tokens.count(TokenFilter()) == 2

    async def test_a_log_in_does_not_wait_for_a_view(self, store: Store) -> None:
        (one,) = await added(store, token("A"))
        async with store.view() as view, asyncio.timeout(5):
            await view.tokens.count(TokenFilter())
            assert (await store.settle(spend(one, 5))).won
            assert (await store.look_up(Lookup(serial="A"))).tokens[0].counter == 5

    # Configuration

    async def test_the_configuration_comes_back_as_it_was_put(self, store: Store, other: Store) -> None:
        entries = {
            "totp.timeStep": Entry(value="30", kind="text", description=ODD),
            ODD: Entry(sealed=Sealed(b"\0s"), kind="password"),
        }
        resolver = ResolverConfig(
            name="Dir",
            kind="passwd",
            settings={"file": "/etc/passwd", ODD: ODD},
            secrets={"password": Sealed(b"\xff\0")},
            readonly=True,
            immutable=True,
        )
        realm = Realm(name="berlin", resolvers=("Dir", "Other", "Again"))
        policy = Policy(
            name="p",
            scope="admin",
            action="*",
            realm="*",
            user=ODD,
            client="10.0.0.0/8",
            time="t",
            active=False,
        )
        async with store.unit() as unit:
            await unit.configuration.put_entries(entries)
            await unit.configuration.put_resolver(resolver)
            await unit.configuration.put_realm(realm)
            await unit.configuration.put_realm(Realm(name="athens"))
            await unit.configuration.set_default_realm("berlin")
            await unit.configuration.put_policies([policy, replace(policy, name="o")])
        async with other.view() as view:
            loaded = await view.configuration.load()
        assert loaded.revision == await store.revision()
        assert loaded.entries == entries
        assert loaded.resolvers == {"Dir": resolver}
        assert loaded.realms == {"athens": Realm(name="athens"), "berlin": realm}
        assert loaded.default_realm == "berlin"
        assert [one.name for one in loaded.policies] == ["o", "p"]
        assert loaded.policies[1] == policy

    async def test_each_unit_that_changes_the_configuration_moves_the_revision_once(
        self, store: Store
    ) -> None:
        before = await store.revision()
        async with store.unit() as unit:
            await unit.configuration.put_entries({"a": Entry(value="1"), "b": Entry(value="2")})
            await unit.configuration.put_realm(Realm(name="r"))
            await unit.configuration.touch()
        assert await store.revision() == before + 1
        async with store.unit() as unit:
            await unit.tokens.add(token("A"))
            await unit.people.put([ManagedPerson(resolver="r", userid="1", login="l")])
        assert await store.revision() == before + 1
        assert (await store.look_up(Lookup(subject=BOB))).revision == before + 1
        async with store.unit() as unit:
            await unit.configuration.remove_entries(["a"])
            await unit.configuration.remove_policies(["none"])
        assert await store.revision() == before + 2

    async def test_changes_of_the_configuration_at_once_each_move_the_revision(
        self, store: Store, other: Store
    ) -> None:
        before = await store.revision()

        async def put(at: Store, name: str) -> None:
            async with at.unit() as unit:
                await unit.configuration.put_entries({name: Entry(value=name)})

        await asyncio.gather(*[put((store, other)[n % 2], str(n)) for n in range(12)])
        assert await store.revision() == before + 12
        async with other.view() as view:
            assert len((await view.configuration.load()).entries) == 12

    async def test_a_realm_that_goes_leaves_its_tokens_and_the_default(self, store: Store) -> None:
        await added(store, token("A", realms=("berlin", "paris")))
        async with store.unit() as unit:
            for name in ("berlin", "paris"):
                await unit.configuration.put_realm(Realm(name=name, resolvers=("Dir",)))
            await unit.configuration.set_default_realm("berlin")
            await unit.configuration.put_realm(Realm(name="berlin", resolvers=("New", "Dir")))
            loaded = await unit.configuration.load()
            assert (loaded.default_realm, loaded.realms["berlin"].resolvers) == ("berlin", ("New", "Dir"))
            await unit.configuration.remove_realm("berlin")
        async with store.view() as view:
            loaded = await view.configuration.load()
        assert (loaded.default_realm, list(loaded.realms)) == ("", ["paris"])
        assert (await read(store, "A")).realms == ("paris",)

    async def test_the_default_realm_is_one_that_is_there(self, store: Store) -> None:
        async with store.unit() as unit:
            await unit.configuration.put_realm(Realm(name="r"))
            await unit.configuration.set_default_realm("r")
        with pytest.raises(NoSuchRealm):
            async with store.unit() as unit:
                await unit.configuration.set_default_realm("none")
        async with store.unit() as unit:
            assert (await unit.configuration.load()).default_realm == "r"
            await unit.configuration.set_default_realm("")
            assert (await unit.configuration.load()).default_realm == ""

    async def test_resolvers_and_policies_go(self, store: Store) -> None:
        policy = Policy(name="p", scope="admin", action="*", realm="*")
        async with store.unit() as unit:
            await unit.configuration.put_resolver(ResolverConfig(name="Dir", kind="passwd"))
            await unit.configuration.put_policies([policy])
        async with store.unit() as unit:
            await unit.configuration.remove_resolver("Dir")
            await unit.configuration.remove_policies(["p"])
            loaded = await unit.configuration.load()
        assert (loaded.resolvers, loaded.policies) == ({}, ())

    # People

    async def test_people_are_found_by_login_in_any_case(self, store: Store) -> None:
        people = [
            ManagedPerson(
                resolver="r",
                userid="1",
                login="Zoë",
                attributes={"email": "z@example.org", "note": ODD},
                password="h",  # noqa: S106  stands for a hash
            ),
            ManagedPerson(resolver="r", userid="2", login="bob"),
            ManagedPerson(resolver="q", userid="1", login="zoë"),
        ]
        async with store.unit() as unit:
            await unit.people.put(people)
            assert await unit.people.find("r", "ZOË") == people[0]
            assert await unit.people.find("r", "zoe\u0308") == people[0]
            assert await unit.people.find("r", "zoe") is None
            assert await unit.people.get("q", "1") == people[2]
            assert await unit.people.get("q", "2") is None
            await unit.people.put([replace(people[1], login="robert")])
            assert await unit.people.find("r", "bob") is None
            assert [one.login async for one in unit.people.each("r")] == ["Zoë", "robert"]

    async def test_logins_that_differ_in_case_alone_must_be_written_exactly(self, store: Store) -> None:
        async with store.unit() as unit:
            await unit.people.put(
                [ManagedPerson(resolver="r", userid=login, login=login) for login in ("bob", "Bob")]
            )
            for login in ("bob", "Bob"):
                found = await unit.people.find("r", login)
                assert found is not None
                assert found.userid == login
            with pytest.raises(AmbiguousUser):
                await unit.people.find("r", "BOB")

    async def test_people_go_some_or_all(self, store: Store) -> None:
        async with store.unit() as unit:
            await unit.people.put(
                [ManagedPerson(resolver=r, userid=str(n), login=f"l{n}") for r in "rq" for n in range(700)]
            )
            assert await unit.people.remove("r", ["1", "2", "none"]) == 2
            assert len([one async for one in unit.people.each("r")]) == 698
            assert await unit.people.remove("r") == 698
            assert len([one async for one in unit.people.each("q")]) == 700

    # Audit

    async def test_the_numbers_of_the_audit_grow(self, store: Store, other: Store) -> None:
        numbers = []
        for n in range(6):
            async with (store, other)[n % 2].unit() as unit:
                numbers.append(await unit.audit.append(AuditEntry(action=str(n))))
            await (store, other)[n % 2].settle(failed(ALICE))
        entries = await audited(store)
        assert [entry.id for entry in entries] == sorted({entry.id for entry in entries})
        assert [entry.id for entry in entries][::2] == numbers

    async def test_the_audit_is_found_by_patterns(self, store: Store) -> None:
        rows = [
            AuditEntry(
                action="validate/check", user="alice", serial="S_1", success=True, at=NOW, clearance=1
            ),
            AuditEntry(action="validate/check", user="Alice", serial="Sx1", at=NOW + 1),
            AuditEntry(action="admin/init", user="100%", info="a\\b*", at=NOW + 2),
        ]
        async with store.unit() as unit:
            numbers = [await unit.audit.append(row) for row in rows]

        async def found(any_of: bool = False, /, **like: str) -> list[int]:
            wanted = AuditFilter(like=like, any=any_of)
            async with store.view() as view:
                entries, total = await view.audit.search(wanted, Page(size=10))
                assert total == len(entries)
                assert [one async for one in view.audit.each(wanted, Page())] == entries
            return [numbers.index(entry.id) for entry in entries]

        assert await found() == [0, 1, 2]
        assert await found(user="alice") == [0]
        assert await found(user="%lice") == [0, 1]
        assert await found(user="%LICE") == []
        assert await found(user="%") == [0, 1, 2]
        assert await found(user="*") == []
        assert await found(serial="S_1") == [0]
        assert await found(serial="S_1%") == [0]
        assert await found(info="%\\b%") == [2]
        assert await found(action="validate/%", serial="Sx%") == [1]
        assert await found(True, action="admin/%", serial="Sx%") == [1, 2]
        assert await found(success="1") == [0]
        assert await found(clearance="0") == [1, 2]
        assert await found(id=str(numbers[1])) == [1]
        assert await found(id="nonsense") == []
        assert await found(at=f"{NOW}%") == [0]
        for name in ("nonce", "mark", "nonsense", "id = 1 OR 1"):
            with pytest.raises(BadParameter):
                await found(**{name: "%"})

    async def test_what_the_audit_is_asked_for_exactly_holds_however_the_rest_is_joined(
        self, store: Store
    ) -> None:
        async with store.unit() as unit:
            for user, serial in (("a%", "S1"), ("alice", "S1"), ("alice", "S2"), ("bob", "S2")):
                await unit.audit.append(AuditEntry(user=user, serial=serial, action="x", at=NOW))

        async def found(user: str, **like: str) -> list[tuple[str, str]]:
            async with store.view() as view:
                wanted = AuditFilter(exact={"user": user}, like=like, any=True)
                entries, total = await view.audit.search(wanted, Page(size=10))
            assert total == len(entries)
            return [(entry.user, entry.serial) for entry in entries]

        assert await found("a%") == [("a%", "S1")]
        assert await found("alice", serial="S1", action="y") == [("alice", "S1")]
        assert await found("bob", serial="S1") == []

    async def test_the_audit_comes_in_pages_newest_first_or_last(self, store: Store) -> None:
        async with store.unit() as unit:
            for n in range(12):
                await unit.audit.append(AuditEntry(at=NOW + n, action=str(n), user=str(n % 2)))
        async with store.view() as view:
            for sort in ("", "id", "at"):
                page, total = await view.audit.search(
                    AuditFilter(), Page(number=1, size=5, sort=sort, descending=True)
                )
                assert ([one.action for one in page], total) == (["6", "5", "4", "3", "2"], 12)
            page, _ = await view.audit.search(AuditFilter(), Page(size=7, sort="user"))
            assert [one.action for one in page] == ["0", "2", "4", "6", "8", "10", "1"]
            with pytest.raises(BadParameter):
                await view.audit.search(AuditFilter(), Page(sort="mark"))

    async def test_the_audit_is_counted_right_while_it_grows(self, store: Store, other: Store) -> None:
        async def total(at: Store) -> int:
            async with at.view() as view:
                return (await view.audit.search(AuditFilter(), Page(size=1)))[1]

        assert await total(store) == 0
        row = Settlement(at=NOW, entry=AuditEntry(action="x"))
        expected = 0
        for number in (10_500, 300, 1):
            await asyncio.gather(*[(store, other)[n % 2].settle(row) for n in range(number)])
            expected += number
            assert [await total(store), await total(other), await total(store)] == [expected] * 3

    # Sessions

    async def test_sessions_are_known_until_they_are_closed(self, store: Store, other: Store) -> None:
        login = {"login": "root", "realm": "admins", "resolver": "r", "userid": "1"}
        sessions = [
            Session(
                id=b"\0a", kind="administrator", holder=login, opened=NOW, expires=NOW + 10, client=OFFICE
            ),
            Session(id=b"b", kind="administrator", holder=login | {"realm": "others"}, opened=NOW, expires=0),
            Session(id=b"c", kind="user", holder=login, opened=NOW, expires=NOW + 20),
            Session(id=b"d", kind="user", holder={"login": "x"}, opened=NOW, expires=NOW + 30),
        ]
        async with store.unit() as unit:
            for session in sessions:
                await unit.sessions.open(session)
        async with other.unit() as unit:
            assert [await unit.sessions.find(session.id) for session in sessions] == sessions
            assert await unit.sessions.find(b"none") is None
            assert await unit.sessions.sweep(NOW + 10) == 1
            assert await unit.sessions.close_all("administrator", login) == 0
            assert await unit.sessions.close_all("administrator", {"login": "root"}) == 1
            assert await unit.sessions.close_all("user", {"userid": "1"}) == 1
            assert await unit.sessions.close(b"d")
            assert not await unit.sessions.close(b"d")

    async def test_the_sessions_of_a_person_are_found_by_resolver_and_user_id(
        self, store: Store, other: Store
    ) -> None:
        alice = {"login": "alice", "resolver": ALICE.resolver, "userid": ALICE.userid}
        facts = {"state": "authenticated", "proofs": [{"how": "password", "at": NOW}]}
        older = Session(id=b"a", kind="user", holder=alice, opened=NOW, expires=0, facts=facts)
        renamed = replace(older, id=b"b", opened=NOW + 1, holder=alice | {"login": ODD})
        others = [
            replace(older, id=b"c", kind="administrator"),
            replace(older, id=b"d", holder=alice | {"userid": BOB.userid}),
            replace(older, id=b"e", holder={"login": "alice"}),
        ]
        async with store.unit() as unit:
            for session in (older, renamed, *others):
                await unit.sessions.open(session)
        async with other.view() as view:
            assert await view.sessions.of("user", ALICE) == (renamed, older)

    async def test_of_two_who_close_a_session_at_once_one_has_done_so(
        self, store: Store, other: Store
    ) -> None:
        async with store.unit() as unit:
            await unit.sessions.open(Session(id=b"a", kind="user", holder={}, opened=NOW, expires=0))

        async def close(on: Store) -> bool:
            async with on.unit() as unit:
                return await unit.sessions.close(b"a")

        assert sorted(await asyncio.gather(close(store), close(other))) == [False, True]

    # The key ring's check value

    async def test_the_first_check_value_stays(self, store: Store, other: Store) -> None:
        values = await asyncio.gather(*[(store, other)[n % 2].check_value(str(n)) for n in range(8)])
        assert len(set(values)) == 1
        assert await store.check_value("late") == values[0]


def _stepped(tokens: dict[str, Token], serial: str, kind: Step, counter: int | None) -> bool:
    """What a step does, in plain words; False: it decides, and was lost."""
    one = tokens.get(serial)
    ahead = one is not None and (counter is None or one.counter < counter)
    if kind is Step.SPEND:
        if not (
            one is not None
            and ahead
            and one.active
            and one.failures < one.max_failures
            and one.attempts < one.attempts_max
            and one.successes < one.successes_max
        ):
            return False
        one = replace(
            one,
            failures=0,
            successes=one.successes + 1,
            attempts=one.attempts + 1,
            last_match=NOW,
            last_success=NOW,
        )
    elif kind is Step.RESYNC:
        if one is None or not ahead:
            return False
        one = replace(one, failures=0)
    if one is None:
        return True
    if kind is Step.FAIL:
        one = replace(one, failures=one.failures + 1, attempts=one.attempts + 1)
    elif kind is Step.CLEAR:
        one = replace(one, failures=0)
    elif kind is Step.REPLAY:
        one = replace(one, failures=max(one.failures, 1))
    elif kind is Step.DISABLE:
        one = replace(one, active=False)
    elif kind is Step.REMOVE:
        del tokens[serial]
        return True
    tokens[serial] = replace(one, counter=max(one.counter, counter or 0))
    return True
