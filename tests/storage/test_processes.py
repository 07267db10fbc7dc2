"""Several processes on one database, and what is left when one of them is killed."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from watchword.crypto.sealing import Sealed
from watchword.model.settlement import Lookup
from watchword.model.token import Token
from watchword.storage import open_store
from watchword.storage.promises import AuditFilter, Page, Store

RACER = Path(__file__).with_name("racer.py")


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    store = open_store(database_url)
    async with store.unit() as unit:
        await unit.tokens.add(Token(serial="A", kind="hmac", secret=Sealed(b"s"), successes_max=1_000_000))
    yield store
    await store.close()


async def test_processes_that_race_for_the_same_codes_win_each_once(store: Store, database_url: str) -> None:
    racers = [
        await asyncio.create_subprocess_exec(
            sys.executable, RACER, database_url, "A", "1", "60", stdout=subprocess.PIPE
        )
        for _ in range(4)
    ]
    won = [int(line) for racer in racers for line in (await racer.communicate())[0].split()]
    assert len(won) == len(set(won))
    assert max(won) == 59
    [token] = (await store.look_up(Lookup(serial="A"))).tokens
    assert (token.counter, token.successes) == (59, len(won))
    async with store.view() as view:
        _, total = await view.audit.search(AuditFilter(), Page(size=1))
        _, successes = await view.audit.search(AuditFilter(like={"success": "1"}), Page(size=1))
    assert (total, successes) == (4 * 59, len(won))


async def test_what_was_answered_survives_a_kill(store: Store, database_url: str) -> None:
    racer = await asyncio.create_subprocess_exec(
        sys.executable, RACER, database_url, "A", "1", "1000000", stdout=subprocess.PIPE
    )
    assert racer.stdout is not None
    told = [int(await racer.stdout.readline()) for _ in range(40)]
    racer.kill()
    told += [int(line) for line in (await racer.stdout.read()).splitlines()]
    await racer.wait()
    async with asyncio.timeout(5):
        async with store.unit() as unit:
            await unit.configuration.held()
        # In one moment: PostgreSQL may still finish what the racer has sent.
        async with store.view() as view:
            token = await view.tokens.by_serial("A")
            entries, _ = await view.audit.search(AuditFilter(), Page())
    assert token is not None
    assert token.counter >= told[-1]
    assert token.counter == token.successes == len(entries)
    assert [int(entry.info) for entry in entries][: len(told)] == told
