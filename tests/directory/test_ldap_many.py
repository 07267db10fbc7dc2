"""Fifty thousand people in a directory: what is asked for them, and what it takes."""

from collections.abc import Iterator

import psutil
import pytest

from tests.directory.test_ldap import opened
from tests.ldap_server import READER, Directory, directory, person
from watchword.crypto.keyring import KeyRing
from watchword.directory.finding import Directory as Directories
from watchword.directory.resolvers.ldap import Ldap
from watchword.limits.pool import CostlyWork
from watchword.model.configuration import Configuration, Realm, ResolverConfig
from watchword.model.person import UserName
from watchword.storage.promises import Store
from watchword.testing import StoppedClock

MANY = 50_000

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Directory]:
    people = (
        person(
            f"user{number}",
            "secret" if number % 100 == 0 else "",
            givenName=f"Given {number}",
            mail=f"user{number}@example.org",
            telephoneNumber=f"+49 30 {number}",
            mobile=f"+49 171 {number}",
        )
        for number in range(MANY)
    )
    limits = f'limits dn.exact="{READER}" size.prtotal=unlimited'
    with directory(tmp_path_factory.mktemp("many"), people, limits=limits) as running:
        yield running


async def test_a_list_of_everybody_is_held_a_page_at_a_time(many: Directory) -> None:
    async with opened(many.settings()) as resolver:
        process = psutil.Process()
        before = process.memory_info().rss
        count, most = 0, 0
        async for _ in resolver.search({}):
            count += 1
            if count % 5000 == 0:
                most = max(most, process.memory_info().rss - before)
        assert count == MANY
        assert most < 100 << 20


async def test_who_was_found_is_not_asked_for_again(
    many: Directory, store: Store, ring: KeyRing, costly: CostlyWork, clock: StoppedClock
) -> None:
    sealed = ring.seal(("resolver", "corp", "BINDPW"), b"reader's secret")
    config = ResolverConfig(name="corp", kind="ldap", settings=many.settings(), secrets={"BINDPW": sealed})
    configuration = Configuration(
        revision=1, resolvers={"corp": config}, realms={"corp": Realm(name="corp", resolvers=("corp",))}
    )
    directories = Directories({"ldap": Ldap}, store, ring, clock=clock, costly=costly)
    name = UserName(login="user4200", realm="corp")
    begun = len(many.asked())
    person = await directories.find(name, configuration)
    assert person is not None
    assert len(many.asked()) - begun == 3
    for _ in range(100):
        assert await directories.find(name, configuration) == person
    assert len(many.asked()) - begun == 3
    assert await directories.check_password(person, "secret", configuration)
    assert len(many.asked()) - begun == 5
    await directories.close()
