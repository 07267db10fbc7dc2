"""A store that cannot answer says so, soon, and answers again when it can."""

import asyncio
import os
import signal
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from watchword.crypto.sealing import Sealed
from watchword.errors import Unreachable
from watchword.model.audit import AuditEntry
from watchword.model.person import Subject
from watchword.model.settlement import Lookup, Move, Settlement, Step
from watchword.model.token import Token
from watchword.storage import migrate
from watchword.storage.address import parse
from watchword.storage.postgres import PostgresStore
from watchword.storage.promises import Store, TokenFilter
from watchword.storage.sqlite import SqliteStore
from watchword.testing.postgres import PostgresServer, why_not

SPEND = Settlement(
    at=1,
    moves=(Move(token_id=1, step=Step.SPEND),),
    entry=AuditEntry(action="yes"),
    entry_if_lost=AuditEntry(action="no"),
)


async def count(store: Store) -> int:
    async with store.view() as view:
        return await view.tokens.count(TokenFilter())


async def write(store: Store) -> None:
    async with store.unit() as unit:
        await unit.audit.append(AuditEntry(action="x"))


CALLS: dict[str, Callable[[Store], Awaitable[object]]] = {
    "look_up": lambda store: store.look_up(Lookup(subject=Subject("", "A"))),
    "look_up by serial": lambda store: store.look_up(Lookup(serial="A")),
    "settle": lambda store: store.settle(SPEND),
    "unit": write,
    "view": count,
    "revision": lambda store: store.revision(),
    "check_value": lambda store: store.check_value("x"),
}


async def all_unreachable(store: Store) -> None:
    answers = await asyncio.gather(*[call(store) for call in CALLS.values()], return_exceptions=True)
    assert {name: type(answer) for name, answer in zip(CALLS, answers, strict=True)} == dict.fromkeys(
        CALLS, Unreachable
    )


async def all_answered(store: Store) -> None:
    for call in CALLS.values():
        await call(store)


async def add_token(store: Store) -> None:
    async with store.unit() as unit:
        token = Token(serial="A", kind="hmac", secret=Sealed(b"s"), successes_max=1000)
        assert (await unit.tokens.add(token)).id == 1


@pytest.fixture
def server(tmp_path: Path) -> Iterator[PostgresServer]:
    if missing := why_not():
        pytest.skip(missing)
    server = PostgresServer(tmp_path / "server")
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def postgres(server: PostgresServer) -> AsyncIterator[Store]:
    await migrate(server.url("postgres"))
    store = PostgresStore(parse(server.url("postgres")), patience=1)
    await add_token(store)
    yield store
    await store.close()


async def test_a_server_that_stops_is_told_and_found_again_when_it_starts(
    postgres: Store, server: PostgresServer
) -> None:
    await all_answered(postgres)
    server.stop()
    async with asyncio.timeout(5):
        await all_unreachable(postgres)
        await all_unreachable(postgres)
    server.start()
    await all_answered(postgres)


async def test_a_server_that_breaks_off_under_load_loses_nobody(
    postgres: Store, server: PostgresServer
) -> None:
    settling = [asyncio.create_task(postgres.settle(SPEND)) for _ in range(200)]
    await asyncio.sleep(0.01)
    server.stop()
    async with asyncio.timeout(10):
        answers = await asyncio.gather(*settling, return_exceptions=True)
    told = [answer for answer in answers if not isinstance(answer, Unreachable)]
    assert not any(isinstance(answer, BaseException) for answer in told)
    server.start()
    [token] = (await postgres.look_up(Lookup(serial="A"))).tokens
    # Who was told yes has happened; of those who were told nothing, the last statement may have.
    assert len(told) <= token.successes <= len(told) + 2


async def test_a_server_that_hangs_holds_nobody_up_for_long(postgres: Store, server: PostgresServer) -> None:
    await all_answered(postgres)
    asleep = psutil.Process(server.pid).children()
    for process in asleep:
        process.suspend()
    os.kill(server.pid, signal.SIGSTOP)
    try:
        async with asyncio.timeout(8):
            for name in ("look_up", "settle", "revision"):
                with pytest.raises(Unreachable):
                    await CALLS[name](postgres)
    finally:
        os.kill(server.pid, signal.SIGCONT)
        for process in asleep:
            process.resume()
    await all_answered(postgres)


@pytest.fixture
async def file(sqlite_url: str) -> AsyncIterator[SqliteStore]:
    store = SqliteStore(parse(sqlite_url).path, patience=0.3)
    await add_token(store)
    yield store
    await store.close()


async def test_a_full_disk_refuses_everybody_and_loses_nothing(file: SqliteStore) -> None:
    await all_answered(file)
    before = await count(file)
    [(pages,)] = file._writer.execute("PRAGMA page_count").fetchall()
    file._writer.execute(f"PRAGMA max_page_count = {pages}")
    long = AuditEntry(action="x" * 100_000)
    answers = await asyncio.gather(
        *[file.settle(Settlement(at=1, entry=long)) for _ in range(5)], return_exceptions=True
    )
    assert [type(answer) for answer in answers] == [Unreachable] * 5
    with pytest.raises(Unreachable):
        async with file.unit() as unit:
            await unit.audit.append(long)
    file._writer.execute("PRAGMA max_page_count = 1000000")
    await all_answered(file)
    assert await count(file) == before


async def test_a_process_that_does_not_finish_is_waited_for_only_so_long(
    file: SqliteStore, sqlite_url: str
) -> None:
    with closing(sqlite3.connect(parse(sqlite_url).path, isolation_level=None)) as stranger:
        stranger.execute("BEGIN IMMEDIATE")
        async with asyncio.timeout(5):
            for name in ("settle", "unit"):
                with pytest.raises(Unreachable):
                    await CALLS[name](file)
            await CALLS["look_up"](file)
            await CALLS["view"](file)
        stranger.execute("ROLLBACK")
    await all_answered(file)


async def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    path = tmp_path / "noise"
    path.write_bytes(b"no database " * 1000)
    with pytest.raises(Unreachable):
        await all_answered(SqliteStore(path))
