"""A code that was used, in whatever way, opens nothing any more."""

import asyncio

from tests.api.caller import Caller
from tests.household import SEED, Household
from watchword.crypto.otp import hotp, totp_step


async def test_a05_a_code_before_the_last_used_one_is_dead(household: Household) -> None:
    await household.give("OATH1")
    assert (await household.check(hotp(SEED, 5))).accepted
    for counter in range(6):
        assert not (await household.check(hotp(SEED, counter))).accepted


async def test_a06_of_all_spellings_of_a_code_one_is_accepted_once(household: Household) -> None:
    await household.give("OATH1", pin="sesame", max_failures=10**6)
    code = hotp(SEED, 0)
    wide, arabic = ("".join(chr(ord(digit) + shift) for digit in code) for shift in (0xFEE0, 0x630))
    spellings = [code, f"{code} ", f"{code[:3]} {code[3:]}", f"{code[:3]}\u00a0{code[3:]}", wide, arabic]
    outcomes = await asyncio.gather(*(household.check(f"sesame{spelt}") for spelt in spellings * 5))
    assert sum(outcome.accepted for outcome in outcomes) == 1
    following = hotp(SEED, 1)
    assert (await household.check(f"sesame{following[:1]} {following[1:]} ")).accepted
    for other in (f"+{following}", f"0{following}", f"{following}.0"):
        assert not (await household.check(f"sesame{other}")).accepted


async def test_a08_a_code_that_an_administrator_looked_up_still_opens_only_once(
    household: Household, linotp: Caller
) -> None:
    await household.give("OATH1")
    code = hotp(SEED, 0)
    for _ in range(2):
        assert (await linotp.value("/admin/getSerialByOtp", otp=code))["serial"] == "OATH1"
    assert (await household.check(code)).accepted
    assert not (await household.check(code)).accepted
    assert (await linotp.value("/admin/getSerialByOtp", otp=code))["serial"] == ""


async def test_a09_codes_that_resynced_a_token_open_nothing(household: Household, linotp: Caller) -> None:
    now = totp_step(household.clock.now(), 30)
    await household.give("OATH1", owner="alice")
    await household.give("TOTP1", "totp", owner="bob")
    for serial, user, place in (("OATH1", "alice", 200), ("TOTP1", "bob", now + 100)):
        codes = {"otp1": hotp(SEED, place), "otp2": hotp(SEED, place + 1)}
        assert await linotp.value("/admin/resync", serial=serial, **codes)
        for code in codes.values():
            assert not (await household.check(code, user)).accepted
        assert not await linotp.value("/admin/resync", serial=serial, **codes)
        assert (await household.check(hotp(SEED, place + 2), user)).accepted


async def test_a09_of_log_ins_and_resyncs_with_the_same_codes_one_is_accepted(
    household: Household, linotp: Caller
) -> None:
    await household.give("OATH1", max_failures=10**6)
    second = hotp(SEED, 4)
    log_ins = [household.check(second) for _ in range(20)]
    resyncs = [
        linotp.value("/admin/resync", serial="OATH1", otp1=hotp(SEED, 3), otp2=second) for _ in range(20)
    ]
    outcomes, answers = await asyncio.gather(asyncio.gather(*log_ins), asyncio.gather(*resyncs))
    assert sum(outcome.accepted for outcome in outcomes) + sum(answers) == 1
    assert (await household.held("OATH1")).counter == 5


async def test_a11_two_tokens_with_one_seed_are_both_spent_and_open_nothing(household: Household) -> None:
    await household.give("OATH1")
    await household.give("OATH2")
    assert not (await household.check(hotp(SEED, 0))).accepted
    assert (await household.held("OATH1")).counter == 1
    assert (await household.held("OATH2")).counter == 1
    for serial in ("OATH1", "OATH2"):
        assert not (await household.check(hotp(SEED, 0), None, serial=serial)).accepted


async def test_a13_a_step_changed_there_and_back_opens_nothing_used(
    household: Household, linotp: Caller
) -> None:
    await household.give("TOTP1", "totp", max_failures=10**6)
    begin = totp_step(household.clock.now(), 30)
    assert (await household.check(hotp(SEED, begin + 1))).accepted
    for seconds in (60, 30, 60, 30):
        await linotp.value("/admin/set", serial="TOTP1", timeStep=str(seconds))
        used = (begin + 2) * 30 // seconds
        for step in range(used - 3, used):
            assert not (await household.check(hotp(SEED, step))).accepted
    household.clock.advance(seconds=120)
    assert (await household.check(hotp(SEED, begin + 4))).accepted
