"""check_serial, getSerialByOtp, totp_lookup."""

from collections.abc import Awaitable, Callable

from tests.api.caller import Caller
from tests.household import REALM, RESOLVER, SEED, Household, policy
from watchword.crypto.otp import hotp, totp_step
from watchword.model.token import secret_context

CALLERS = Callable[[str], Awaitable[Caller]]
NOTHING = {"success": True, "serial": "", "user_login": "", "user_resolver": ""}


async def test_a_free_serial_is_its_own_proposal(linotp: Caller, household: Household) -> None:
    await household.give("A1")
    assert await linotp.value("/admin/check_serial", serial="FREE") == {"unique": True, "new_serial": "FREE"}
    assert await linotp.value("/admin/check_serial", serial="A1") == {"unique": False, "new_serial": "A1_01"}
    await household.give("A1_01")
    assert (await linotp.value("/admin/check_serial", serial="A1"))["new_serial"] == "A1_02"
    assert await linotp.code("/admin/check_serial") == 905


async def test_any_administrator_may_ask_whether_a_serial_is_free(
    caller_for: CALLERS, household: Household
) -> None:
    await household.say(policy("show", "admin", user="somebody"))
    helen = await caller_for("helen")
    assert (await helen.value("/admin/check_serial", serial="X"))["unique"] is True


async def test_a_code_leads_to_its_token_and_is_not_used_up(linotp: Caller, household: Household) -> None:
    other = household.house.ring.seal(secret_context("B1"), b"x" * 20)
    await household.give("A1")
    await household.give("B1", owner=None, secret=other)
    await household.give_password("P1", hotp(SEED, 5))
    found = await linotp.value("/admin/getSerialByOtp", otp=hotp(SEED, 5))
    assert found == {
        "success": True,
        "serial": "A1",
        "user_login": "alice",
        "user_resolver": f"useridresolver.SQLIdResolver.IdResolver.{RESOLVER}",
    }
    assert (await household.held("A1")).counter == 0
    found = await linotp.value("/admin/getSerialByOtp", otp=hotp(b"x" * 20, 0))
    assert found == {**NOTHING, "serial": "B1"}
    row = await household.last_row()
    assert (row.action, row.serial) == ("admin/getSerialByOtp", "B1")
    assert hotp(b"x" * 20, 0) not in repr(row)


async def test_the_search_can_be_narrowed(linotp: Caller, household: Household) -> None:
    await household.give("A1")
    code = hotp(SEED, 0)
    for fields in (
        {"type": "totp"},
        {"type": "pw"},
        {"realm": "other"},
        {"assigned": "0"},
        {"otp": "12345"},
        {"otp": "x\x00" * 2000},
    ):
        assert await linotp.value("/admin/getSerialByOtp", **{"otp": code, **fields}) == NOTHING
    for fields in ({"type": "HMAC"}, {"realm": "Demo"}, {"assigned": "1"}):
        assert (await linotp.value("/admin/getSerialByOtp", otp=code, **fields))["serial"] == "A1"
    assert await linotp.code("/admin/getSerialByOtp") == 905
    assert await linotp.code("/admin/getSerialByOtp", otp=code, type="nonsense") == 1610


async def test_several_tokens_with_the_code_are_an_error_of_their_own(
    linotp: Caller, household: Household
) -> None:
    await household.give("A1")
    await household.give("B1", owner="bob")
    assert await linotp.code("/admin/getSerialByOtp", otp=hotp(SEED, 0)) == 1200


async def test_a_damaged_token_hides_no_other(linotp: Caller, household: Household) -> None:
    await household.give("A0", secret=household.house.ring.seal(("elsewhere",), SEED))
    await household.give("A1")
    assert (await linotp.value("/admin/getSerialByOtp", otp=hotp(SEED, 0)))["serial"] == "A1"


async def test_tokens_of_other_realms_are_not_searched(caller_for: CALLERS, household: Household) -> None:
    await household.say(policy("getserial", "admin", user="helen", realm=REALM))
    helen = await caller_for("helen")
    await household.give("OTHER", owner=None, realms=("other",))
    await household.give("LOOSE", owner=None, realms=())
    for fields in ({}, {"realm": "other"}):
        assert await helen.value("/admin/getSerialByOtp", otp=hotp(SEED, 0), **fields) == NOTHING
    await household.give("MINE")
    assert (await helen.value("/admin/getSerialByOtp", otp=hotp(SEED, 0)))["serial"] == "MINE"


async def test_a_code_of_the_past_has_its_moment(linotp: Caller, household: Household) -> None:
    await household.give("T1", "totp", info={"hashlib": "sha1", "timeStep": "30"})
    step = totp_step(household.clock.now(), 30)
    code = hotp(SEED, step - 100)
    envelope = await linotp.whole("/admin/totp_lookup", serial="T1", otp=code)
    assert envelope["result"]["value"] is True
    assert envelope["detail"] == {
        "serial": "T1",
        "otp": code,
        "counter": step - 100,
        "time": "2026-01-01T09:10:00",
        "seconds": (step - 100) * 30,
        "span": 30,
    }


async def test_codes_of_the_future_or_too_long_ago_have_none(linotp: Caller, household: Household) -> None:
    await household.give("T1", "totp", info={"hashlib": "sha1", "timeStep": "30"})
    step = totp_step(household.clock.now(), 30)
    assert await linotp.value("/admin/totp_lookup", serial="T1", otp=hotp(SEED, step + 1)) is False
    for window, there in (("2h", False), ("PT2H", False), ("7200", False), ("3h", True), ("1d", True)):
        answer = await linotp.value(
            "/admin/totp_lookup", serial="T1", otp=hotp(SEED, step - 300), window=window
        )
        assert answer is there


async def test_what_cannot_be_looked_up(linotp: Caller, household: Household) -> None:
    await household.give("T1", "totp", info={"hashlib": "sha1", "timeStep": "30"})
    await household.give("A1")
    for fields, code in (
        ({"serial": "T1"}, 905),
        ({"otp": "123456"}, 905),
        ({"serial": "NONE", "otp": "123456"}, 1102),
        ({"serial": "A1", "otp": "123456"}, -311),
        ({"serial": "T1", "otp": "123456", "window": "long"}, -311),
        ({"serial": "T1", "otp": "123456", "window": "999999d"}, -311),
        ({"serial": "T1", "otp": "123456", "window": "999999999"}, -311),
    ):
        assert await linotp.code("/admin/totp_lookup", **fields) == code, fields


async def test_each_question_asks_its_right(caller_for: CALLERS, household: Household) -> None:
    await household.say(policy("show", "admin", user="helen"))
    helen = await caller_for("helen")
    assert await helen.code("/admin/getSerialByOtp") == 410
    assert await helen.code("/admin/totp_lookup") == 410
