"""Many requests at the same moment on four workers."""

import json
from collections.abc import Iterable

import pytest

from tests.api.caller import Caller
from tests.household import SEED
from tests.serving_process import Server, all_at_once
from watchword.clock import SystemClock
from watchword.crypto.otp import hotp, totp_step

pytestmark = pytest.mark.slow


def values(answers: Iterable[bytes]) -> list[bool]:
    return [json.loads(answer)["result"]["value"] for answer in answers]


async def failures(admin: Caller, serial: str) -> int:
    value = await admin.value("/admin/show", serial=serial)
    count: int = value["data"][0]["LinOtp.FailCount"]
    return count


async def test_a01_a02_of_two_hundred_uses_of_one_code_on_four_workers_one_is_accepted(
    server: Server,
) -> None:
    now = totp_step(SystemClock().now(), 30)
    async with server.administrator() as admin:
        for kind, user, place in (("totp", "alice", now), ("hmac", "bob", 3)):
            await admin.value("/admin/init", type=kind, user=user, serial=user, otpkey=SEED.hex())
            answers = await all_at_once(server.port(), [{"user": user, "pass": hotp(SEED, place)}] * 200)
            assert sum(values(answers)) == 1
            assert await failures(admin, user) <= 1, "the losers must not lock the owner out"
            assert await admin.value("/validate/check", user=user, **{"pass": hotp(SEED, place + 1)})


async def test_a16_six_hundred_wrong_codes_are_counted_to_one(server: Server) -> None:
    async with server.administrator() as admin:
        await admin.value("/admin/init", type="hmac", user="alice", serial="T1", otpkey=SEED.hex())
        answers = await all_at_once(server.port(), [{"user": "alice", "pass": "000000"}] * 600)
        assert values(answers) == [False] * 600
        assert await failures(admin, "T1") == 600
        assert not await admin.value("/validate/check", user="alice", **{"pass": hotp(SEED, 0)})


async def test_a04_of_two_hundred_uses_of_one_recovery_code_on_four_workers_one_is_accepted(
    server: Server,
) -> None:
    async with server.administrator() as admin:
        made = await admin.whole("/admin/init", type="recovery", user="alice", serial="R1")
        codes = made["detail"]["recovery_codes"]["value"].split("\n")
        for place, code in enumerate(codes[:2], start=1):
            spellings = (code, code.lower(), code.replace("-", ""), code.replace("-", " "))
            fields = [{"user": "alice", "pass": spelt} for spelt in spellings * 50]
            answers = await all_at_once(server.port(), fields)
            assert sum(values(answers)) == 1
            [row] = (await admin.value("/admin/show", serial="R1", tokeninfo_format="json"))["data"]
            assert row["LinOtp.TokenInfo"]["recovery_codes_left"] == len(codes) - place
            assert row["LinOtp.FailCount"] == 0
