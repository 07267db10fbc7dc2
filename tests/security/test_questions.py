"""A question is answered by whom it was asked, once, in time, and guessing at it is counted."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace

from tests.delivery.wires import Gateway, gateway
from tests.household import RESOLVER, SEED, Household, household_on, policy
from tests.sending import ALLOWED, another, code, connect, give_sms
from watchword.crypto.otp import hotp
from watchword.model.attempt import Outcome, Posed, Result
from watchword.model.challenge import Challenge
from watchword.model.person import Subject
from watchword.model.settlement import MOST_CHALLENGES, Lookup
from watchword.storage.promises import Page

MANY = 10**6
"""Failures after which a token is locked: so many that nothing else is meant."""


@pytest.fixture
async def household(environment: dict[str, str]) -> AsyncIterator[Household]:
    async with household_on({**environment, **ALLOWED}) as household:
        yield household


@pytest.fixture
async def phone(household: Household) -> AsyncIterator[Gateway]:
    """What arrives at telephones."""
    async with gateway() as it:
        await connect(household, "gateway", it.url)
        yield it


async def asked(household: Household, answer: str = "sesame", user: str = "alice") -> Posed:
    """The question to somebody's only token."""
    outcome = await household.check(answer, user)
    assert outcome.result is Result.QUESTION, outcome.why
    (posed,) = outcome.questions
    return posed


async def answered(household: Household, transaction: str, answer: str, user: str = "alice") -> Outcome:
    return await household.check(answer, user, transaction=transaction)


async def failures(household: Household, serial: str = "LSSM1") -> int:
    return (await household.held(serial)).failures


async def counted(household: Household, user: str = "alice") -> int:
    """Guesses counted against a person."""
    held = await household.house.store.look_up(Lookup(subject=Subject(RESOLVER, user), client=""))
    return sum(bucket.failures for bucket in held.throttles)


async def questions(household: Household, serial: str = "LSSM1") -> tuple[Challenge, ...]:
    """All that the table holds for a token."""
    token = await household.held(serial)
    async with household.house.store.view() as view:
        return await view.challenges.of_tokens([token.id])


async def test_a19_a_code_sent_anew_gives_no_new_guesses(household: Household, phone: Gateway) -> None:
    await household.set(SMSBlockingTimeout="0")
    await give_sms(household, max_failures=4)
    for _ in range(4):
        posed = await asked(household)
        assert not (await answered(household, posed.id, another(code(phone)))).accepted
    assert await failures(household) == await counted(household) == 4
    assert (await household.check("sesame")).result is Result.NO
    assert len(phone.heard) == 4
    assert not (await answered(household, posed.id, code(phone))).accepted


async def test_a26_many_open_questions_give_no_more_guesses_than_one(
    household: Household, phone: Gateway
) -> None:
    await household.set(SMSBlockingTimeout="0")
    await give_sms(household, max_failures=5)
    ids, codes = [], set()
    for _ in range(6):
        ids.append((await asked(household)).id)
        codes.add(code(phone))
    wrong = next(guess for guess in (f"{number:06}" for number in range(9)) if guess not in codes)
    await asyncio.gather(*(answered(household, one, wrong) for one in ids[:5]))
    assert await failures(household) == await counted(household) == 5
    assert not (await answered(household, ids[5], code(phone))).accepted


async def test_a26_wrong_answers_at_once_are_all_counted(household: Household, phone: Gateway) -> None:
    await give_sms(household, max_failures=MANY)
    posed = await asked(household)
    wrong = another(code(phone))
    await asyncio.gather(*(answered(household, posed.id, wrong) for _ in range(30)))
    assert (await failures(household), await counted(household)) == (30, 30)
    (question,) = await questions(household)
    assert (question.received, question.open) == (30, True)


@pytest.mark.usefixtures("phone")
async def test_a26_a_guess_at_several_tokens_counts_once_for_each_and_once_for_the_person(
    household: Household,
) -> None:
    await give_sms(household)
    await give_sms(household, "LSSM2")
    outcome = await household.check("sesame")
    assert outcome.together
    assert not (await answered(household, outcome.questions[0].id[:14], "x")).accepted
    assert (await failures(household), await failures(household, "LSSM2")) == (1, 1)
    assert await counted(household) == 1


@pytest.mark.parametrize("rule", ["otppin=3", "trigger_sms"])
async def test_a26_a_guess_counts_where_no_pin_is_needed_to_be_asked(
    household: Household, phone: Gateway, rule: str
) -> None:
    await household.say(policy(rule))
    await give_sms(household, pin="", max_failures=5)
    await asked(household, "")
    for number in range(5):
        wrong = another(code(phone))
        outcome = await household.check(wrong, None, serial="LSSM1", asks=True, said="x")
        assert (outcome.result, await failures(household)) == (Result.NO, number + 1)
    assert not (await household.check(code(phone))).accepted


@pytest.mark.usefixtures("phone")
async def test_a26_whoever_needs_no_pin_is_asked_for_any_answer_that_is_no_code(household: Household) -> None:
    await household.say(policy("otppin=3"))
    await give_sms(household)
    for answer in ("", "x", "sesame", "12345"):
        await asked(household, answer)
    assert await failures(household) == 0


async def test_a26_a_guess_at_one_token_does_not_hide_behind_another_that_is_asked(
    household: Household, phone: Gateway
) -> None:
    await household.say(policy("otppin=3, challenge_response=hmac"))
    await give_sms(household)
    await asked(household, "")
    await household.give("OATH1", digits=8)
    assert (await household.check(another(code(phone)))).result is Result.NO
    assert await failures(household) == await counted(household) == 1


async def test_a26_without_a_pin_nobody_is_asked_who_does_not_name_the_token(
    household: Household, phone: Gateway
) -> None:
    await household.say(policy("trigger_sms"))
    await give_sms(household)
    assert (await household.check("", asks=True)).result is Result.NO
    assert (await household.check("", None, serial="LSSM1")).result is Result.NO
    assert phone.heard == []
    assert (await household.check("", None, serial="LSSM1", asks=True)).result is Result.QUESTION


async def test_a28_the_question_to_one_is_not_answered_for_another(
    household: Household, phone: Gateway
) -> None:
    await give_sms(household)
    await give_sms(household, "LSSM2", owner="bob", pin="other")
    alices = await asked(household)
    right = code(phone)
    assert not (await answered(household, alices.id, right, "bob")).accepted
    bobs = await asked(household, "other", "bob")
    assert not (await answered(household, bobs.id, right, "bob")).accepted
    assert not (await answered(household, bobs.id, code(phone), "alice")).accepted
    assert not (await household.check(right, None, serial="LSSM2", transaction=alices.id)).accepted
    assert (await failures(household), await failures(household, "LSSM2")) == (0, 1)
    assert (await answered(household, alices.id, right)).accepted


async def test_a30_only_the_whole_id_names_a_question(household: Household, phone: Gateway) -> None:
    await give_sms(household)
    posed = await asked(household)
    last = str((int(posed.id[-1]) + 1) % 10)
    for named in (
        posed.id[:-1] + last,
        posed.id[:-1],
        posed.id[:14],
        posed.id[:12],
        posed.id[:-1] + "%",
        posed.id[:-1] + "_",
        posed.id[:-1] + "*",
        f"{posed.id}0",
        f" {posed.id}",
        f"{posed.id}\n",
        "%",
        "*",
        "' OR '1'='1",
        f"{posed.id}' --",
        f"{posed.id}\0",
        "".join(chr(ord(digit) + 0xFEE0) for digit in posed.id),
    ):
        for user in ("alice", None):
            attempt = household.check(code(phone), user, transaction=named)
            assert (await attempt).result is Result.NO, named
    assert await failures(household) == 0
    assert (await answered(household, posed.id, code(phone))).accepted


@pytest.mark.parametrize("seconds", [120, 600])
async def test_a31_a_second_after_its_time_a_code_is_wrong(
    household: Household, phone: Gateway, seconds: int
) -> None:
    await household.set(SmsChallengeValidityTime=str(seconds), SMSProviderTimeout="86400")
    await give_sms(household)
    late = await asked(household)
    household.clock.advance(seconds=seconds + 1)
    assert not (await answered(household, late.id, code(phone))).accepted
    assert not (await household.check("sesame" + code(phone))).accepted
    assert (await failures(household), await counted(household)) == (2, 2)
    in_time = await asked(household)
    household.clock.advance(seconds=seconds - 1)
    assert (await answered(household, in_time.id, code(phone))).accepted


async def test_a31_a_shorter_time_ends_questions_that_are_open(household: Household, phone: Gateway) -> None:
    await give_sms(household)
    posed = await asked(household)
    await household.set(DefaultChallengeValidityTime="30")
    household.clock.advance(seconds=31)
    assert not (await answered(household, posed.id, code(phone))).accepted
    await household.set(DefaultChallengeValidityTime="600")
    assert not (await answered(household, posed.id, code(phone))).accepted, "it does not come back"
    assert await failures(household) == 1


async def test_a32_an_answer_closes_all_questions_before_it(household: Household, phone: Gateway) -> None:
    await household.set(SMSBlockingTimeout="0")
    await give_sms(household)
    older, older_code = await asked(household), code(phone)
    household.clock.advance(seconds=1)
    newer, newer_code = await asked(household), code(phone)
    assert (await answered(household, newer.id, newer_code)).accepted
    for transaction in (older.id, newer.id):
        assert not (await answered(household, transaction, older_code)).accepted
    assert not (await household.check("sesame" + older_code)).accepted


async def test_a32_the_code_of_a_question_answers_no_later_one(household: Household, phone: Gateway) -> None:
    await household.set(SMSBlockingTimeout="0")
    await give_sms(household)
    await asked(household)
    older_code = code(phone)
    household.clock.advance(seconds=1)
    newer = await asked(household)
    assert not (await answered(household, newer.id, older_code)).accepted
    assert await failures(household) == 1


@pytest.mark.usefixtures("phone")
async def test_a33_no_other_kind_of_token_answers_a_question(household: Household) -> None:
    await give_sms(household)
    await household.give("OATH1", pin="other")
    posed = await asked(household)
    for answer in (hotp(SEED, 0), f"other{hotp(SEED, 0)}"):
        assert not (await answered(household, posed.id, answer)).accepted
        by_kind = household.check(answer, transaction=posed.id, kinds=frozenset({"hmac"}))
        assert not (await by_kind).accepted
        by_serial = household.check(answer, None, transaction=posed.id, serial="OATH1")
        assert not (await by_serial).accepted
    held = await household.held("OATH1")
    assert (held.counter, held.failures) == (0, 0)


async def test_a34_the_question_to_a_token_goes_with_it(household: Household, phone: Gateway) -> None:
    token = await give_sms(household)
    posed = await asked(household)
    async with household.house.store.unit() as unit:
        await unit.tokens.remove(token)
    await give_sms(household)
    for user in ("alice", None):
        assert not (await household.check(code(phone), user, transaction=posed.id)).accepted
    assert not (await household.check("sesame" + code(phone))).accepted


async def test_a34_a_question_to_a_token_that_changed_hands_is_not_answered_by_its_old_owner(
    household: Household, phone: Gateway
) -> None:
    token = await give_sms(household)
    posed = await asked(household)
    async with household.house.store.unit() as unit:
        assert await unit.tokens.change(token, replace(token, owner=Subject(RESOLVER, "bob")))
    assert not (await answered(household, posed.id, code(phone))).accepted
    assert await failures(household) == 0


async def test_a37_what_else_has_a_name_in_the_store_is_no_question(
    household: Household, phone: Gateway
) -> None:
    token = await give_sms(household)
    await asked(household)
    async with household.house.store.view() as view:
        (errand,), _ = await view.errands.search(Page(size=1))
    for named in (errand.reference, errand.reference[:17], token.serial, str(token.id), f"{token.id:017}"):
        assert not (await answered(household, named, code(phone))).accepted
    assert await failures(household) == 0


async def test_a_yes_stands_although_the_next_question_cannot_be_asked(
    household: Household, phone: Gateway
) -> None:
    await household.say(policy("autosms"))
    await give_sms(household)
    posed = await asked(household)
    await household.set(TransactionIdLength="5")
    assert (await answered(household, posed.id, code(phone))).accepted
    assert len(phone.heard) == 1
    assert not (await answered(household, posed.id, code(phone))).accepted


@pytest.mark.usefixtures("phone")
async def test_a103_a_flood_of_questions_leaves_few_that_are_open_and_none_when_their_time_is_over(
    household: Household,
) -> None:
    await household.set(SMSBlockingTimeout="0")
    await give_sms(household)
    for _ in range(30):
        household.clock.advance(seconds=1)
        await asked(household)
    assert sum(one.open for one in await questions(household)) == 10
    household.clock.advance(seconds=121)
    await asked(household)
    assert len(await questions(household)) == 1


async def test_a103_a_code_is_held_against_few_questions_however_many_came_at_once(
    household: Household,
) -> None:
    await household.say(policy("challenge_response=hmac"))
    await household.give("OATH1", pin="sesame", max_failures=MANY)
    await asyncio.gather(*(household.check("sesame") for _ in range(60)))
    held = await household.house.store.look_up(Lookup(subject=Subject(RESOLVER, "alice"), client=""))
    assert len(held.challenges) <= MOST_CHALLENGES
    await asked(household)
    assert (await household.check("sesame" + hotp(SEED, 0))).accepted
