"""What clients of LinOTP rely on, asked as they ask it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.api.caller import Caller
from tests.api.conftest import caller_for, household, linotp, stranger
from tests.household import Household
from watchword.api import linotp as dialect
from watchword.api.linotp.doors import Doors
from watchword.app import close_house, open_house
from watchword.settings import load

__all__ = ["caller_for", "household", "linotp", "stranger"]


@pytest.fixture
async def other_node(household: Household, tmp_path: Path) -> AsyncIterator[Caller]:
    """A stranger at another process on the same store, which has read the configuration already."""
    house = await open_house(load({}, {"WATCHWORD_HOME": str(tmp_path)}), clock=household.clock)
    await house.snapshots.current()
    async with Caller.at(Doors(house, dialect.doors())) as caller:
        yield caller
    await close_house(house)
