"""How often and how long a token may be used, as administrators set and see it."""

from typing import Any

from tests.api.caller import Caller
from tests.household import SEED, Household, policy
from watchword.crypto.otp import hotp


async def used(caller: Caller, counter: int) -> bool:
    value: bool = await caller.value("/validate/check_s", serial="A1", **{"pass": hotp(SEED, counter)})
    return value


async def shown(linotp: Caller) -> dict[str, Any]:
    listed = await linotp.value("/admin/show", serial="A1", tokeninfo_format="json")
    row: dict[str, Any] = listed["data"][0]
    return row


async def test_a_limit_counts_from_when_it_is_set(linotp: Caller, household: Household) -> None:
    await household.give("A1")
    assert [await used(linotp, counter) for counter in (0, 1)] == [True, True]
    assert (await shown(linotp))["LinOtp.TokenInfo"] == {"hashlib": "sha1"}
    await linotp.value("/admin/set", serial="A1", countAuthSuccessMax="1")
    assert [await used(linotp, counter) for counter in (2, 3)] == [True, False]
    row = await shown(linotp)
    assert row["LinOtp.TokenInfo"] == {
        "hashlib": "sha1",
        "count_auth_success": 1,
        "count_auth_success_max": 1,
    }
    assert row["LinOtp.FailCount"] == 1


async def test_a_limit_of_nought_is_none(linotp: Caller, household: Household) -> None:
    await household.give("A1", successes=5, successes_max=5)
    assert not await used(linotp, 0)
    await linotp.value("/admin/set", serial="A1", countAuthSuccessMax="0")
    assert await used(linotp, 1)


async def test_the_last_permitted_log_in_leaves_the_token_and_the_next_one_disables_it(
    linotp: Caller, household: Household
) -> None:
    await household.give("A1", successes_max=1)
    await household.say(policy("disable_on_authentication_exceed"))
    assert await used(linotp, 0)
    assert (await shown(linotp))["LinOtp.Isactive"] is True
    assert not await used(linotp, 1)
    assert (await shown(linotp))["LinOtp.Isactive"] is False


async def test_a_validity_binds_at_once_and_takes_years_of_two_and_of_four_digits(
    linotp: Caller, household: Household
) -> None:
    await household.give("A1")
    for number, (end, valid) in enumerate(
        (("18/12/2020 17:17", False), ("31/12/99 23:59", False), ("31/12/2068 23:59", True))
    ):
        await linotp.value("/admin/set", serial="A1", validityPeriodEnd=end)
        assert await used(linotp, number) is valid
    assert (await shown(linotp))["LinOtp.TokenInfo"]["validity_period_end"] == "2068-12-31T23:59:00"
