"""``/healthcheck``."""

from tests.api.caller import Caller
from tests.household import Household
from watchword import __version__


async def test_the_process_tells_strangers_that_it_lives(stranger: Caller) -> None:
    answer = await stranger.get("/healthcheck/status")
    assert answer.status_code == 200
    told = answer.json()
    assert told.keys() == {"status", "version", "uptime"}
    assert (told["status"], told["version"]) == ("alive", __version__)
    assert told["uptime"] >= 0


async def test_the_process_is_ready_while_its_store_answers(stranger: Caller, household: Household) -> None:
    answer = await stranger.get("/healthcheck/ready")
    assert (answer.status_code, answer.json()["status"]) == (200, "ready")
    await household.house.store.close()
    answer = await stranger.get("/healthcheck/ready")
    assert answer.status_code == 503
    assert (await stranger.get("/healthcheck/status")).status_code == 200


async def test_no_row_is_left_of_it(linotp: Caller, stranger: Caller) -> None:
    await stranger.get("/healthcheck/status")
    await stranger.get("/healthcheck/ready")
    rows = (await linotp.post("/audit/search")).json()["rows"]
    assert [row["cell"][4] for row in rows] == ["admin/login"]
