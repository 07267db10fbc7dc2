import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from watchword.crypto.keyring import KeyRing
from watchword.crypto.passwords import password_matches
from watchword.directory.importing import Importing
from watchword.directory.keeping import Kept
from watchword.directory.reading import CSV_COLUMNS, Form
from watchword.directory.resolvers.managed import Managed
from watchword.model.configuration import ResolverConfig
from watchword.plugin.shapes import Resolver
from watchword.storage import open_store
from watchword.storage.promises import Store
from watchword.testing.resolver_contract import PEOPLE, ResolverContract, resolver_context


def managed(store: Store, ring: KeyRing) -> Managed:
    async def matches(kept: str, password: str) -> bool:
        return password_matches(ring, kept, password)

    context = replace(resolver_context(), people=Kept(store, "people"), password_matches=matches)
    return Managed(ResolverConfig(name="people", kind="managed"), context)


class TestManaged(ResolverContract):
    @pytest.fixture
    async def resolver(self, store: Store, ring: KeyRing, importing: Importing) -> Resolver:
        file = io.StringIO()
        csv.DictWriter(file, [*CSV_COLUMNS]).writerows(
            {"username": one.login, "userid": one.userid, "password": one.password, **one.attributes}
            for one in PEOPLE
        )
        await importing.bring_in(file.getvalue(), Form(passwords_in_plaintext=True), "people")
        return managed(store, ring)

    @pytest.fixture
    async def unreachable(self, tmp_path: Path, ring: KeyRing) -> AsyncIterator[Resolver]:
        (tmp_path / "empty").write_bytes(b"")
        store = open_store(f"sqlite:///{tmp_path / 'empty'}")
        yield managed(store, ring)
        await store.close()

    async def test_a_login_is_found_in_any_case(self, resolver: Resolver) -> None:
        for spelling in ("ALICE", "Alice", "aLiCe"):
            record = await resolver.find(spelling)
            assert record is not None
            assert record.login == "alice"
