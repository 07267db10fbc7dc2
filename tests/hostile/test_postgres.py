"""The other store has other limits: what it cannot keep, and what it cannot read."""

from pathlib import Path

from tests.api.caller import ADMIN
from tests.api.conftest import _add_administrator
from tests.hostile.knocking import DOORS, LEAVES_ALONE, Visitor, judge, judge_silent
from tests.household import household_on
from watchword.api.linotp.doors import Doors

TEXTS = (
    "\0",
    "a\0b\x01\x1b[2J",
    "%\\",
    "x" * 5000,
    "\ufdd0\U0010ffff",
    str(2**63),
    "9" * 5000,
    "1e309",
    "'; DROP TABLE token; --",
    "9999-12-31T23:59:59.999Z",
)


async def test_no_text_breaks_a_call_on_postgresql(postgres_url: str, tmp_path: Path) -> None:
    where = {"WATCHWORD_HOME": str(tmp_path), "WATCHWORD_DATABASE_URL": postgres_url}
    async with household_on(where) as household:
        await household.give("T1")
        await household.give("T2", owner=None)
        await _add_administrator(household, ADMIN)
        visitor = Visitor(household, Doors(household.house, DOORS))
        visitor.session = await visitor.log_in()
        for door in DOORS:
            if door.path in LEAVES_ALONE:
                continue
            names = set(await visitor.names(door)) - {"httperror"}
            for text in TEXTS:
                got = await visitor.send(door, dict.fromkeys(names, text), segment=text)
                judge(door, got)
                if door.silent:
                    judge_silent(door, got)
