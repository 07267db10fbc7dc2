"""What abuse is tried on: a house on each store, its dialect, and servers as real processes."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import asyncpg
import pytest

from tests.api.conftest import caller_for, linotp, stranger
from tests.authentication.conftest import environment, household
from tests.household import Household
from tests.serving_process import DEMO, LIMIT, Serve, Server, serve
from watchword.app import close_house, open_house
from watchword.settings import load

__all__ = ["caller_for", "environment", "household", "linotp", "serve", "stranger"]

TellDatabase = Callable[..., Awaitable[list[Sequence[object]]]]


@pytest.fixture
async def other_node(household: Household, environment: Mapping[str, str]) -> AsyncIterator[Household]:
    """A second house on the same store, which has just started."""
    house = await open_house(load({}, environment), clock=household.clock)
    yield Household(house, household.clock)
    await close_house(house)


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("demo") / "home"
    command = [sys.executable, "-m", "watchword.cli", "demo", "--home", str(home)]
    subprocess.run(command, env=DEMO, capture_output=True, timeout=LIMIT, check=True)
    return home


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, demo_home: Path, tmp_path: Path) -> dict[str, str]:
    """The variables of a server with the demo's data, once on each store."""
    where = {**DEMO, "WATCHWORD_HOME": str(tmp_path / "home")}
    if request.param == "postgresql":
        where["WATCHWORD_DATABASE_URL"] = request.getfixturevalue("postgres_url")
    else:
        shutil.copytree(demo_home, tmp_path / "home")
    return where


@pytest.fixture
def server(serve: Serve, place: Mapping[str, str]) -> Server:
    """Four workers."""
    return serve("--demo", "--workers", "4", environment=place)


@pytest.fixture
def tell_database(environment: Mapping[str, str], tmp_path: Path) -> TellDatabase:
    """Says SQL to the store's database, past the store."""

    async def tell(*statements: str) -> list[Sequence[object]]:
        url = environment.get("WATCHWORD_DATABASE_URL")
        if url is None:
            with closing(sqlite3.connect(tmp_path / "watchword.db", isolation_level=None)) as file:
                return [row for statement in statements for row in file.execute(statement)]
        connection = await asyncpg.connect(url)
        try:
            return [tuple(row) for statement in statements for row in await connection.fetch(statement)]
        finally:
            await connection.close()

    return tell
