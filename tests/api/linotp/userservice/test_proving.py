"""People try whether their tokens work; the gate decides."""

import pytest

from tests.api.linotp.userservice.conftest import Enters
from tests.household import Household

CODES = ("755224", "287082", "359152")


@pytest.mark.parametrize("front", ["", "pin", "any thing"])
async def test_a_code_is_right_once_whatever_stands_before_it(
    front: str, household: Household, enters: Enters
) -> None:
    await household.give("T1", pin="pin")
    portal = await enters()
    first = await portal.whole("/userservice/verify", serial="T1", otp=front + CODES[0])
    assert first["result"]["value"] is True
    assert "detail" not in first
    again = await portal.whole("/userservice/verify", serial="T1", otp=front + CODES[0])
    assert again["result"]["value"] is False
    assert "detail" not in again
    row = await household.last_row()
    assert (row.action, row.success, row.serial, row.user) == ("userservice/verify", False, "T1", "alice")


async def test_a_wrong_code_counts(household: Household, enters: Enters) -> None:
    await household.give("T1", pin="pin", max_failures=1)
    portal = await enters()
    assert await portal.value("/userservice/verify", serial="T1", otp="000000") is False
    assert (await household.held("T1")).failures == 1
    assert await portal.value("/userservice/verify", serial="T1", otp=CODES[0]) is False


async def test_a_code_that_is_only_shown_is_not_asked_for(household: Household, enters: Enters) -> None:
    await household.give("T1")
    portal = await enters()
    whole = await portal.whole("/userservice/verify", serial="T1")
    assert whole["result"]["value"] is False
    assert set(whole["detail"]) == {"message", "replyMode"}
    assert whole["detail"]["replyMode"] == ["offline"]


async def test_a_foreign_token_is_an_error_without_number_and_the_same_as_none(
    household: Household, enters: Enters
) -> None:
    await household.give("T1", owner="bob")
    portal = await enters()
    for otp in ("", CODES[0]):
        foreign = await portal.post("/userservice/verify", serial="T1", otp=otp)
        nobodys = await portal.post("/userservice/verify", serial="T2", otp=otp)
        assert foreign.json()["result"]["error"]["code"] == -311
        assert foreign.text.replace("T1", "T2") == nobodys.text
    assert await portal.code("/userservice/verify", otp="1") == 905
    assert (await household.held("T1")).counter == 0


async def test_a_password_and_a_pin_alone_are_tried_too(household: Household, enters: Enters) -> None:
    await household.give_password("T1", "open sesame")
    await household.give("T2", "spass", pin="4711", digits=0)
    portal = await enters()
    assert await portal.value("/userservice/verify", serial="T1", otp="open sesame") is True
    assert await portal.value("/userservice/verify", serial="T1", otp="open barley") is False
    assert await portal.value("/userservice/verify", serial="T2", otp="4711") is True
    assert await portal.value("/userservice/verify", serial="T2", otp="4712") is False


async def test_two_codes_in_a_row_bring_a_token_back_into_step(household: Household, enters: Enters) -> None:
    await household.give("T1")
    portal = await enters()
    wrong = await portal.value("/userservice/resync", serial="T1", otp1=CODES[1], otp2=CODES[0])
    assert wrong == {"resync Token": False}
    assert not (await household.last_row()).success
    right = await portal.value("/userservice/resync", serial="T1", otp1=CODES[0], otp2=CODES[1])
    assert right == {"resync Token": True}
    assert await portal.value("/userservice/verify", serial="T1", otp=CODES[1]) is False
    assert await portal.value("/userservice/verify", serial="T1", otp=CODES[2]) is True
