"""kill -9 of all processes while people log in, and what the next start still knows."""

import asyncio
from collections.abc import Mapping

import httpx2
import pytest

from tests.api.caller import Caller
from tests.household import SEED
from tests.serving_process import Serve, Server, ask
from watchword.crypto.otp import hotp

pytestmark = pytest.mark.slow

SERIALS = [f"T{number:02}" for number in range(20)]
KILLS = 3


async def opens(caller: Caller, serial: str, counter: int) -> bool:
    """Whether this code of the token lets in."""
    value: bool = await caller.value("/validate/check_s", serial=serial, **{"pass": hotp(SEED, counter)})
    return value


async def log_in_until_killed(caller: Caller, serial: str, counter: int) -> int:
    """Use one code after the other; the first that was not answered any more."""
    try:
        while await opens(caller, serial, counter):
            counter += 1
    except httpx2.TransportError:
        return counter
    raise AssertionError(f"{serial} was refused the right code {counter}")


async def load_and_kill(server: Server, counters: list[int]) -> list[int]:
    async with server.client() as people:
        logging_in = [
            asyncio.create_task(log_in_until_killed(people, serial, counter))
            for serial, counter in zip(SERIALS, counters, strict=True)
        ]
        await asyncio.sleep(0.6)
        server.kill()
        return await asyncio.gather(*logging_in)


async def test_a105_what_was_accepted_before_a_crash_stays_used_and_each_time_has_its_row(
    serve: Serve, place: Mapping[str, str]
) -> None:
    server = serve("--demo", "--workers", "4", environment=place)
    async with server.administrator() as admin:
        for serial in SERIALS:
            await admin.value("/admin/init", type="hmac", serial=serial, otpkey=SEED.hex())
    counters = [0] * len(SERIALS)
    for _ in range(KILLS):
        unanswered = await load_and_kill(server, counters)
        assert sum(unanswered) > sum(counters) + len(SERIALS), "it was killed under load"
        server = serve("--workers", "4", environment=place)
        async with server.client() as people:
            for serial, counter in zip(SERIALS, unanswered, strict=True):
                assert not await opens(people, serial, counter - 1), "it was answered with yes"
                assert await opens(people, serial, counter + 1), (
                    "the one before may have been used up unheard"
                )
        counters = [counter + 2 for counter in unanswered]
    async with server.administrator() as admin:
        for row in (await admin.value("/admin/show", tokeninfo_format="json"))["data"]:
            entries = await admin.get(
                "/audit/search",
                serial=row["LinOtp.TokenSerialnumber"],
                action="validate/check_s",
                success="1",
            )
            assert entries.json()["total"] == row["LinOtp.TokenInfo"]["count_auth_success"]


async def test_a79_a_session_outlives_a_crash_on_every_worker_and_ends_on_all_at_once(
    serve: Serve, place: Mapping[str, str]
) -> None:
    server = serve("--demo", "--workers", "4", environment=place)
    async with server.administrator() as admin:
        held = dict(admin.http.cookies)
    server.kill()
    server = serve("--workers", "4", environment=place)
    mine = {
        "cookie": "; ".join(f"{name}={value}" for name, value in held.items()),
        "x-csrf-token": held["csrf_access_token"],
    }
    connections = server.each_worker()
    assert len(connections) == 4
    for connection in connections:
        assert ask(connection, "/admin/show", headers=mine)[0] == 200
        assert ask(connection, "/admin/set", {"serial": "none", "description": "x"}, mine)[0] == 200
    assert ask(connections[0], "/admin/logout", {}, mine)[0] == 200
    for connection in connections:
        assert ask(connection, "/admin/show", headers=mine)[0] == 401
        connection.close()
