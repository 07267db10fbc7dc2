"""LinOTP's dialect over HTTP, spoken to a whole house."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.api.caller import ADMIN, ADMIN_PASSWORD, Caller
from tests.household import CHEAP, Household, household_on
from watchword.api import linotp as dialect
from watchword.api.linotp.doors import Doors
from watchword.clock import SystemDice
from watchword.crypto.passwords import keep_password
from watchword.model.configuration import ADMIN_RESOLVER
from watchword.storage.promises import ManagedPerson


@pytest.fixture
async def household(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Household]:
    """Alice and bob in realm demo, and a clock that stands still."""
    where = {"WATCHWORD_HOME": str(tmp_path), "WATCHWORD_DATABASE_URL": sqlite_url}
    async with household_on(where) as household:
        yield household


@pytest.fixture
async def caller_for(household: Household) -> AsyncIterator[Callable[[str], Awaitable[Caller]]]:
    """Gives a client that is logged in as an administrator of this name; no name, no log-in."""
    async with AsyncExitStack() as stack:

        async def make(name: str) -> Caller:
            caller = await stack.enter_async_context(Caller.at(Doors(household.house, dialect.doors())))
            if name:
                await _add_administrator(household, name)
                await caller.log_in(name)
            return caller

        yield make


@pytest.fixture
async def stranger(caller_for: Callable[[str], Awaitable[Caller]]) -> Caller:
    """A client that has not logged in."""
    return await caller_for("")


@pytest.fixture
async def linotp(caller_for: Callable[[str], Awaitable[Caller]]) -> Caller:
    """A client logged in as administrator."""
    return await caller_for(ADMIN)


async def _add_administrator(household: Household, name: str) -> None:
    kept = keep_password(household.house.ring, ADMIN_PASSWORD, SystemDice(), CHEAP)
    async with household.house.store.unit() as unit:
        await unit.people.put(
            [ManagedPerson(resolver=ADMIN_RESOLVER, userid=name, login=name, password=kept, attributes={})]
        )
        await unit.configuration.touch()
