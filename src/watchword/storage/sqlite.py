"""The keeping in one SQLite file, for one machine: readers in the event loop, one writer, shared commits.

A statement takes some microseconds and runs where it is asked for. What takes longer runs in a thread: the disk
at a commit, waiting for another process, a scan. Worker processes share the file.
"""

# ruff: noqa: S608  statements are put together of names of ours; values go beside them

import asyncio
import os
import re
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from watchword.errors import BadParameter, Misconfigured, Refused, Unreachable, WatchwordError
from watchword.model.errand import Stage
from watchword.model.settlement import Asked, Held, Lookup, Settled, Settlement, Step
from watchword.storage.address import Address
from watchword.storage.batch import Batch
from watchword.storage.lines import Spelling, Traffic
from watchword.storage.migrations import is_pending, script
from watchword.storage.promises import Unit
from watchword.storage.rows import (
    CHALLENGE,
    ERRAND,
    TOKEN_REALM_TYPES,
    TOKEN_TYPES,
    Row,
    audit_fields,
    challenge_fields,
    columns,
    ending_fields,
    errand_fields,
)
from watchword.storage.settling import (
    ASSIGNMENTS,
    MAY,
    ON_CONFLICT,
    REMOVES,
    THROTTLE,
    TokenMoves,
    answers_of,
    beyond_names,
    first_row,
    held_of,
    key_of,
    looked_up,
    moves_of,
    transaction_of,
)
from watchword.storage.shelves.audit import INSERT as INSERT_AUDIT
from watchword.storage.texts import kept, short
from watchword.storage.unit import SqlUnit

_T = TypeVar("_T")
_PAUSE = 0.0003
"""Seconds between two tries; measured with two processes: half of the 99th percentile of the waiting."""
_MIGRATION_PATIENCE = 120_000
"""Milliseconds to wait for another process that brings the schema up to date."""
_OPENING_SECONDS = 5
"""Longest wait of a new connection while another process makes the file, or gives it its journal."""
_IF_FREE = "ON CONFLICT (serial) DO NOTHING RETURNING id"
_MOST = 128
"""Settlements that share a commit, at most."""
_SOME = 64
"""Rows that are read or written before others get their turn in the event loop."""

_SPELLING = Spelling(
    realms="(SELECT json_group_array(realm) FROM token_realm WHERE token_id = t.id)",
    numbers="WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < $1)"
    " SELECT value + coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'token'), 0) FROM n",
    pairs="SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each({})",
    listed="SELECT value FROM json_each({})",
)


def connect(path: Path, mode: str) -> sqlite3.Connection:
    """A connection for one user at a time, in whatever thread; ``mode`` is SQLite's: ``ro``, ``rw``, ``rwc``."""
    try:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={mode}",
            uri=True,
            timeout=_OPENING_SECONDS,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
        )
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA case_sensitive_like = ON")  # as in PostgreSQL
        if mode != "ro":  # Who reads waits for nobody, but for the repair after a crash.
            connection.execute("PRAGMA busy_timeout = 0")
    except sqlite3.Error as broken:
        raise Unreachable(f"The database {path} cannot be opened: {broken}.") from None
    return connection


def told(broken: Exception) -> WatchwordError:
    """What an error of the driver means."""
    if isinstance(broken, OverflowError):
        return BadParameter("A number is too large to be kept.")
    if str(broken).startswith("no such table"):
        return Unreachable("The database has no schema: run `watchword init`.")
    if isinstance(broken, sqlite3.IntegrityError):
        return Refused("What is to be kept contradicts what is there.")
    return Unreachable(f"The database did not answer: {broken}.")


@lru_cache(maxsize=512)
def _places(statement: str) -> str:
    return re.sub(r"\$(\d+)", r"?\1", statement)


class SqliteLine:
    """A transaction under way on one connection."""

    spelling = _SPELLING

    def __init__(self, connection: sqlite3.Connection, traffic: Traffic, thread: ThreadPoolExecutor) -> None:
        self._connection = connection
        self.traffic = traffic
        self._thread = thread

    def _execute(self, statement: str, values: Sequence[Any]) -> sqlite3.Cursor:
        self.traffic.statements += 1
        self.traffic.round_trips += 1
        try:
            return self._connection.execute(
                _places(statement), [kept(value) if isinstance(value, str) else value for value in values]
            )
        except (sqlite3.Error, OverflowError) as broken:
            raise told(broken) from broken

    async def rows(self, statement: str, *values: Any) -> Sequence[Row]:
        return self._execute(statement, values).fetchall()

    async def scan(self, statement: str, *values: Any) -> Sequence[Row]:
        return await in_thread(self._thread, lambda: self._execute(statement, values).fetchall())

    async def change(self, statement: str, *values: Any) -> int:
        return self._execute(statement, values).rowcount

    async def change_many(self, statement: str, values: Sequence[Sequence[Any]]) -> None:
        for place, one in enumerate(values, 1):
            self._execute(statement, one)
            if place % _SOME == 0:
                await asyncio.sleep(0)

    async def each(self, statement: str, *values: Any) -> AsyncIterator[Row]:
        cursor = await in_thread(self._thread, lambda: self._execute(statement, values))
        try:
            while rows := await in_thread(self._thread, lambda: cursor.fetchmany(_SOME)):
                for row in rows:
                    yield row
        finally:
            cursor.close()

    def realms(self, value: Any) -> Sequence[str]:
        return _realms(value)

    async def insert(
        self, table: str, types: Mapping[str, str], rows: Sequence[Row], tail: str = ""
    ) -> Sequence[Row]:
        places = ", ".join("?" * len(types))
        statement = f"INSERT INTO {table} ({columns(tuple(types))}) VALUES ({places}) {tail}"
        returned: list[Row] = []
        for place, row in enumerate(rows, 1):
            returned += self._execute(statement, row).fetchall()
            if place % _SOME == 0:
                await asyncio.sleep(0)
        return returned

    async def add_token(self, row: Row, realms: Sequence[str]) -> int | None:
        numbers = await self.insert("token", TOKEN_TYPES, [row], _IF_FREE)
        if not numbers:
            return None
        [(number,)] = numbers
        await self.insert("token_realm", TOKEN_REALM_TYPES, [(number, realm) for realm in realms])
        return int(number)

    async def load(self, table: str, names: Sequence[str], rows: Sequence[Row]) -> None:
        statement = f"INSERT INTO {table} ({columns(names)}) VALUES ({', '.join('?' * len(names))})"
        self._execute("SAVEPOINT load", ())
        try:
            for start in range(0, len(rows), _SOME):
                self._connection.executemany(statement, rows[start : start + _SOME])
                await asyncio.sleep(0)
        except (sqlite3.Error, OverflowError) as broken:
            self._execute("ROLLBACK TO load", ())
            raise told(broken) from broken
        self._execute("RELEASE load", ())


class SqliteStore:
    """Keeps what `promises.Store` promises. Made within the event loop that is to use it."""

    def __init__(self, path: Path, *, patience: float = 10) -> None:
        """``patience``: seconds to wait for one's turn to write."""
        self.traffic = Traffic()
        self._path = path
        self._patience = patience
        self._writer = connect(path, "rw")
        self._reader = connect(path, "ro")
        self._idle: list[sqlite3.Connection] = []
        self._turn = asyncio.Lock()
        self._writing = ThreadPoolExecutor(1, "sqlite-writer")
        self._scanning = ThreadPoolExecutor(2, "sqlite-scan")
        self._settlements = Batch(self._transaction, self._settle_all, lanes=1, most=_MOST)

    async def look_up(self, wanted: Lookup) -> Held:
        held = self._held(wanted)
        beyond = beyond_names(wanted, held)
        return held if beyond is None else replace(held, throttles=self._held(beyond).throttles)

    def _held(self, wanted: Lookup) -> Held:
        self.traffic.round_trips += 1
        self.traffic.statements += 1
        client = short(wanted.client)
        subject = wanted.subject
        try:
            if wanted.serial is not None:
                found = self._reader.execute(_BY_SERIAL, (kept(wanted.serial), client))
            elif subject is not None:
                found = self._reader.execute(
                    _BY_SUBJECT, (kept(subject.resolver), kept(subject.userid), client)
                )
            elif wanted.transaction is not None:
                found = self._reader.execute(_BY_TRANSACTION, (*transaction_of(wanted.transaction), client))
            else:
                raise BadParameter("A look-up names a subject, a serial or a transaction.")
            return held_of(found.fetchall(), wanted.client, _realms)
        except sqlite3.Error as broken:
            raise told(broken) from broken

    async def settle(self, settlement: Settlement) -> Settled:
        return await self._settlements(settlement)

    async def _settle_all(self, _turn: None, settlements: Sequence[Settlement]) -> list[Settled]:
        return [self._settle_one(settlement) for settlement in settlements]

    def _settle_one(self, settlement: Settlement) -> Settled:
        deciding, others = moves_of(settlement)
        asked = settlement.asked
        won = asked is None or self._is_open(asked.claim, settlement.at)
        won = won and (deciding is None or self._moved(deciding, settlement))
        if won:
            for move in others:
                self._moved(move, settlement)
        throttle = settlement.throttle
        if throttle is not None and (throttle.failed or won):
            self._write(_THROTTLE, first_row(throttle, settlement.at))
        if asked is not None:
            self._ask(asked, settlement.at, won=won)
        entry = settlement.entry if won else settlement.entry_if_lost or settlement.entry
        if entry is not None:
            self._write(_AUDIT, audit_fields(entry))
        return Settled(won=won)

    def _is_open(self, claim: str | None, at: int) -> bool:
        """Whether a question may be claimed, or there is none; it stays so, as this is the only writer."""
        return claim is None or self._write(_CLAIM, (kept(claim), at)) > 0

    def _ask(self, asked: Asked, at: int, *, won: bool) -> None:
        for name, claims, closes, received in answers_of(asked):
            if won or not closes:
                self._write(_ANSWER, (name, claims, closes, received))
        for name in asked.forget:
            self._write("DELETE FROM challenge WHERE id = ?1", (kept(name),))
        for ending in asked.ended:
            self._write(_ENDED, ending_fields(ending))
        if not won:
            return
        for token_id in {question.token_id for question in asked.ask}:
            self._write("DELETE FROM challenge WHERE token_id = ?1 AND expires <= ?2", (token_id, at))
        for question in asked.ask:
            self._write(_QUESTION, challenge_fields(question))
        for errand in asked.errands:
            self._write(_ERRAND, errand_fields(errand))

    def _moved(self, move: TokenMoves, settlement: Settlement) -> bool:
        values = (*move, settlement.at)
        removes = move.steps & REMOVES
        if settlement.guard is None or not move.steps & (1 << Step.SPEND):
            return self._write(_REMOVE if removes else _MOVE, values) > 0
        guard = key_of(settlement.guard)
        return self._write(_REMOVE_GUARDED if removes else _MOVE_GUARDED, (*values, *guard)) > 0

    def _write(self, statement: str, values: Sequence[Any]) -> int:
        self.traffic.statements += 1
        try:
            return self._writer.execute(statement, values).rowcount
        except (sqlite3.Error, OverflowError) as broken:
            raise told(broken) from broken

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[None]:
        """The writer's turn: what is written within becomes true at the end, or not at all."""
        try:
            async with asyncio.timeout(self._patience):
                await self._turn.acquire()
        except TimeoutError:
            raise Unreachable("The database did not answer: another writer has not finished.") from None
        try:
            self.traffic.round_trips += 1
            try:
                await self._begin()
                yield
                await in_thread(self._writing, self._commit)
            except BaseException:
                if self._writer.in_transaction:
                    with suppress(sqlite3.Error):
                        self._writer.rollback()
                raise
        finally:
            self._turn.release()

    async def _begin(self) -> None:
        if not self._begun():
            await in_thread(self._writing, self._begin_patiently)

    def _begun(self) -> bool:
        try:
            self._writer.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as broken:
            if getattr(broken, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY:
                return False
            raise told(broken) from broken
        return True

    def _begin_patiently(self) -> None:
        """Ask again and again: SQLite's own waiting sleeps up to 0.1 s, while others come and go."""
        deadline = time.monotonic() + self._patience
        while not self._begun():
            if time.monotonic() > deadline:
                raise Unreachable(
                    "The database did not answer: another process is writing and does not finish."
                )
            time.sleep(_PAUSE)

    def _commit(self) -> None:
        try:
            self._writer.execute("COMMIT")
        except sqlite3.Error as broken:
            raise told(broken) from broken

    @asynccontextmanager
    async def unit(self) -> AsyncIterator[Unit]:
        async with self._transaction():
            unit = SqlUnit(SqliteLine(self._writer, self.traffic, self._scanning))
            yield unit
            await unit.finish()

    @asynccontextmanager
    async def view(self) -> AsyncIterator[Unit]:
        connection = self._idle.pop() if self._idle else connect(self._path, "ro")
        try:
            connection.execute("BEGIN")
            yield SqlUnit(SqliteLine(connection, self.traffic, self._scanning))
        finally:
            with suppress(sqlite3.Error):
                connection.rollback()
            self._idle.append(connection)

    def glance(self) -> AbstractAsyncContextManager[Unit]:
        return self.view()

    async def revision(self) -> int:
        self.traffic.round_trips += 1
        self.traffic.statements += 1
        try:
            [(number,)] = self._reader.execute("SELECT number FROM revision").fetchall()
        except sqlite3.Error as broken:
            raise told(broken) from broken
        return int(number)

    async def check_value(self, fresh: str) -> str:
        async with self._transaction():
            self._write(
                "INSERT INTO meta (name, value) VALUES ('check_value', ?1) ON CONFLICT (name) DO NOTHING",
                (fresh,),
            )
            [(value,)] = self._writer.execute("SELECT value FROM meta WHERE name = 'check_value'").fetchall()
        return str(value)

    async def close(self) -> None:
        await self._settlements.close()
        async with self._turn:
            self._writing.shutdown()
            self._scanning.shutdown()
            for connection in (self._reader, *self._idle, self._writer):  # the last one tidies up
                connection.close()


async def in_thread(thread: ThreadPoolExecutor, work: Callable[[], _T]) -> _T:
    """The result of ``work``. Who is cancelled waits for its end first: nobody else may use the connection."""
    future = asyncio.get_running_loop().run_in_executor(thread, work)
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        while not future.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([future])
        future.exception()
        raise


def _realms(value: str) -> Sequence[str]:
    return msgspec.json.decode(value, type=tuple[str, ...]) if value != "[]" else ()


def _numbered(statement: str) -> str:
    for place, name in enumerate(("m.id", "m.steps", "m.counter", "m.state", "m.at"), 1):
        statement = statement.replace(name, f"?{place}")
    return statement


_OPEN = (
    " AND NOT EXISTS (SELECT 1 FROM throttle"
    " WHERE resolver = ?6 AND userid = ?7 AND client = ?8 AND until > ?5)"
)
_MOVE = _numbered(f"UPDATE token AS t SET {ASSIGNMENTS} WHERE t.id = m.id AND {MAY}")
_MOVE_GUARDED = _MOVE + _OPEN
# ?4 has no meaning here, but the values are those of a move.
_REMOVE = _numbered(f"DELETE FROM token AS t WHERE t.id = m.id AND {MAY}")
_REMOVE_GUARDED = _REMOVE + _OPEN
_THROTTLE = (
    f"INSERT INTO throttle ({', '.join(THROTTLE)}) VALUES ({', '.join('?' * len(THROTTLE))}) {ON_CONFLICT}"
)
_AUDIT = _places(INSERT_AUDIT)
_CLAIM = "UPDATE challenge SET open = 1 WHERE id = ?1 AND open = 1 AND expires > ?2"
_ANSWER = """UPDATE challenge SET received = received + ?4, valid = max(valid, ?2), open = min(open, 1 - ?3)
    WHERE id = ?1"""
_QUESTION = f"INSERT INTO challenge ({columns(CHALLENGE)}) VALUES ({', '.join('?' * len(CHALLENGE))})"
_ERRAND = f"INSERT INTO errand ({columns(ERRAND)}) VALUES ({', '.join('?' * len(ERRAND))})"
_ENDED = (
    "UPDATE errand SET stage = ?2, reason = ?3, their_reference = ?4"
    f" WHERE reference = ?1 AND stage = '{Stage.UNDER_WAY}'"
)
_QUESTIONS = (
    "(SELECT json_group_array(json_array(id, parent, prompt, token_id, asked, expires, received,"
    " hex(fingerprint), hex(data), valid, open)) FROM ({query}))"
)
_BY_SUBJECT = f"""
    SELECT {looked_up(_SPELLING.realms, _QUESTIONS)} FROM revision r
    LEFT JOIN token t ON t.resolver = ?1 AND t.userid = ?2
    LEFT JOIN throttle strangers
        ON strangers.resolver = ?1 AND strangers.userid = ?2 AND strangers.client = ''
    LEFT JOIN throttle known
        ON known.resolver = ?1 AND known.userid = ?2 AND known.client = ?3 AND ?3 <> ''
"""
_BY_TOKEN = f"""
    SELECT {looked_up(_SPELLING.realms, _QUESTIONS)} FROM revision r
    LEFT JOIN token t ON {{match}}
    LEFT JOIN throttle strangers
        ON strangers.resolver = coalesce(t.resolver, '') AND strangers.userid = coalesce(t.userid, t.serial)
        AND strangers.client = ''
    LEFT JOIN throttle known
        ON known.resolver = coalesce(t.resolver, '') AND known.userid = coalesce(t.userid, t.serial)
        AND known.client = {{client}} AND {{client}} <> ''
"""
_BY_SERIAL = _BY_TOKEN.format(match="t.serial = ?1", client="?2")
_BY_TRANSACTION = _BY_TOKEN.format(
    match="t.id IN (SELECT token_id FROM challenge WHERE parent = ?1 AND (id = ?2 OR ?1 = ?2))", client="?3"
)


async def migrate_file(address: Address) -> None:
    """Make the file, readable by its owner alone, and bring its schema up to date."""
    await asyncio.to_thread(_migrate, address)


def _migrate(address: Address) -> None:
    try:
        os.close(os.open(address.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as broken:
        raise Misconfigured(
            f"The database {address.path} cannot be made or written ({broken.strerror}): "
            "give Watchword a folder that it may write to."
        ) from None
    with closing(connect(address.path, "rw")) as connection:
        try:
            connection.execute(f"PRAGMA busy_timeout = {_MIGRATION_PATIENCE}")
            if not is_pending(_revision(connection), address.shown):
                return
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("BEGIN IMMEDIATE")
            found = _revision(connection)
            if is_pending(found, address.shown):
                for statement in _statements(script("sqlite", found)):
                    connection.execute(statement)
            connection.execute("COMMIT")
        except sqlite3.Error as broken:
            raise Unreachable(
                f"The schema of {address.path} cannot be brought up to date: {broken}."
            ) from broken


def _revision(connection: sqlite3.Connection) -> str | None:
    there = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone()
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone() if there else None
    return row[0] if row else None


def _statements(text: str) -> Iterator[str]:
    statement = ""
    for line in text.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
