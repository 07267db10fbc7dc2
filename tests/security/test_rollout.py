"""Abuse of rollout tokens, and of the letters that bring them."""

import asyncio

import pytest

from tests.household import RESOLVER, SEED, Household, policy
from watchword.crypto.otp import hotp
from watchword.model.person import Subject

PASSWORD = "welcome-in"
PORTAL = {"scope": {"path": ["userservice"]}}
BOTH = {"scope": {"path": ["userservice", "validate"]}}


async def serials(household: Household) -> list[str]:
    async with household.house.store.view() as view:
        return [token.serial for token in await view.tokens.of(Subject(RESOLVER, "alice"))]


@pytest.mark.parametrize("path", ["validate", "oidc", "radius"])
async def test_a50_a_rollout_token_opens_no_other_door_without_a_grant(
    path: str, household: Household
) -> None:
    await household.give_password("R1", PASSWORD, info=PORTAL)
    wrong = await household.check("guessed-it", path=path)
    for outcome in (
        await household.check(PASSWORD, path=path),
        await household.check(PASSWORD, None, path=path, serial="R1"),
        await household.check(PASSWORD, path=path, kinds=frozenset({"pw"})),
    ):
        assert (outcome.accepted, outcome.detail, outcome.questions) == (False, wrong.detail, ())
    await household.say(policy("challenge_response=*"), policy("passthru", name="through"))
    for answer in (PASSWORD, "", "wonderland"):
        outcome = await household.check(answer, path=path)
        assert (outcome.accepted, outcome.questions) == (False, ())
    assert (await household.held("R1")).failures == 0


async def test_a50_a_grant_by_path_is_none_where_policy_takes_it_back(household: Household) -> None:
    await household.give_password("R1", PASSWORD, info=BOTH)
    assert not (await household.check(PASSWORD, path="oidc")).accepted
    assert (await household.check(PASSWORD)).accepted
    await household.say(policy("rollout_token_allow_validate", client="198.51.100.0/24"))
    assert not (await household.check(PASSWORD)).accepted
    assert (await household.check(PASSWORD, client="198.51.100.7")).accepted


async def test_a51_after_the_first_real_log_in_the_rollout_token_is_gone(household: Household) -> None:
    await household.say(policy("purge_rollout_token", "enrollment"))
    await household.give_password("R1", PASSWORD, info=PORTAL)
    await household.give("REAL")
    assert (await household.check(PASSWORD, path="userservice")).accepted
    assert (await household.check(hotp(SEED, 0))).accepted
    assert not (await household.check(PASSWORD, path="userservice")).accepted
    assert await serials(household) == ["REAL"]


async def test_a51_used_at_the_moment_in_which_it_goes_it_opens_nothing_afterwards(
    household: Household,
) -> None:
    await household.say(policy("purge_rollout_token", "enrollment"))
    await household.give("REAL", max_failures=10**6)
    for number in range(5):
        await household.give_password("R1", PASSWORD, info=PORTAL)
        real = [household.check(hotp(SEED, number)) for _ in range(3)]
        thefts = [household.check(PASSWORD, path="userservice") for _ in range(6)]
        outcomes, _ = await asyncio.gather(asyncio.gather(*real), asyncio.gather(*thefts))
        assert sum(outcome.accepted for outcome in outcomes) == 1
        assert not (await household.check(PASSWORD, path="userservice")).accepted
        assert await serials(household) == ["REAL"]
