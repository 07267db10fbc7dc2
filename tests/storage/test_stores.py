"""Both keepings against the contract."""

from tests.storage.keepings import OnPostgres, OnSqlite
from watchword.testing.oidc_contract import OidcContract
from watchword.testing.store_contract import StoreContract


class TestSqlite(OnSqlite, StoreContract, OidcContract):
    pass


class TestPostgres(OnPostgres, StoreContract, OidcContract):
    pass
