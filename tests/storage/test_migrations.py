"""Schemas: made once, whoever starts, and cheap where nothing is to do."""

import asyncio
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import asyncpg
import pytest

from watchword.errors import Misconfigured, Unreachable
from watchword.model.settlement import Lookup
from watchword.storage import migrate, open_store
from watchword.storage.migrations import fresh
from watchword.storage.migrations.__main__ import fresh_sql
from watchword.testing.postgres import PostgresServer, why_not

MIGRATE = "import asyncio, sys; from watchword.storage import migrate; asyncio.run(migrate(sys.argv[1]))"


async def at_once(url: str) -> None:
    nodes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-W", "error", "-c", MIGRATE, url, stderr=subprocess.PIPE
        )
        for _ in range(4)
    ]
    for node in nodes:
        _, errors = await node.communicate()
        assert node.returncode == 0, errors.decode()
    store = open_store(url)
    assert await store.revision() == 1
    await store.close()


async def test_four_nodes_that_start_at_once_make_one_sqlite_schema(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    await at_once(f"sqlite:///{path}")
    assert path.stat().st_mode & 0o777 == 0o600


async def test_four_nodes_that_start_at_once_make_one_postgresql_schema(postgres_server: str) -> None:
    connection = await asyncpg.connect(postgres_server)
    await connection.execute("DROP DATABASE IF EXISTS watchword_at_once")
    await connection.execute("CREATE DATABASE watchword_at_once")
    await at_once(postgres_server.rpartition("/")[0] + "/watchword_at_once")
    await connection.execute("DROP DATABASE watchword_at_once")
    await connection.close()


def imported(code: str, *arguments: str) -> set[str]:
    listing = "; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; {code}{listing}", *arguments],
        check=True,
        capture_output=True,
        text=True,
    )
    return set(done.stdout.split())


def test_where_nothing_is_to_do_nothing_heavy_is_imported(sqlite_url: str, postgres_url: str) -> None:
    code = f"{MIGRATE}; from watchword.storage import load_driver; load_driver(sys.argv[1])"
    assert imported(code, sqlite_url).isdisjoint({"asyncpg", "alembic", "sqlalchemy"})
    assert imported(code, postgres_url).isdisjoint({"sqlite3", "alembic", "sqlalchemy"})


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_the_schema_for_an_empty_database_is_what_the_migrations_say(dialect: str) -> None:
    assert fresh(dialect).read_text() == fresh_sql(dialect), "run `python -m watchword.storage.migrations`"


def test_a_first_start_needs_nothing_heavy(tmp_path: Path) -> None:
    started = imported(MIGRATE, f"sqlite:///{tmp_path}/new.db")
    assert started.isdisjoint({"alembic", "sqlalchemy"})


async def test_an_older_schema_is_brought_up_to_date_with_what_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    first = fresh("sqlite").read_text().partition("-- Running upgrade 0001 -> 0002")[0]
    with closing(sqlite3.connect(path)) as file:
        file.executescript(first)
        file.execute("INSERT INTO token (serial, secret, info, state) VALUES ('A', x'00', '{}', '{}')")
        file.commit()
    await migrate(f"sqlite:///{path}")
    store = open_store(f"sqlite:///{path}")
    held = await store.look_up(Lookup(serial="A"))
    await store.close()
    assert [token.serial for token in held.tokens] == ["A"]
    assert held.challenges == ()


async def test_a_schema_of_a_newer_watchword_is_refused_in_words(sqlite_url: str, postgres_url: str) -> None:
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as file, file:
        file.execute("UPDATE alembic_version SET version_num = '9999'")
    connection = await asyncpg.connect(postgres_url)
    right = await connection.fetchval("SELECT version_num FROM alembic_version")
    await connection.execute("UPDATE alembic_version SET version_num = '9999'")
    try:
        for url in (sqlite_url, postgres_url):
            with pytest.raises(Misconfigured, match=r"9999.*newer Watchword"):
                await migrate(url)
    finally:
        await connection.execute("UPDATE alembic_version SET version_num = $1", right)
        await connection.close()


async def test_a_database_that_cannot_be_made_or_reached_is_named_without_its_password(
    tmp_path: Path,
) -> None:
    with pytest.raises(Misconfigured, match="nowhere"):
        await migrate(f"sqlite:///{tmp_path}/nowhere/x.db")
    with pytest.raises(Unreachable) as refused:
        await migrate("postgresql://watchword:sesame@127.0.0.1:1/none")
    assert "sesame" not in str(refused.value)


async def test_a_database_without_a_schema_says_what_to_do(tmp_path: Path) -> None:
    if missing := why_not():
        pytest.skip(missing)
    server = PostgresServer(tmp_path / "server")
    server.start()
    try:
        store = open_store(server.url("postgres"))
        with pytest.raises(Unreachable, match="watchword init"):
            await store.look_up(Lookup(serial="A"))
        await store.close()
    finally:
        server.stop()
    (tmp_path / "empty.db").touch()
    empty = open_store(f"sqlite:///{tmp_path / 'empty.db'}")
    with pytest.raises(Unreachable, match="watchword init"):
        await empty.look_up(Lookup(serial="A"))
    await empty.close()
    with pytest.raises(Unreachable, match="cannot be opened"):
        open_store(f"sqlite:///{tmp_path / 'none.db'}")
