import pytest
from msgspec.structs import replace

from tests.household import Household
from watchword.enrolment import changing
from watchword.errors import NoSuchToken


async def test_a_change_is_made_to_what_a_faster_log_in_has_left(household: Household) -> None:
    seen = await household.give("A1")
    async with household.house.store.unit() as unit:
        await unit.tokens.change(seen, replace(seen, counter=5, failures=2))
    async with household.house.store.unit() as unit:
        await changing.change(unit, seen, lambda held: replace(held, counter=held.counter + 1, failures=0))
    token = await household.held("A1")
    assert (token.counter, token.failures) == (6, 0)


async def test_what_was_not_changed_is_not_written_back(household: Household) -> None:
    seen = await household.give("A1")
    async with household.house.store.unit() as unit:
        await unit.tokens.change(seen, replace(seen, counter=5))
    async with household.house.store.unit() as unit:
        await changing.disable(unit, seen)
    token = await household.held("A1")
    assert (token.counter, token.active) == (5, False)


async def test_a_token_that_is_gone_is_not_changed(household: Household) -> None:
    seen = await household.give("A1")
    async with household.house.store.unit() as unit:
        assert await changing.remove(unit, seen)
        assert not await changing.remove(unit, seen)
        with pytest.raises(NoSuchToken):
            await changing.disable(unit, seen)
