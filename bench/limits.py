"""The limits of the stores: the same statements as a log-in's, sent straight to the database.

``plain``: BEGIN; SELECT the token by its owner; UPDATE guarded by the counter; INSERT an audit row; COMMIT, by as
many clients as the server has connections. ``grouped``: 32 log-ins share one transaction.
"""

import asyncio
import sqlite3
import time
from collections.abc import Callable
from itertools import cycle
from pathlib import Path

import asyncpg

_AUDIT = "INSERT INTO limit_audit (at, action, serial, owner, success, mark) VALUES ($1, 'validate/check', $2, $3, 1, $4)"
_SCHEMA = """
CREATE TABLE limit_token (id INTEGER PRIMARY KEY, serial TEXT UNIQUE, owner TEXT, secret {blob}, counter BIGINT,
    failures INTEGER, info TEXT);
CREATE INDEX limit_token_owner ON limit_token (owner);
CREATE TABLE limit_audit (id {serial}, at BIGINT, action TEXT, serial TEXT, owner TEXT, success INTEGER, mark {blob});
CREATE INDEX limit_audit_owner ON limit_audit (owner, id)
"""
_MARK = b"m" * 32
_INFO = '{"hashlib":"sha1"}'


async def postgres_plain(url: str, *, clients: int, seconds: float, tokens: int = 2000) -> float:
    """Transactions a second of ``clients`` connections."""
    connections = [await asyncpg.connect(url) for _ in range(clients)]
    await _prepare_postgres(connections[0], tokens)
    until = time.perf_counter() + seconds
    done = 0

    async def one(number: int, connection: asyncpg.Connection) -> None:
        nonlocal done
        turn = number
        while time.perf_counter() < until:
            owner = f"u{turn % tokens}"
            turn += clients
            async with connection.transaction():
                row = await connection.fetchrow("SELECT * FROM limit_token WHERE owner = $1", owner)
                await connection.execute(
                    "UPDATE limit_token SET counter = $1, failures = 0 WHERE id = $2 AND counter < $1",
                    row["counter"] + 1,
                    row["id"],
                )
                await connection.execute(_AUDIT, turn, row["serial"], owner, _MARK)
            done += 1

    began = time.perf_counter()
    await asyncio.gather(*(one(number, connection) for number, connection in enumerate(connections)))
    rate = done / (time.perf_counter() - began)
    await _drop(connections[0])
    for connection in connections:
        await connection.close()
    return rate


async def postgres_grouped(url: str, *, group: int, seconds: float, tokens: int = 2000) -> float:
    """Log-ins a second where ``group`` of them share a transaction, over two connections."""
    connections = [await asyncpg.connect(url) for _ in range(2)]
    await _prepare_postgres(connections[0], tokens)
    until = time.perf_counter() + seconds
    done = 0

    async def one(number: int, connection: asyncpg.Connection) -> None:
        nonlocal done
        turn = number * tokens // 2
        while time.perf_counter() < until:
            owners = [f"u{(turn + step) % tokens}" for step in range(group)]
            turn += group
            rows = await connection.fetch("SELECT * FROM limit_token WHERE owner = ANY($1)", owners)
            await connection.execute(
                """WITH moved AS (
                    UPDATE limit_token t SET counter = x.counter, failures = 0
                    FROM unnest($1::int[], $2::bigint[]) x(id, counter)
                    WHERE t.id = x.id AND t.counter < x.counter RETURNING t.serial, t.owner)
                INSERT INTO limit_audit (at, action, serial, owner, success, mark)
                SELECT 1, 'validate/check', serial, owner, 1, $3 FROM moved""",
                [row["id"] for row in rows],
                [row["counter"] + 1 for row in rows],
                _MARK,
            )
            done += group

    began = time.perf_counter()
    await asyncio.gather(*(one(number, connection) for number, connection in enumerate(connections)))
    rate = done / (time.perf_counter() - began)
    await _drop(connections[0])
    for connection in connections:
        await connection.close()
    return rate


def sqlite_log_ins(path: Path, *, group: int = 1, tokens: int = 2000) -> Callable[[], None]:
    """What writes so many log-ins into a file in one transaction with full sync, each time it is called."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.executescript(_SCHEMA.format(blob="BLOB", serial="INTEGER PRIMARY KEY"))
    connection.execute("BEGIN")
    connection.executemany(
        "INSERT INTO limit_token VALUES (?, ?, ?, ?, 0, 0, ?)",
        ((number, f"S{number}", f"u{number}", b"s" * 53, _INFO) for number in range(tokens)),
    )
    connection.execute("COMMIT")
    audit = _AUDIT.replace("$1", "?").replace("$2", "?").replace("$3", "?").replace("$4", "?")
    turns = cycle(range(tokens))

    def write() -> None:
        connection.execute("BEGIN IMMEDIATE")
        for _ in range(group):
            turn = next(turns)
            owner = f"u{turn}"
            row = connection.execute("SELECT * FROM limit_token WHERE owner = ?", (owner,)).fetchone()
            connection.execute(
                "UPDATE limit_token SET counter = ?, failures = 0 WHERE id = ? AND counter < ?",
                (row[4] + 1, row[0], row[4] + 1),
            )
            connection.execute(audit, (turn, row[1], owner, _MARK))
        connection.execute("COMMIT")

    return write


def sqlite_rate(path: Path, *, group: int, seconds: float) -> float:
    """Log-ins a second in one process, ``group`` of them in each transaction."""
    write = sqlite_log_ins(path, group=group)
    began = time.perf_counter()
    done = 0
    while time.perf_counter() - began < seconds:
        write()
        done += group
    return done / (time.perf_counter() - began)


async def _prepare_postgres(connection: asyncpg.Connection, tokens: int) -> None:
    await connection.execute(_SCHEMA.format(blob="BYTEA", serial="BIGSERIAL PRIMARY KEY"))
    await connection.copy_records_to_table(
        "limit_token",
        records=[(number, f"S{number}", f"u{number}", b"s" * 53, 0, 0, _INFO) for number in range(tokens)],
    )


async def _drop(connection: asyncpg.Connection) -> None:
    await connection.execute("DROP TABLE limit_token; DROP TABLE limit_audit")
