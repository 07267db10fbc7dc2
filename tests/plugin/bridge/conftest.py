"""The example of LinOTP's form, installed in a house of its own."""

from collections.abc import AsyncIterator
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

EXAMPLE = Path(__file__).parents[3] / "examples/plugins/linotp_form"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of plug-ins with the example in it."""
    made = tmp_path / "classes"
    made.mkdir()
    for name in ("dyntoken.py", "dyntoken.mako"):
        (made / name).write_bytes((EXAMPLE / name).read_bytes())
        (made / name).chmod(0o644)
    return made


@pytest.fixture
async def household(sqlite_url: str, tmp_path: Path, folder: Path) -> AsyncIterator[Household]:
    where = {
        "WATCHWORD_HOME": str(tmp_path),
        "WATCHWORD_DATABASE_URL": sqlite_url,
        "WATCHWORD_PLUGINS_FOLDERS": str(folder),
        "WATCHWORD_PLUGINS_ALLOW_WRITABLE": "true",
    }
    async with household_on(where) as household:
        yield household


@pytest.fixture
async def linotp(household: Household) -> AsyncIterator[Caller]:
    """A client logged in as administrator."""
    kept = keep_password(household.house.ring, ADMIN_PASSWORD, SystemDice(), CHEAP)
    async with household.house.store.unit() as unit:
        await unit.people.put(
            [ManagedPerson(resolver=ADMIN_RESOLVER, userid=ADMIN, login=ADMIN, password=kept, attributes={})]
        )
        await unit.configuration.touch()
    async with Caller.at(Doors(household.house, dialect.doors())) as caller:
        await caller.log_in(ADMIN)
        yield caller
