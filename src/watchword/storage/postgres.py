"""The keeping in PostgreSQL: some connections for log-ins, which share statements, and some for the rest.

A look-up and a settlement are one statement each, for many log-ins at once; see `postgres_sql`.
"""

# ruff: noqa: S608  statements are put together of names of ours; values go beside them

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import asyncpg
from msgspec.structs import replace

from watchword.errors import BadParameter, Refused, Unreachable, WatchwordError
from watchword.model.settlement import Held, Lookup, Settled, Settlement
from watchword.storage.address import Address
from watchword.storage.batch import Batch
from watchword.storage.lines import Spelling, Traffic
from watchword.storage.migrations import is_pending, script
from watchword.storage.postgres_sql import (
    ADD_TOKEN,
    BY_SERIAL,
    BY_SUBJECT,
    BY_TRANSACTION,
    REALMS,
    LookUp,
    array,
    insert_one,
    rounds,
    settle,
)
from watchword.storage.promises import Unit
from watchword.storage.rows import Row, columns
from watchword.storage.settling import beyond_names, decides, held_of, transaction_of
from watchword.storage.texts import kept, short
from watchword.storage.unit import SqlUnit

_T = TypeVar("_T")
_CONNECT_SECONDS = 5
_OTHER_SECONDS = 60
_MIGRATION_SECONDS = 600
_LOGIN_CONNECTIONS = 2
_OTHER_CONNECTIONS = 2
_MOST = 64
"""Log-ins in one statement, at most."""
_SOME = 1000
"""Rows that come or go at once."""
_TRIES = 3
_MIGRATION_LOCK = 0x7761746368

_SPELLING = Spelling(
    realms=REALMS,
    numbers="SELECT nextval(pg_get_serial_sequence('token', 'id')) FROM generate_series(1, $1::int)",
    pairs="SELECT pair->>0, pair->>1 FROM json_array_elements({}::text::json) pair",
    listed="SELECT number::bigint FROM json_array_elements_text({}::text::json) number",
    turn="SELECT 1 FROM pg_advisory_xact_lock(hashtextextended($1, 0))",
)


class Collided(Unreachable):
    """Two writers waited for each other, and the database has let the other one go first."""


def told(broken: Exception) -> WatchwordError:
    """What an error of the driver means."""
    if isinstance(broken, asyncpg.ProgramLimitExceededError):
        return BadParameter("A name is too long to be kept.")
    if isinstance(broken, asyncpg.DataError | OverflowError):
        return BadParameter(f"A value cannot be kept: {broken}.")
    if isinstance(broken, asyncpg.IntegrityConstraintViolationError):
        return Refused("What is to be kept contradicts what is there.")
    if isinstance(broken, asyncpg.DeadlockDetectedError):
        return Collided()
    if isinstance(broken, asyncpg.UndefinedTableError):
        return Unreachable("The database has no schema: run `watchword init`.")
    return Unreachable(f"The database did not answer: {str(broken) or type(broken).__name__}.")


_BROKEN = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,  # also for a lost connection
    asyncpg.InternalClientError,  # when the server has said goodbye, and has not hung up yet
    OSError,
    TimeoutError,
    OverflowError,
)
"""All that the driver raises when something is wrong."""


class PostgresLine:
    """One connection, whose errors are told in our words."""

    spelling = _SPELLING

    def __init__(self, connection: asyncpg.Connection, traffic: Traffic) -> None:
        self.connection = connection
        self.traffic = traffic

    async def _told(self, asking: Awaitable[_T]) -> _T:
        self.traffic.statements += 1
        self.traffic.round_trips += 1
        try:
            return await asking
        except _BROKEN as broken:
            if isinstance(broken, TimeoutError | asyncpg.InternalClientError):
                self.connection.terminate()
            raise told(broken) from broken

    async def say(self, command: str) -> str:
        """A command without values; what the database says to it."""
        return await self._told(self.connection.execute(command))

    async def rows(self, statement: str, *values: Any) -> Sequence[Row]:
        return await self.kept_rows(statement, _kept(values))

    async def kept_rows(self, statement: str, values: Iterable[Any]) -> Sequence[Row]:
        """As `rows`, of values that can be kept as they are."""
        return await self._told(self.connection.fetch(statement, *values))

    async def scan(self, statement: str, *values: Any) -> Sequence[Row]:
        return await self.rows(statement, *values)

    async def change(self, statement: str, *values: Any) -> int:
        status = await self._told(self.connection.execute(statement, *_kept(values)))
        return int(status.rpartition(" ")[2])

    async def change_many(self, statement: str, values: Sequence[Sequence[Any]]) -> None:
        if len(values) == 1:
            await self.change(statement, *values[0])
        elif values:
            await self._told(self.connection.executemany(statement, map(_kept, values)))

    async def each(self, statement: str, *values: Any) -> AsyncIterator[Row]:
        cursor = await self._told(self.connection.cursor(statement, *_kept(values)))
        while rows := await self._told(cursor.fetch(_SOME)):
            for row in rows:
                yield row

    def realms(self, value: Any) -> Sequence[str]:
        return _same(value)

    async def insert(
        self, table: str, types: Mapping[str, str], rows: Sequence[Row], tail: str = ""
    ) -> Sequence[Row]:
        if len(rows) == 1:
            return await self.rows(insert_one(table, tuple(types.items()), tail), *rows[0])
        arrays = ", ".join(f"${place}::text::{type_}[]" for place, type_ in enumerate(types.values(), 1))
        statement = f"INSERT INTO {table} ({columns(tuple(types))}) SELECT * FROM unnest({arrays}) {tail}"
        returned: list[Row] = []
        for start in range(0, len(rows), _SOME):
            part = zip(*map(_kept, rows[start : start + _SOME]), strict=True)
            returned += await self.rows(statement, *map(array, part))
        return returned

    async def add_token(self, row: Row, realms: Sequence[str]) -> int | None:
        numbers = await self.rows(ADD_TOKEN, *row, realms)
        return int(numbers[0][0]) if numbers else None

    async def load(self, table: str, names: Sequence[str], rows: Sequence[Row]) -> None:
        await self._told(self.connection.copy_records_to_table(table, columns=names, records=rows))


def _kept(values: Sequence[Any]) -> list[Any]:
    return [kept(value) if isinstance(value, str) else value for value in values]


def _same(realms: Any) -> Sequence[str]:
    """The names of realms, which the driver has already made a list."""
    return realms  # type: ignore[no-any-return]


class Connections:
    """At most so many connections, made when they are needed, and made anew when they broke."""

    def __init__(
        self, address: Address, traffic: Traffic, *, most: int, seconds: float, settings: dict[str, str]
    ) -> None:
        self._address = address
        self._traffic = traffic
        self._seconds = seconds
        self._settings = settings | {
            "application_name": "watchword",
            "jit": "off",
            # The server's own limits, for when nobody is left here to cancel.
            "statement_timeout": f"{round(seconds * 1000) + 5000}ms",
            "idle_in_transaction_session_timeout": f"{_OTHER_SECONDS}s",
        }
        self._free = asyncio.Semaphore(most)
        self._idle: list[asyncpg.Connection] = []

    @asynccontextmanager
    async def one(self) -> AsyncIterator[PostgresLine]:
        """A connection for as long as the block lasts."""
        await self._wait()
        connection: asyncpg.Connection | None = None
        try:
            connection = self._live() or await self._connect()
            yield PostgresLine(connection, self._traffic)
        except BaseException as broken:
            # Who was cancelled leaves a connection in the middle of something: nobody else must get it.
            if connection is not None and not isinstance(broken, Exception):
                connection.terminate()
            raise
        finally:
            if connection is not None and not connection.is_closed():
                self._idle.append(connection)
            self._free.release()

    async def _wait(self) -> None:
        if not self._free.locked():
            await self._free.acquire()
            return
        try:
            async with asyncio.timeout(self._seconds):
                await self._free.acquire()
        except TimeoutError:
            raise Unreachable("The database did not answer: all connections are taken.") from None

    def _live(self) -> asyncpg.Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection
        return None

    async def _connect(self) -> asyncpg.Connection:
        try:
            return await asyncpg.connect(
                self._address.url,
                timeout=min(_CONNECT_SECONDS, self._seconds),
                command_timeout=self._seconds,
                statement_cache_size=256,
                max_cached_statement_lifetime=0,
                max_cacheable_statement_size=0,
                server_settings=self._settings,
            )
        except _BROKEN as broken:
            raise told(broken) from broken

    async def close(self) -> None:
        while self._idle:
            await self._idle.pop().close(timeout=_CONNECT_SECONDS)


class PostgresStore:
    """Keeps what `promises.Store` promises. Made within the event loop that is to use it."""

    def __init__(self, address: Address, *, patience: float = 10) -> None:
        """``patience``: seconds to wait for an answer to a log-in."""
        self.traffic = Traffic()
        self._logins = Connections(
            address,
            self.traffic,
            most=_LOGIN_CONNECTIONS,
            seconds=patience,
            # Log-ins come through indexes, however small the tables are when that is planned, once.
            settings={
                "enable_seqscan": "off",
                "enable_hashjoin": "off",
                "enable_mergejoin": "off",
                "plan_cache_mode": "force_generic_plan",
            },
        )
        self._others = Connections(
            address, self.traffic, most=_OTHER_CONNECTIONS, seconds=_OTHER_SECONDS, settings={}
        )
        self._by_subject: Batch[Lookup, Held, PostgresLine] = Batch(
            self._logins.one, _look_up_subjects, lanes=_LOGIN_CONNECTIONS, most=_MOST
        )
        self._by_serial: Batch[Lookup, Held, PostgresLine] = Batch(
            self._logins.one, _look_up_serials, lanes=_LOGIN_CONNECTIONS, most=_MOST
        )
        self._by_transaction: Batch[Lookup, Held, PostgresLine] = Batch(
            self._logins.one, _look_up_transactions, lanes=_LOGIN_CONNECTIONS, most=_MOST
        )
        self._settlements: Batch[Settlement, Settled | WatchwordError, PostgresLine] = Batch(
            self._logins.one, _settle_all, lanes=_LOGIN_CONNECTIONS, most=_MOST
        )
        # Apart, so that those who answer no question share a statement that knows of none.
        self._questions: Batch[Settlement, Settled | WatchwordError, PostgresLine] = Batch(
            self._logins.one, _settle_all, lanes=_LOGIN_CONNECTIONS, most=_MOST
        )

    async def look_up(self, wanted: Lookup) -> Held:
        held = await self._held(wanted)
        beyond = beyond_names(wanted, held)
        return held if beyond is None else replace(held, throttles=(await self._held(beyond)).throttles)

    async def _held(self, wanted: Lookup) -> Held:
        if wanted.serial is not None:
            return await self._by_serial(wanted)
        if wanted.subject is not None:
            return await self._by_subject(wanted)
        if wanted.transaction is None:
            raise BadParameter("A look-up names a subject, a serial or a transaction.")
        return await self._by_transaction(wanted)

    async def settle(self, settlement: Settlement) -> Settled:
        settled = await (self._settlements if settlement.asked is None else self._questions)(settlement)
        if isinstance(settled, WatchwordError):
            raise settled
        return settled

    @asynccontextmanager
    async def unit(self) -> AsyncIterator[Unit]:
        async with self._transaction("BEGIN") as line:
            unit = SqlUnit(line)
            yield unit
            await unit.finish()

    @asynccontextmanager
    async def view(self) -> AsyncIterator[Unit]:
        async with self._transaction("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY") as line:
            yield SqlUnit(line)

    @asynccontextmanager
    async def glance(self) -> AsyncIterator[Unit]:
        async with self._others.one() as line:
            yield SqlUnit(line)

    @asynccontextmanager
    async def _transaction(self, begin: str) -> AsyncIterator[PostgresLine]:
        async with self._others.one() as line:
            await line.say(begin)
            try:
                yield line
            except Exception:
                try:
                    await line.say("ROLLBACK")
                except Unreachable:
                    line.connection.terminate()
                raise
            if await line.say("COMMIT") != "COMMIT":
                raise Unreachable("Nothing was changed: an earlier statement of this transaction has failed.")

    async def revision(self) -> int:
        async with self._logins.one() as line:
            [(number,)] = await line.rows("SELECT number FROM revision")
        return int(number)

    async def check_value(self, fresh: str) -> str:
        async with self._transaction("BEGIN") as line:
            await line.change(
                "INSERT INTO meta (name, value) VALUES ('check_value', $1) ON CONFLICT (name) DO NOTHING",
                fresh,
            )
            [(value,)] = await line.rows("SELECT value FROM meta WHERE name = 'check_value'")
        return str(value)

    async def close(self) -> None:
        for batch in (self._by_subject, self._by_serial, self._by_transaction):
            await batch.close()
        for settling in (self._settlements, self._questions):
            await settling.close()
        await self._logins.close()
        await self._others.close()


async def _look_up_subjects(line: PostgresLine, wanted: Sequence[Lookup]) -> Sequence[Held]:
    subjects = [one.subject for one in wanted if one.subject is not None]
    names = [(kept(subject.resolver), kept(subject.userid)) for subject in subjects]
    return await _look_up(line, BY_SUBJECT, wanted, names)


async def _look_up_serials(line: PostgresLine, wanted: Sequence[Lookup]) -> Sequence[Held]:
    return await _look_up(line, BY_SERIAL, wanted, [(kept(one.serial or ""),) for one in wanted])


async def _look_up_transactions(line: PostgresLine, wanted: Sequence[Lookup]) -> Sequence[Held]:
    transactions = [transaction_of(one.transaction or "") for one in wanted]
    return await _look_up(line, BY_TRANSACTION, wanted, transactions)


async def _look_up(
    line: PostgresLine, look_up: LookUp, wanted: Sequence[Lookup], names: Sequence[tuple[str, ...]]
) -> Sequence[Held]:
    rows = [
        (place, short(one.client), *named)
        for place, (one, named) in enumerate(zip(wanted, names, strict=True))
    ]
    found: list[list[Row]] = [[] for _ in wanted]
    if len(rows) == 1:
        answer = await line.kept_rows(look_up.one, rows[0])
    else:
        answer = await line.kept_rows(look_up.many, [array(column) for column in zip(*rows, strict=True)])
    for row in answer:
        found[row[0]].append(row[1:])
    return [held_of(rows, one.client, _same) for rows, one in zip(found, wanted, strict=True)]


async def _settle_all(
    line: PostgresLine, settlements: Sequence[Settlement]
) -> Sequence[Settled | WatchwordError]:
    """Each settlement's own result or error: some may have come true although others failed."""
    settled: dict[int, Settled | WatchwordError] = {}
    for places in rounds(settlements):
        part = [settlements[place] for place in places]
        settled.update(zip(places, await _settle_round(line, part, _TRIES), strict=True))
    return [settled[place] for place in range(len(settlements))]


async def _settle_round(
    line: PostgresLine, part: Sequence[Settlement], tries: int
) -> Sequence[Settled | WatchwordError]:
    try:
        statement, values = settle(part)
        wins = {place for (place,) in await line.kept_rows(statement, values)}
    except WatchwordError as broken:
        if isinstance(broken, Unreachable) and not (isinstance(broken, Collided) and tries):
            return [broken] * len(part)
        if len(part) == 1 and not isinstance(broken, Collided):
            return [broken]
        # One by one: who has bad data fails alone, and who collided waits for one other at most.
        return [settled for one in part for settled in await _settle_round(line, [one], tries - 1)]
    return [Settled(won=place in wins or not decides(one)) for place, one in enumerate(part)]


async def migrate_database(address: Address) -> None:
    """Bring the schema of a database, which must exist, up to date."""
    try:
        connection = await asyncpg.connect(
            address.url, timeout=_CONNECT_SECONDS, command_timeout=_MIGRATION_SECONDS
        )
    except _BROKEN as broken:
        raise told(broken) from broken
    try:
        if not is_pending(await _revision(connection), address.shown):
            return
        # Before the transaction: one that has waited in it does not see the tables that the other one made.
        await connection.execute("SELECT pg_advisory_lock($1)", _MIGRATION_LOCK)
        async with connection.transaction():
            found = await _revision(connection)
            if is_pending(found, address.shown):
                await connection.execute(await asyncio.to_thread(script, "postgresql", found))
    except _BROKEN as broken:
        raise told(broken) from broken
    finally:
        await connection.close(timeout=_CONNECT_SECONDS)


async def _revision(connection: asyncpg.Connection) -> str | None:
    if await connection.fetchval("SELECT to_regclass('alembic_version')") is None:
        return None
    revision: str | None = await connection.fetchval("SELECT version_num FROM alembic_version")
    return revision
