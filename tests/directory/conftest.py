"""What the tests of this room share."""

from collections.abc import AsyncIterator, Iterator

import pytest

from watchword.clock import SystemDice
from watchword.crypto.keyring import KeyRing
from watchword.directory.finding import Directory
from watchword.directory.importing import Importing
from watchword.directory.resolvers.managed import Managed
from watchword.directory.resolvers.passwd import Passwd
from watchword.limits.pool import CostlyWork
from watchword.storage import open_store
from watchword.storage.promises import Store
from watchword.testing import StoppedClock

KINDS = {"managed": Managed, "passwd": Passwd}


@pytest.fixture(scope="session")
def ring(tmp_path_factory: pytest.TempPathFactory) -> KeyRing:
    return KeyRing.create(tmp_path_factory.mktemp("ring") / "keyring.toml", SystemDice(), 1_767_225_600_123)


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    store = open_store(database_url)
    yield store
    await store.close()


@pytest.fixture
def costly() -> Iterator[CostlyWork]:
    pool = CostlyWork(workers=2, queue=100)
    yield pool
    pool.close()


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
async def directory(
    store: Store, ring: KeyRing, costly: CostlyWork, clock: StoppedClock
) -> AsyncIterator[Directory]:
    directory = Directory(KINDS, store, ring, clock=clock, costly=costly)
    yield directory
    await directory.close()


@pytest.fixture
def importing(store: Store, ring: KeyRing, costly: CostlyWork) -> Importing:
    return Importing(store, ring, SystemDice(), costly)
