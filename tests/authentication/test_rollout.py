"""Rollout tokens at the gate: where they let in, and when they go."""

import asyncio
from typing import Any

import pytest

from tests.household import RESOLVER, SEED, Household, policy
from watchword.crypto.otp import hotp
from watchword.model.person import Subject
from watchword.model.token import Token
from watchword.storage.promises import AuditFilter, Page

PORTAL = {"scope": {"path": ["userservice"]}}
BOTH = {"scope": {"path": ["userservice", "validate"]}}
PURGE = policy("purge_rollout_token", "enrollment")


async def serials(household: Household) -> set[str]:
    owners = (Subject(RESOLVER, name) for name in ("alice", "bob"))
    async with household.house.store.view() as view:
        return {token.serial for owner in owners for token in await view.tokens.of(owner)}


async def rollout(household: Household, serial: str = "R1", **fields: Any) -> Token:
    return await household.give_password(serial, "welcome-in", **{"info": PORTAL, **fields})


@pytest.mark.parametrize(
    ("paths", "opened"),
    [
        (["userservice"], {"userservice"}),
        (["validate"], {"validate"}),
        (["userservice", "validate"], {"userservice", "validate"}),
        (["oidc"], {"oidc"}),
        ([], {"userservice", "validate", "oidc", "radius"}),
    ],
)
async def test_a_token_lets_in_at_its_paths_and_is_not_counted_elsewhere(
    paths: list[str], opened: set[str], household: Household
) -> None:
    await household.give("R1", info={"hashlib": "sha1", "scope": {"path": paths}})
    for counter, path in enumerate(("userservice", "validate", "oidc", "radius")):
        outcome = await household.check(hotp(SEED, counter), path=path)
        assert outcome.accepted == (path in opened)
    assert (await household.held("R1")).failures == 0


async def test_once_a_policy_speaks_of_it_rollout_tokens_let_in_only_where_it_says_yes(
    household: Household,
) -> None:
    await rollout(household, info=BOTH)
    await household.give_password("R2", "other-way-in", owner="bob", info=BOTH)
    assert (await household.check("welcome-in")).accepted
    grant = policy("rollout_token_allow_validate", user="bob", client="192.0.2.0/24", name="grant")
    await household.say(grant)
    assert not (await household.check("welcome-in")).accepted
    assert (await household.last_row()).action_detail == "no policy lets rollout tokens in here"
    assert not (await household.check("welcome-in", None, serial="R1")).accepted
    assert (await household.held("R1")).failures == 0
    assert (await household.check("other-way-in", "bob")).accepted
    assert not (await household.check("other-way-in", "bob", client="198.51.100.1")).accepted
    assert (await household.check("welcome-in", path="userservice")).accepted
    await household.give("OATH1")
    assert (await household.check(hotp(SEED, 0))).accepted, "other tokens need no such policy"


async def test_a_policy_for_another_realm_closes_validate_here(household: Household) -> None:
    await rollout(household, info=BOTH)
    await household.say(policy("rollout_token_allow_validate", realm="elsewhere"))
    assert not (await household.check("welcome-in")).accepted


async def test_a_policy_may_also_say_no(household: Household) -> None:
    await rollout(household, info=BOTH)
    await household.say(policy("rollout_token_allow_validate=false"))
    assert not (await household.check("welcome-in")).accepted


async def test_policies_for_other_services_do_not_keep_anybody_from_the_portal(household: Household) -> None:
    await rollout(household, info=BOTH)
    await household.say(policy("authorize, tokentype=HMAC", "authorization", client="203.0.113.0/24"))
    assert not (await household.check("welcome-in")).accepted
    assert (await household.check("welcome-in", path="userservice")).accepted


@pytest.mark.parametrize("path", ["validate", "userservice", "oidc"])
async def test_the_first_success_with_another_token_removes_the_rollout_tokens_of_its_owner(
    path: str, household: Household
) -> None:
    await household.say(PURGE)
    await rollout(household)
    await rollout(household, "R2", info=BOTH, failures=3)
    await rollout(household, "R3", owner="bob")
    await household.give("OATH1")
    await household.give("OIDC1", pin="another", info={"scope": {"path": ["oidc"]}})
    assert not (await household.check("000000", path=path)).accepted
    assert not (await household.check("welcome-in", path="userservice")).accepted, "two accept it"
    assert await serials(household) == {"R1", "R2", "R3", "OATH1", "OIDC1"}
    assert (await household.check(hotp(SEED, 0), path=path)).accepted
    assert await serials(household) == {"R3", "OATH1", "OIDC1"}
    row = await household.last_row()
    assert (row.success, row.info) == (True, "purged rollout tokens:R1, R2")
    assert household.house.journal.genuine(row)
    assert (await household.check(hotp(SEED, 1), path=path)).accepted
    assert (await household.last_row()).info == ""


async def test_a_success_by_serial_removes_them_too(household: Household) -> None:
    await household.say(PURGE)
    await rollout(household)
    await household.give("OATH1")
    await household.give("OATH2", owner=None)
    assert (await household.check(hotp(SEED, 0), None, serial="OATH2")).accepted
    assert await serials(household) == {"R1", "OATH1"}
    assert (await household.check(hotp(SEED, 0), None, serial="OATH1")).accepted
    assert await serials(household) == {"OATH1"}


async def test_the_right_answer_to_a_question_removes_them_too(household: Household) -> None:
    await household.say(PURGE, policy("challenge_response=*", name="ask"))
    await rollout(household)
    await household.give("OATH1", pin="geheim")
    asked = await household.check("geheim")
    assert await serials(household) == {"R1", "OATH1"}
    answered = await household.check(hotp(SEED, 0), None, transaction=asked.questions[0].id)
    assert answered.accepted
    assert await serials(household) == {"OATH1"}


async def test_they_stay_without_the_policy_and_at_their_own_success(household: Household) -> None:
    await rollout(household)
    await household.give("OATH1")
    assert (await household.check(hotp(SEED, 0))).accepted
    await household.say(PURGE)
    assert (await household.check("welcome-in", path="userservice")).accepted
    assert await serials(household) == {"R1", "OATH1"}


async def test_they_stay_for_users_whom_the_policy_does_not_name(household: Household) -> None:
    await household.say(policy("purge_rollout_token", "enrollment", user="bob"))
    await rollout(household)
    await household.give("OATH1")
    assert (await household.check(hotp(SEED, 0))).accepted
    assert await serials(household) == {"R1", "OATH1"}


async def test_they_stay_where_the_right_code_did_not_let_in(household: Household) -> None:
    await household.say(PURGE, policy("tokentype=totp", "authorization"))
    await rollout(household)
    await household.give("OATH1")
    assert not (await household.check(hotp(SEED, 0))).accepted
    assert await serials(household) == {"R1", "OATH1"}


async def test_a_lost_race_purges_nothing_and_says_so(household: Household) -> None:
    await household.say(PURGE)
    await household.give("OATH1")
    await household.give("OATH2", pin="two")
    for number in range(10):
        await rollout(household, f"R{number}")
        outcomes = await asyncio.gather(*(household.check(hotp(SEED, number)) for _ in range(8)))
        assert sum(outcome.accepted for outcome in outcomes) == 1
    assert await serials(household) == {"OATH1", "OATH2"}
    async with household.house.store.view() as view:
        rows, _ = await view.audit.search(AuditFilter(), Page(size=200, sort="id"))
    assert all(row.success == bool(row.info) for row in rows)


async def test_purging_costs_no_further_round_trip(household: Household) -> None:
    await household.say(PURGE)
    await household.give("OATH1")
    await household.check(hotp(SEED, 0))
    await rollout(household)
    traffic = household.house.store.traffic
    before = traffic.round_trips
    assert (await household.check(hotp(SEED, 1))).accepted
    assert traffic.round_trips - before == 2
    assert await serials(household) == {"OATH1"}
