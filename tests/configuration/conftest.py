"""A house whose configuration is changed."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.household import Household, household_on
from watchword.configuration.changes import Changes


@pytest.fixture
async def household(tmp_path: Path, database_url: str) -> AsyncIterator[Household]:
    """Alice and bob in realm demo, on each kind of database."""
    variables = {"WATCHWORD_HOME": str(tmp_path), "WATCHWORD_DATABASE_URL": database_url}
    async with household_on(variables) as household:
        yield household


@pytest.fixture
def changes(household: Household) -> Changes:
    return household.house.configuring


@pytest.fixture
def passwd(tmp_path: Path) -> Path:
    """A file of people."""
    path = tmp_path / "passwd-file"
    path.write_text("carol:x:1001:1001:Carol Example,,,,:/home/carol:/bin/sh\n")
    return path
