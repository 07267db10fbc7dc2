"""kill -9 of all processes while people log in, and what the next start still knows."""

import asyncio
import time
from collections.abc import Mapping

import httpx2
import pytest

from tests.api.caller import Caller
from tests.household import SEED
from tests.serving_process import Serve, Server, ask, body_of, post
from watchword.api.linotp.audit import COLUMNS
from watchword.crypto.otp import hotp

pytestmark = pytest.mark.slow

SERIALS = [f"T{number:02}" for number in range(20)]
KILLS = 3
ENOUGH = 15
"""Rollout tokens after which a server that purges them is worth killing."""


def attempt(serial: str, counter: int) -> dict[str, str]:
    """A log-in with one code of a token."""
    return {"serial": serial, "pass": hotp(SEED, counter)}


async def log_in_until_killed(port: int, serial: str, counter: int) -> int:
    """Use one code after the other; the first that was not answered any more."""
    back, out = await asyncio.open_connection("127.0.0.1", port)
    try:
        while True:
            out.write(post("/validate/check_s", attempt(serial, counter)))
            answer = await body_of(back)
            assert b'"value": true' in answer, answer
            counter += 1
    except (ConnectionError, asyncio.IncompleteReadError):
        return counter
    finally:
        out.close()


def kill_after(server: Server, seconds: float) -> None:
    time.sleep(seconds)
    server.kill()


async def load_and_kill(server: Server, counters: list[int]) -> list[int]:
    # The killer is a thread: this loop would strike when it is busy itself, and the server therefore idle.
    killing = asyncio.create_task(asyncio.to_thread(kill_after, server, 0.6))
    places = zip(SERIALS, counters, strict=True)
    unanswered = await asyncio.gather(*(log_in_until_killed(server.port(), *place) for place in places))
    await killing
    return unanswered


async def test_a105_what_was_accepted_before_a_crash_stays_used_and_each_time_has_its_row(
    serve: Serve, place: Mapping[str, str]
) -> None:
    server = serve("--demo", "--workers", "4", environment=place)
    async with server.administrator() as admin:
        for serial in SERIALS:
            await admin.value("/admin/init", type="hmac", serial=serial, otpkey=SEED.hex())
            await admin.value("/admin/set", serial=serial, countAuthSuccessMax="1000000")
    counters = [0] * len(SERIALS)
    for _ in range(KILLS):
        unanswered = await load_and_kill(server, counters)
        assert sum(unanswered) > sum(counters) + len(SERIALS), "it was killed under load"
        server = serve("--workers", "4", environment=place)
        async with server.client() as people:
            for serial, counter in zip(SERIALS, unanswered, strict=True):
                answered, fresh = attempt(serial, counter - 1), attempt(serial, counter + 1)
                assert not await people.value("/validate/check_s", **answered)
                # The code between the two may be used up or not: nobody has heard.
                assert await people.value("/validate/check_s", **fresh)
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


async def purge_until_killed(server: Server, user: str, issued: set[str]) -> None:
    """Give one rollout token after the other, each of which goes with a log-in by the real token."""
    try:
        async with server.administrator() as admin:
            for counter in range(10_000):
                serial = f"R{user}{counter}"
                issued.add(serial)
                await admin.value("/admin/init", type="spass", user=user, serial=serial, pin="x", rollout="1")
                await admin.value("/validate/check_s", **attempt(f"REAL{user}", counter))
    except httpx2.TransportError:
        return


async def told(admin: Caller, action: str, column: str) -> set[str]:
    """What the audit says of all successes of this action."""
    entries = await admin.get("/audit/search", action=action, success="1", rp="100000")
    return {row["cell"][COLUMNS.index(column)] for row in entries.json()["rows"]}


async def test_a51_after_a_crash_a_rollout_token_is_gone_if_and_only_if_the_log_in_has_its_row(
    serve: Serve, place: Mapping[str, str]
) -> None:
    server = serve("--demo", "--workers", "2", environment=place)
    users = ("alice", "bob", "carol")
    async with server.administrator() as admin:
        policy = {"name": "tidy", "scope": "enrollment", "action": "purge_rollout_token", "realm": "*"}
        await admin.value("/system/setPolicy", **policy)
        for user in users:
            await admin.value("/admin/init", type="hmac", user=user, serial=f"REAL{user}", otpkey=SEED.hex())
    issued: set[str] = set()

    async def kill_under_load() -> None:
        while len(issued) < ENOUGH:
            await asyncio.sleep(0.01)
        await asyncio.to_thread(kill_after, server, 0.3)

    await asyncio.gather(kill_under_load(), *(purge_until_killed(server, user, issued) for user in users))
    server = serve("--workers", "2", environment=place)
    async with server.administrator() as admin:
        shown = (await admin.value("/admin/show"))["data"]
        left = {row["LinOtp.TokenSerialnumber"] for row in shown}
        made = issued & await told(admin, "admin/init", "serial")
        purged = {text.partition(":")[2] for text in await told(admin, "validate/check_s", "info")}
    assert purged <= made
    assert len(purged) > ENOUGH - 2 * len(users), "it was killed under load"
    assert left & issued == made - purged
