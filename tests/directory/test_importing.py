import asyncio
import time

import pytest

from watchword.clock import SystemDice
from watchword.crypto.keyring import KeyRing
from watchword.crypto.passwords import password_matches
from watchword.directory.importing import Imported, Importing
from watchword.directory.reading import NO_PASSWORD, Form
from watchword.errors import BadParameter, Refused, Unreachable
from watchword.limits.pool import CostlyWork
from watchword.model.configuration import Configuration, ResolverConfig
from watchword.storage.promises import ManagedPerson, Store

CLEAR = Form(passwords_in_plaintext=True)


async def kept(store: Store, resolver: str = "people") -> dict[str, ManagedPerson]:
    async with store.view() as view:
        return {person.userid: person async for person in view.people.each(resolver)}


async def configured(store: Store) -> Configuration:
    async with store.view() as view:
        return await view.configuration.load()


def imported(**changes: dict[str, str]) -> Imported:
    return Imported(**{"created": {}, "updated": {}, "modified": {}, "deleted": {}, **changes})


async def test_a_new_resolver_is_made_on_the_way(store: Store, importing: Importing) -> None:
    assert await importing.bring_in("alice,1\nbob,2\n", Form(), "people") == imported(
        created={"1": "alice", "2": "bob"}
    )
    assert (await configured(store)).resolvers == {
        "people": ResolverConfig(name="people", kind="managed", readonly=True)
    }
    assert [person.login for person in (await kept(store)).values()] == ["alice", "bob"]


async def test_an_import_tells_who_is_new_unchanged_changed_and_gone(
    store: Store, importing: Importing
) -> None:
    await importing.bring_in("alice,1,Liddell\nbob,2\ncarol,3\n", Form(), "people")
    changes = imported(
        created={"4": "dave"}, updated={"1": "alice"}, modified={"2": "robert"}, deleted={"3": "carol"}
    )
    text = "dave,4\nrobert,2\nalice,1,Liddell\n"
    before = await kept(store)
    assert await importing.bring_in(text, Form(), "people", dry_run=True) == changes
    assert await kept(store) == before
    assert await importing.bring_in(text, Form(), "people") == changes
    assert {userid: person.login for userid, person in (await kept(store)).items()} == {
        "1": "alice",
        "4": "dave",
        "2": "robert",
    }
    assert await importing.bring_in(text, Form(), "people") == imported(
        updated={"4": "dave", "2": "robert", "1": "alice"}
    )


async def test_a_dry_run_makes_no_resolver_and_moves_no_revision(store: Store, importing: Importing) -> None:
    before = await configured(store)
    await importing.bring_in("alice,1\n", Form(), "people", dry_run=True)
    assert await configured(store) == before
    assert await kept(store) == {}


async def test_an_import_moves_the_revision_once(store: Store, importing: Importing) -> None:
    before = await configured(store)
    await importing.bring_in("alice,1\n", Form(), "people")
    assert (await configured(store)).revision == before.revision + 1


async def test_two_people_may_exchange_their_logins(importing: Importing) -> None:
    await importing.bring_in("alice,1\nbob,2\n", Form(), "people")
    changes = await importing.bring_in("alice,2\nbob,1\n", Form(), "people")
    assert changes == imported(modified={"2": "alice", "1": "bob"})


async def test_people_of_another_resolver_are_left_alone(store: Store, importing: Importing) -> None:
    await importing.bring_in("alice,1\n", Form(), "people")
    await importing.bring_in("alice,1\nbob,2\n", Form(), "others")
    await importing.bring_in("carol,3\n", Form(), "others")
    assert [person.login for person in (await kept(store)).values()] == ["alice"]


async def test_a_password_in_clear_is_hashed_and_the_same_one_changes_nothing(
    store: Store, ring: KeyRing, importing: Importing
) -> None:
    await importing.bring_in("alice,1,,,,,,secret\nbob,2,,,,,,other\ncarol,3\n", CLEAR, "people")
    first = await kept(store)
    assert password_matches(ring, first["1"].password, "secret")
    assert not first["3"].password
    text = "alice,1,,,,,,secret\nbob,2,,,,,,new\ncarol,3\n"
    changes = imported(updated={"1": "alice", "3": "carol"}, modified={"2": "bob"})
    assert await importing.bring_in(text, CLEAR, "people", dry_run=True) == changes
    assert await importing.bring_in(text, CLEAR, "people") == changes
    second = await kept(store)
    assert second["1"] == first["1"]
    assert password_matches(ring, second["2"].password, "new")


async def test_clear_text_that_was_not_announced_never_reaches_the_store(
    store: Store, ring: KeyRing, importing: Importing
) -> None:
    await importing.bring_in("alice,1,,,,,,secret\n", Form(), "people")
    person = (await kept(store))["1"]
    assert person.password == NO_PASSWORD
    assert not password_matches(ring, person.password, "secret")


async def test_progress_is_told_for_every_person(importing: Importing) -> None:
    told: list[tuple[int, int]] = []
    await importing.bring_in(
        "alice,1,,,,,,a\nbob,2,,,,,,b\ncarol,3\n",
        CLEAR,
        "people",
        progress=lambda done, total: told.append((done, total)),
    )
    assert told == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize("text", ["", "\n\n", "name,id\n"])
async def test_a_file_that_holds_nobody_is_refused(importing: Importing, text: str) -> None:
    with pytest.raises(BadParameter, match="would remove everybody"):
        await importing.bring_in(text, Form(skip_header=True), "people")


@pytest.mark.parametrize("name", ["", "abc", "a b c d", "péople", "x" * 256])
async def test_a_name_that_no_resolver_can_have_is_refused(importing: Importing, name: str) -> None:
    with pytest.raises(BadParameter, match="name of a resolver"):
        await importing.bring_in("alice,1\n", Form(), name)


@pytest.mark.parametrize(
    "config",
    [
        ResolverConfig(name="people", kind="managed", readonly=True, immutable=True),
        ResolverConfig(name="people", kind="passwd", settings={"fileName": "/etc/passwd"}),
    ],
)
@pytest.mark.parametrize("dry_run", [True, False])
async def test_a_resolver_that_is_not_ours_to_fill_is_refused(
    store: Store, importing: Importing, config: ResolverConfig, dry_run: bool
) -> None:
    async with store.unit() as unit:
        await unit.configuration.put_resolver(config)
    with pytest.raises(Refused):
        await importing.bring_in("alice,1\n", Form(), "people", dry_run=dry_run)
    assert await kept(store) == {}


async def test_a_bad_line_leaves_everything_as_it_was(store: Store, importing: Importing) -> None:
    await importing.bring_in("alice,1\n", Form(), "people")
    before = await kept(store), await configured(store)
    with pytest.raises(BadParameter, match="Line 2"):
        await importing.bring_in("bob,2\n,3\n", Form(), "people")
    assert (await kept(store), await configured(store)) == before


async def test_a_change_while_passwords_are_hashed_is_not_overwritten(
    store: Store, importing: Importing
) -> None:
    await importing.bring_in("alice,1\n", Form(), "people")
    slow = asyncio.create_task(importing.bring_in("bob,2,,,,,,secret\n", CLEAR, "people"))
    await asyncio.sleep(0.005)
    await importing.bring_in("carol,3\n", Form(), "people")
    with pytest.raises(Refused, match="Somebody else changed"):
        await slow
    assert [person.login for person in (await kept(store)).values()] == ["carol"]


async def test_a_pool_that_is_full_stops_the_import_before_anything_is_stored(
    store: Store, ring: KeyRing
) -> None:
    pool = CostlyWork(workers=1, queue=0, seconds=5)
    busy = asyncio.create_task(pool.run(time.sleep, 0.2))
    await asyncio.sleep(0.01)
    with pytest.raises(Unreachable):
        await Importing(store, ring, SystemDice(), pool).bring_in("alice,1,,,,,,secret\n", CLEAR, "people")
    assert await kept(store) == {}
    await busy
    pool.close()


async def test_ten_thousand_people_come_in_while_others_are_served(importing: Importing) -> None:
    text = "".join(
        f"user{number},{number},Surname {number},Given,u@example.org\n" for number in range(10_000)
    )
    work = asyncio.create_task(importing.bring_in(text, Form(), "people"))
    turns = 0
    while not work.done():
        await asyncio.sleep(0.001)
        turns += 1
    assert len((await work).created) == 10_000
    assert turns > 10, "others have their turns, many times"
