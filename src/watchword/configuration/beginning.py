"""What a fresh store is given."""

from watchword.configuration.entries import FRESH_ENTRIES
from watchword.model.configuration import (
    ADMIN_REALM,
    ADMIN_RESOLVER,
    MANAGED,
    Configuration,
    Entry,
    Realm,
    ResolverConfig,
)
from watchword.storage.promises import Store


async def begin(store: Store) -> bool:
    """Give a fresh store its settings, the resolver of local administrators and their realm.

    A store that has begun is left alone, also where a setting was removed since. Several nodes may try at once:
    one of them does it. True if it was this one.
    """
    async with store.view() as view:
        if _has_begun(await view.configuration.load()):
            return False
    async with store.unit() as unit:
        configuration = await unit.configuration.held()
        if _has_begun(configuration):
            return False
        absent = {name: value for name, value in FRESH_ENTRIES.items() if name not in configuration.entries}
        await unit.configuration.put_entries({name: Entry(value=value) for name, value in absent.items()})
        await unit.configuration.put_resolver(
            ResolverConfig(name=ADMIN_RESOLVER, kind=MANAGED, readonly=True, immutable=True)
        )
        await unit.configuration.put_realm(Realm(name=ADMIN_REALM, resolvers=(ADMIN_RESOLVER,)))
    return True


def _has_begun(configuration: Configuration) -> bool:
    return ADMIN_REALM in configuration.realms and ADMIN_RESOLVER in configuration.resolvers
