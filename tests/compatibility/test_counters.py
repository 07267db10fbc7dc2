"""Counters, windows and fail counters, as log-ins and administrators move them."""

import pytest

from tests.api.caller import Caller
from tests.household import SEED, Household
from watchword.crypto.otp import hotp, motp, totp_step

OTHER = b"abcdefghijklmnopqrst"
MOTP_SEED = "1234567890abcdef"


class Gateway:
    """Where alice logs in, and an administrator looks on."""

    def __init__(self, linotp: Caller) -> None:
        self.linotp = linotp

    async def enrols(self, serial: str, **fields: str) -> None:
        fields = {"otpkey": SEED.hex(), "user": "alice", **fields}
        await self.linotp.value("/admin/init", serial=serial, **fields)

    async def hears(self, answer: str) -> bool:
        value: bool = await self.linotp.value("/validate/check", user="alice", **{"pass": answer})
        return value

    async def counts(self, serial: str) -> tuple[int, int]:
        """Failures and counter."""
        row = (await self.linotp.value("/admin/show", serial=serial))["data"][0]
        return row["LinOtp.FailCount"], row["LinOtp.Count"]


@pytest.fixture
def gateway(linotp: Caller) -> Gateway:
    return Gateway(linotp)


async def test_a_wrong_code_counts_for_the_tokens_whose_pin_fits_or_else_for_all(gateway: Gateway) -> None:
    await gateway.enrols("A1", pin="one")
    await gateway.enrols("A2", pin="two", otpkey=OTHER.hex())
    await gateway.hears("one000000")
    assert [await gateway.counts(serial) for serial in ("A1", "A2")] == [(1, 0), (0, 0)]
    await gateway.hears("none000000")
    assert [await gateway.counts(serial) for serial in ("A1", "A2")] == [(2, 0), (1, 0)]
    assert await gateway.hears("one" + hotp(SEED, 0))
    assert [await gateway.counts(serial) for serial in ("A1", "A2")] == [(0, 1), (0, 0)]


async def test_a_locked_token_refuses_the_right_code_until_it_is_reset(gateway: Gateway) -> None:
    await gateway.enrols("A1", pin="p")
    await gateway.linotp.value("/admin/set", serial="A1", MaxFailCount="3")
    for _ in range(3):
        await gateway.hears("p000000")
    assert not await gateway.hears("p" + hotp(SEED, 0))
    assert await gateway.counts("A1") == (4, 0)
    assert await gateway.linotp.value("/admin/reset", serial="A1") == 1
    assert await gateway.hears("p" + hotp(SEED, 1))


@pytest.mark.parametrize(("counter", "accepted"), [(0, True), (9, True), (10, False)])
async def test_the_window_ends_after_ten_codes(gateway: Gateway, counter: int, accepted: bool) -> None:
    await gateway.enrols("A1")
    assert await gateway.hears(hotp(SEED, counter)) is accepted
    assert await gateway.counts("A1") == ((0, counter + 1) if accepted else (1, 0))


async def test_two_tokens_that_accept_one_answer_let_nobody_in_and_both_move_on(gateway: Gateway) -> None:
    await gateway.enrols("A1")
    await gateway.enrols("A2")
    assert not await gateway.hears(hotp(SEED, 0))
    assert [await gateway.counts(serial) for serial in ("A1", "A2")] == [(0, 1), (0, 1)]


@pytest.mark.parametrize(("second", "accepted"), [(51, True), (52, False)])
async def test_a_far_code_and_its_very_next_bring_a_token_back_where_the_setting_allows_it(
    gateway: Gateway, second: int, accepted: bool
) -> None:
    await gateway.enrols("A1")
    assert not await gateway.hears(hotp(SEED, 30))
    assert not await gateway.hears(hotp(SEED, 31))
    await gateway.linotp.value("/system/setConfig", AutoResync="True")
    assert not await gateway.hears(hotp(SEED, 50))
    assert await gateway.counts("A1") == (3, 0)
    assert await gateway.hears(hotp(SEED, second)) is accepted
    assert await gateway.counts("A1") == ((0, 52) if accepted else (4, 0))


@pytest.mark.parametrize(
    ("first", "second", "found"), [(100, 101, True), (100, 102, False), (5000, 5001, False)]
)
async def test_two_codes_bring_a_token_back_by_an_administrator(
    gateway: Gateway, first: int, second: int, found: bool
) -> None:
    await gateway.enrols("A1")
    codes = {"otp1": hotp(SEED, first), "otp2": hotp(SEED, second)}
    assert await gateway.linotp.value("/admin/resync", serial="A1", **codes) is found
    assert await gateway.hears(hotp(SEED, second)) is False
    assert await gateway.hears(hotp(SEED, second + 1)) is found


async def test_a_clock_that_runs_ahead_is_remembered_and_its_old_codes_are_dead(
    gateway: Gateway, household: Household
) -> None:
    await gateway.enrols("T1", type="totp")
    now = totp_step(household.clock.now(), 30)
    assert await gateway.hears(hotp(SEED, now + 8))
    assert await gateway.counts("T1") == (0, now + 9)
    row = (await gateway.linotp.value("/admin/show", serial="T1", tokeninfo_format="json"))["data"][0]
    assert row["LinOtp.TokenInfo"]["timeShift"] == 240
    for step in (now, now + 8):
        assert not await gateway.hears(hotp(SEED, step))
    assert await gateway.hears(hotp(SEED, now + 17))
    assert not await gateway.hears(hotp(SEED, now + 27))


async def test_another_length_and_another_time_step_hold_for_the_next_code(
    gateway: Gateway, household: Household
) -> None:
    await gateway.enrols("A1", pin="p")
    await gateway.linotp.value("/admin/set", serial="A1", OtpLen="8")
    assert not await gateway.hears("p" + hotp(SEED, 0))
    assert await gateway.hears("p" + hotp(SEED, 1, 8))
    await gateway.enrols("T1", type="totp", otpkey=OTHER.hex())
    now = household.clock.now()
    assert await gateway.hears(hotp(OTHER, totp_step(now, 30)))
    await gateway.linotp.value("/admin/set", serial="T1", timeStep="60")
    assert await gateway.counts("T1") == (0, totp_step(now, 60) + 1)
    assert await gateway.hears(hotp(OTHER, totp_step(now, 60) + 1))


async def test_a_mobile_token_takes_the_inner_pin_that_was_set_last(
    gateway: Gateway, household: Household
) -> None:
    await gateway.enrols("M1", type="motp", otpkey=MOTP_SEED, otppin="4711", pin="p")
    slot = household.clock.now() // 10_000
    assert await gateway.hears("p" + motp(MOTP_SEED, "4711", slot))
    assert not await gateway.hears("p" + motp(MOTP_SEED, "4711", slot))
    assert await gateway.linotp.value("/admin/setPin", serial="M1", userpin="99") == {"set userpin": 1}
    assert not await gateway.hears("p" + motp(MOTP_SEED, "4711", slot + 1))
    assert await gateway.hears("p" + motp(MOTP_SEED, "99", slot + 1))


async def test_a_static_password_may_have_any_length_and_minds_its_case(gateway: Gateway) -> None:
    await gateway.enrols("P1", type="pw", otpkey="Geheim ü", pin="p")
    assert [await gateway.hears(f"p{word}") for word in ("Geheim ü", "Geheim ü", "geheim ü")] == [
        True,
        True,
        False,
    ]
    row = (await gateway.linotp.value("/admin/show", serial="P1"))["data"][0]
    assert row["LinOtp.OtpLen"] == 8
