"""A log-in in two steps: the password of the directory, and then a token. One gate rules on both."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace

from tests.delivery.wires import Gateway
from tests.delivery.wires import gateway as loopback
from tests.household import CLIENT, SEED, Household, household_on, policy
from tests.sending import ALLOWED, another, code, connect, give_sms
from watchword.authentication.case import Case
from watchword.crypto.otp import hotp
from watchword.crypto.passwords import keep_password
from watchword.delivery.outbox import packed, unpacked
from watchword.model.attempt import Attempt, Outcome, Result
from watchword.model.errand import Stage
from watchword.model.person import Subject, UserName
from watchword.model.settlement import Lookup
from watchword.storage.promises import Page

ALICE = Subject("people", "alice")
PASSWORD = "wonderland"


@pytest.fixture
async def household(environment: dict[str, str]) -> AsyncIterator[Household]:
    async with household_on({**environment, **ALLOWED, "WATCHWORD_LIMITS_THRESHOLD": "5"}) as household:
        yield household


@pytest.fixture
async def gateway(household: Household) -> AsyncIterator[Gateway]:
    async with loopback() as gateway:
        await connect(household, "gateway", gateway.url)
        yield gateway


def never(_case: Case) -> bool:
    return False


def always(_case: Case) -> bool:
    return True


FIRST = Attempt(
    action="userservice/login",
    path="userservice",
    user=UserName(login="alice"),
    client=CLIENT,
    password=PASSWORD,
)
SECOND = replace(FIRST, password=None, verified=True)


async def begin(household: Household, *, enough: bool = False, **fields: object) -> Outcome:
    attempt = replace(FIRST, **fields)
    return await household.house.gate.log_in(attempt, enough=always if enough else never)


async def go_on(household: Household, answer: str = "", **fields: object) -> Outcome:
    return await household.house.gate.check(replace(SECOND, answer=answer, **fields))


async def failures(household: Household) -> int:
    """Counted for alice, from wherever."""
    held = await household.house.store.look_up(Lookup(subject=ALICE, client=CLIENT))
    return sum(one.failures for one in held.throttles)


# The first step


async def test_a_right_password_is_a_yes_only_where_it_is_the_whole_log_in(household: Household) -> None:
    assert (await begin(household, enough=True)).accepted
    assert (await begin(household)).result is Result.QUESTION


@pytest.mark.parametrize("password", ["wrong", "", "wonderland ", "WONDERLAND", None])
async def test_no_other_password_is_right(household: Household, password: str | None) -> None:
    outcome = await begin(household, password=password, enough=True)
    assert outcome.result is Result.NO
    assert (await household.last_row()).success is False


async def test_unknown_people_and_wrong_passwords_leave_rows_that_differ_in_the_reason_only(
    household: Household,
) -> None:
    await begin(household, password="wrong")
    wrong = await household.last_row()
    await begin(household, user=UserName(login="nobody"))
    unknown = await household.last_row()
    assert (wrong.action_detail, unknown.action_detail) == ("wrong password", "User not found")
    assert (wrong.user, wrong.realm) == ("alice", "demo")
    assert (unknown.user, unknown.success) == ("nobody", False)


async def test_nobody_is_let_in_by_password_whatever_the_settings_for_codes_say(household: Household) -> None:
    await household.set(PassOnUserNotFound="true", PassOnUserNoToken="true")
    await household.say(policy("passthru, passOnNoToken"))
    assert (await begin(household, user=UserName(login="nobody"), enough=True)).result is Result.NO
    assert (await go_on(household, PASSWORD)).result is Result.NO
    assert (await go_on(household)).result is Result.NO
    assert (await go_on(household, "x", user=UserName(login="nobody"))).result is Result.NO


async def test_wrong_passwords_are_counted_and_make_the_right_one_wait(household: Household) -> None:
    for _ in range(5):
        await begin(household, password="wrong")
    assert (await begin(household, enough=True)).result is Result.NO
    assert "has to wait" in (await household.last_row()).action_detail
    household.clock.advance(seconds=3600)
    assert (await begin(household, enough=True)).accepted


async def test_many_passwords_at_once_are_no_more_guesses_than_one_after_the_other(
    household: Household,
) -> None:
    kept = keep_password(household.house.ring, PASSWORD, household.house.dice)
    async with household.house.store.unit() as unit:
        person = await unit.people.find("people", "alice")
        assert person is not None
        await unit.people.put([replace(person, password=kept)])
    guesses = [begin(household, password=f"wrong {n}", enough=True) for n in range(30)]
    *_, last = await asyncio.gather(*guesses, begin(household, enough=True))
    assert last.result is Result.NO


async def test_a_right_password_that_is_not_the_whole_log_in_forgives_no_failure(
    household: Household,
) -> None:
    await household.give("OATH1")
    await go_on(household, "000000")
    counted = await failures(household)
    assert counted == 1
    await begin(household)
    assert await failures(household) == counted
    await begin(household, enough=True)
    assert (
        await household.check("000000")
    ).result is Result.NO  # counts anew, from an address that is known now


async def test_policies_that_guard_other_services_do_not_guard_the_portal(household: Household) -> None:
    await household.give("OATH1")
    await household.say(policy("authorize, tokentype=PW", scope="authorization", client="10.0.0.0/8"))
    assert (await begin(household)).result is Result.QUESTION
    assert (await go_on(household, hotp(SEED, 0))).accepted
    assert (await begin(household, path="oidc")).result is Result.NO


# Both steps in one


async def test_password_and_code_in_one_step_leave_one_row_and_spend_the_code(household: Household) -> None:
    await household.give("OATH1", pin="sesame")
    outcome = await begin(household, answer=hotp(SEED, 0))
    assert outcome.accepted
    assert outcome.token is not None
    row = await household.last_row()
    assert (row.action, row.success, row.serial, row.user) == ("userservice/login", True, "OATH1", "alice")
    assert (await begin(household, answer=hotp(SEED, 0))).result is Result.NO


async def test_a_wrong_password_leaves_the_code_unused(household: Household) -> None:
    await household.give("OATH1")
    assert (await begin(household, password="wrong", answer=hotp(SEED, 0))).result is Result.NO
    assert (await household.held("OATH1")).counter == 0
    assert (await begin(household, answer=hotp(SEED, 0))).accepted


# The second step


async def test_the_password_stands_for_the_pin(household: Household) -> None:
    await household.give("OATH1", pin="sesame")
    assert (await go_on(household, f"sesame{hotp(SEED, 0)}")).result is Result.NO
    assert (await go_on(household, hotp(SEED, 0))).accepted


async def test_a_wrong_code_is_counted_for_token_and_person_and_is_no_wish_to_be_asked(
    household: Household,
) -> None:
    await household.give("OATH1")
    await household.say(policy("challenge_response=*"))
    outcome = await go_on(household, "000000")
    assert (outcome.result, outcome.questions) == (Result.NO, ())
    assert (await household.held("OATH1")).failures == 1
    assert await failures(household) == 1


async def test_a_wish_to_be_asked_counts_nothing(household: Household) -> None:
    await household.give_password("KIPW1", "secret")
    await household.give("OATH1", active=False)
    await household.give("OATH2", failures=10)
    await household.give("OATH3", valid_until=1)
    outcome = await go_on(household, serial="OATH2")
    assert (outcome.result, outcome.questions) == (Result.NO, ())
    outcome = await go_on(household)
    assert [one.serial for one in outcome.questions] == ["KIPW1"]
    for serial, before in (("KIPW1", 0), ("OATH1", 0), ("OATH2", 10), ("OATH3", 0)):
        assert (await household.held(serial)).failures == before
    assert await failures(household) == 0


async def test_all_that_can_ask_is_asked_without_a_policy_or_the_one_that_was_chosen(
    household: Household, gateway: Gateway
) -> None:
    await household.give("OATH1", pin="sesame")
    await give_sms(household, "LSSM1")
    chosen = await go_on(household, serial="LSSM1")
    assert [one.serial for one in chosen.questions] == ["LSSM1"]
    household.clock.advance(seconds=300)
    both = await go_on(household)
    assert (both.together, {one.serial for one in both.questions}) == (True, {"OATH1", "LSSM1"})
    assert (await go_on(household, code(gateway), transaction=both.questions[0].id)).accepted


async def test_a_question_of_one_person_is_not_answered_by_another(
    household: Household, gateway: Gateway
) -> None:
    await give_sms(household, "LSSM1")
    await give_sms(household, "LSSM2", owner="bob")
    [posed] = (await go_on(household)).questions
    bob = UserName(login="bob")
    assert (await go_on(household, code(gateway), user=bob, transaction=posed.id)).result is Result.NO
    assert (await go_on(household, code(gateway), user=bob)).result is Result.NO
    assert (await go_on(household, code(gateway), transaction=posed.id)).accepted


async def test_tokens_of_another_path_are_no_second_factor(household: Household) -> None:
    scope = {"scope": {"path": ["validate"]}, "hashlib": "sha1"}
    await household.give("OATH1", info=scope)
    assert (await go_on(household)).result is Result.NO
    assert (await go_on(household, hotp(SEED, 0))).result is Result.NO
    await household.give_password("KIPW1", "start", info={"scope": {"path": ["userservice"]}})
    assert (await go_on(household, "start")).accepted


async def test_who_has_to_wait_is_not_asked(household: Household, gateway: Gateway) -> None:
    await give_sms(household, "LSSM1")
    for _ in range(5):
        await begin(household, password="wrong")
    assert (await go_on(household)).result is Result.NO
    assert gateway.heard == []


async def test_no_next_code_is_sent_after_a_log_in_to_the_portal(
    household: Household, gateway: Gateway
) -> None:
    await household.say(policy("autosms"))
    await give_sms(household, "LSSM1")
    [posed] = (await go_on(household)).questions
    assert (await go_on(household, code(gateway), transaction=posed.id)).accepted
    assert len(gateway.heard) == 1


# Sending the same code again


async def send_again(household: Household, transaction: str, **fields: object) -> Outcome:
    attempt = replace(SECOND, serial="LSSM1", transaction=transaction, **fields)
    return await household.house.gate.send_again(attempt)


async def asked(household: Household) -> str:
    await household.set(SMSChallengeValidityTime="600", SMSProviderTimeout="600", SMSBlockingTimeout="60")
    await give_sms(household, "LSSM1")
    [posed] = (await go_on(household)).questions
    return posed.id


async def test_the_same_code_is_sent_again_after_a_pause_and_the_question_stays_as_it_was(
    household: Household, gateway: Gateway
) -> None:
    transaction = await asked(household)
    first, [before] = code(gateway), await challenges(household, transaction)
    household.clock.advance(seconds=59)
    assert (await send_again(household, transaction)).result is Result.NO
    household.clock.advance(seconds=1)
    assert (await send_again(household, transaction)).result is Result.QUESTION
    assert len(gateway.heard) == 2
    assert code(gateway) == first
    assert await challenges(household, transaction) == [before]
    assert (await household.last_row()).action_detail == "the same code is sent again"
    assert (await go_on(household, first, transaction=transaction)).accepted


async def challenges(household: Household, transaction: str) -> list[object]:
    async with household.house.store.view() as view:
        return [*await view.challenges.of(transaction)]


async def test_it_is_sent_twice_more_at_the_most_and_each_pause_is_longer(
    household: Household, gateway: Gateway
) -> None:
    transaction = await asked(household)
    household.clock.advance(seconds=60)
    assert (await send_again(household, transaction)).result is Result.QUESTION
    household.clock.advance(seconds=119)
    assert (await send_again(household, transaction)).result is Result.NO
    household.clock.advance(seconds=1)
    assert (await send_again(household, transaction)).result is Result.QUESTION
    household.clock.advance(seconds=300)
    assert (await send_again(household, transaction)).result is Result.NO
    assert len(gateway.heard) == 3


async def test_of_many_who_press_at_once_one_sends(household: Household, gateway: Gateway) -> None:
    transaction = await asked(household)
    household.clock.advance(seconds=60)
    outcomes = await asyncio.gather(*[send_again(household, transaction) for _ in range(6)])
    assert [one.result for one in outcomes].count(Result.QUESTION) == 1
    assert len(gateway.heard) == 2


async def test_nothing_is_sent_again_for_who_may_not_answer(household: Household, gateway: Gateway) -> None:
    transaction = await asked(household)
    household.clock.advance(seconds=60)
    bob = UserName(login="bob")
    for fields in ({"user": bob}, {"verified": False}, {"serial": "OATH1"}, {"transaction": "1" * 17}):
        attempt = replace(SECOND, **{"serial": "LSSM1", "transaction": transaction, **fields})
        assert (await household.house.gate.send_again(attempt)).result is Result.NO
    async with household.house.store.unit() as unit:
        token = await unit.tokens.by_serial("LSSM1")
        assert token is not None
        await unit.tokens.change(token, replace(token, failures=10))
    assert (await send_again(household, transaction)).result is Result.NO
    assert len(gateway.heard) == 1


async def test_nothing_is_sent_again_once_the_question_was_answered_or_is_over(
    household: Household, gateway: Gateway
) -> None:
    transaction = await asked(household)
    assert (await go_on(household, code(gateway), transaction=transaction)).accepted
    household.clock.advance(seconds=60)
    assert (await send_again(household, transaction)).result is Result.NO
    [posed] = (await go_on(household)).questions
    household.clock.advance(seconds=601)
    assert (await send_again(household, posed.id)).result is Result.NO
    assert len(gateway.heard) == 2


async def test_what_a_dead_node_was_sending_is_sent_again_by_nobody_but_the_person(
    household: Household, gateway: Gateway
) -> None:
    transaction = await asked(household)
    household.clock.advance(seconds=60)
    assert (await send_again(household, transaction)).result is Result.QUESTION
    async with household.house.store.unit() as unit:
        errands, _ = await unit.errands.search(Page())
        assert [one.stage for one in errands] == [Stage.ACCEPTED, Stage.ACCEPTED]
        assert {one.challenge for one in errands} == {transaction}
    household.clock.advance(seconds=300)
    assert await household.house.dispatch.take_up() == 0
    assert len(gateway.heard) == 2


async def test_while_the_message_is_on_its_way_no_second_one_is_sent(
    household: Household, gateway: Gateway
) -> None:
    transaction, ring = await asked(household), household.house.ring
    household.clock.advance(seconds=60)
    async with household.house.store.unit() as unit:
        [first] = await unit.errands.of(transaction)
        now = household.clock.now()
        message = unpacked(first, ring)
        going = packed(
            message,
            first.providers,
            ring,
            household.house.dice,
            now=now,
            expires=first.expires,
            challenge=transaction,
        )
        await unit.errands.add([going])
        assert await unit.errands.begin(going.reference, "gateway", now, going.held_until)
    assert (await send_again(household, transaction)).result is Result.NO
    household.clock.advance(seconds=150)
    await household.house.dispatch.clear()  # whoever was sending it has died
    assert await household.house.dispatch.take_up() == 0
    assert len(gateway.heard) == 1
    assert (await send_again(household, transaction)).result is Result.QUESTION
    assert len(gateway.heard) == 2


def test_an_attempt_shows_neither_password_nor_code() -> None:
    assert PASSWORD not in repr(FIRST)
    assert "123456" not in repr(replace(SECOND, answer="123456"))


async def test_a_wrong_answer_in_between_still_counts(household: Household, gateway: Gateway) -> None:
    transaction = await asked(household)
    right = code(gateway)
    await go_on(household, another(right), transaction=transaction)
    household.clock.advance(seconds=60)
    await send_again(household, transaction)
    assert (await household.held("LSSM1")).failures == 1
    assert await failures(household) == 1
