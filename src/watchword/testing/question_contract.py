"""What every store promises about questions, the outbox and providers, as tests for whoever keeps one.

To be inherited like `watchword.testing.store_contract.StoreContract`, with the same fixtures.
"""

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace

from watchword.crypto.sealing import Sealed
from watchword.errors import BadParameter, Refused
from watchword.model.audit import AuditEntry
from watchword.model.challenge import Challenge
from watchword.model.configuration import ProviderConfig
from watchword.model.errand import Ending, Errand, Stage
from watchword.model.message import Channel
from watchword.model.person import Subject
from watchword.model.settlement import (
    MOST_CHALLENGES,
    Asked,
    Guard,
    Lookup,
    Move,
    Settlement,
    Step,
    ThrottleStep,
)
from watchword.model.token import Token
from watchword.storage.promises import AuditFilter, Page, Store
from watchword.testing.store_contract import ALICE, BOB, NOW, ODD, added, audited, read, token

ALONE = "12345678901234567"
PARENT = "12345678901234"
LONG_NAME = Subject("people", "x" * 400)


def question(one: Token, identifier: str = ALONE, **fields: Any) -> Challenge:
    whole = Challenge(
        id=identifier,
        token_id=one.id,
        serial=one.serial,
        kind=one.kind,
        prompt=ODD,
        fingerprint=b"\0f",
        data=Sealed(b"\xff\0"),
        asked=NOW,
        expires=NOW + 1000,
    )
    return replace(whole, **fields)


def errand(reference: str = "r", **fields: Any) -> Errand:
    whole = Errand(
        reference=reference, sealed=Sealed(b"\0m"), providers=("a", ODD), made=NOW, expires=NOW + 1000
    )
    return replace(whole, **fields)


def ask(*questions: Challenge, **fields: Any) -> Settlement:
    return Settlement(at=NOW, asked=Asked(ask=questions, **fields), entry=None)


def answer(one: Token, claim: str | None = ALONE, at: int = NOW, **fields: Any) -> Settlement:
    """Somebody answers a question rightly."""
    settlement = Settlement(
        at=at,
        moves=(Move(token_id=one.id, step=Step.SPEND),),
        asked=Asked(claim=claim),
        entry=AuditEntry(action="won", success=True),
        entry_if_lost=AuditEntry(action="lost"),
    )
    return replace(settlement, **fields)


def miss(one: Token, *identifiers: str) -> Settlement:
    return Settlement(
        at=NOW,
        moves=(Move(token_id=one.id, step=Step.FAIL),),
        asked=Asked(missed=identifiers),
        entry=AuditEntry(action="missed"),
    )


async def kept(store: Store, transaction: str = ALONE) -> tuple[Challenge, ...]:
    async with store.view() as view:
        return await view.challenges.of(transaction)


async def actions(store: Store) -> list[str]:
    return sorted(entry.action for entry in await audited(store))


class QuestionContract:
    @pytest.fixture
    def store(self) -> Store:
        raise NotImplementedError

    @pytest.fixture
    def other(self) -> Store:
        raise NotImplementedError

    # Looking

    async def test_a_question_comes_back_as_it_was_asked(self, store: Store, other: Store) -> None:
        one, two = await added(store, token("A"), token("B", kind="sms"))
        whole = question(one, received=3, valid=True, open=False)
        bare = question(two, "2", prompt="", fingerprint=b"", data=None, asked=NOW + 1)
        assert (await store.settle(ask(whole, bare))).won
        assert await kept(other) == (whole,)
        assert await kept(other, "2") == (bare,)
        for wanted in (Lookup(subject=ALICE), Lookup(transaction=ALONE), Lookup(serial="A")):
            held = await other.look_up(wanted)
            assert [held_one for held_one in held.challenges if held_one.token_id == one.id] == [whole]
        assert (await other.look_up(Lookup(subject=ALICE))).challenges == (bare, whole)
        async with store.view() as view:
            assert await view.challenges.of_tokens([one.id, two.id, 0, one.id]) == (bare, whole)

    async def test_who_was_asked_nothing_has_no_questions(self, store: Store) -> None:
        one, _ = await added(store, token("A"), token("B", BOB))
        await store.settle(ask(question(one)))
        assert (await store.look_up(Lookup(subject=BOB))).challenges == ()
        assert (await store.look_up(Lookup(subject=Subject("", "nobody")))).challenges == ()
        assert (await store.look_up(Lookup(serial="B"))).challenges == ()

    async def test_the_newest_questions_of_each_token_are_looked_at(self, store: Store) -> None:
        tokens = await added(store, token("A"), token("B"))
        for one in tokens:
            await store.settle(
                ask(
                    *[question(one, f"{one.serial}{n:03}", asked=NOW + n) for n in range(MOST_CHALLENGES + 7)]
                )
            )
        held = await store.look_up(Lookup(subject=ALICE))
        wanted = [f"{serial}{n:03}" for n in reversed(range(7, MOST_CHALLENGES + 7)) for serial in "AB"]
        assert [one.id for one in held.challenges] == wanted

    async def test_tokens_are_found_by_what_they_were_asked_under(self, store: Store) -> None:
        one, two, three = await added(store, token("B"), token("A", BOB), token("C"))
        await store.settle(
            ask(question(one, f"{PARENT}.01"), question(two, f"{PARENT}.02"), question(three, ALONE))
        )
        step = ThrottleStep(subject=BOB, client="", failed=True, threshold=9, base=1, longest=1)
        await store.settle(Settlement(at=NOW, throttle=step, entry=None))

        async def found(transaction: str) -> list[str]:
            held = await store.look_up(Lookup(transaction=transaction))
            assert len(await kept(store, transaction)) == len(held.tokens)
            return [one.serial for one in held.tokens]

        assert await found(PARENT) == ["A", "B"]
        assert await found(f"{PARENT}.01") == ["B"]
        assert await found(ALONE) == ["C"]
        garbage = ["", "%", "*", f"{PARENT}.%", f"{PARENT}.__", f"{PARENT}%", f"{PARENT}*", f"{PARENT}.", "."]
        garbage += [PARENT[:-1], f"{PARENT}.1", f"{ALONE}.01", f"{ALONE}.", "\0", "\ud800", ODD, "9" * 50_000]
        for transaction in garbage:
            assert await found(transaction) == [], transaction
        held = await store.look_up(Lookup(transaction=PARENT))
        assert [one.failures for one in held.throttles] == [1]
        assert (await store.look_up(Lookup(transaction=f"{PARENT}.01"))).throttles == ()
        assert [one.id for one in held.challenges] == [f"{PARENT}.01", f"{PARENT}.02"]

    async def test_a_serial_or_a_subject_goes_before_a_transaction(self, store: Store) -> None:
        one, _ = await added(store, token("A"), token("B", BOB))
        await store.settle(ask(question(one)))
        for wanted in (Lookup(serial="B", transaction=ALONE), Lookup(subject=BOB, transaction=ALONE)):
            assert [held.serial for held in (await store.look_up(wanted)).tokens] == ["B"]
        with pytest.raises(BadParameter):
            await store.look_up(Lookup())

    async def test_the_limits_on_long_names_are_found_by_transaction(self, store: Store) -> None:
        (one,) = await added(store, token("A", LONG_NAME))
        await store.settle(ask(question(one)))
        step = ThrottleStep(subject=LONG_NAME, client="", failed=True, threshold=9, base=1, longest=1)
        await store.settle(Settlement(at=NOW, throttle=step, entry=None))
        assert len((await store.look_up(Lookup(transaction=ALONE))).throttles) == 1

    # Claiming

    async def test_the_right_answer_closes_its_question_and_the_others(self, store: Store) -> None:
        one, two = await added(store, token("A", failures=2), token("B"))
        questions = [question(one, f"{PARENT}.01"), question(two, f"{PARENT}.02"), question(one, "old")]
        await store.settle(ask(*questions))
        asked = Asked(claim=f"{PARENT}.01", close=(f"{PARENT}.02", "old", "none"))
        assert (await store.settle(answer(one, asked=asked))).won
        first, second = await kept(store, PARENT)
        assert first == replace(questions[0], open=False, valid=True, received=1)
        assert second == replace(questions[1], open=False)
        assert await kept(store, "old") == (replace(questions[2], open=False),)
        assert (await read(store, "A")).failures == 0
        assert await actions(store) == ["won"]

    async def test_of_many_answers_at_once_one_is_right(self, store: Store, other: Store) -> None:
        (one,) = await added(store, token("A", successes_max=1000))
        for number in range(6):
            identifier = str(number)
            await store.settle(ask(question(one, identifier)))
            settled = await asyncio.gather(
                *[(store, other)[n % 2].settle(answer(one, identifier)) for n in range(24)]
            )
            assert [one.won for one in settled].count(True) == 1
            [claimed] = await kept(store, identifier)
            assert (claimed.open, claimed.valid, claimed.received) == (False, True, 1)
        assert (await read(store, "A")).successes == 6
        assert await actions(store) == ["lost"] * 6 * 23 + ["won"] * 6

    async def test_wrong_answers_are_counted_while_right_ones_race(self, store: Store, other: Store) -> None:
        (one,) = await added(store, token("A", max_failures=1000))
        await store.settle(ask(question(one, f"{PARENT}.01"), question(one, f"{PARENT}.02")))
        both = (f"{PARENT}.01", f"{PARENT}.02")
        racing = [miss(one, *both), miss(one, both[1]), answer(one, both[0])] * 8
        settled = await asyncio.gather(*[(store, other)[n % 2].settle(each) for n, each in enumerate(racing)])
        assert [each.won for each in settled[2::3]].count(True) == 1
        first, second = await kept(store, PARENT)
        assert (first.received, first.open, second.received, second.open) == (9, False, 16, True)
        assert await actions(store) == ["lost"] * 7 + ["missed"] * 16 + ["won"]

    async def test_wrong_answers_are_all_counted(self, store: Store, other: Store) -> None:
        (one,) = await added(store, token("A"))
        await store.settle(ask(question(one)))
        await asyncio.gather(*[(store, other)[n % 2].settle(miss(one, ALONE)) for n in range(40)])
        [missed] = await kept(store)
        assert (missed.received, missed.open, missed.valid) == (40, True, False)
        assert (await read(store, "A")).failures == 40

    async def test_a_question_can_be_answered_until_its_time_is_over(self, store: Store) -> None:
        (one,) = await added(store, token("A"))
        await store.settle(ask(question(one, "1"), question(one, "2")))
        assert (await store.settle(answer(one, "1", at=NOW + 999))).won
        assert not (await store.settle(answer(one, "2", at=NOW + 1000))).won
        [late] = await kept(store, "2")
        assert (late.open, late.received) == (True, 0)

    async def test_a_lost_claim_leaves_everything_as_it_was(self, store: Store) -> None:
        (one,) = await added(store, token("A", failures=1))
        await store.settle(ask(question(one), question(one, "other"), question(one, "closed", open=False)))
        step = ThrottleStep(subject=ALICE, client="", failed=False)
        for claim in ("closed", "none", "", "\0"):
            lost = answer(
                one,
                throttle=step,
                asked=Asked(
                    claim=claim,
                    close=(ALONE,),
                    missed=("other",),
                    ask=(question(one, "new"),),
                    errands=(errand(),),
                ),
            )
            assert not (await store.settle(lost)).won
        assert await read(store, "A") == one
        assert [each.open for each in await kept(store)] == [True]
        assert [each.received for each in await kept(store, "other")] == [4]
        assert await kept(store, "new") == ()
        assert (await store.look_up(Lookup(subject=ALICE))).throttles == ()
        async with store.view() as view:
            assert await view.errands.find("r") is None
        assert await actions(store) == ["lost"] * 4

    async def test_a_lost_spend_leaves_its_question_open(self, store: Store) -> None:
        one, locked = await added(store, token("A", counter=5), token("B", failures=10))
        await store.settle(ask(question(one), question(locked, "2")))
        spent = (Move(token_id=one.id, step=Step.SPEND, counter=5),)
        rule = ThrottleStep(subject=ALICE, client="", failed=True, threshold=1, base=9999, longest=9999)
        for moves in (
            spent,
            (replace(spent[0], counter=7, step=Step.SPEND), Move(token_id=0, step=Step.FAIL)),
        ):
            won = (await store.settle(answer(one, moves=moves, guard=Guard(subject=ALICE, client="")))).won
            assert won is (moves is not spent)
        await store.settle(ask(question(one, "3")))
        await store.settle(Settlement(at=NOW, throttle=rule, entry=None))
        assert not (await store.settle(answer(one, "3", guard=Guard(subject=ALICE, client="")))).won
        assert not (await store.settle(answer(locked, "2"))).won
        for identifier in ("2", "3"):
            assert [(each.open, each.received) for each in await kept(store, identifier)] == [(True, 0)]

    async def test_a_claim_without_a_spend_decides_by_itself(self, store: Store) -> None:
        (one,) = await added(store, token("A", failures=3))
        await store.settle(ask(question(one)))
        clear = (Move(token_id=one.id, step=Step.CLEAR),)
        results = [(await store.settle(answer(one, moves=clear))).won for _ in range(2)]
        assert results == [True, False]
        assert (await read(store, "A")).failures == 0
        results = [(await store.settle(answer(one, "none", moves=()))).won for _ in range(2)]
        assert results == [False, False]
        assert await actions(store) == ["lost"] * 3 + ["won"]

    async def test_a_claim_decides_whether_a_token_finds_its_place(self, store: Store) -> None:
        (one,) = await added(store, token("A", failures=3))
        await store.settle(ask(question(one)))
        resync = (Move(token_id=one.id, step=Step.RESYNC, counter=9),)
        assert not (await store.settle(answer(one, "none", moves=resync))).won
        assert (await read(store, "A")).counter == 0
        assert (await store.settle(answer(one, moves=resync))).won
        assert (await read(store, "A")).counter == 9

    async def test_an_answer_may_be_the_last_thing_a_token_does(self, store: Store) -> None:
        (one,) = await added(store, token("A"))
        await store.settle(ask(question(one), question(one, "2")))
        moves = (Move(token_id=one.id, step=Step.SPEND), Move(token_id=one.id, step=Step.REMOVE))
        assert not (await store.settle(answer(one, "none", moves=moves))).won
        assert (await store.settle(answer(one, moves=moves))).won
        assert await kept(store) == await kept(store, "2") == ()

    async def test_answers_to_different_questions_share_their_way(self, store: Store) -> None:
        tokens = await added(store, *[token(f"T{n:02}", Subject("people", str(n))) for n in range(40)])
        await store.settle(ask(*[question(one, one.serial) for one in tokens]))
        settled = await asyncio.gather(
            *[
                store.settle(answer(one, one.serial if n % 4 else "none", asked=Asked(claim=one.serial)))
                if n % 4
                else store.settle(replace(answer(one), asked=None))
                for n, one in enumerate(tokens)
            ]
        )
        assert all(each.won for each in settled)
        for n, one in enumerate(tokens):
            [each] = await kept(store, one.serial)
            assert each.open is (n % 4 == 0)

    # Asking, forgetting

    async def test_asking_sweeps_what_the_token_was_asked_before(self, store: Store) -> None:
        one, two = await added(store, token("A"), token("B"))
        await store.settle(
            ask(
                question(one, "over", expires=NOW + 5),
                question(one, "good", expires=NOW + 6),
                question(two, "theirs", expires=NOW + 5),
            )
        )
        await store.settle(replace(ask(question(one, "new")), at=NOW + 5))
        async with store.view() as view:
            left = [each.id for each in await view.challenges.of_tokens([one.id, two.id])]
        assert left == ["good", "new", "theirs"]

    async def test_a_question_and_its_message_are_kept_together(self, store: Store) -> None:
        one, gone = await added(store, token("A"), token("B"))
        async with store.unit() as unit:
            await unit.tokens.remove(gone)
        await store.settle(ask(question(one), errands=(errand("first"),)))
        for wrong in (question(one), question(gone, "2")):
            with pytest.raises(Refused):
                await store.settle(ask(wrong, errands=(errand("second"),)))
        async with store.view() as view:
            assert await view.errands.find("first") == errand("first")
            assert await view.errands.find("second") is None
            assert await view.challenges.of("2") == ()

    async def test_a_question_that_is_taken_back_is_gone(self, store: Store) -> None:
        (one,) = await added(store, token("A"))
        await store.settle(ask(question(one), question(one, "2")))
        await store.settle(ask(forget=(ALONE, "none", "%")))
        assert await kept(store) == ()
        assert len(await kept(store, "2")) == 1
        assert not (await store.settle(answer(one))).won

    async def test_a_removed_token_takes_its_questions_along(self, store: Store) -> None:
        one, two = await added(store, token("A"), token("B"))
        await store.settle(ask(question(one, f"{PARENT}.01"), question(two, f"{PARENT}.02")))
        async with store.unit() as unit:
            await unit.tokens.remove(one)
        assert [each.serial for each in await kept(store, PARENT)] == ["B"]

    async def test_questions_whose_time_is_over_are_swept(self, store: Store) -> None:
        (one,) = await added(store, token("A"))
        await store.settle(ask(*[question(one, str(n), expires=NOW + n) for n in range(5)]))
        async with store.unit() as unit:
            assert await unit.challenges.sweep(NOW + 2) == 2
            assert len(await unit.challenges.of_tokens([one.id])) == 3

    async def test_a_settlement_without_a_row_writes_none(self, store: Store) -> None:
        (one,) = await added(store, token("A"))
        await store.settle(answer(one, claim=None, entry=None, entry_if_lost=None))
        await store.settle(answer(one, "none", entry=None))
        await store.settle(Settlement(at=NOW, entry=None))
        assert await actions(store) == ["lost"]
        async with store.view() as view:
            assert (await view.audit.search(AuditFilter(), Page()))[1] == 1

    # The outbox

    async def test_an_errand_comes_back_as_it_was_written(self, store: Store) -> None:
        whole = Errand(
            reference="whole",
            challenge=ALONE,
            channel="sms",
            sealed=Sealed(bytes(range(256))),
            providers=("one", ODD),
            made=NOW,
            expires=NOW + 1,
            held_until=NOW + 2,
            stage=Stage.UNCERTAIN,
            attempts=3,
            provider=ODD,
            reason=ODD,
            their_reference=ODD,
        )
        bare = errand("bare", providers=())
        async with store.unit() as unit:
            await unit.errands.add([whole, bare])
        async with store.view() as view:
            assert await view.errands.find("whole") == whole
            assert await view.errands.find("bare") == bare
            assert await view.errands.find("%") is None

    async def test_due_is_what_waits_and_nobody_holds_and_is_worth_bringing(self, store: Store) -> None:
        errands = [
            errand("younger", made=NOW + 1),
            errand("older", held_until=NOW + 10),
            errand("held", held_until=NOW + 11),
            errand("late", expires=NOW + 10),
            *[errand(stage.name, stage=stage) for stage in Stage if stage is not Stage.WAITING],
        ]
        async with store.unit() as unit:
            await unit.errands.add(errands)
            assert await unit.errands.due(NOW + 10, 9) == (errands[1], errands[0])
            assert await unit.errands.due(NOW + 10, 1) == (errands[1],)
            assert not await unit.errands.begin("late", "a", NOW + 10, NOW + 20)

    async def test_the_errands_of_a_question_are_found_the_oldest_first(self, store: Store) -> None:
        first = errand("b", challenge="12345678901234")
        second = replace(first, reference="a", made=NOW + 1)
        alone = errand("c", challenge="")
        async with store.unit() as unit:
            await unit.errands.add([second, alone, first, replace(first, reference="d", challenge="1")])
            assert await unit.errands.of("12345678901234") == (first, second)
            assert await unit.errands.of("") == ()
            assert await unit.errands.of("%") == ()

    async def test_an_errand_is_taken_up_by_one_and_ended_once(self, store: Store, other: Store) -> None:
        async with store.unit() as unit:
            await unit.errands.add([errand()])

        async def begin(at: Store, provider: str, until: int) -> bool:
            async with at.unit() as unit:
                return await unit.errands.begin("r", provider, NOW, until)

        begun = await asyncio.gather(*[begin((store, other)[n % 2], str(n), NOW + 50 + n) for n in range(12)])
        assert begun.count(True) == 1
        winner = begun.index(True)
        async with store.unit() as unit:
            assert await unit.errands.end("r", Stage.WAITING, reason="no")
            assert not await unit.errands.end("r", Stage.ACCEPTED)
        assert not await begin(other, "late", NOW + 90)
        assert await begin(store, "b", NOW + 50 + winner)
        async with store.unit() as unit:
            assert await unit.errands.end("r", Stage.ACCEPTED, reason=ODD, their_reference="theirs")
            assert not await unit.errands.end("r", Stage.FAILED)
            found = await unit.errands.find("r")
        assert found == errand(
            stage=Stage.ACCEPTED,
            held_until=NOW + 50 + winner,
            attempts=2,
            provider="b",
            reason=ODD,
            their_reference="theirs",
        )

    async def test_who_wrote_an_errand_tries_first(self, store: Store) -> None:
        async with store.unit() as unit:
            await unit.errands.add([errand(held_until=NOW + 10)])
            assert not await unit.errands.begin("r", "a", NOW + 9, NOW + 100)
            assert await unit.errands.begin("r", "a", NOW, NOW + 10)
            assert await unit.errands.end("r", Stage.WAITING)
            assert await unit.errands.begin("r", "a", NOW + 10, NOW + 100)

    @pytest.mark.parametrize("many", [1, 4])
    async def test_messages_end_with_the_row_of_the_audit_and_only_those_under_way(
        self, store: Store, other: Store, many: int
    ) -> None:
        names = [str(number) for number in range(many)]
        async with store.unit() as unit:
            await unit.errands.add(errand(name, stage=Stage.UNDER_WAY, provider="a") for name in names)
            await unit.errands.add([errand("waiting"), errand("failed", stage=Stage.FAILED)])
        for kept in (store, other):  # who comes second changes nothing
            endings = [
                Ending(
                    reference=name,
                    stage=Stage.ACCEPTED if kept is store else Stage.FAILED,
                    reason=ODD,
                    their_reference=name,
                )
                for name in (*names, "waiting", "failed", "nobody")
            ]
            await asyncio.gather(
                *(
                    kept.settle(
                        Settlement(at=NOW, asked=Asked(ended=(one,)), entry=AuditEntry(action="ended"))
                    )
                    for one in endings
                )
            )
        async with store.view() as view:
            found = {name: await view.errands.find(name) for name in (*names, "waiting", "failed")}
            rows, _ = await view.audit.search(AuditFilter(), Page())
        for name in names:
            assert found[name] == errand(
                name, stage=Stage.ACCEPTED, provider="a", reason=ODD, their_reference=name
            )
        assert found["waiting"] == errand("waiting")
        assert found["failed"] == errand("failed", stage=Stage.FAILED)
        assert len(rows) == 2 * (many + 3)

    async def test_what_is_found_under_way_too_late_is_never_taken_up_again(
        self, store: Store, other: Store
    ) -> None:
        async with store.unit() as unit:
            await unit.errands.add([errand(name) for name in ("lost", "going", "waiting")])
            await unit.errands.begin("lost", "a", NOW, NOW + 10)
            await unit.errands.begin("going", "a", NOW, NOW + 11)
        async with other.unit() as unit:
            assert await unit.errands.strand(NOW + 11) == 1
            assert await unit.errands.strand(NOW + 11) == 0
            assert not await unit.errands.begin("lost", "b", NOW + 20, NOW + 30)
            assert not await unit.errands.end("lost", Stage.ACCEPTED)
            assert await unit.errands.end("going", Stage.ACCEPTED)
            lost = await unit.errands.find("lost")
            assert [one.reference for one in await unit.errands.due(NOW + 20, 9)] == ["waiting"]
        assert lost is not None
        assert (lost.stage, lost.provider) == (Stage.UNCERTAIN, "a")

    async def test_an_errand_that_ends_while_it_is_stranded_does_one_of_both(
        self, store: Store, other: Store
    ) -> None:
        async with store.unit() as unit:
            await unit.errands.add([errand(str(n), stage=Stage.UNDER_WAY) for n in range(8)])

        async def end(reference: str) -> bool:
            async with store.unit() as unit:
                return await unit.errands.end(reference, Stage.ACCEPTED)

        async def strand() -> int:
            async with other.unit() as unit:
                return await unit.errands.strand(NOW)

        stranded, *ended = await asyncio.gather(strand(), *[end(str(n)) for n in range(8)])
        assert stranded + ended.count(True) == 8

    async def test_the_outbox_is_listed_newest_first_and_forgets(self, store: Store) -> None:
        async with store.unit() as unit:
            await unit.errands.add([errand(str(n), made=NOW + n) for n in range(7)])
            await unit.errands.begin("0", "a", NOW, NOW + 10)
            pages = [await unit.errands.search(Page(number=n, size=3)) for n in range(4)]
            assert [[one.reference for one in page] for page, _ in pages] == [
                ["6", "5", "4"],
                ["3", "2", "1"],
                ["0"],
                [],
            ]
            assert {total for _, total in pages} == {7}
            assert await unit.errands.sweep(NOW + 3) == 2
            everything, _ = await unit.errands.search(Page(sort="sealed"))
            assert [one.reference for one in everything] == ["6", "5", "4", "3", "0"]

    # Providers

    async def test_providers_come_back_and_one_of_a_channel_is_the_default(
        self, store: Store, other: Store
    ) -> None:
        whole = ProviderConfig(
            channel=Channel.SMS, name=ODD, class_name="X", config=Sealed(b"\0c"), timeout="3,5", default=True
        )
        bare = ProviderConfig(channel=Channel.SMS, name="b", class_name="Y")
        mail = ProviderConfig(channel=Channel.EMAIL, name="b", class_name="Z", default=True)
        before = await store.revision()
        async with store.unit() as unit:
            for provider in (whole, bare, mail):
                await unit.configuration.put_provider(provider)
        assert await store.revision() == before + 1
        async with other.view() as view:
            loaded = await view.configuration.load()
        assert loaded.providers == (mail, whole, bare)
        assert loaded.provider(Channel.SMS) == whole
        async with store.unit() as unit:
            await unit.configuration.put_provider(replace(bare, default=True, timeout="9"))
            loaded = await unit.configuration.load()
            assert loaded.providers == (
                mail,
                replace(whole, default=False),
                replace(bare, default=True, timeout="9"),
            )
            await unit.configuration.remove_provider(Channel.SMS, "b")
            assert (await unit.configuration.load()).providers == (mail, replace(whole, default=False))

    async def test_of_providers_that_become_the_default_at_once_one_is_left(
        self, store: Store, other: Store
    ) -> None:
        async def put(at: Store, name: str) -> None:
            async with at.unit() as unit:
                await unit.configuration.put_provider(
                    ProviderConfig(channel=Channel.VOICE, name=name, class_name="X", default=True)
                )

        await asyncio.gather(*[put((store, other)[n % 2], str(n)) for n in range(8)])
        async with store.view() as view:
            providers = (await view.configuration.load()).providers
        assert (len(providers), sum(one.default for one in providers)) == (8, 1)
