"""A gate with everything behind it: keys, a store, people, and a clock that stands still."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.household import Household, household_on


@pytest.fixture(params=["sqlite", "postgresql"])
def environment(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    """The same house on each store."""
    where = {"WATCHWORD_HOME": str(tmp_path)}
    if request.param == "postgresql":
        where["WATCHWORD_DATABASE_URL"] = request.getfixturevalue("postgres_url")
    return where


@pytest.fixture
async def household(environment: dict[str, str]) -> AsyncIterator[Household]:
    async with household_on(environment) as household:
        yield household
