"""Recovery codes at the gate, and how a new set takes the place of the old one."""

import asyncio

import pytest

from tests.household import RESOLVER, SEED, Household, policy
from watchword.crypto.otp import hotp
from watchword.directory.names import split
from watchword.enrolment.issuing import Order
from watchword.enrolment.occasion import Occasion
from watchword.errors import Refused, UserTypeLimitReached
from watchword.model.person import Subject
from watchword.model.settlement import Lookup
from watchword.model.token import Token
from watchword.plugin.shapes import Label
from watchword.web.parameters import Params


async def set_of(
    household: Household, user: str = "alice", *, pin: str = "", replaces: bool = True
) -> tuple[Token, list[str]]:
    """A new set of codes for this user, issued as any door does it."""
    house = household.house
    snapshot = await house.snapshots.latest()
    occasion = Occasion(snapshot=snapshot, now=household.clock.now())
    person = await house.directory.find(split(user, snapshot.configuration), snapshot.configuration)
    assert person is not None
    kind = house.kinds.token_type("recovery")
    enrolled = await house.enrolment.prepare(kind, Params({}), occasion)
    kept = await house.enrolment.pins.prepare(occasion, occasion.about(person), pin) if pin else None
    order = Order(
        kind=kind,
        enrolled=enrolled,
        owner=person,
        pin=kept,
        may_replace=(lambda _held: None) if replaces else None,
    )
    async with house.store.unit() as unit:
        token = await house.enrolment.issue(unit, occasion, order)
    (shown,) = enrolled.show(Label(issuer="", account=""))
    return token, shown.value.split("\n")


async def tokens_of(household: Household, user: str = "alice") -> list[str]:
    async with household.house.store.view() as view:
        return [token.serial for token in await view.tokens.of(Subject(RESOLVER, user))]


async def test_a_code_opens_once_however_it_is_typed(household: Household) -> None:
    token, codes = await set_of(household, pin="geheim-")
    first, second, third = codes[:3]
    assert (await household.check(f"geheim-{first}")).accepted
    assert not (await household.check(f"geheim-{first}")).accepted
    assert (await household.last_row()).action_detail == "this recovery code was used before"
    assert not (await household.check(f"geheim{second}")).accepted
    assert (await household.check(f"geheim-{second.replace('-', ' ').lower()} ")).accepted
    await household.say(policy("otppin=2"))
    assert (await household.check(third.replace("-", ""))).accepted
    held = await household.held(token.serial)
    assert (held.counter, held.state["recovery_codes_left"]) == (3, 7)


async def test_codes_used_at_the_same_moment_open_once_each_at_most(household: Household) -> None:
    token, codes = await set_of(household)
    outcomes = await asyncio.gather(*(household.check(code) for code in codes * 4))
    opened = sum(outcome.accepted for outcome in outcomes)
    assert opened >= 1
    held = await household.held(token.serial)
    assert held.counter == len(set(held.state["used"])) == opened
    again = [(await household.check(code)).accepted for code in codes]
    assert sum(again) == len(codes) - opened, "who has lost a race tries once more"
    assert not any([(await household.check(code)).accepted for code in codes])


async def test_whoever_mistypes_the_code_of_a_telephone_keeps_the_recovery_codes(
    household: Household,
) -> None:
    await household.give("OATH1", max_failures=3)
    token, codes = await set_of(household)
    for _ in range(5):
        assert not (await household.check("000000")).accepted
    assert (await household.held("OATH1")).locked
    assert (await household.held(token.serial)).failures == 0
    assert (await household.check(codes[0])).accepted
    assert not (await household.check(hotp(SEED, 0))).accepted


async def test_guesses_at_them_alone_count_for_the_person(household: Household) -> None:
    token, codes = await set_of(household)
    for _ in range(20):
        assert not (await household.check("0000-0000-0000-0000")).accepted
    assert (await household.held(token.serial)).failures == 0
    held = await household.house.store.look_up(Lookup(subject=token.owner))
    assert [throttle.failures for throttle in held.throttles] == [20]
    assert (await household.check(codes[0])).accepted
    assert not (await household.check(codes[0])).accepted
    held = await household.house.store.look_up(Lookup(subject=token.owner))
    assert held.throttles[0].failures == 20, "a code that comes once more is no guess"


async def test_a_new_set_takes_the_place_of_the_old_one_and_of_nothing_else(household: Household) -> None:
    await household.say(policy("maxtokenRECOVERY=1", "enrollment"))
    await household.give("OATH1")
    theirs, _ = await set_of(household, "bob")
    old, old_codes = await set_of(household)
    new, new_codes = await set_of(household)
    assert await tokens_of(household) == sorted(["OATH1", new.serial])
    assert await tokens_of(household, "bob") == [theirs.serial]
    assert old.serial != new.serial
    assert not (await household.check(old_codes[0])).accepted
    assert (await household.check(new_codes[0])).accepted


async def test_a_door_that_may_replace_nothing_keeps_the_old_set(household: Household) -> None:
    old, codes = await set_of(household)
    with pytest.raises(Refused):
        await set_of(household, replaces=False)
    assert await tokens_of(household) == [old.serial]
    assert (await household.check(codes[0])).accepted


async def test_a_set_that_a_limit_forbids_leaves_the_old_one(household: Household) -> None:
    old, _ = await set_of(household)
    await household.say(policy("maxtokenRECOVERY=0", "enrollment"))
    with pytest.raises(UserTypeLimitReached):
        await set_of(household)
    assert await tokens_of(household) == [old.serial]


async def test_of_sets_made_at_the_same_moment_one_stays(household: Household) -> None:
    await asyncio.gather(*(set_of(household) for _ in range(5)))
    assert len(await tokens_of(household)) == 1
