"""A store that is full or gone lets nobody in, and a flood of names leaves nothing but its rows in the audit."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import asyncpg
import pytest

from tests.api.caller import Caller
from tests.household import SEED, Household
from tests.security.conftest import TellDatabase
from watchword.crypto.otp import hotp

WRITTEN = {"token": "UPDATE", "throttle": "INSERT", "audit": "INSERT"}
"""What an accepted answer writes, in one transaction."""


@asynccontextmanager
async def broken(table: str, environment: Mapping[str, str], tell: TellDatabase) -> AsyncIterator[None]:
    """Nothing can be written to a table, as if the disk were full just there."""
    when = f"BEFORE {WRITTEN[table]} ON {table}"
    if "WATCHWORD_DATABASE_URL" in environment:
        await tell(
            "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql"
            " AS $$BEGIN RAISE EXCEPTION 'full'; END$$",
            f"CREATE TRIGGER broken {when} FOR EACH ROW EXECUTE FUNCTION full_disk()",
        )
        mend = "DROP FUNCTION full_disk CASCADE"
    else:
        await tell(f"CREATE TRIGGER broken {when} BEGIN SELECT RAISE(ABORT, 'full'); END")
        mend = "DROP TRIGGER broken"
    try:
        yield
    finally:
        await tell(mend)


@pytest.mark.parametrize("table", WRITTEN)
async def test_a92_a105_whatever_cannot_be_written_refuses_and_uses_nothing_up(
    household: Household,
    stranger: Caller,
    environment: Mapping[str, str],
    tell_database: TellDatabase,
    table: str,
) -> None:
    await household.give("OATH1")
    right = {"user": "alice", "pass": hotp(SEED, 0)}
    async with broken(table, environment, tell_database):
        assert not await stranger.value("/validate/check", **right)
    assert (await household.held("OATH1")).counter == 0
    assert await stranger.value("/validate/check", **right)
    assert not await stranger.value("/validate/check", **right)


async def test_a92_what_cannot_be_recorded_is_not_done_by_administrators_either(
    household: Household, linotp: Caller, environment: Mapping[str, str], tell_database: TellDatabase
) -> None:
    await household.give("OATH1")
    async with broken("audit", environment, tell_database):
        assert await linotp.code("/admin/init", type="hmac", genkey="1", serial="OATH2") == -311
        assert await linotp.code("/admin/set", serial="OATH1", pin="new") == -311
        assert await linotp.code("/admin/remove", serial="OATH1") == -311
        login = await linotp.post("/admin/login", username="admin", password="hush")
        assert login.json()["result"].get("value", False) is False
        assert not login.cookies
    assert [row["LinOtp.TokenSerialnumber"] for row in (await linotp.value("/admin/show"))["data"]] == [
        "OATH1"
    ]
    assert (await household.check(hotp(SEED, 0))).accepted, "its PIN is as before"


@pytest.mark.parametrize("environment", ["postgresql"], indirect=True)  # an open file does not go away
async def test_a110_a_node_without_its_database_refuses_and_finds_back(
    household: Household, stranger: Caller, environment: Mapping[str, str], postgres_server: str
) -> None:
    await household.give("OATH1")
    right = {"user": "alice", "pass": hotp(SEED, 0)}
    name = urlsplit(environment["WATCHWORD_DATABASE_URL"]).path.strip("/")
    server = await asyncpg.connect(postgres_server)
    await server.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false")
    await server.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
    try:
        answers = await asyncio.gather(*(stranger.post("/validate/check", **right) for _ in range(20)))
        assert {answer.json()["result"]["value"] for answer in answers} == {False}
    finally:
        await server.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true")
        await server.close()
    assert await stranger.value("/validate/check", **right)
    assert not await stranger.value("/validate/check", **right)


async def test_a100_a_flood_of_unknown_names_leaves_nothing_but_audit_rows(
    household: Household, tell_database: TellDatabase
) -> None:
    await household.give("OATH1")
    counts = [
        f"SELECT count(*) FROM {table}" for table in ("token", "throttle", "person", "session", "audit")
    ]
    before, traffic = await tell_database(*counts), household.house.store.traffic
    trips = traffic.round_trips
    await asyncio.gather(*(household.check("000000", f"stranger{number}") for number in range(1000)))
    *others, (rows,) = await tell_database(*counts)
    assert (others, rows) == (before[:-1], 1000)
    assert traffic.round_trips - trips <= 5 * 1000
    assert (await household.check(hotp(SEED, 0))).accepted
