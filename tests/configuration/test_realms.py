import asyncio

import pytest

from tests.household import REALM, RESOLVER, Household
from watchword.configuration.changes import Changes
from watchword.errors import BadParameter, Refused, WatchwordError
from watchword.model.configuration import ADMIN_REALM, ADMIN_RESOLVER, Configuration
from watchword.policy.circumstances import Administrator


async def _load(household: Household) -> Configuration:
    async with household.house.store.view() as view:
        return await view.configuration.load()


async def _put(household: Household, name: str, *resolvers: str, by: Administrator | None = None) -> None:
    async with household.house.store.unit() as unit:
        await household.house.configuring.realms.put(unit, name, resolvers, administrator=by)


async def test_a_realm_keeps_the_order_of_its_resolvers(household: Household) -> None:
    await _put(household, "Our Corp.2", RESOLVER, ADMIN_RESOLVER)
    await _put(household, "our-corp.2", ADMIN_RESOLVER, RESOLVER)
    assert (await _load(household)).realms["our-corp.2"].resolvers == (ADMIN_RESOLVER, RESOLVER)


@pytest.mark.parametrize(
    ("name", "resolvers"),
    [
        ("", (RESOLVER,)),
        ("a/b", (RESOLVER,)),
        ("büro", (RESOLVER,)),
        ("x" * 256, (RESOLVER,)),
        ("new", ()),
        ("new", ("nobody",)),
        ("new", (RESOLVER, RESOLVER)),
        ("new", (RESOLVER, "")),
    ],
)
async def test_a_realm_that_cannot_be_is_refused(
    household: Household, name: str, resolvers: tuple[str, ...]
) -> None:
    before = await _load(household)
    with pytest.raises(BadParameter):
        await _put(household, name, *resolvers)
    assert await _load(household) == before


async def test_the_administrators_realm_stays_and_keeps_its_resolver(
    household: Household, changes: Changes
) -> None:
    with pytest.raises(Refused):
        await _put(household, ADMIN_REALM, RESOLVER)
    with pytest.raises(Refused):
        async with household.house.store.unit() as unit:
            await changes.realms.remove(unit, f" {ADMIN_REALM.upper()} ")


async def test_nobody_removes_the_resolver_of_the_own_account(household: Household) -> None:
    await _put(household, ADMIN_REALM, ADMIN_RESOLVER, RESOLVER)
    alice = Administrator(now=0, login="alice", realm=ADMIN_REALM, resolver=RESOLVER)
    with pytest.raises(Refused):
        await _put(household, ADMIN_REALM, ADMIN_RESOLVER, by=alice)
    root = Administrator(now=0, login="root", realm=ADMIN_REALM, resolver=ADMIN_RESOLVER)
    await _put(household, ADMIN_REALM, ADMIN_RESOLVER, by=root)
    assert (await _load(household)).realms[ADMIN_REALM].resolvers == (ADMIN_RESOLVER,)


async def test_the_default_realm_moves_and_goes(household: Household, changes: Changes) -> None:
    await _put(household, "other", RESOLVER)
    async with household.house.store.unit() as unit:
        assert await changes.realms.set_default(unit, "OTHER") is True
    assert (await _load(household)).default_realm == "other"
    async with household.house.store.unit() as unit:
        assert await changes.realms.set_default(unit, "nowhere") is False
    assert (await _load(household)).default_realm == "other"
    async with household.house.store.unit() as unit:
        assert await changes.realms.remove(unit, "Other") is True
        assert await changes.realms.remove(unit, "other") is False
    assert (await _load(household)).default_realm == ""


async def test_a_removed_realm_leaves_its_tokens(household: Household, changes: Changes) -> None:
    token = await household.give("T1")
    assert token.realms == (REALM,)
    async with household.house.store.unit() as unit:
        await changes.realms.remove(unit, REALM)
    held = await household.held("T1")
    assert (held.realms, held.owner) == ((), token.owner)


async def test_a_realm_never_ends_with_a_resolver_that_is_gone(
    household: Household, changes: Changes
) -> None:
    """Two administrators at once: one puts a resolver into a realm, the other removes it."""
    store = household.house.store
    async with store.unit() as unit:
        await changes.realms.remove(unit, REALM)

    async def remove() -> None:
        async with store.unit() as unit:
            await changes.resolvers.remove(unit, RESOLVER)

    outcomes = await asyncio.gather(_put(household, "new", RESOLVER), remove(), return_exceptions=True)
    assert sum(isinstance(outcome, WatchwordError) for outcome in outcomes) == 1
    configuration = await _load(household)
    for realm in configuration.realms.values():
        assert set(realm.resolvers) <= configuration.resolvers.keys()
