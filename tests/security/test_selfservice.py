"""Abuse of self-service: by thieves of rollout tokens and sessions, by the curious, and by impatient fingers."""

import asyncio
import logging
import re
from typing import Any

import pytest
from msgspec.structs import replace

from tests.api.linotp.userservice.conftest import ALL, Enters, Portal, enters
from tests.household import Household, policy
from watchword.model.session import Proof
from watchword.storage.promises import AuditFilter, Page, TokenFilter

__all__ = ["enters"]

ROLLOUT = {"scope": {"path": ["userservice"]}}
CHANGES: dict[str, dict[str, str]] = {
    "disable": {},
    "delete": {},
    "unassign": {},
    "reset": {},
    "setpin": {"userpin": "1234"},
    "setmpin": {"pin": "1234"},
    "setdescription": {"description": "mine"},
    "resync": {"otp1": "755224", "otp2": "287082"},
    "enroll": {"type": "hmac"},
}


async def count(household: Household) -> int:
    async with household.house.store.view() as view:
        return await view.tokens.count(TokenFilter())


async def by_rollout(household: Household, enters: Enters) -> Portal:
    """Alice's session, opened by her rollout token a minute after what she has now was made."""
    household.clock.advance(seconds=60)
    return await enters(proofs=(Proof(how="pw", at=household.clock.now(), serial="R1", rollout=True),))


@pytest.mark.parametrize("name", CHANGES)
async def test_a52_a_rollout_token_changes_no_token_that_was_there_before(
    name: str, household: Household, enters: Enters
) -> None:
    before = await household.give("T1", failures=1)
    await household.give_password("R1", "welcome", info=ROLLOUT)
    portal = await by_rollout(household, enters)
    assert await portal.code(f"/userservice/{name}", serial="T1", **CHANGES[name]) == 410
    assert await household.held("T1") == before
    row = await household.last_row()
    assert (row.action, row.success) == (f"userservice/{name}", False)


async def test_a52_what_a_rollout_token_is_for_goes_on(household: Household, enters: Enters) -> None:
    await household.give_password("R1", "welcome", info=ROLLOUT)
    portal = await by_rollout(household, enters)
    serial = (await portal.whole("/userservice/enroll", type="hmac"))["detail"]["serial"]
    await portal.value("/userservice/enroll", type="hmac", serial=serial)
    assert await portal.value("/userservice/setdescription", serial=serial, description="mine")
    assert await portal.value("/userservice/delete", serial=serial) == {"delete token": 1}
    assert await portal.value("/userservice/delete", serial="R1") == {"delete token": 1}


@pytest.mark.parametrize("name", ["delete", "disable", "unassign"])
async def test_a55_the_last_token_that_opens_the_portal_stays(
    name: str, household: Household, enters: Enters
) -> None:
    await household.give("T1")
    await household.give("T2", active=False)
    portal = await enters(actions=f"{ALL}, mfa_login")
    assert await portal.code(f"/userservice/{name}", serial="T1") == -311
    assert (await household.held("T1")).active
    await portal.value("/userservice/enable", serial="T2")
    assert await portal.value(f"/userservice/{name}", serial="T1")


@pytest.mark.parametrize("name", ["delete", "unassign"])
@pytest.mark.parametrize("generous", ["passthru", "passOnNoToken"])
async def test_a55_nobody_comes_in_with_less_by_throwing_the_last_token_away(
    name: str, generous: str, household: Household, enters: Enters
) -> None:
    await household.give("T1")
    await household.say(policy(generous))
    portal = await enters()
    assert await portal.code(f"/userservice/{name}", serial="T1") == -311
    assert (await household.held("T1")).owner is not None


async def test_a55_two_tokens_thrown_away_at_once_leave_one(household: Household, enters: Enters) -> None:
    for serial in ("T1", "T2"):
        await household.give(serial)
    portal = await enters(actions=f"{ALL}, mfa_login")
    await asyncio.gather(*(portal.post("/userservice/delete", serial=serial) for serial in ("T1", "T2") * 2))
    assert await count(household) == 1


async def test_a56_who_has_which_serial_is_told_to_nobody_who_wants_it(
    household: Household, enters: Enters
) -> None:
    bobs = await household.give("T1", owner="bob")
    far = await household.give("T2", owner=None, realms=("elsewhere",))
    portal = await enters()
    said = [(await portal.post("/userservice/assign", serial=serial)).text for serial in ("T1", "T2", "T3")]
    assert len({re.sub("T[123]", "T", text) for text in said}) == 1
    assert [await household.held(serial) for serial in ("T1", "T2")] == [bobs, far]
    async with household.house.store.view() as view:
        rows, _ = await view.audit.search(
            AuditFilter(exact={"action": "userservice/assign"}), Page(sort="id")
        )
    assert [(row.serial, row.success, row.user) for row in rows] == [
        (serial, False, "alice") for serial in ("T1", "T2", "T3")
    ]


async def test_a56_nobody_makes_anothers_token_anew_by_its_serial(
    household: Household, enters: Enters
) -> None:
    bobs = await household.give("T1", owner="bob")
    portal = await enters()
    assert await portal.code("/userservice/enroll", type="hmac", serial="T1") == -311
    assert await household.held("T1") == bobs


async def order(portal: Portal, name: str) -> Any:
    answer = await portal.http.post(
        "/userservice/enroll",
        data={"session": portal.session, "type": "hmac"},
        headers={"Idempotency-Key": name},
    )
    return answer.json()


async def test_a60_a_form_that_is_sent_twice_makes_one_token(household: Household, enters: Enters) -> None:
    portal = await enters()
    answers = await asyncio.gather(*(order(portal, "one") for _ in range(8)))
    assert await count(household) == 1
    serials = {answer["detail"]["serial"] for answer in answers if answer["result"]["status"]}
    assert len(serials) == 1
    await order(portal, "two")
    assert await count(household) == 2


async def test_a60_a_form_of_yesterday_does_no_harm_to_the_token_it_made(
    household: Household, enters: Enters
) -> None:
    portal = await enters()
    await order(portal, "one")
    async with household.house.store.view() as view:
        [made] = [token async for token in view.tokens.each(TokenFilter())]
    household.clock.advance(seconds=660)
    assert (await order(portal, "one"))["result"]["status"] is False
    assert await household.held(made.serial) == made


async def test_a60_a_form_does_no_harm_to_a_token_that_is_in_use(
    household: Household, enters: Enters
) -> None:
    portal = await enters()
    first = await order(portal, "one")
    serial = first["detail"]["serial"]
    token = await household.held(serial)
    async with household.house.store.unit() as unit:
        await unit.tokens.change(token, replace(token, counter=1))
    assert (await order(portal, "one"))["result"]["status"] is False
    assert (await household.held(serial)).secret == token.secret


async def test_a61_a_seed_is_shown_once_and_never_again(enters: Enters) -> None:
    portal = await enters()
    shown = await order(portal, "one")
    seed = shown["detail"]["otpkey"]["value"].removeprefix("seed://")
    again = await order(portal, "one")
    assert seed not in repr(again)
    serial = shown["detail"]["serial"]
    for path in ("usertokenlist", "context", "history", "getmultiotp", "verify", "userinfo"):
        answer = await portal.post(f"/userservice/{path}", serial=serial)
        assert seed not in answer.text, path
        assert seed.lower() not in answer.text.lower(), path


async def test_a62_a_seed_stays_in_the_one_answer_that_no_cache_keeps(
    household: Household, enters: Enters, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await household.say(policy("enrollment=email", scope="notification"))
    portal = await enters()
    answer = await portal.post("/userservice/enroll", type="hmac")
    assert answer.headers["cache-control"] == "no-store"
    seed = answer.json()["detail"]["otpkey"]["value"].removeprefix("seed://")
    async with household.house.store.view() as view:
        rows, _ = await view.audit.search(AuditFilter(), Page())
        errands, _ = await view.errands.search(Page(size=10))
    kept = repr(rows) + repr(errands) + caplog.text
    assert seed not in kept
    assert "otpauth" not in kept
    assert "location" not in answer.headers
