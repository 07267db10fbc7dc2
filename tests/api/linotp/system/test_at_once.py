"""A change holds for the next request, on every node, and is judged by who really asks."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.api.caller import Caller
from tests.household import Household
from watchword.api import linotp as dialect
from watchword.api.linotp.doors import Doors
from watchword.app import close_house, open_house
from watchword.settings import load


@pytest.fixture
async def other_node(household: Household, tmp_path: Path, linotp: Caller) -> AsyncIterator[Caller]:
    """A client of another process on the same store, with the same session."""
    house = await open_house(load({}, {"WATCHWORD_HOME": str(tmp_path)}), clock=household.clock)
    async with Caller.at(Doors(house, dialect.doors())) as caller:
        caller.http.cookies.update(linotp.http.cookies)
        yield caller
    await close_house(house)


async def test_a_change_on_one_node_holds_on_another_for_the_next_request(
    linotp: Caller, other_node: Caller
) -> None:
    for value in ("one", "two"):
        await linotp.value("/system/setConfig", key="mine", value=value)
        assert await other_node.value("/system/getConfig", key="mine") == {"getConfig mine": value}
    await other_node.value("/system/delRealm", realm="demo")
    assert "demo" not in await linotp.value("/system/getRealms")


async def test_a_right_that_was_taken_on_one_node_is_missing_on_another(
    linotp: Caller, other_node: Caller
) -> None:
    await other_node.value("/system/getConfig")
    rule = {"scope": "system", "action": "read, write", "realm": "*", "user": "somebody"}
    await linotp.value("/system/setPolicy", name="mine", **rule)
    assert await other_node.code("/system/getConfig") == 410


async def test_the_client_of_a_policy_is_not_the_client_of_the_call(linotp: Caller) -> None:
    await linotp.value("/system/setConfig", key="mayOverwriteClient", value="127.0.0.1, ::1")
    rule = {"scope": "authentication", "action": "otppin=1", "realm": "*", "client": "192.0.2.0/24"}
    await linotp.value("/system/setPolicy", name="mine", **rule)
    asked = {"user": "alice", "realm": "demo", "scope": "authentication", "action": "otppin"}
    answer = await linotp.value("/system/checkPolicy", **asked, client="192.0.2.9")
    assert answer["allowed"] is True
    rows = (await linotp.post("/audit/search", action="system/%", client="127.0.0.1")).json()
    assert rows["total"] == 3
