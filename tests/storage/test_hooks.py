"""Both keepings against the contract on hooks, their events, routes and receipts."""

from collections.abc import AsyncIterator

import pytest

from watchword.storage import open_store
from watchword.storage.promises import Store
from watchword.testing.hook_contract import HookContract


class TestSqlite(HookContract):
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


class TestPostgres(HookContract):
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
