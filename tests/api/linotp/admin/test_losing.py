"""losttoken."""

from collections.abc import Awaitable, Callable

import pytest

from tests.api.caller import Caller
from tests.household import REALM, Household, policy

CALLERS = Callable[[str], Awaitable[Caller]]


async def test_a_password_stands_in_for_a_lost_token(linotp: Caller, household: Household) -> None:
    await household.give("A1", pin="geheim")
    lost = await linotp.value("/admin/losttoken", serial="A1")
    password = lost.pop("password")
    assert lost == {
        "serial": "lostA1",
        "init": True,
        "user": 1,
        "pin": 1,
        "valid_to": "xxxx",
        "end_date": "11/01/26 23:59",
        "token_typ": "pw",
        "disable": 1,
    }
    assert len(password) == 10
    assert not (await household.held("A1")).active
    token = await household.held("lostA1")
    assert (token.owner, token.realms) == ((await household.held("A1")).owner, (REALM,))
    assert (await household.check("geheim" + password)).accepted
    household.clock.advance(seconds=11 * 86_400)
    assert not (await household.check("geheim" + password)).accepted
    assert password not in repr(await household.last_row())


async def test_losing_it_once_more_makes_the_same_substitute_anew(
    linotp: Caller, household: Household
) -> None:
    await household.say(policy("maxtoken=2", "enrollment"))
    await household.give("A1")
    first = await linotp.value("/admin/losttoken", serial="A1")
    second = await linotp.value("/admin/losttoken", serial="A1")
    assert (first["serial"], first["password"] == second["password"]) == (second["serial"], False)
    assert not (await household.check(first["password"])).accepted
    assert (await household.check(second["password"])).accepted


async def test_policies_say_how_long_and_of_what(linotp: Caller, household: Household) -> None:
    await household.give("A1")
    said = "lostTokenPWLen=20, lostTokenPWContents=n, lostTokenValid="
    for valid, end in (("2", "03/01/26 23:59"), ("P3D", "04/01/26 23:59"), ("1d 2h", "02/01/26 12:00")):
        await household.say(policy(f"{said}{valid}", "enrollment", name="lost"))
        lost = await linotp.value("/admin/losttoken", serial="A1")
        assert lost["end_date"] == end
        assert lost["password"].isdigit()
        assert len(lost["password"]) == 20


async def test_without_a_way_to_send_codes_it_is_a_password_after_all(
    linotp: Caller, household: Household
) -> None:
    await household.give("A1")
    for wanted in ("email", "sms", "SMS", "nonsense"):
        lost = await linotp.value("/admin/losttoken", serial="A1", type=wanted)
        assert (lost["token_typ"], len(lost["password"])) == ("pw", 10)


@pytest.mark.parametrize(
    ("wanted", "told", "info"),
    [
        ("sms", {"mobile": "0171 1"}, {"phone": "0171 1", "hashlib": "sha1"}),
        ("Email", {"email": "a@b.example"}, {"email_address": "a@b.example", "hashlib": "sha1"}),
    ],
)
async def test_codes_that_are_sent_stand_in_for_a_lost_token(
    linotp: Caller, household: Household, wanted: str, told: dict[str, str], info: dict[str, str]
) -> None:
    await household.give("A1", pin="geheim")
    lost = await linotp.value("/admin/losttoken", serial="A1", type=wanted, **told)
    assert (lost["token_typ"], lost["password"]) == (wanted.lower(), f"Codes are sent by {wanted.lower()}.")
    token = await household.held("lostA1")
    assert (token.kind, token.info) == (wanted.lower(), info)
    assert not (await household.check("geheim")).accepted


async def test_the_pin_of_a_token_that_is_nothing_else_is_not_copied(
    linotp: Caller, household: Household
) -> None:
    await household.give("S1", "spass", pin="geheim", digits=0)
    lost = await linotp.value("/admin/losttoken", serial="S1")
    assert lost["pin"] == 0
    assert (await household.held(lost["serial"])).pin is None


async def test_what_cannot_be_replaced(linotp: Caller, household: Household) -> None:
    await household.give("LOOSE", owner=None)
    await household.give("ORPHAN", owner="gone")
    await household.give("TAKEN")
    await household.give("lostTAKEN", "hmac")
    assert await linotp.code("/admin/losttoken") == 905
    assert await linotp.code("/admin/losttoken", serial="NONE") == 1102
    assert await linotp.code("/admin/losttoken", serial="LOOSE") == -311
    assert await linotp.code("/admin/losttoken", serial="ORPHAN") == -311
    assert await linotp.code("/admin/losttoken", serial="TAKEN") == 10
    assert (await household.held("TAKEN")).active


async def test_the_right_ends_at_the_realm(caller_for: CALLERS, household: Household) -> None:
    await household.say(policy("losttoken", "admin", user="helen", realm=REALM))
    helen = await caller_for("helen")
    await household.give("OTHER", realms=("other",))
    await household.give("A1")
    assert await helen.code("/admin/losttoken", serial="OTHER") == 410
    assert (await helen.value("/admin/losttoken", serial="A1"))["serial"] == "lostA1"
