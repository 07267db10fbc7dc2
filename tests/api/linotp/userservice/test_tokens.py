"""People change their own tokens, and nobody else's."""

import pytest

from tests.api.linotp.userservice.conftest import Enters
from tests.household import Household, policy
from watchword.crypto.pins import pin_matches
from watchword.storage.promises import AuditFilter, Page

CHANGES = {
    "enable": ({}, {"enable token": 1}),
    "disable": ({}, {"disable token": 1}),
    "delete": ({}, {"delete token": 1}),
    "reset": ({}, {"reset Failcounter": 1}),
    "resync": ({"otp1": "755224", "otp2": "287082"}, {"resync Token": True}),
    "setpin": ({"userpin": "1234"}, {"set userpin": 1}),
    "setmpin": ({"pin": "1234"}, {"set userpin": 1}),
    "unassign": ({}, {"unassign token": True}),
}
RIGHTS = {"setpin": "setOTPPIN", "setmpin": "setMOTPPIN"}


@pytest.mark.parametrize("name", CHANGES)
async def test_each_change_says_so_in_linotps_words(name: str, household: Household, enters: Enters) -> None:
    fields, value = CHANGES[name]
    await household.give("T1")
    portal = await enters()
    assert await portal.value(f"/userservice/{name}", serial="T1", **fields) == value
    row = await household.last_row()
    assert (row.action, row.success, row.serial) == (f"userservice/{name}", True, "T1")
    assert (row.user, row.realm) == ("alice", "demo")


@pytest.mark.parametrize("name", CHANGES)
async def test_a_foreign_token_is_left_alone_and_the_refusal_is_in_the_audit(
    name: str, household: Household, enters: Enters
) -> None:
    before = await household.give("T1", owner="bob", failures=3)
    portal = await enters()
    assert await portal.value(f"/userservice/{name}", serial="T1", **CHANGES[name][0]) == {}
    assert await household.held("T1") == before
    row = await household.last_row()
    assert (row.action, row.success, row.serial, row.user) == (f"userservice/{name}", False, "T1", "alice")


@pytest.mark.parametrize("name", CHANGES)
async def test_the_right_comes_before_the_parameters_and_the_token(
    name: str, household: Household, enters: Enters
) -> None:
    portal = await enters(actions="history")
    assert await portal.code(f"/userservice/{name}") == 410
    await household.say(policy(RIGHTS.get(name, name), scope="selfservice"))
    assert await portal.code(f"/userservice/{name}") == 905
    assert await portal.code(f"/userservice/{name}", serial="NONE", **CHANGES[name][0]) == 1102


async def test_a_right_is_asked_about_the_person_and_the_address(
    household: Household, enters: Enters
) -> None:
    await household.give("T1")
    portal = await enters(actions="")
    for fields in ({"user": "bob"}, {"realm": "other"}, {"client": "192.0.2.0/24"}):
        await household.say(policy("disable", scope="selfservice", name="only", **fields))
        assert await portal.code("/userservice/disable", serial="T1") == 410, fields
    await household.say(policy("disable", scope="selfservice", name="only", user="alice", client="127.0.0.1"))
    assert await portal.value("/userservice/disable", serial="T1") == {"disable token": 1}


async def test_a_disabled_token_is_enabled_unless_the_realm_is_full(
    household: Household, enters: Enters
) -> None:
    await household.give("T1", active=False)
    await household.give("T2", owner="bob")
    await household.say(policy("tokencount=1", scope="enrollment"))
    portal = await enters()
    assert await portal.code("/userservice/enable", serial="T1") == 410
    assert not (await household.held("T1")).active
    await household.say(policy("tokencount=1", scope="enrollment", active=False))
    await portal.value("/userservice/enable", serial="T1")
    assert (await household.held("T1")).active


@pytest.mark.parametrize(
    ("rule", "good", "bad"),
    [
        ("otp_pin_minlength=4", "1234", "123"),
        ("otp_pin_maxlength=4", "1234", "12345"),
        ("otp_pin_minlength=1", "1", ""),
        ("otp_pin_contents=cn", "a1!", "aaa"),
        ("otp_pin_contents=-cn", "a1", "a1!"),
        ("otp_pin_contents=-cn", "a1", "aa"),
        ("otp_pin_contents=+cn", "aa", "a!"),
        ("otp_pin_contents=+cn", "11", ""),
        ("otp_pin_contents=s", "a$", "a1"),
        ("otp_pin_contents=-o", "äö", "ab"),
    ],
)
async def test_a_pin_is_taken_as_the_rules_say_when_it_is_set_and_when_a_token_is_enrolled(
    rule: str, good: str, bad: str, household: Household, enters: Enters
) -> None:
    await household.give("T1", pin="old")
    await household.say(policy(rule, scope="selfservice", name="rule"))
    portal = await enters()
    assert await portal.code("/userservice/setpin", serial="T1", userpin=bad) == -311
    assert await portal.code("/userservice/enroll", type="hmac", serial="T2", pin=bad) == -311
    token = await household.held("T1")
    assert pin_matches(household.house.ring, "T1", token.pin, "old")
    await portal.value("/userservice/setpin", serial="T1", userpin=good)
    await portal.value("/userservice/enroll", type="hmac", serial="T2", pin=good)
    for serial in ("T1", "T2"):
        token = await household.held(serial)
        assert pin_matches(household.house.ring, serial, token.pin, good)


async def test_a_description_is_kept_letter_by_letter_and_a_foreign_one_is_an_error(
    household: Household, enters: Enters
) -> None:
    await household.give("T1")
    await household.give("T2", owner="bob")
    portal = await enters()
    said = 'Zoë\'s <b>%_ "phone"'
    value = await portal.value("/userservice/setdescription", serial="T1", description=said)
    assert value == {"set description": 1}
    assert (await household.held("T1")).description == said
    foreign = await portal.post("/userservice/setdescription", serial="T2", description="x")
    nobodys = await portal.post("/userservice/setdescription", serial="T3", description="x")
    assert foreign.text.replace("T2", "T3") == nobodys.text


async def test_a_seed_is_not_told_in_the_audit(household: Household, enters: Enters) -> None:
    portal = await enters()
    shown = await portal.whole("/userservice/enroll", type="hmac", pin="4711")
    seed = shown["detail"]["otpkey"]["value"].removeprefix("seed://")
    async with household.house.store.view() as view:
        rows, _ = await view.audit.search(AuditFilter(), Page())
    assert seed not in repr(rows)
    assert "4711" not in repr(rows)
