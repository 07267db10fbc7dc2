import asyncio

import pytest
from msgspec.structs import replace

from tests.household import RESOLVER, SEED, Household, policy
from watchword.clock import Dice
from watchword.crypto.pins import is_costly, pin_matches
from watchword.enrolment.issuing import Enrolment, Order
from watchword.enrolment.occasion import Occasion
from watchword.errors import BadParameter, Refused, TokenTypeMismatch, UserLimitReached
from watchword.model.person import Person, Subject
from watchword.model.token import Token
from watchword.plugin.shapes import Enrolled
from watchword.web.parameters import Params

ALICE = Person(subject=Subject(RESOLVER, "alice"), login="alice", realm="demo")


class FixedDice:
    """Dice whose serials were agreed before."""

    def __init__(self, *serials: bytes) -> None:
        self._serials = [*serials]

    def bytes(self, count: int) -> bytes:
        return self._serials.pop(0) if count == 4 else b"\7" * count

    def below(self, limit: int) -> int:
        return 0


def order(household: Household, **fields: object) -> Order:
    return replace(Order(kind=household.house.kinds.default, enrolled=Enrolled(secret=SEED)), **fields)


def enrolment_with(household: Household, dice: Dice) -> Enrolment:
    house = household.house
    return Enrolment(house.kinds, house.ring, dice, house.pool)


async def issued(household: Household, occasion: Occasion, wanted: Order) -> Token:
    async with household.house.store.unit() as unit:
        return await household.house.enrolment.issue(unit, occasion, wanted)


async def test_a_serial_that_is_taken_by_chance_is_thrown_anew(
    household: Household, occasion: Occasion
) -> None:
    enrolment = enrolment_with(household, FixedDice(b"\0\0\0\1", b"\0\0\0\1", b"\0\0\0\2"))
    async with household.house.store.unit() as unit:
        serials = [(await enrolment.issue(unit, occasion, order(household))).serial for _ in range(2)]
    assert serials == ["OATH00000001", "OATH00000002"]


async def test_dice_that_never_fall_anew_are_given_up(household: Household, occasion: Occasion) -> None:
    enrolment = enrolment_with(household, FixedDice(*[b"\0\0\0\1"] * 6))
    async with household.house.store.unit() as unit:
        await enrolment.issue(unit, occasion, order(household))
        with pytest.raises(Refused, match="Five new serials"):
            await enrolment.issue(unit, occasion, order(household))


async def test_a_taken_serial_is_replaced_only_by_whom_may_replace_it(
    household: Household, occasion: Occasion
) -> None:
    await household.give("A1")
    with pytest.raises(Refused, match="already"):
        await issued(household, occasion, order(household, serial="A1"))

    def never(_held: Token) -> None:
        raise Refused("not yours")

    with pytest.raises(Refused, match="not yours"):
        await issued(household, occasion, order(household, serial="A1", may_replace=never))
    assert (
        await issued(household, occasion, order(household, serial="A1", may_replace=lambda _held: None))
    ).serial == "A1"


async def test_who_may_not_replace_is_not_told_of_which_type_the_token_is(
    household: Household, occasion: Occasion
) -> None:
    await household.give("P1", "pw")

    def never(_held: Token) -> None:
        raise Refused("not yours")

    with pytest.raises(Refused, match="not yours"):
        await issued(household, occasion, order(household, serial="P1", may_replace=never))
    with pytest.raises(TokenTypeMismatch):
        await issued(household, occasion, order(household, serial="P1", may_replace=lambda _held: None))


async def test_a_token_made_anew_keeps_its_limits_and_counts_from_zero(
    household: Household, occasion: Occasion
) -> None:
    held = await household.give(
        "A1",
        counter=7,
        failures=3,
        attempts=5,
        successes=4,
        attempts_max=9,
        successes_max=8,
        valid_until=2**41,
        window=3,
        state={"otp1c": 5},
    )
    await issued(household, occasion, order(household, serial="A1", may_replace=lambda _held: None))
    after = await household.held("A1")
    assert (after.counter, after.failures, after.attempts, after.successes, after.state) == (0, 0, 0, 0, {})
    for name in (
        "id",
        "attempts_max",
        "successes_max",
        "valid_until",
        "window",
        "created",
        "owner",
        "realms",
    ):
        assert getattr(after, name) == getattr(held, name)


async def test_limits_do_not_count_a_replacement(household: Household, occasion: Occasion) -> None:
    await household.say(policy("maxtoken=0, tokencount=0", "enrollment"))
    now = replace(occasion, snapshot=await household.house.snapshots.latest())
    token = await issued(household, now, order(household, owner=ALICE, limited=False))
    assert token.owner == ALICE.subject


async def test_many_orders_at_once_do_not_outrun_a_limit(household: Household, occasion: Occasion) -> None:
    await household.say(policy("maxtoken=2", "enrollment"))
    now = replace(occasion, snapshot=await household.house.snapshots.latest())
    orders = [issued(household, now, order(household, owner=ALICE)) for _ in range(6)]
    results = await asyncio.gather(*orders, return_exceptions=True)
    assert sum(isinstance(result, UserLimitReached) for result in results) == 4
    async with household.house.store.view() as view:
        assert len(await view.tokens.of(ALICE.subject)) == 2


async def test_a_token_is_issued_with_two_statements_and_its_realms(
    household: Household, occasion: Occasion
) -> None:
    traffic = household.house.store.traffic
    await issued(household, occasion, order(household, owner=ALICE))
    before = traffic.statements
    async with household.house.store.unit() as unit:
        begun = traffic.statements
        await household.house.enrolment.issue(unit, occasion, order(household, owner=ALICE))
        assert traffic.statements - begun <= 2
    assert traffic.statements - before <= 5


async def test_a_slow_pin_is_prepared_for_no_token_and_opens_the_one_it_is_placed_in(
    household: Household, occasion: Occasion
) -> None:
    house = household.house
    pins = Enrolment(house.kinds, house.ring, house.dice, house.pool, pin_hash="argon2id").pins
    prepared = await pins.prepare(occasion, occasion.about(ALICE), "geheim")
    kept = pins.place(prepared, "A1")
    assert is_costly(kept)
    assert pin_matches(house.ring, "A1", kept, "geheim")
    assert not pin_matches(house.ring, "A1", kept, "Geheim")


async def test_serials_with_odd_but_printable_characters_are_taken(
    household: Household, occasion: Occasion
) -> None:
    for serial in ("a b", "ä.ö_ü", "%", "'\"", "*", "🔑"):
        assert (await issued(household, occasion, order(household, serial=serial))).serial == serial
    for serial in ("\ud800", "a\x00", "a\tb", "\u202e", "x" * 65):
        with pytest.raises(BadParameter):
            await issued(household, occasion, order(household, serial=serial))


async def test_what_is_prepared_shows_no_secret(household: Household, occasion: Occasion) -> None:
    kind = household.house.kinds.token_type("pw")
    enrolled = await household.house.enrolment.prepare(kind, Params({"otpkey": "open sesame"}), occasion)
    assert "open sesame" not in repr(order(household, kind=kind, enrolled=enrolled))
