"""One house for all that strangers do to it in a file: what one request leaves behind, the next ones meet."""

import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.api.caller import ADMIN
from tests.api.conftest import _add_administrator
from tests.api.linotp.userservice.conftest import ALL, opened
from tests.hostile.knocking import DOORS, Ear, Store, Visitor
from tests.household import CLIENT, Household, household_on, policy
from watchword.api.linotp.doors import Doors


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
async def household(home: Path) -> AsyncIterator[Household]:
    """Alice and bob, two tokens, an administrator, on SQLite."""
    async with household_on({"WATCHWORD_HOME": str(home)}) as household:
        await household.give("T1")
        await household.give("T2", owner=None)
        await _add_administrator(household, ADMIN)
        await household.say(policy(ALL, scope="selfservice", name="people"))
        yield household


@pytest.fixture
def store(home: Path, stranger: Visitor) -> Iterator[Store]:  # noqa: ARG001  (who has made the store)
    store = Store(home)
    yield store
    store.close()


@pytest.fixture(scope="module")
async def stranger(household: Household) -> Visitor:
    return Visitor(household, Doors(household.house, DOORS))


@pytest.fixture(scope="module")
async def administrator(stranger: Visitor) -> Visitor:
    """An administrator, who is alice at the doors for people."""
    session = await stranger.log_in()
    visit = await opened(stranger.household, "alice", client=CLIENT)
    return Visitor(stranger.household, stranger.doors, session, visit)


@pytest.fixture(autouse=True)
async def as_it_was(household: Household) -> AsyncIterator[None]:
    """Tokens, settings and policies are again what they were before the test."""
    store = household.house.store
    async with store.view() as view:
        before = await view.configuration.load()
    yield
    async with store.unit() as unit:
        now = await unit.configuration.load()
        await unit.configuration.remove_entries(set(now.entries) - set(before.entries))
        kept = {one.name for one in before.policies}
        await unit.configuration.remove_policies([one.name for one in now.policies if one.name not in kept])
        await unit.configuration.touch()
        missing = [serial for serial in ("T1", "T2") if await unit.tokens.by_serial(serial) is None]
    for serial in missing:
        await household.give(serial)


@pytest.fixture(autouse=True)
def ear() -> Iterator[Ear]:
    """Nothing that is sent is worth a line in the log: a bug is, and a store that does not answer."""
    ear = Ear()
    logging.getLogger().addHandler(ear)
    yield ear
    logging.getLogger().removeHandler(ear)
    assert [record.getMessage() for record in ear.heard if record.levelno >= logging.WARNING] == []
