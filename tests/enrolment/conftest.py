"""A house on each store, and the occasion on which things are done."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.household import CLIENT, Household, household_on
from watchword.enrolment.occasion import Occasion


@pytest.fixture
async def household(database_url: str, tmp_path: Path) -> AsyncIterator[Household]:
    where = {"WATCHWORD_HOME": str(tmp_path), "WATCHWORD_DATABASE_URL": database_url}
    async with household_on(where) as household:
        yield household


@pytest.fixture
async def occasion(household: Household) -> Occasion:
    """As of the configuration with which the house begins."""
    snapshot = await household.house.snapshots.latest()
    return Occasion(snapshot=snapshot, now=household.clock.now(), client=CLIENT)
