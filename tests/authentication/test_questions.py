"""A question is asked once, answered once, and brought by somebody real."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from msgspec.structs import replace

from tests.household import CLIENT, SEED, Household, household_on, policy
from watchword.crypto.otp import hotp
from watchword.model.attempt import Attempt, Outcome, Result
from watchword.model.configuration import ProviderConfig, provider_context
from watchword.model.message import Channel
from watchword.model.person import UserName
from watchword.model.token import Token
from watchword.storage.promises import Page


@dataclass
class Gateway:
    """An SMS gateway on loopback: what it heard, and how it answers."""

    url: str = ""
    status: int = 200
    heard: list[dict[str, str]] = field(default_factory=list)

    @property
    def code(self) -> str:
        """The code in the newest message."""
        return self.heard[-1]["sms"].split()[0]

    async def take(self, request: web.Request) -> web.Response:
        self.heard.append({name: str(value) for name, value in (await request.post()).items()})
        return web.Response(status=self.status, text="done")


@pytest.fixture
async def household(environment: dict[str, str]) -> AsyncIterator[Household]:
    async with household_on({**environment, "WATCHWORD_OUTBOUND_ALLOW": "127.0.0.0/8"}) as household:
        yield household


@pytest.fixture
async def gateway(household: Household) -> AsyncIterator[Gateway]:
    gateway = Gateway()
    app = web.Application()
    app.router.add_post("/", gateway.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    gateway.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    await connect(household, "gateway", gateway.url, default=True)
    yield gateway
    await runner.cleanup()


async def connect(household: Household, name: str, url: str, *, default: bool = False) -> None:
    config = json.dumps({"URL": url}).encode()
    sealed = household.house.ring.seal(provider_context(Channel.SMS, name), config)
    async with household.house.store.unit() as unit:
        await unit.configuration.put_provider(
            ProviderConfig(
                channel=Channel.SMS, name=name, class_name="HttpSMSProvider", config=sealed, default=default
            )
        )


async def give_sms(household: Household, serial: str = "LSSM1", *, pin: str = "sesame") -> Token:
    info = {"phone": "+49 170 1234567", "hashlib": "sha1"}
    return await household.give(serial, "sms", pin=pin, info=info)


async def answer(household: Household, transaction: str, code: str) -> Outcome:
    attempt = Attempt(
        action="validate/check",
        user=UserName(login="alice"),
        answer=code,
        transaction=transaction,
        client=CLIENT,
    )
    return await household.house.gate.check(attempt)


async def test_the_pin_brings_a_code_and_the_code_lets_in_once(
    household: Household, gateway: Gateway
) -> None:
    await give_sms(household)
    asked = await household.check("sesame")
    assert asked.result is Result.QUESTION
    (posed,) = asked.questions
    assert (posed.prompt, posed.travels, len(posed.id)) == ("sms submitted", True, 17)
    assert gateway.heard[-1]["phone"] == "+49 170 1234567"
    assert (await answer(household, posed.id, gateway.code)).accepted
    assert not (await answer(household, posed.id, gateway.code)).accepted


async def test_pin_and_code_without_the_id_let_in_and_close_the_question(
    household: Household, gateway: Gateway
) -> None:
    await give_sms(household)
    (posed,) = (await household.check("sesame")).questions
    assert not (await household.check(gateway.code)).accepted
    assert (await household.check("sesame" + gateway.code)).accepted
    assert not (await answer(household, posed.id, gateway.code)).accepted


async def test_a_wrong_pin_sends_nothing(household: Household, gateway: Gateway) -> None:
    await give_sms(household)
    assert (await household.check("wrong")).result is Result.NO
    assert gateway.heard == []
    assert (await household.held("LSSM1")).failures == 1


async def test_asking_counts_no_failure_and_a_wrong_answer_counts_one(
    household: Household, gateway: Gateway
) -> None:
    await give_sms(household)
    (posed,) = (await household.check("sesame")).questions
    assert (await household.held("LSSM1")).failures == 0
    wrong = "000000" if gateway.code != "000000" else "111111"
    assert not (await answer(household, posed.id, wrong)).accepted
    assert (await household.held("LSSM1")).failures == 1
    assert (await answer(household, posed.id, gateway.code)).accepted
    assert (await household.held("LSSM1")).failures == 0


async def test_asked_again_too_soon_nothing_is_sent_and_the_id_stays(
    household: Household, gateway: Gateway
) -> None:
    await give_sms(household)
    (first,) = (await household.check("sesame")).questions
    (again,) = (await household.check("sesame")).questions
    assert (again.id, again.blocked, again.prompt) == (first.id, True, "sms with otp already submitted")
    assert len(gateway.heard) == 1
    household.clock.advance(seconds=61)
    (later,) = (await household.check("sesame")).questions
    assert later.id != first.id
    assert len(gateway.heard) == 2


async def test_a_code_is_worth_nothing_when_its_time_is_over(household: Household, gateway: Gateway) -> None:
    await give_sms(household)
    (posed,) = (await household.check("sesame")).questions
    household.clock.advance(seconds=121)
    assert not (await answer(household, posed.id, gateway.code)).accepted
    assert (await household.held("LSSM1")).failures == 1


async def test_a_message_that_surely_was_not_sent_leaves_no_question_and_no_failure(
    household: Household, gateway: Gateway
) -> None:
    await give_sms(household)
    gateway.status = 500
    outcome = await household.check("sesame")
    assert outcome.result is Result.NO
    assert (await household.held("LSSM1")).failures == 0
    async with household.house.store.view() as view:
        token = await view.tokens.by_serial("LSSM1")
        assert token is not None
        assert await view.challenges.of_tokens([token.id]) == ()
    gateway.status = 200
    assert (await household.check("sesame")).result is Result.QUESTION


async def test_where_the_first_provider_refuses_connections_the_second_brings_the_code(
    household: Household, gateway: Gateway
) -> None:
    await connect(household, "dead", "http://127.0.0.1:9/")
    await household.say(policy("sms_provider=dead gateway"))
    await give_sms(household)
    (posed,) = (await household.check("sesame")).questions
    assert len(gateway.heard) == 1
    assert (await answer(household, posed.id, gateway.code)).accepted


async def test_of_fifty_answers_at_once_one_lets_in(household: Household, gateway: Gateway) -> None:
    await give_sms(household)
    (posed,) = (await household.check("sesame")).questions
    outcomes = await asyncio.gather(*(answer(household, posed.id, gateway.code) for _ in range(50)))
    assert sum(outcome.accepted for outcome in outcomes) == 1


async def test_two_tokens_with_one_pin_are_asked_together(household: Household, gateway: Gateway) -> None:
    await give_sms(household)
    await household.say(policy("challenge_response=*"))
    await household.give("OATH1", pin="sesame")
    asked = await household.check("sesame")
    assert asked.together
    assert {posed.serial for posed in asked.questions} == {"LSSM1", "OATH1"}
    parent = asked.questions[0].id[:14]
    assert {posed.id for posed in asked.questions} == {f"{parent}.01", f"{parent}.02"}
    assert (await answer(household, parent, hotp(SEED, 0))).accepted
    assert not (await answer(household, parent, gateway.code)).accepted


async def test_a_counter_token_asks_only_where_policy_says_so(household: Household) -> None:
    await household.give("OATH1", pin="sesame")
    assert (await household.check("sesame")).result is Result.NO
    await household.say(policy("challenge_response=hmac"))
    (posed,) = (await household.check("sesame")).questions
    assert posed.prompt == "Please enter your otp value: "
    assert (await answer(household, posed.id, hotp(SEED, 0))).accepted
    assert not (await household.check("sesame" + hotp(SEED, 0))).accepted


async def test_a_transaction_of_somebody_else_is_unknown(household: Household, gateway: Gateway) -> None:
    await give_sms(household)
    (posed,) = (await household.check("sesame")).questions
    await household.give("OATH2", owner="bob")
    attempt = Attempt(
        action="validate/check",
        user=UserName(login="bob"),
        answer=gateway.code,
        transaction=posed.id,
        client=CLIENT,
    )
    assert not (await household.house.gate.check(attempt)).accepted
    assert (await answer(household, posed.id, gateway.code)).accepted


async def test_a_question_to_a_token_that_was_disabled_is_not_answered_until_it_is_enabled(
    household: Household, gateway: Gateway
) -> None:
    token = await give_sms(household)
    (posed,) = (await household.check("sesame")).questions
    async with household.house.store.unit() as unit:
        assert await unit.tokens.change(token, replace(token, active=False))
    assert not (await answer(household, posed.id, gateway.code)).accepted
    assert (await household.held("LSSM1")).failures == 1


async def test_the_code_lies_nowhere_in_clear(household: Household, gateway: Gateway) -> None:
    await give_sms(household)
    (posed,) = (await household.check("sesame")).questions
    async with household.house.store.view() as view:
        (challenge,) = await view.challenges.of(posed.id)
        errands, _ = await view.errands.search(Page(size=5))
    row = await household.last_row()
    for kept in (repr(challenge), repr(errands), repr(row)):
        assert gateway.code not in kept


async def test_a_transaction_alone_is_enough_to_answer(household: Household, gateway: Gateway) -> None:
    await give_sms(household)
    (posed,) = (await household.check("sesame")).questions
    gate = household.house.gate
    wrong = await gate.check(
        Attempt(action="validate/check_t", answer="x", transaction=posed.id, client=CLIENT)
    )
    assert (wrong.accepted, wrong.failures, wrong.token is not None) == (False, 1, True)
    right = await gate.check(
        Attempt(action="validate/check_t", answer=gateway.code, transaction=posed.id, client=CLIENT)
    )
    assert (right.accepted, right.failures) == (True, 0)
    unknown = await gate.check(
        Attempt(
            action="validate/check_t", answer=gateway.code, transaction="12345678901234567", client=CLIENT
        )
    )
    assert (unknown.accepted, unknown.token) == (False, None)
