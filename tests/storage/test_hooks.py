"""Both keepings against the contract on hooks, their events, routes and receipts."""

from tests.storage.keepings import OnPostgres, OnSqlite
from watchword.testing.hook_contract import HookContract


class TestSqlite(OnSqlite, HookContract):
    pass


class TestPostgres(OnPostgres, HookContract):
    pass
