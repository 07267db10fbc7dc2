"""People take tokens that nobody has, and give theirs back."""

import asyncio

import pytest

from tests.api.linotp.userservice.conftest import Enters
from tests.household import Household, policy
from watchword.crypto.pins import pin_matches
from watchword.model.configuration import Realm

CODE = "755224"


async def test_a_found_token_is_taken_described_and_given_back(household: Household, enters: Enters) -> None:
    await household.give("T1", owner=None)
    portal = await enters()
    assert await portal.value("/userservice/getSerialByOtp", otp=CODE) == {"serial": "T1"}
    value = await portal.value("/userservice/assign", serial="T1", pin="1234", description="from the box")
    assert value == {"assign token": True}
    token = await household.held("T1")
    assert token.owner is not None
    assert (token.owner.userid, token.description, token.enrolled_by) == ("alice", "from the box", None)
    assert pin_matches(household.house.ring, "T1", token.pin, "1234")
    assert await portal.value("/userservice/getSerialByOtp", otp=CODE) == {"serial": ""}
    assert await portal.value("/userservice/unassign", serial="T1", pin="9999") == {"unassign token": True}
    token = await household.held("T1")
    assert token.owner is None
    assert pin_matches(household.house.ring, "T1", token.pin, "9999")


async def test_only_a_token_of_the_persons_realm_or_of_none_is_taken(
    household: Household, enters: Enters
) -> None:
    async with household.house.store.unit() as unit:
        await unit.configuration.put_realm(Realm(name="other"))
    await household.give("T1", owner=None, realms=("other",))
    await household.give("T2", owner=None, realms=())
    portal = await enters()
    assert await portal.code("/userservice/assign", serial="T1") == 1102
    await portal.value("/userservice/assign", serial="T2")
    assert (await household.held("T2")).realms == ("demo",)


async def test_a_code_finds_no_token_outside_the_persons_realms(household: Household, enters: Enters) -> None:
    await household.give("T1", owner=None, realms=())
    await household.give("T2", owner="bob")
    portal = await enters()
    assert await portal.value("/userservice/getSerialByOtp", otp=CODE) == {"serial": ""}


async def test_two_tokens_with_one_code_are_told_apart_by_nothing(
    household: Household, enters: Enters
) -> None:
    for serial in ("T1", "T2"):
        await household.give(serial, owner=None)
    portal = await enters()
    assert await portal.code("/userservice/getSerialByOtp", otp=CODE) == 1200
    assert await portal.code("/userservice/getSerialByOtp") == 905


@pytest.mark.parametrize(
    ("limit", "code"), [("maxtoken=1", 411), ("maxtokenHMAC=1", 412), ("tokencount=1", 410)]
)
async def test_limits_hold_for_what_people_take(
    limit: str, code: int, household: Household, enters: Enters
) -> None:
    await household.give("T1")
    await household.give("T2", owner=None, realms=())
    await household.say(policy(limit, scope="enrollment"))
    portal = await enters()
    assert await portal.code("/userservice/assign", serial="T2") == code
    assert (await household.held("T2")).owner is None


async def test_of_two_who_take_the_same_token_one_has_it(household: Household, enters: Enters) -> None:
    await household.give("T1", owner=None)
    alice, bob = await enters("alice"), await enters("bob")
    answers = await asyncio.gather(
        *(portal.post("/userservice/assign", serial="T1") for portal in (alice, bob) * 3)
    )
    taken = [index % 2 for index, answer in enumerate(answers) if answer.json()["result"]["status"]]
    assert len(taken) == 1
    token = await household.held("T1")
    assert token.owner is not None
    assert token.owner.userid == ("alice", "bob")[taken[0]]
