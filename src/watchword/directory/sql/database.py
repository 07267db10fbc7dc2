"""Asks databases of others, over SQLAlchemy: so many connections, so long for an answer, and plain words for trouble.

Threat: an administrator's word names the server, so neither this machine's own credentials (``PGPASSWORD``,
``~/.pgpass``) nor the password of the resolver may reach anybody or anything that did not ask for them.
"""

import asyncio
import os
import ssl
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from watchword.directory.sql.address import url_of
from watchword.errors import BadParameter, Misconfigured, Refused, Unreachable

if TYPE_CHECKING:
    from sqlalchemy.engine import URL, Connection, Engine
    from sqlalchemy.ext.asyncio import AsyncEngine

Answer = TypeVar("Answer")
Work = Callable[["Connection"], Answer]

CONNECTIONS = 5
"""To one database, and as many threads for a driver that blocks."""
_CONNECT = 3  # seconds
_STATEMENT = 4  # seconds; the directory gives up after five and would not know why


class Trouble(Unreachable):
    """The database said no, or nothing. ``about`` is the setting to blame, empty if none is."""

    def __init__(self, words: str, about: str = "", *, forbidden: bool = False) -> None:
        super().__init__(words)
        self.about = about
        self.forbidden = forbidden
        """Whether our account lacks a right."""


STATEMENT = "statement"
"""What `Trouble` is about when the database did not like what it was asked."""


class Database:
    """One database. Work is a function of a connection that reads, and may be done twice."""

    def __init__(
        self,
        settings: Mapping[str, str],
        password: str,
        allow: Callable[[str, int], Awaitable[None]],
        *,
        writes: bool = False,
    ) -> None:
        """``allow`` refuses servers that may not be spoken to; nothing is opened yet."""
        self._settings = settings
        self._password = password
        self._allow = allow
        self._writes = writes
        self._turn = asyncio.Lock()
        self._engine: Engine | AsyncEngine | None = None
        self._threads = ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="sql")

    async def run(self, work: Work[Answer]) -> Answer:
        """What the work returns; `Trouble` if the database did not have it done in time."""
        try:
            try:
                return await self._once(work)
            except Exception as broken:  # drivers raise what they like, SQLAlchemy tells what it means
                if not getattr(broken, "connection_invalidated", False):
                    raise
            return await self._once(work)  # the server was restarted, and the connection was of before
        except (Trouble, Misconfigured):
            raise
        except BadParameter as wrong:
            setting, _, words = wrong.message.partition(": ")
            raise Trouble(words, setting) from None
        except Refused as forbidden:
            raise Trouble(forbidden.message, "Server") from None
        except Exception as broken:  # noqa: BLE001 - any driver may be installed, each with errors of its own
            raise self._trouble(broken) from None

    async def close(self) -> None:
        engine, self._engine = self._engine, None
        if engine is not None:
            from sqlalchemy.ext.asyncio import AsyncEngine

            if isinstance(engine, AsyncEngine):
                await engine.dispose()
            else:
                self._threads.submit(engine.dispose)
        self._threads.shutdown(wait=False)

    async def _once(self, work: Work[Answer]) -> Answer:
        from sqlalchemy.ext.asyncio import AsyncEngine

        engine = self._engine or await self._open()
        if isinstance(engine, AsyncEngine):
            async with engine.connect() as connection:
                return await connection.run_sync(work)
        return await asyncio.get_running_loop().run_in_executor(self._threads, _blocking, engine, work)

    async def _open(self) -> "Engine | AsyncEngine":
        async with self._turn:
            if self._engine is None:
                url = await asyncio.to_thread(url_of, self._settings, self._password)
                engine = await asyncio.to_thread(_engine, url, writes=self._writes)
                if url.get_backend_name() != "sqlite":
                    await self._allow(url.host or "", url.port or 0)
                self._engine = engine
            return self._engine

    def _trouble(self, broken: Exception) -> Trouble:
        words, about, forbidden = _said(broken)
        if self._password:
            words = words.replace(self._password, "********")
        return Trouble(words, about, forbidden=forbidden)


def _engine(url: "URL", *, writes: bool) -> "Engine | AsyncEngine":
    from sqlalchemy import create_engine, event
    from sqlalchemy.exc import NoSuchModuleError
    from sqlalchemy.ext.asyncio import create_async_engine

    limits: dict[str, Any] = {
        "pool_size": CONNECTIONS,
        "max_overflow": 0,
        "pool_timeout": _CONNECT,
        "pool_recycle": 1800,
        "pool_reset_on_return": None,
        "isolation_level": "AUTOCOMMIT",
        "hide_parameters": True,
    }
    try:
        dialect = url.get_dialect()
        if url.get_backend_name() == "sqlite":
            engine = create_engine(_file(url), connect_args={"timeout": 1}, **limits)
            event.listen(engine, "connect", _Bounded(writes=writes))
            return engine
        if dialect.is_async:
            url, own = _for_asyncpg(url) if dialect.driver == "asyncpg" else (url, {})
            return create_async_engine(url, connect_args=own, **limits)
        own = dict(_BLOCKING.get(dialect.driver, {}))
        if dialect.driver.startswith("psycopg"):
            own |= {"password": url.password or "", "passfile": os.devnull}
        return create_engine(url, connect_args=own, **limits)
    except NoSuchModuleError:
        raise BadParameter(f"Driver: SQLAlchemy knows no {url.drivername!r}.") from None
    except ImportError as missing:
        raise Misconfigured(
            f"The driver {url.drivername} needs the package {missing.name}, which is not installed."
        ) from None


_BLOCKING: Mapping[str, Mapping[str, Any]] = {
    "psycopg": {"connect_timeout": _CONNECT, "options": f"-c statement_timeout={_STATEMENT}s"},
    "psycopg2": {"connect_timeout": _CONNECT, "options": f"-c statement_timeout={_STATEMENT}s"},
    "pymysql": {"connect_timeout": _CONNECT, "read_timeout": _STATEMENT, "write_timeout": _STATEMENT},
    "mysqldb": {"connect_timeout": _CONNECT, "read_timeout": _STATEMENT, "write_timeout": _STATEMENT},
    "pyodbc": {"timeout": _CONNECT},
    "oracledb": {"tcp_connect_timeout": _CONNECT},
}
"""How drivers that block are told not to block for long."""


def _file(url: "URL") -> "URL":
    """SQLite's file, which must be there: SQLite would make an empty one."""
    if not url.database or url.database.startswith((":", "file:")) or url.host:
        raise BadParameter("Database: name a file by its path.")
    where = {"mode": "rw", "uri": "true"}
    return url.create(url.drivername, database=f"file:{quote(url.database)}", query=where)


class _Bounded:
    """Bounds each SQLite connection: it only reads, if so told, and nothing takes longer than a statement may."""

    def __init__(self, *, writes: bool) -> None:
        self._writes = writes

    def __call__(self, connection: Any, record: Any) -> None:
        info = record.info
        connection.set_progress_handler(lambda: monotonic() > info.get("until", 0.0), 10_000)
        if not self._writes:
            info["until"] = monotonic() + _STATEMENT
            connection.execute("PRAGMA query_only = ON")


def _for_asyncpg(url: "URL") -> tuple["URL", dict[str, Any]]:
    """The URL and what asyncpg is told besides; libpq's words for TLS are understood."""
    query = dict(url.query)
    own: dict[str, Any] = {
        "timeout": _CONNECT,
        "command_timeout": _STATEMENT,
        "password": url.password or "",
        "passfile": os.devnull,
    }
    mode, authority = query.pop("sslmode", ""), query.pop("sslrootcert", "")
    if authority:
        own["ssl"] = _trusting(str(authority), names=mode != "verify-ca")
    elif mode:
        query["ssl"] = mode
    return url.set(query=query), own


def _trusting(authority: str, *, names: bool) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=authority)
    except (OSError, ssl.SSLError) as broken:
        raise BadParameter(
            f"conParams: sslrootcert {Path(authority)} is no file of certificates: {broken.strerror}."
        ) from None
    context.check_hostname = names
    return context


def _blocking(engine: "Engine", work: Work[Answer]) -> Answer:
    with engine.connect() as connection:
        connection.info["until"] = monotonic() + _STATEMENT
        return work(connection)


def _said(broken: Exception) -> tuple[str, str, bool]:
    """The database's own words in one line, which setting is to blame, if any, and whether a right is missing."""
    from sqlalchemy import exc

    if isinstance(broken, exc.NoSuchTableError):
        return f"there is no table {str(broken)!r}", "Table", False
    if isinstance(broken, exc.ArgumentError):
        return str(broken), "Driver", False
    if isinstance(broken, exc.TimeoutError):
        return f"all {CONNECTIONS} connections to the database are in use", "", False
    origin: BaseException = broken
    if isinstance(broken, exc.DBAPIError) and broken.orig is not None:
        origin = broken.orig.__cause__ or broken.orig
    words = next(iter(str(origin).splitlines()), "").rstrip(".") or type(origin).__name__
    if isinstance(origin, TimeoutError):
        return "the database did not answer in time", "", False
    if isinstance(origin, TypeError):  # a parameter that the driver does not take
        return words, "conParams", False
    code = str(getattr(origin, "sqlite_errorname", None) or getattr(origin, "sqlstate", None) or "")
    number = origin.args[0] if origin.args and isinstance(origin.args[0], int) else 0
    about = STATEMENT if isinstance(broken, exc.ProgrammingError) else ""
    for start, blamed in _BLAME.items():
        if code.startswith(start):
            about = blamed
    forbidden = code in _FORBIDDEN or number in _FORBIDDEN
    return words, "User" if forbidden else _MYSQL.get(number, about), forbidden


_BLAME = {
    "SQLITE_ERROR": STATEMENT,
    "SQLITE_CONSTRAINT": STATEMENT,
    "SQLITE_CANTOPEN": "Database",
    "SQLITE_NOTADB": "Database",
    "SQLITE_PERM": "Database",
    "SQLITE_AUTH": "Database",
    "22": STATEMENT,
    "23": STATEMENT,
    "28": "User",
    "3D": "Database",
    "42": STATEMENT,
}
"""The setting that an error speaks of, by the beginning of SQLite's name or of SQLSTATE (SQL:2016 part 2, 24.1)."""

_MYSQL = {1044: "User", 1045: "User", 1049: "Database", 1054: STATEMENT, 1146: STATEMENT}
"""The same by MySQL's number."""

_FORBIDDEN = frozenset({"SQLITE_READONLY", "42501", 1142, 1143})
