"""Whose address a policy sees."""

import pytest

from tests.api.caller import Caller
from tests.household import SEED, Household, policy
from watchword.crypto.otp import hotp

PROXY = {"client.FORWARDED_PROXY": "127.0.0.0/8, nonsense"}


@pytest.fixture
async def allowed(household: Household) -> Household:
    """Alice may log in, from 10.0.0.0/8 and 2001:db8::/32 only."""
    await household.give("A1")
    await household.say(policy("authorize", "authorization", client="10.0.0.0/8, 2001:db8::/32"))
    return household


async def enters(caller: Caller, **headers: str) -> bool:
    fields = {"user": "alice", "pass": hotp(SEED, 0)}
    answer = await caller.http.post("/validate/check", data=fields, headers=headers)
    value: bool = answer.json()["result"]["value"]
    return value


@pytest.mark.usefixtures("allowed")
async def test_a_forwarding_header_is_words_until_a_setting_names_proxy_and_header(
    stranger: Caller, linotp: Caller
) -> None:
    headers = {"X-Forwarded-For": "10.0.0.1"}
    assert not await enters(stranger, **headers)
    await linotp.value("/system/setConfig", **PROXY)
    assert not await enters(stranger, **headers)
    await linotp.value("/system/setConfig", **{"client.X_FORWARDED_FOR": "True"})
    assert await enters(stranger, **headers)


@pytest.mark.usefixtures("allowed")
async def test_a_header_counts_only_from_a_peer_that_is_a_proxy(stranger: Caller, linotp: Caller) -> None:
    settings = {"client.X_FORWARDED_FOR": "True", "client.FORWARDED_PROXY": "192.0.2.0/24"}
    await linotp.value("/system/setConfig", **settings)
    assert not await enters(stranger, **{"X-Forwarded-For": "10.0.0.1"})


@pytest.mark.usefixtures("allowed")
async def test_the_nearest_hop_that_is_no_proxy_is_the_client(stranger: Caller, linotp: Caller) -> None:
    await linotp.value("/system/setConfig", **PROXY, **{"client.X_FORWARDED_FOR": "True"})
    assert not await enters(stranger, **{"X-Forwarded-For": "10.0.0.1, 192.0.2.7, 127.0.0.3"})
    assert await enters(stranger, **{"X-Forwarded-For": "192.0.2.7, 10.0.0.1, 127.0.0.3"})


@pytest.mark.usefixtures("allowed")
@pytest.mark.parametrize(
    "header",
    [
        "for=10.0.0.1",
        'for=192.0.2.7, For="10.0.0.1:4711";proto=https;by=127.0.0.1',
        'for="[2001:db8::7]:80"',
    ],
)
async def test_the_header_of_rfc_7239_is_read_where_the_setting_prefers_it(
    header: str, stranger: Caller, linotp: Caller
) -> None:
    await linotp.value("/system/setConfig", **PROXY, **{"client.FORWARDED": "True"})
    assert not await enters(stranger, **{"X-Forwarded-For": "10.0.0.1"})
    assert not await enters(stranger, Forwarded="for=unknown, for=_hidden")
    assert await enters(stranger, Forwarded=header)


async def test_nobody_claims_an_address_at_the_log_in_of_administrators(
    stranger: Caller, linotp: Caller, household: Household
) -> None:
    await linotp.value("/system/setConfig", mayOverwriteClient="127.0.0.1")
    await stranger.post("/admin/login", username="mallory", password="x", client="10.0.0.1")
    row = await household.last_row()
    assert (row.user, row.client) == ("mallory", "127.0.0.1")
