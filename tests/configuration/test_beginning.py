import asyncio

from tests.household import Household
from watchword.configuration.beginning import begin
from watchword.configuration.entries import FRESH_ENTRIES
from watchword.model.configuration import ADMIN_REALM, ADMIN_RESOLVER, Configuration
from watchword.storage import open_store


async def _load(household: Household) -> Configuration:
    async with household.house.store.view() as view:
        return await view.configuration.load()


async def test_a_fresh_store_has_settings_and_a_place_for_administrators(household: Household) -> None:
    configuration = await _load(household)
    assert {name: entry.value for name, entry in configuration.entries.items()} == dict(FRESH_ENTRIES)
    assert configuration.realms[ADMIN_REALM].resolvers == (ADMIN_RESOLVER,)
    resolver = configuration.resolvers[ADMIN_RESOLVER]
    assert (resolver.immutable, resolver.readonly) == (True, True)


async def test_a_store_that_has_begun_is_left_alone(household: Household) -> None:
    async with household.house.store.unit() as unit:
        await household.house.configuring.entries.remove(unit, ["PrependPin"])
    before = await _load(household)
    assert await begin(household.house.store) is False
    assert await _load(household) == before


async def test_of_several_nodes_that_start_at_once_one_begins(database_url: str) -> None:
    nodes = [open_store(database_url) for _ in range(4)]
    assert sorted(await asyncio.gather(*map(begin, nodes))) == [False, False, False, True]
    for node in nodes:
        await node.close()
