"""Both keepings against the contract."""

from collections.abc import AsyncIterator

import pytest

from watchword.storage import open_store
from watchword.storage.promises import Store
from watchword.testing.oidc_contract import OidcContract
from watchword.testing.store_contract import StoreContract


class TestSqlite(StoreContract, OidcContract):
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


class TestPostgres(StoreContract, OidcContract):
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
