"""assign, unassign, getTokenOwner, tokenrealm, copyTokenPin, copyTokenUser."""

from collections.abc import Awaitable, Callable

from msgspec.structs import replace

from tests.api.caller import Caller
from tests.household import REALM, RESOLVER, Household, policy
from watchword.crypto.pins import pin_matches, reveal_pin
from watchword.model.configuration import Realm
from watchword.model.person import Subject

CALLERS = Callable[[str], Awaitable[Caller]]


async def test_assign_gives_owner_realms_and_pin_and_forgets_failures(
    linotp: Caller, household: Household
) -> None:
    await household.give("A1", owner=None, realms=("other",), failures=7)
    envelope = await linotp.whole("/admin/assign", serial="A1", user="alice", pin="geheim")
    assert (envelope["result"]["value"], envelope["id"]) == (True, 1)
    token = await household.held("A1")
    assert (token.owner, token.realms, token.failures) == (Subject(RESOLVER, "alice"), (REALM,), 0)
    assert pin_matches(household.house.ring, "A1", token.pin, "geheim")
    await linotp.whole("/admin/assign", serial="A1", user="bob")
    token = await household.held("A1")
    assert token.owner == Subject(RESOLVER, "bob")
    assert pin_matches(household.house.ring, "A1", token.pin, "geheim")


async def test_several_serials_are_assigned_together_and_counted_in_the_id(
    linotp: Caller, household: Household
) -> None:
    for serial in ("A1", "A2"):
        await household.give(serial, owner=None)
    assert await linotp.code("/admin/assign", serial=["A1", "NONE"], user="alice") == 1102
    assert (await household.held("A1")).owner is None
    assert (await linotp.whole("/admin/assign", serial=["A1", "A2"], user="alice"))["id"] == 2


async def test_what_cannot_be_assigned_has_its_number(linotp: Caller, household: Household) -> None:
    await household.give("A1", owner=None)
    assert await linotp.code("/admin/assign", user="alice") == 905
    assert await linotp.code("/admin/assign", serial="A1") == 905
    assert await linotp.code("/admin/assign", serial="A1", user="nobody") == 1112
    assert await linotp.code("/admin/assign", serial="A1", user="alice", realm="nowhere") == 1112
    assert await linotp.code("/admin/assign", serial="NONE", user="alice") == 1102


async def test_limits_hold_at_assign(linotp: Caller, household: Household) -> None:
    await household.say(
        policy("maxtoken=1", "enrollment", user="alice", name="a"),
        policy("maxtokenHMAC=0", "enrollment", user="bob", name="b"),
    )
    for serial in ("A1", "A2"):
        await household.give(serial, owner=None)
    await linotp.whole("/admin/assign", serial="A1", user="alice")
    await linotp.whole("/admin/assign", serial="A1", user="alice")  # has it already
    assert await linotp.code("/admin/assign", serial="A2", user="alice") == 411
    assert await linotp.code("/admin/assign", serial="A2", user="bob") == 412
    await household.say(policy("tokencount=1", "enrollment", realm=REALM, name="c"))
    await household.give("C1", owner=None, realms=())
    assert await linotp.code("/admin/assign", serial="C1", user="bob") == 412
    await household.say(policy("maxtokenHMAC=9", "enrollment", user="bob", name="b"))
    assert await linotp.code("/admin/assign", serial="C1", user="bob") == 410
    assert await linotp.code("/admin/tokenrealm", serial="C1", realms=REALM) == 410
    assert (await household.held("C1")).realms == ()


async def test_a_random_pin_replaces_the_old_one_at_assign(linotp: Caller, household: Household) -> None:
    await household.say(policy("otp_pin_random=6, otp_pin_encrypt=1", "enrollment"))
    pins = set()
    for serial in ("A1", "A2"):
        await household.give(serial, owner=None, pin="old")
    await linotp.whole("/admin/assign", serial=["A1", "A2"], user="alice", pin="mine")
    for serial in ("A1", "A2"):
        token = await household.held(serial)
        pins.add(reveal_pin(household.house.ring, serial, token.pin))
    assert len(pins) == 2
    assert not pins & {"old", "mine", None}


async def test_unassign_leaves_realms_and_works_on_what_nobody_owns(
    linotp: Caller, household: Household
) -> None:
    await household.give("A1", failures=3)
    for _ in range(2):
        assert await linotp.value("/admin/unassign", serial="A1") is True
    token = await household.held("A1")
    assert (token.owner, token.realms, token.failures) == (None, (REALM,), 0)
    assert await linotp.code("/admin/unassign") == 905
    assert await linotp.code("/admin/unassign", serial="NONE") == 1102


async def test_the_owner_is_shown_flat(linotp: Caller, household: Household) -> None:
    await household.give("A1")
    await household.give("LOOSE", owner=None)
    await household.give("ORPHAN", owner="gone")
    owner = await linotp.value("/admin/getTokenOwner", serial="A1")
    assert (owner["username"], owner["userid"], owner["givenname"]) == ("alice", "alice", "Alice")
    assert {"email", "phone", "mobile", "surname"} <= owner.keys()
    assert await linotp.value("/admin/getTokenOwner", serial="LOOSE") == {}
    assert await linotp.value("/admin/getTokenOwner", serial="ORPHAN") == {}
    assert (await linotp.get("/admin/getTokenOwner", serial="A1")).json()["result"]["value"] == owner
    assert await linotp.code("/admin/getTokenOwner", serial="NONE") == 1102
    assert await linotp.code("/admin/getTokenOwner") == 905


async def test_tokenrealm_replaces_all_realms_and_drops_unknown_ones(
    linotp: Caller, household: Household
) -> None:
    async with household.house.store.unit() as unit:
        await unit.configuration.put_realm(Realm(name="second", resolvers=()))
    await household.give("A1")
    assert await linotp.value("/admin/tokenrealm", serial="A1", realms="Second, nowhere") == 1
    assert (await household.held("A1")).realms == ("second",)
    assert await linotp.value("/admin/tokenrealm", serial="A1", realms="") == 1
    assert (await household.held("A1")).realms == ()
    assert await linotp.code("/admin/tokenrealm", serial="NONE", realms=REALM) == 1102
    assert await linotp.code("/admin/tokenrealm", serial="A1") == 905
    assert await linotp.code("/admin/tokenrealm", realms=REALM) == 905


async def test_a_copied_pin_opens_the_other_token(linotp: Caller, household: Household) -> None:
    await household.give("A1", pin="geheim")
    await household.give("B1", owner="bob", pin="other")
    assert await linotp.value("/admin/copyTokenPin", **{"from": "A1", "to": "B1"}) is True
    assert pin_matches(household.house.ring, "B1", (await household.held("B1")).pin, "geheim")
    assert await linotp.code("/admin/copyTokenPin", **{"from": "A1"}) == 905
    assert await linotp.code("/admin/copyTokenPin", **{"from": "A1", "to": "NONE"}) == 1102


async def test_a_copied_owner_comes_with_the_realms(linotp: Caller, household: Household) -> None:
    before = await household.give("A1")
    await household.give("B1", owner="bob", realms=("other",), pin="hers")
    assert await linotp.value("/admin/copyTokenUser", **{"from": "A1", "to": "B1"}) is True
    after = await household.held("B1")
    assert (after.owner, after.realms) == (before.owner, before.realms)
    assert pin_matches(household.house.ring, "B1", after.pin, "hers")
    assert await linotp.code("/admin/copyTokenUser", **{"from": "NONE", "to": "B1"}) == 1102


async def test_realms_bound_each_of_these_rights(caller_for: CALLERS, household: Household) -> None:
    async with household.house.store.unit() as unit:
        await unit.configuration.put_realm(Realm(name="other", resolvers=(RESOLVER,)))
    rights = "assign, unassign, tokenowner, manageToken, copytokenpin, copytokenuser"
    await household.say(policy(rights, "admin", user="helen", realm=REALM))
    helen = await caller_for("helen")
    await household.give("MINE", owner=None)
    foreign = await household.give("OTHER", owner=None, realms=("other",))
    loose = await household.give("LOOSE", owner=None, realms=())
    for serial in ("OTHER", "LOOSE"):
        assert await helen.code("/admin/assign", serial=serial, user="alice") == 410
        assert await helen.code("/admin/unassign", serial=serial) == 410
        assert await helen.code("/admin/getTokenOwner", serial=serial) == 410
        assert await helen.code("/admin/tokenrealm", serial=serial, realms=REALM) == 410
        for name in ("copyTokenPin", "copyTokenUser"):
            assert await helen.code(f"/admin/{name}", **{"from": serial, "to": "MINE"}) == 410
            assert await helen.code(f"/admin/{name}", **{"from": "MINE", "to": serial}) == 410
    assert await helen.code("/admin/tokenrealm", serial="MINE", realms=f"{REALM},other") == 410
    assert await helen.code("/admin/assign", serial="MINE", user="alice", realm="other") == 410
    assert await helen.value("/admin/assign", serial="MINE", user="alice") is True
    assert await household.held("OTHER") == replace(foreign)
    assert await household.held("LOOSE") == replace(loose)
