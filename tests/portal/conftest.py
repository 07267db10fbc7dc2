"""The portal over HTTP, spoken to a whole house."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.delivery.wires import Gateway
from tests.delivery.wires import gateway as loopback
from tests.household import Household, household_on
from tests.portal.browser import Browser
from tests.sending import ALLOWED, connect


@pytest.fixture
async def household(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Household]:
    """Alice and bob in realm demo, and a clock that stands still."""
    where = {"WATCHWORD_HOME": str(tmp_path), "WATCHWORD_DATABASE_URL": sqlite_url, **ALLOWED}
    async with household_on({**where, "WATCHWORD_LIMITS_THRESHOLD": "5"}) as household:
        yield household


@pytest.fixture
async def browser(household: Household) -> AsyncIterator[Browser]:
    async with Browser.at(household.house) as browser:
        yield browser


@pytest.fixture
async def other_browser(household: Household) -> AsyncIterator[Browser]:
    async with Browser.at(household.house, "192.0.2.8") as browser:
        yield browser


@pytest.fixture
async def gateway(household: Household) -> AsyncIterator[Gateway]:
    async with loopback() as gateway:
        await connect(household, "gateway", gateway.url)
        yield gateway
