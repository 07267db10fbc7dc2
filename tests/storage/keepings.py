"""The two keepings, each with a second store beside it, for the suites that both pass."""

from collections.abc import AsyncIterator

import pytest

from watchword.storage import open_store
from watchword.storage.promises import Store


class OnSqlite:
    @pytest.fixture
    async def store(self, sqlite_url: str) -> AsyncIterator[Store]:
        store = open_store(sqlite_url)
        yield store
        await store.close()

    @pytest.fixture
    async def other(self, sqlite_url: str) -> AsyncIterator[Store]:
        store = open_store(sqlite_url)
        yield store
        await store.close()


class OnPostgres:
    @pytest.fixture
    async def store(self, postgres_url: str) -> AsyncIterator[Store]:
        store = open_store(postgres_url)
        yield store
        await store.close()

    @pytest.fixture
    async def other(self, postgres_url: str) -> AsyncIterator[Store]:
        store = open_store(postgres_url)
        yield store
        await store.close()
