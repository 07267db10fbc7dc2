"""A setting that decides how a log-in is read holds for the next log-in, on every node."""

import pytest

from tests.api.caller import Caller
from tests.household import SEED, Household, policy
from watchword.crypto.otp import hotp


async def answer(caller: Caller, counter: int, call: str = "check", **fields: str) -> object:
    code = hotp(SEED, counter)
    return await caller.value(f"/validate/{call}", **{"user": "alice", "pass": code, **fields})


@pytest.fixture(params=["here", "there"])
def client(request: pytest.FixtureRequest, stranger: Caller, other_node: Caller) -> Caller:
    """A client of the node where settings are changed, and one of another node."""
    return stranger if request.param == "here" else other_node


async def test_names_are_parted_as_the_setting_says_now(
    client: Caller, linotp: Caller, household: Household
) -> None:
    await household.give("A1")
    assert await answer(client, 0, user="alice@demo") is True
    await linotp.value("/system/setConfig", splitAtSign="False")
    assert await answer(client, 1, user="demo\\alice") is False
    await linotp.value("/system/delConfig", key="splitAtSign")
    assert await answer(client, 2, user="demo\\alice") is True


async def test_a_claimed_address_counts_while_the_setting_lists_the_peer_and_not_a_call_longer(
    client: Caller, linotp: Caller, household: Household
) -> None:
    await household.give("A1")
    await household.say(policy("authorize", "authorization", client="10.0.0.0/8"))
    assert await answer(client, 0, client="10.1.1.1") is False
    await linotp.value("/system/setConfig", mayOverwriteClient="192.168.0.1, 127.0.0.1 , ::1")
    assert await answer(client, 1, client="10.1.1.1") is True
    assert await answer(client, 2) is False
    await linotp.value("/system/delConfig", key="mayOverwriteClient")
    assert await answer(client, 3, client="10.1.1.1") is False


async def test_attributes_are_told_from_the_moment_they_are_allowed(
    client: Caller, linotp: Caller, household: Household
) -> None:
    await household.give("A1")
    assert await answer(client, 0, "samlcheck") == {"auth": True, "attributes": {}}
    await linotp.value("/system/setConfig", allowSamlAttributes="True")
    told = {"username": "alice", "givenname": "Alice", "surname": "", "mobile": "", "phone": "", "email": ""}
    assert await answer(client, 1, "samlcheck") == {"auth": True, "attributes": told}
    assert await answer(client, 1, "samlcheck") == {"auth": False, "attributes": {}}


async def test_lengths_are_told_in_the_order_in_which_pin_and_code_are_now(
    client: Caller, linotp: Caller, household: Household
) -> None:
    await household.give("A1", pin="1234")
    await linotp.value("/system/setConfig", PrependPin="False")
    fields = {"user": "alice", "pass": hotp(SEED, 0) + "1234", "auth_info": "true"}
    envelope = await client.whole("/validate/check", **fields)
    assert envelope["detail"] == {"auth_info": [["otp_length", 6], ["pin_length", 4]]}


async def test_the_one_token_of_a_user_is_found_in_the_realms_of_now(
    client: Caller, linotp: Caller, household: Household
) -> None:
    await household.give("A1", realms=())
    await linotp.value(
        "/system/setRealm", realm="new", resolvers="useridresolver.SQLIdResolver.IdResolver.people"
    )
    assert await answer(client, 0, "check_s", realm="new") is True
