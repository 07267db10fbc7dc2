from pathlib import Path

import pytest

from tests.configuration.remote import Remote
from tests.household import REALM, RESOLVER, Household
from watchword.configuration.changes import Changes
from watchword.configuration.resolvers import HIDDEN, Resolvers
from watchword.crypto.keyring import KeyRing
from watchword.errors import BadParameter, Refused, WatchwordError
from watchword.model.configuration import ADMIN_RESOLVER, MANAGED, Configuration, ResolverConfig
from watchword.model.person import Subject
from watchword.plugin.shapes import Resolver


@pytest.fixture
def remotes(household: Household) -> Resolvers:
    """Resolvers of a house in which the remote kind is installed, too."""
    house = household.house
    kinds: dict[str, type[Resolver]] = {**house.kinds.resolvers, Remote.kind: Remote}
    return Resolvers(house.ring, house.store, Remote.directory(house, kinds), kinds)


async def _load(household: Household) -> Configuration:
    async with household.house.store.view() as view:
        return await view.configuration.load()


async def _put(
    household: Household, resolvers: Resolvers, name: str, kind: str, **settings: str
) -> ResolverConfig:
    previous, readonly = settings.pop("previous", None), settings.pop("readonly", "") == "yes" or None
    prepared = await resolvers.prepare(
        await _load(household),
        name,
        kind,
        settings,
        previous=previous,
        readonly=readonly,
    )
    async with household.house.store.unit() as unit:
        await resolvers.put(unit, prepared)
    return prepared.made


def _secret(ring: KeyRing, config: ResolverConfig) -> str:
    return ring.open(("resolver", config.name, "bind_password"), config.secrets["bind_password"]).decode()


async def test_a_resolver_is_made_changed_and_removed(
    household: Household, changes: Changes, passwd: Path
) -> None:
    made = await _put(household, changes.resolvers, "local", "passwd", fileName=str(passwd), other="x")
    assert (await _load(household)).resolvers["local"] == made
    assert made.settings == {"fileName": str(passwd)}
    second = passwd.with_name("second")
    second.write_text(passwd.read_text())
    await _put(household, changes.resolvers, "local", "passwd", fileName=str(second), previous="local")
    assert (await _load(household)).resolvers["local"].settings == {"fileName": str(second)}
    async with household.house.store.unit() as unit:
        assert await changes.resolvers.remove(unit, "local") is True
        assert await changes.resolvers.remove(unit, "local") is False


@pytest.mark.parametrize(
    ("name", "kind", "more"),
    [
        ("abc", "passwd", {"fileName": "{file}"}),
        ("with.dot", "passwd", {"fileName": "{file}"}),
        ("x" * 256, "passwd", {"fileName": "{file}"}),
        ("local", "unknown", {"fileName": "{file}"}),
        ("local", "passwd", {}),
        ("local", "passwd", {"fileName": "/nowhere/at/all"}),
        ("local", "passwd", {"fileName": "{file}", "readonly": "yes"}),
        ("local", "passwd", {"fileName": "{file}", "previous": "nothing"}),
        (RESOLVER, "passwd", {"fileName": "{file}"}),
        (RESOLVER, "passwd", {"fileName": "{file}", "previous": RESOLVER}),
        (ADMIN_RESOLVER, MANAGED, {"previous": ADMIN_RESOLVER}),
        ("admins", MANAGED, {"previous": ADMIN_RESOLVER}),
        (RESOLVER, MANAGED, {"previous": "admins"}),
    ],
)
async def test_a_resolver_that_cannot_be_is_refused_and_nothing_stored(
    household: Household, changes: Changes, passwd: Path, name: str, kind: str, more: dict[str, str]
) -> None:
    before = await _load(household)
    filled = {key: value.format(file=passwd) for key, value in more.items()}
    with pytest.raises(WatchwordError):
        await _put(household, changes.resolvers, name, kind, **filled)
    assert await _load(household) == before


async def test_what_is_in_use_or_immutable_stays(household: Household, changes: Changes) -> None:
    for name in (RESOLVER, ADMIN_RESOLVER):
        with pytest.raises(Refused):
            async with household.house.store.unit() as unit:
                await changes.resolvers.remove(unit, name)
    assert {RESOLVER, ADMIN_RESOLVER} <= (await _load(household)).resolvers.keys()


async def test_a_removed_resolver_takes_its_people_along(household: Household, changes: Changes) -> None:
    async with household.house.store.unit() as unit:
        await changes.realms.remove(unit, REALM)
        await changes.resolvers.remove(unit, RESOLVER)
    async with household.house.store.view() as view:
        assert [person async for person in view.people.each(RESOLVER)] == []


async def test_realms_tokens_and_people_follow_a_renamed_resolver(
    household: Household, changes: Changes
) -> None:
    await household.give("T1", owner="alice", pin="1234")
    await household.give("people", owner=None)
    await _put(household, changes.resolvers, "staff", MANAGED, previous=RESOLVER)
    configuration = await _load(household)
    assert RESOLVER not in configuration.resolvers
    assert configuration.resolvers["staff"].readonly
    assert configuration.realms[REALM].resolvers == ("staff",)
    assert configuration.default_realm == REALM
    assert (await household.held("T1")).owner == Subject("staff", "alice")
    assert (await household.held("people")).owner is None
    async with household.house.store.view() as view:
        assert [person.login async for person in view.people.each("staff")] == ["alice", "bob"]
        assert [person async for person in view.people.each(RESOLVER)] == []


async def test_a_login_works_after_the_rename_as_before(household: Household, changes: Changes) -> None:
    await household.give_password("T1", "open-sesame", owner="alice")
    await _put(household, changes.resolvers, "staff", MANAGED, previous=RESOLVER)
    await household.house.snapshots.latest()
    assert (await household.check("open-sesame")).accepted


async def test_a_secret_is_sealed_and_stays_until_it_is_sent_again(
    household: Household, remotes: Resolvers
) -> None:
    ring = household.house.ring
    first = await _put(household, remotes, "office", "remote", uri="ldap://a", bind_password="hush")
    assert "bind_password" not in first.settings
    assert _secret(ring, first) == "hush"
    for sent in ({}, {"bind_password": HIDDEN}):
        kept = await _put(
            household, remotes, "office", "remote", uri="ldap://a", limit="5", previous="office", **sent
        )
        assert _secret(ring, kept) == "hush"
    new = await _put(
        household, remotes, "office", "remote", uri="ldap://a", bind_password="x", previous="office"
    )
    assert _secret(ring, new) == "x"


async def test_a_renamed_resolver_still_opens_its_secret(household: Household, remotes: Resolvers) -> None:
    await _put(household, remotes, "office", "remote", uri="ldap://a", bind_password="hush")
    renamed = await _put(household, remotes, "bureau", "remote", uri="ldap://a", previous="office")
    assert _secret(household.house.ring, renamed) == "hush"


async def test_a_kept_secret_is_not_shown_to_another_address(
    household: Household, remotes: Resolvers
) -> None:
    await _put(household, remotes, "office", "remote", uri="ldap://a", bind_password="hush")
    with pytest.raises(BadParameter, match="again"):
        await _put(household, remotes, "office", "remote", uri="ldap://evil", previous="office")
    moved = await _put(
        household, remotes, "office", "remote", uri="ldap://b", bind_password="hush", previous="office"
    )
    assert moved.settings["uri"] == "ldap://b"


async def test_what_somebody_else_changed_meanwhile_is_not_overwritten(
    household: Household, remotes: Resolvers
) -> None:
    store = household.house.store
    await _put(household, remotes, "office", "remote", uri="ldap://a")
    before = await _load(household)
    changed = await remotes.prepare(before, "office", "remote", {"uri": "ldap://b"}, previous="office")
    renamed = await remotes.prepare(before, "bureau", "remote", {"uri": "ldap://a"}, previous="office")
    fresh = await remotes.prepare(before, "newcomer", "remote", {"uri": "ldap://c"})
    async with store.unit() as unit:
        await remotes.put(unit, changed)
        await remotes.put(unit, fresh)
    for late in (changed, renamed, fresh):
        with pytest.raises(Refused):
            async with store.unit() as unit:
                await remotes.put(unit, late)
    assert (await _load(household)).resolvers["office"].settings == {"uri": "ldap://b"}
