"""Codes of our own tokens take the routes, too."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.delivery.wires import Gateway, gateway
from tests.household import Household, household_on, policy
from tests.sending import ALLOWED, connect, give_sms
from watchword.model.attempt import Result
from watchword.model.route import Route


@pytest.fixture
async def household(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Household]:
    where = {"WATCHWORD_HOME": str(tmp_path), "WATCHWORD_DATABASE_URL": sqlite_url, **ALLOWED}
    async with household_on(where) as household:
        yield household


@pytest.fixture
async def gateways(household: Household) -> AsyncIterator[tuple[Gateway, Gateway]]:
    """The one that a route names, and the default one."""
    async with gateway() as one, gateway() as two:
        await connect(household, "routed", one.url)
        await connect(household, "usual", two.url)
        await give_sms(household)
        yield one, two


async def route(household: Household, **fields: object) -> None:
    async with household.house.store.unit() as unit:
        await unit.configuration.put_routes([Route(name="r", **{"providers": ("routed",), **fields})])  # type: ignore[arg-type]


async def heard(household: Household, gateways: tuple[Gateway, Gateway]) -> tuple[int, int]:
    await household.check("sesame")
    return len(gateways[0].heard), len(gateways[1].heard)


async def test_without_a_route_the_default_provider_brings_the_code(
    household: Household, gateways: tuple[Gateway, Gateway]
) -> None:
    assert await heard(household, gateways) == (0, 1)


async def test_a_route_that_fits_brings_it(household: Household, gateways: tuple[Gateway, Gateway]) -> None:
    await route(household, countries=("DE",), realms=("demo",), purposes=("login",))
    assert await heard(household, gateways) == (1, 0)


async def test_a_route_that_does_not_fit_changes_nothing(
    household: Household, gateways: tuple[Gateway, Gateway]
) -> None:
    await route(household, realms=("other",))
    assert await heard(household, gateways) == (0, 1)


async def test_policy_has_the_first_say(household: Household, gateways: tuple[Gateway, Gateway]) -> None:
    await route(household)
    await household.say(policy("sms_provider=usual"))
    assert await heard(household, gateways) == (0, 1)


async def test_a_route_that_sends_nothing_asks_no_question(
    household: Household, gateways: tuple[Gateway, Gateway]
) -> None:
    await route(household, providers=())
    assert (await household.check("sesame")).result is not Result.QUESTION
    assert [one.heard for one in gateways] == [[], []]
