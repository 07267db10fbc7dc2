import pytest
from msgspec.structs import replace

from tests.household import SEED, Household
from watchword.crypto.otp import hotp
from watchword.enrolment.occasion import Occasion
from watchword.enrolment.recognising import recognise
from watchword.errors import BadParameter
from watchword.model.token import secret_context
from watchword.storage.promises import TokenFilter


async def test_many_tokens_are_tried_batch_by_batch(household: Household, occasion: Occasion) -> None:
    house = household.house
    model = await household.give("A000")
    async with house.store.unit() as unit:
        for number in range(1, 250):
            serial = f"A{number:03}"
            secret = house.ring.seal(secret_context(serial), number.to_bytes(20, "big"))
            await unit.tokens.add(replace(model, id=0, serial=serial, secret=secret))
    wanted = number.to_bytes(20, "big")
    async with house.store.view() as view:
        found = await recognise(view, house.enrolment, occasion, TokenFilter(), hotp(wanted, 9))
        assert "A249" in {token.serial for token in found}
        found = await recognise(
            view, house.enrolment, occasion, TokenFilter(), hotp(wanted, 10) + hotp(SEED, 0)
        )
        assert found == ()


async def test_a_search_among_too_many_tokens_is_refused(household: Household, occasion: Occasion) -> None:
    house = household.house
    await household.give("A1")
    await household.give("A2", active=False)
    code = hotp(SEED, 0)
    async with house.store.view() as view:
        with pytest.raises(BadParameter, match="narrow the search"):
            await recognise(view, house.enrolment, occasion, TokenFilter(), code, most=1)
        narrower = TokenFilter(active=True)
        assert len(await recognise(view, house.enrolment, occasion, narrower, code, most=1)) == 1


async def test_types_without_that_ability_are_not_read_at_all(
    household: Household, occasion: Occasion
) -> None:
    house = household.house
    async with house.store.view() as view:
        wanted = TokenFilter(kinds=frozenset({"pw"}))
        assert await recognise(view, house.enrolment, occasion, wanted, "123456") == ()
