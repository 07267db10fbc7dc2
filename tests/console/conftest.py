"""The console over HTTP, spoken to a whole house that has an administrator."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.console.desk import Desk
from tests.household import Household, household_on
from tests.sending import ALLOWED


@pytest.fixture
async def household(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Household]:
    """Alice and bob in realm demo, the administrator root, and a clock that stands still."""
    where = {"WATCHWORD_HOME": str(tmp_path), "WATCHWORD_DATABASE_URL": sqlite_url, **ALLOWED}
    async with household_on({**where, "WATCHWORD_LIMITS_THRESHOLD": "5"}) as household:
        await Desk.employ(household, "root")
        yield household


@pytest.fixture
async def desk(household: Household) -> AsyncIterator[Desk]:
    """The browser of the administrator root, who is logged in."""
    async with Desk.at(household.house) as desk:
        await desk.log_in("root")
        yield desk
