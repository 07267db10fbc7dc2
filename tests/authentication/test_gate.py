"""One code opens one door once, and every refusal has its reason."""

import asyncio
import json

import pytest

from tests.household import CLIENT, SEED, Household, policy
from watchword.crypto.otp import hotp
from watchword.model.attempt import Attempt
from watchword.model.configuration import Realm
from watchword.model.person import UserName
from watchword.storage.promises import ManagedPerson


async def test_a_right_code_opens_once_and_not_again(household: Household) -> None:
    await household.give("OATH1")
    assert (await household.check(hotp(SEED, 0))).accepted
    assert not (await household.check(hotp(SEED, 0))).accepted


async def test_a_locked_token_refuses_the_right_code_and_counts_on(household: Household) -> None:
    await household.give("OATH1", failures=10)
    assert not (await household.check(hotp(SEED, 0))).accepted
    assert (await household.held("OATH1")).failures == 11
    assert (await household.last_row()).action_detail == "Failcounter exceeded"


@pytest.mark.parametrize("pin", ["sesame", "with blank ", "ünï", "a:b%20+", "1234"])
async def test_a_pin_is_compared_character_by_character(household: Household, pin: str) -> None:
    await household.give("OATH1", pin=pin)
    assert not (await household.check(pin.upper() + "x" + hotp(SEED, 0))).accepted
    assert (await household.check(pin + hotp(SEED, 0))).accepted


async def test_without_pin_only_the_bare_code_opens(household: Household) -> None:
    await household.give("OATH1")
    assert not (await household.check("x" + hotp(SEED, 0))).accepted
    assert (await household.check(hotp(SEED, 0))).accepted


async def test_a_wrong_code_counts_for_the_token_whose_pin_matched_alone(household: Household) -> None:
    await household.give("OATH1", pin="one")
    await household.give(
        "OATH2", pin="two", secret=household.house.ring.seal(("token", "OATH2", "secret"), b"x" * 20)
    )
    await household.check("one000000")
    assert (await household.held("OATH1")).failures == 1
    assert (await household.held("OATH2")).failures == 0


async def test_a_wrong_pin_counts_for_all_tokens(household: Household) -> None:
    await household.give("OATH1", pin="one")
    await household.give(
        "OATH2", pin="two", secret=household.house.ring.seal(("token", "OATH2", "secret"), b"x" * 20)
    )
    await household.check("three000000")
    assert (await household.held("OATH1")).failures == 1
    assert (await household.held("OATH2")).failures == 1


async def test_a_success_forgives_the_failures_of_the_tokens_it_was_held_against(
    household: Household,
) -> None:
    await household.give("OATH1", pin="one", failures=3)
    await household.give(
        "OATH2",
        pin="two",
        failures=4,
        secret=household.house.ring.seal(("token", "OATH2", "secret"), b"x" * 20),
    )
    assert (await household.check("one" + hotp(SEED, 0))).accepted
    assert (await household.held("OATH1")).failures == 0
    assert (await household.held("OATH2")).failures == 0


async def test_a_token_may_succeed_only_as_often_as_it_is_allowed(household: Household) -> None:
    await household.give_password("KIPW1", "start-7781", successes_max=1)
    outcomes = await asyncio.gather(*(household.check("start-7781") for _ in range(20)))
    assert sum(outcome.accepted for outcome in outcomes) == 1
    assert (await household.held("KIPW1")).active


async def test_a_token_beyond_its_limit_is_disabled_at_the_next_attempt_if_policy_says_so(
    household: Household,
) -> None:
    await household.say(policy("disable_on_authentication_exceed"))
    await household.give_password("KIPW1", "start-7781", successes_max=1)
    assert (await household.check("start-7781")).accepted
    assert (await household.held("KIPW1")).active
    assert not (await household.check("start-7781")).accepted
    assert not (await household.held("KIPW1")).active


@pytest.mark.parametrize(("start", "end"), [(60_000, 0), (0, -60_000)])
async def test_a_token_outside_its_validity_opens_nothing(household: Household, start: int, end: int) -> None:
    now = household.clock.now()
    await household.give("OATH1", valid_from=now + start if start else 0, valid_until=now + end if end else 0)
    assert not (await household.check(hotp(SEED, 0))).accepted


async def test_a_disabled_token_opens_nothing_and_is_not_counted(household: Household) -> None:
    await household.give("OATH1", active=False)
    assert not (await household.check(hotp(SEED, 0))).accepted
    assert (await household.held("OATH1")).failures == 0


async def test_a_token_of_another_realm_is_passed_over(household: Household) -> None:
    await household.give("OATH1", realms=("elsewhere",))
    assert not (await household.check(hotp(SEED, 0))).accepted


async def test_a_token_for_the_portal_is_refused_elsewhere_and_keeps_its_counter(
    household: Household,
) -> None:
    await household.give("OATH1", info={"hashlib": "sha1", "scope": {"path": ["userservice"]}})
    assert not (await household.check(hotp(SEED, 0))).accepted
    token = await household.held("OATH1")
    assert (token.counter, token.failures) == (0, 0)
    assert (await household.check(hotp(SEED, 0), path="userservice")).accepted


async def test_strangers_are_told_nothing_and_the_audit_everything(household: Household) -> None:
    await household.give("OATH1")
    unknown = await household.check("000000", "mallory")
    bare = await household.check("000000", "bob")
    wrong = await household.check("000000", "alice")
    assert [unknown.why, bare.why, wrong.why] == [
        "User not found",
        "User has no tokens assigned",
        "wrong otp value",
    ]
    assert not unknown.detail
    assert not bare.detail
    assert not wrong.detail


async def test_an_attempt_costs_one_round_trip_to_read_and_one_to_write(household: Household) -> None:
    await household.give("OATH1")
    await household.check(hotp(SEED, 0))
    traffic = household.house.store.traffic
    for number, (answer, user) in enumerate(
        [(hotp(SEED, 1), "alice"), ("000000", "alice"), ("000000", "mallory"), ("000000", "mallory")]
    ):
        before = traffic.round_trips
        await household.check(answer, user)
        if number != 2:  # the first look-up of a name that was never asked for costs one more
            assert traffic.round_trips - before <= 2


async def test_every_attempt_leaves_one_genuine_row(household: Household) -> None:
    await household.give("OATH1")
    outcome = await household.check(hotp(SEED, 0))
    row = await household.last_row()
    assert outcome.accepted
    assert (row.action, row.success, row.user, row.realm) == ("validate/check", True, "alice", "demo")
    assert (row.serial, row.token_type, row.client) == ("OATH1", "HMAC", CLIENT)
    assert household.house.journal.genuine(row)
    assert json.loads(row.trace)["tokens"][0]["serial"] == "OATH1"


async def test_otppin_password_wants_the_directorys_password_in_front(household: Household) -> None:
    await household.say(policy("otppin=1"))
    await household.give("OATH1", pin="sesame")
    assert not (await household.check("sesame" + hotp(SEED, 0))).accepted
    assert (await household.check("wonderland" + hotp(SEED, 0))).accepted


async def test_otppin_only_otp_wants_nothing_in_front(household: Household) -> None:
    await household.say(policy("otppin=only_otp"))
    await household.give("OATH1", pin="sesame")
    assert not (await household.check("sesame" + hotp(SEED, 0))).accepted
    assert (await household.check(hotp(SEED, 0))).accepted


async def test_otppin_ignore_takes_anything_in_front_but_not_for_a_token_that_is_a_pin(
    household: Household,
) -> None:
    await household.say(policy("otppin=ignore_pin"))
    await household.give("OATH1", pin="sesame")
    assert (await household.check("whatever" + hotp(SEED, 0))).accepted
    await household.give("LSSP1", "spass", owner="bob", pin="open", digits=0)
    assert not (await household.check("closed", "bob")).accepted
    assert (await household.check("open", "bob")).accepted


async def test_passthru_is_for_people_without_any_token(household: Household) -> None:
    await household.say(policy("passthru"))
    assert (await household.check("wonderland", "bob")).accepted
    assert not (await household.check("looking-glass", "bob")).accepted
    await household.give("OATH1", owner="bob", active=False)
    assert not (await household.check("wonderland", "bob")).accepted


async def test_pass_on_no_token_lets_in_whoever_has_none(household: Household) -> None:
    await household.say(policy("passOnNoToken"))
    assert (await household.check("anything", "bob")).accepted
    assert not (await household.check("anything", "mallory")).accepted


async def test_narrowing_by_type_never_makes_somebody_token_less(household: Household) -> None:
    await household.say(policy("passthru"))
    await household.give("OATH1")
    assert not (await household.check("wonderland", kinds=frozenset({"totp"}))).accepted
    assert not (await household.check("wonderland", serial="OTHER")).accepted


async def test_authorize_refuses_everybody_else(household: Household) -> None:
    await household.give("OATH1")
    await household.say(policy("authorize", "authorization", client="10.0.0.0/8"))
    assert not (await household.check(hotp(SEED, 0))).accepted
    assert (await household.held("OATH1")).counter == 0
    assert (await household.check(hotp(SEED, 0), client="10.1.2.3")).accepted


async def test_a_token_type_that_is_not_authorized_has_spent_its_code(household: Household) -> None:
    await household.give("OATH1")
    await household.say(policy("tokentype=totp", "authorization"))
    assert not (await household.check(hotp(SEED, 0))).accepted
    assert (await household.held("OATH1")).counter == 1


async def test_setrealm_looks_for_the_user_elsewhere(household: Household) -> None:
    await household.give("OATH1")
    user = UserName(login="alice", realm="nowhere")
    assert not (await household.house.gate.check(_attempt(user))).accepted
    await household.say(policy("setrealm=demo", "authorization"))
    assert (await household.house.gate.check(_attempt(user))).accepted


async def test_details_are_told_where_policy_says_so(household: Household) -> None:
    await household.give("OATH1")
    await household.say(policy("detail_on_success, detail_on_fail", "authorization"))
    told = (await household.check(hotp(SEED, 0))).detail
    assert told["serial"] == "OATH1"
    assert told["tokentype"] == "HMAC"
    assert told["realm"] == "demo"
    assert told["user"]["username"] == "alice"
    assert told["is_linotp_admin"] is False
    assert (await household.check("000000")).detail == {"error": "wrong otp value"}


async def test_waiting_ends_and_attempts_while_waiting_do_not_prolong_it(household: Household) -> None:
    await household.give("OATH1", max_failures=10**6)
    for _ in range(100):
        await household.check("000000")
    assert not (await household.check(hotp(SEED, 0))).accepted
    for _ in range(5):
        household.clock.advance(seconds=5)
        await household.check("000000")
    household.clock.advance(seconds=6)
    assert (await household.check(hotp(SEED, 0))).accepted


async def test_a_change_of_policy_counts_for_the_next_attempt(household: Household) -> None:
    await household.give("OATH1", pin="sesame")
    assert not (await household.check(hotp(SEED, 0))).accepted
    await household.say(policy("otppin=2"))
    assert (await household.check(hotp(SEED, 0))).accepted


async def test_by_serial_the_owners_policies_hold(household: Household) -> None:
    await household.give("OATH1", pin="sesame")
    await household.say(policy("otppin=2", user="alice"))
    assert (await household.check(hotp(SEED, 0), None, serial="OATH1")).accepted
    assert not (await household.check(hotp(SEED, 1), None, serial="OATH9")).accepted


async def test_a_token_of_nobody_opens_by_its_serial(household: Household) -> None:
    await household.give("OATH1", owner=None, pin="sesame")
    assert not (await household.check(hotp(SEED, 0), None, serial="OATH1")).accepted
    assert (await household.check("sesame" + hotp(SEED, 0), None, serial="OATH1")).accepted


async def test_an_administrators_password_is_judged_and_counted(household: Household) -> None:
    from watchword.crypto.passwords import keep_password
    from watchword.model.configuration import ADMIN_RESOLVER

    kept = keep_password(household.house.ring, "queen", household.house.dice)
    async with household.house.store.unit() as unit:
        await unit.people.put(
            [ManagedPerson(resolver=ADMIN_RESOLVER, userid="1", login="admin", password=kept)]
        )
        await unit.configuration.touch()
    gate = household.house.gate
    assert (await gate.administrator("admin", "queen", action="admin/login", client=CLIENT)).accepted
    for name, password in (("admin", "king"), ("admin", ""), ("mallory", "queen"), ("", "")):
        assert not (await gate.administrator(name, password, action="admin/login", client=CLIENT)).accepted
        row = await household.last_row()
        assert (row.action, row.success, row.user) == ("admin/login", False, name)


def _attempt(user: UserName) -> Attempt:
    return Attempt(action="validate/check", user=user, answer=hotp(SEED, 0), client=CLIENT)


async def test_an_empty_answer_opens_nothing_even_where_a_token_is_only_a_pin_and_has_none(
    household: Household,
) -> None:
    await household.give("LSSP1", "spass", digits=0)
    assert not (await household.check("")).accepted


async def test_setrealm_may_hang_on_the_resolver_of_the_user(household: Household) -> None:
    await household.give("OATH1")
    async with household.house.store.unit() as unit:
        await unit.configuration.put_realm(Realm(name="front", resolvers=("people",)))
        await unit.configuration.set_default_realm("front")
    assert not (await household.check(hotp(SEED, 0))).accepted
    await household.say(policy("setrealm=demo", "authorization", user="people:"))
    assert (await household.check(hotp(SEED, 0))).accepted


@pytest.mark.parametrize("environment", ["postgresql"], indirect=True)  # SQLite has no wire to travel
async def test_at_thirty_two_at_once_a_log_in_costs_a_quarter_of_a_round_trip(household: Household) -> None:
    for number in range(32):
        await household.give(f"OATH{number}", owner=f"user{number}")
    async with household.house.store.unit() as unit:
        await unit.people.put(
            ManagedPerson(resolver="people", userid=f"user{number}", login=f"user{number}")
            for number in range(32)
        )
        await unit.configuration.touch()

    async def log_in(number: int, times: range) -> None:
        for counter in times:
            assert (await household.check(hotp(SEED, counter), f"user{number}")).accepted

    await asyncio.gather(*(log_in(number, range(1)) for number in range(32)))
    traffic = household.house.store.traffic
    before = traffic.round_trips
    await asyncio.gather(*(log_in(number, range(1, 11)) for number in range(32)))
    assert (traffic.round_trips - before) / 320 <= 0.25
