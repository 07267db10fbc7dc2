"""Abuse of invitations: letters and links that go astray."""

import asyncio
from pathlib import Path

import pytest

from tests.api.caller import Caller
from tests.household import RESOLVER, Household, policy
from watchword.delivery.outbox import unpacked
from watchword.model.attempt import Attempt, Result
from watchword.model.person import UserName
from watchword.storage.promises import ManagedPerson, Page
from watchword.web.journey.steps import portal_enough


@pytest.fixture(params=["sqlite", "postgresql"])
def environment(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    where = {"WATCHWORD_HOME": str(tmp_path), "WATCHWORD_PORTAL_URL": "https://otp.example.org/selfservice/"}
    if request.param == "postgresql":
        where["WATCHWORD_DATABASE_URL"] = request.getfixturevalue("postgres_url")
    return where


async def log_in(household: Household, password: str, code: str, user: str = "alice") -> Result:
    attempt = Attempt(
        action="userservice/login",
        path="userservice",
        user=UserName(login=user),
        password=password,
        answer=code,
        client="192.0.2.7",
    )
    return (await household.house.gate.log_in(attempt, enough=portal_enough)).result


async def test_a63_a_forwarded_invitation_is_bound_to_its_person_and_expires(
    household: Household, linotp: Caller
) -> None:
    await household.say(policy("mfa_login, mfa_3_fields", "selfservice"))
    told = await linotp.value("/admin/invite", user="alice", valid="1d")
    assert "alice" not in told["link"]
    assert told["password"] not in told["link"], "who has the link has nothing"
    code = told["password"]
    assert await log_in(household, "guessed", code) is Result.NO
    assert await log_in(household, "", code) is Result.NO
    assert await log_in(household, "wonderland", code, "bob") is Result.NO
    assert await log_in(household, "wonderland", "") is Result.QUESTION
    assert await log_in(household, "wonderland", code) is Result.YES
    for user in ("alice", "bob"):
        assert not (await household.check(code, user)).accepted
        assert not (await household.check(f"wonderland{code}", user)).accepted
    assert not (await household.check(code, None, serial=told["serial"])).accepted
    household.clock.advance(seconds=86_401)
    assert await log_in(household, "wonderland", code) is Result.NO


async def test_a63_an_invitation_serves_a_few_log_ins_however_many_come_at_once(
    household: Household, linotp: Caller
) -> None:
    await household.say(policy("mfa_login", "selfservice"))
    told = await linotp.value("/admin/invite", user="alice")
    results = await asyncio.gather(*(log_in(household, "wonderland", told["password"]) for _ in range(12)))
    assert results.count(Result.YES) == 5
    assert await log_in(household, "wonderland", told["password"]) is Result.NO


async def test_a58_who_is_invited_past_their_mailbox_is_told_there(
    household: Household, linotp: Caller
) -> None:
    await household.say(policy("enrollment=email::post", "notification"))
    async with household.house.store.unit() as unit:
        address = {"email": "dora@example.org"}
        await unit.people.put(
            [ManagedPerson(resolver=RESOLVER, userid="dora", login="dora", attributes=address)]
        )
        await unit.configuration.touch()
    told = await linotp.value("/admin/invite", user="dora")
    async with household.house.store.view() as view:
        [errand], _ = await view.errands.search(Page())
    message = unpacked(errand, household.house.ring)
    assert (message.to, told["serial"] in message.text) == ("dora@example.org", True)
    assert told["password"] not in message.text


async def test_a63_of_invitations_made_at_the_same_moment_one_is_good(
    household: Household, linotp: Caller
) -> None:
    told = await asyncio.gather(*(linotp.value("/admin/invite", user="alice") for _ in range(4)))
    opened = [(await household.check(one["password"], path="userservice")).accepted for one in told]
    assert sum(opened) == 1
