"""What every test may ask for: an event loop, and databases with a fresh schema."""

import asyncio
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
from hypothesis import settings

from watchword.storage import migrate
from watchword.testing.postgres import PostgresServer, why_not

settings.register_profile("house", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("house")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the schema and nothing in it."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    asyncio.run(migrate(f"sqlite:///{path}"))
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The URL of an empty SQLite database with its schema."""
    path = tmp_path / "watchword.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a server's own database: WATCHWORD_TEST_POSTGRES, or a server that each worker starts for itself."""
    given = os.environ.get("WATCHWORD_TEST_POSTGRES")
    if given:
        yield given
        return
    if missing := why_not():
        pytest.skip(missing)
    server = PostgresServer(tmp_path_factory.mktemp("postgres") / "server")
    server.start()
    yield server.url("postgres")
    server.stop()


@pytest.fixture(scope="session")
def postgres_database(postgres_server: str, worker_id: str) -> Iterator[str]:
    """A database with the schema, of this worker alone."""
    name = f"watchword_test_{worker_id}"

    async def make() -> None:
        connection = await asyncpg.connect(postgres_server)
        await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await connection.execute(f"CREATE DATABASE {name}")
        await connection.close()
        await migrate(url)

    async def drop() -> None:
        connection = await asyncpg.connect(postgres_server)
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await connection.close()

    url = urlsplit(postgres_server)._replace(path=f"/{name}").geturl()
    asyncio.run(make())
    yield url
    asyncio.run(drop())


_EMPTIED = """
DO $$
DECLARE one record; filled boolean;
BEGIN
  FOR one IN SELECT quote_ident(tablename) AS name FROM pg_tables
    WHERE schemaname = 'public' AND tablename NOT IN ('alembic_version', 'revision')
  LOOP
    EXECUTE 'SELECT EXISTS (SELECT FROM ' || one.name || ')' INTO filled;
    IF filled THEN EXECUTE 'TRUNCATE ' || one.name || ' CASCADE'; END IF;
  END LOOP;
  FOR one IN SELECT quote_ident(sequencename) AS name FROM pg_sequences
    WHERE schemaname = 'public' AND last_value IS NOT NULL
  LOOP
    EXECUTE 'ALTER SEQUENCE ' || one.name || ' RESTART';
  END LOOP;
  UPDATE revision SET number = 1;
END $$
"""
"""Only what holds something: to truncate a table makes new files, whether it held anything or not."""


@pytest.fixture
def postgres_url(postgres_database: str) -> str:
    """The URL of an empty PostgreSQL database with its schema; skips where there can be none."""

    async def clear() -> None:
        connection = await asyncpg.connect(postgres_database)
        await connection.execute(_EMPTIED)
        await connection.close()

    asyncio.run(clear())
    return postgres_database


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database, once of each kind."""
    return str(request.getfixturevalue(f"{request.param}_url"))
