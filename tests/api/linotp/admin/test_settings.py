"""set, setPin, setValidity."""

from collections.abc import Awaitable, Callable

import pytest

from tests.api.caller import Caller
from tests.household import REALM, SEED, Household, policy
from watchword.crypto.otp import hotp
from watchword.crypto.pins import pin_matches, reveal_pin
from watchword.model.token import Token

CALLERS = Callable[[str], Awaitable[Caller]]
YEAR_2030 = 1_893_456_000_000
"""1 January 2030, 00:00 UTC."""


async def test_names_count_in_any_case_and_are_answered_in_their_spelling(
    linotp: Caller, household: Household
) -> None:
    await household.give("A1")
    answer = await linotp.value(
        "/admin/set",
        SERIAL="A1",
        maxfailcount="5",
        SYNCWINDOW="500",
        otplen="8",
        CounterWindow="20",
        HashLib="sha256",
        timewindow="200",
        timeshift="3",
        countauth="1",
        CountAuthMax="4",
        countAuthSuccess="2",
        countauthsuccessmax="3",
        Description="<b>hers</b>",
        PHONE="+49 171",
        pin="geheim",
    )
    assert answer == {
        "set pin": 1,
        "set MaxFailCount": 1,
        "set SyncWindow": 1,
        "set OtpLen": 1,
        "set CounterWindow": 1,
        "set hashlib": 1,
        "set timeWindow": 0,
        "set timeShift": 0,
        "set countAuth": 1,
        "set countAuthMax": 1,
        "set countAuthSuccess": 1,
        "set countAuthSuccessMax": 1,
        "set description": 1,
        "set phone": 1,
    }
    token = await household.held("A1")
    assert (token.max_failures, token.sync_window, token.digits, token.window) == (5, 500, 8, 20)
    assert (token.attempts, token.attempts_max, token.successes, token.successes_max) == (1, 4, 2, 3)
    assert token.description == "<b>hers</b>"
    assert token.info == {"hashlib": "sha256", "phone": "+49 171"}
    assert pin_matches(household.house.ring, "A1", token.pin, "geheim")
    assert (await household.last_row()).action_detail.startswith("set pin, set MaxFailCount")
    assert "geheim" not in repr(await household.last_row())


async def test_a_number_written_by_set_is_a_number_in_the_token_info(
    linotp: Caller, household: Household
) -> None:
    await linotp.whole("/admin/init", type="totp", genkey="1", serial="T1")
    assert await linotp.value("/admin/set", serial="T1", timeStep="60") == {"set timeStep": 1}
    (row,) = (await linotp.value("/admin/show", serial="T1", tokeninfo_format="json"))["data"]
    assert row["LinOtp.TokenInfo"]["timeStep"] == 60
    assert row["LinOtp.TokenInfo"]["timeWindow"] == "300"
    assert await linotp.code("/admin/set", serial="T1", timeStep="45") == -311
    await household.give("A1")
    assert await linotp.value("/admin/set", serial="A1", timeStep="60") == {"set timeStep": 0}


async def test_all_tokens_of_a_user_are_set_and_counted(linotp: Caller, household: Household) -> None:
    await household.give("A1")
    await household.give_password("A2", "open")
    await household.give("B1", owner="bob")
    assert await linotp.value("/admin/set", user="alice", pin="geheim") == {"set pin": 2}
    for serial, right in (("A1", True), ("A2", True), ("B1", False)):
        token = await household.held(serial)
        assert pin_matches(household.house.ring, serial, token.pin, "geheim") is right


async def test_an_unknown_token_or_user_counts_nothing(linotp: Caller) -> None:
    for fields in ({"serial": "NONE"}, {"user": "nobody"}, {"serial": "x\x00" * 2000}):
        answer = await linotp.value("/admin/set", MaxFailCount="3", pin="1", **fields)
        assert answer == {"set pin": 0, "set MaxFailCount": 0}


async def test_nothing_to_set_is_77_and_nothing_to_set_it_on_905(
    linotp: Caller, household: Household
) -> None:
    await household.give("A1")
    assert await linotp.code("/admin/set", serial="A1") == 77
    assert await linotp.code("/admin/set", serial="A1", nonsense="1") == 77
    assert await linotp.code("/admin/set", MaxFailCount="1") == 905


async def test_a_value_that_cannot_be_used_changes_nothing(linotp: Caller, household: Household) -> None:
    before = await household.give("A1")
    for fields in (
        {"MaxFailCount": "many"},
        {"MaxFailCount": "-1"},
        {"MaxFailCount": ""},
        {"MaxFailCount": "9" * 40},
        {"MaxFailCount": "\u0661"},
        {"CounterWindow": "1000000"},
        {"hashlib": "md5"},
        {"validityPeriodEnd": "tomorrow"},
        {"validityPeriodEnd": "31/02/30 10:00"},
        {"validityPeriodEnd": "01/01/30 24:00"},
        {"validityPeriodEnd": "01/01/0000 10:00"},
        {"pin": "x" * 5000},
    ):
        assert await linotp.code("/admin/set", serial="A1", description="changed", **fields) == -311, fields
    assert await household.held("A1") == before


@pytest.mark.parametrize(
    ("written", "millis", "shown"),
    [
        ("01/01/30 00:00", YEAR_2030, "01/01/30 00:00"),
        ("01/01/2030 00:00", YEAR_2030, "01/01/30 00:00"),
        ("1/1/30 0:00", YEAR_2030, "01/01/30 00:00"),
        ("31/12/68 23:59", 3_124_223_940_000, "31/12/68 23:59"),
        ("01/01/71 00:00", 31_536_000_000, "01/01/71 00:00"),
    ],
)
async def test_dates_have_years_of_two_or_four_digits(
    linotp: Caller, household: Household, written: str, millis: int, shown: str
) -> None:
    await household.give("A1")
    answer = await linotp.value(
        "/admin/set", serial="A1", validityPeriodEnd=written, validityPeriodStart=written
    )
    assert answer == {"set validityPeriodStart": 1, "set validityPeriodEnd": 1}
    token = await household.held("A1")
    assert (token.valid_from, token.valid_until) == (millis, millis)
    (row,) = (await linotp.value("/admin/show", tokeninfo_format="json"))["data"]
    assert row["LinOtp.TokenInfo"]["validity_period_end"].endswith(":00")
    (row,) = (await linotp.value("/admin/show"))["data"]
    assert f'"validity_period_end":"{shown}"' in row["LinOtp.TokenInfo"]


async def test_a_limit_that_is_set_holds_at_once(linotp: Caller, household: Household) -> None:
    await household.give("A1")
    await linotp.value("/admin/set", serial="A1", validityPeriodEnd="01/01/2020 00:00")
    assert not (await household.check(hotp(SEED, 0))).accepted
    await linotp.value("/admin/set", serial="A1", validityPeriodEnd="unlimited")
    assert (await household.check(hotp(SEED, 1))).accepted


async def test_a_pin_is_kept_as_policy_for_the_owner_wants(linotp: Caller, household: Household) -> None:
    await household.say(policy("otp_pin_encrypt=1", "enrollment", user="alice"))
    await household.give("A1")
    await household.give("B1", owner="bob")
    for serial, kept in (("A1", "geheim"), ("B1", None)):
        await linotp.value("/admin/set", serial=serial, pin="geheim")
        token = await household.held(serial)
        assert reveal_pin(household.house.ring, serial, token.pin) == kept
    await linotp.value("/admin/set", serial="A1", pin="")
    assert (await household.held("A1")).pin is None


async def test_rights_are_asked_name_by_name(caller_for: CALLERS, household: Household) -> None:
    await household.say(
        policy("setOTPPIN", "admin", user="peter", realm=REALM, name="pins"),
        policy("set", "admin", user="susan", name="rest"),
    )
    peter, susan = await caller_for("peter"), await caller_for("susan")
    await household.give("A1")
    await household.give("OTHER", owner=None, realms=("other",))
    assert await peter.value("/admin/set", serial="A1", pin="1") == {"set pin": 1}
    assert await peter.code("/admin/set", serial="A1", pin="1", MaxFailCount="1") == 410
    assert await peter.code("/admin/set", serial="A1", validityPeriodEnd="01/01/30 00:00") == 410
    assert await peter.code("/admin/set", serial="OTHER", pin="1") == 410
    assert await susan.code("/admin/set", serial="A1", pin="1") == 410
    assert await susan.value("/admin/set", serial="OTHER", OtpLen="6") == {"set OtpLen": 1}


async def test_set_pin_takes_the_pin_within_the_codes(linotp: Caller, household: Household) -> None:
    await linotp.whole("/admin/init", type="motp", genkey="1", otppin="1111", serial="M1")
    before = await household.held("M1")
    assert await linotp.value("/admin/setPin", serial="M1", userpin="2222") == {"set userpin": 1}
    assert (await household.held("M1")).secret != before.secret
    await household.give("A1")
    assert await linotp.value("/admin/setPin", serial="A1", userpin="1", sopin="2") == {
        "set userpin": 1,
        "set sopin": 1,
    }
    assert await linotp.code("/admin/setPin", userpin="1") == 905
    assert await linotp.code("/admin/setPin", serial="A1") == 77
    assert await linotp.code("/admin/setPin", serial="NONE", userpin="1") == 1102


async def test_set_validity_takes_seconds_and_the_word_unlimited(
    linotp: Caller, household: Household
) -> None:
    for serial in ("A1", "A2"):
        await household.give(serial)
    seconds = str(YEAR_2030 // 1000)
    answer = await linotp.value(
        "/admin/setValidity",
        tokens=["A1", "A2"],
        validityPeriodStart=seconds,
        validityPeriodEnd=seconds,
        countAuthMax="5",
        countAuthSuccessMax="2",
    )
    assert answer == ["A1", "A2"]

    def limits(token: Token) -> tuple[int, ...]:
        return (token.valid_from, token.valid_until, token.attempts_max, token.successes_max)

    assert limits(await household.held("A2")) == (YEAR_2030, YEAR_2030, 5, 2)
    body = {"tokens": ["A2"], "validityPeriodEnd": "unlimited", "countAuthMax": "unlimited"}
    assert (await linotp.post_json("/admin/setValidity", body)).json()["result"]["value"] == ["A2"]
    assert limits(await household.held("A2")) == (YEAR_2030, 0, 0, 2)
    assert limits(await household.held("A1")) == (YEAR_2030, YEAR_2030, 5, 2)
    assert await linotp.code("/admin/setValidity", countAuthMax="5") == 905
    assert await linotp.code("/admin/setValidity", tokens=["A1"]) == 77
    assert await linotp.code("/admin/setValidity", tokens=["A1", "NONE"], countAuthMax="9") == 1102
    for wrong in ("x", "-1", "", "9" * 30, "1.5"):
        assert await linotp.code("/admin/setValidity", tokens=["A1"], validityPeriodEnd=wrong) == -311
    assert limits(await household.held("A1")) == (YEAR_2030, YEAR_2030, 5, 2)


async def test_the_number_or_address_to_which_codes_go_can_be_changed(
    linotp: Caller, household: Household
) -> None:
    await linotp.whole("/admin/init", type="sms", phone="0171 1", serial="S1")
    await linotp.whole("/admin/init", type="email", email_address="a@b.example", serial="E1")
    assert await linotp.value("/admin/set", serial="S1", phone="0171 2") == {"set phone": 1}
    assert await linotp.value("/admin/set", serial="E1", email_address="c@d.example") == {
        "set email_address": 1
    }
    assert await linotp.code("/admin/set", serial="S1", phone="none") == -311
    assert await linotp.code("/admin/set", serial="E1", email_address="a@b,c@d") == -311
    assert (await household.held("S1")).info["phone"] == "0171 2"
    assert (await household.held("E1")).info["email_address"] == "c@d.example"
    assert await linotp.value("/admin/set", serial="S1", email_address="a@b") == {"set email_address": 0}
