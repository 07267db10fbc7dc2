"""Policies do what they say from the moment they are saved, and nothing before, in between, or by themselves."""

import asyncio
import itertools

import pytest
from msgspec.structs import replace

from tests.api.caller import Caller
from tests.household import SEED, Household, policy
from tests.serving_process import Server, ask
from watchword.crypto.otp import hotp

MALFORMED = {
    "action": ("", "otppin=seven", "no_such_action", "otppin"),
    "realm": ("",),
    "user": ("#: *", "/((/"),
    "client": ("10.0.0.0/33", "1.2.3", "*.example.org"),
    "time": ("* * *;", "sometimes", "* 25-26 * * * *;"),
    "scope": ("", "authentification"),
    "name": ("a b", "", "a'b"),
}
WELL_FORMED = {"name": "mine", "scope": "authentication", "action": "otppin=2", "realm": "*"}


async def test_a40_an_inactive_policy_has_no_effect(household: Household, linotp: Caller) -> None:
    await household.give("OATH1", pin="sesame")
    await linotp.value("/system/setPolicy", **WELL_FORMED, active="False")
    await household.say(
        policy("authorize", "authorization", client="192.0.2.99", active=False),
        policy("passthru", active=False),
    )
    assert not (await household.check(hotp(SEED, 0))).accepted
    assert not (await household.check("wonderland", "bob")).accepted
    assert (await household.check(f"sesame{hotp(SEED, 0)}")).accepted


async def test_a41_a_malformed_policy_is_refused_when_it_is_saved_and_changes_no_log_in(
    household: Household, linotp: Caller
) -> None:
    await household.give("OATH1", pin="sesame")
    for field, values in MALFORMED.items():
        for value in values:
            answer = await linotp.post("/system/setPolicy", **{**WELL_FORMED, field: value})
            assert answer.json()["result"]["status"] is False, (field, value)
    assert await linotp.value("/system/getPolicy") == {}
    assert (await household.check(f"sesame{hotp(SEED, 0)}")).accepted


async def test_a41_a_malformed_policy_that_reached_the_store_lets_nobody_in(
    household: Household, linotp: Caller, stranger: Caller
) -> None:
    await household.give("OATH1")
    assert (await household.check(hotp(SEED, 0))).accepted
    odd = policy("otppin=2", client="no address")
    await household.say(odd)
    assert not await stranger.value("/validate/check", user="alice", **{"pass": hotp(SEED, 1)})
    assert await linotp.code("/system/getPolicy") == -311
    async with household.house.store.unit() as unit:
        await unit.configuration.remove_policies([odd.name])
    assert await stranger.value("/validate/check", user="alice", **{"pass": hotp(SEED, 1)})


async def test_a45_no_attempt_sees_half_of_a_change_that_another_node_makes(
    household: Household, other_node: Household
) -> None:
    """Without both policies the PIN is missing; with both the type is wrong; with half of them it would do."""
    await household.give("OATH1", pin="sesame", max_failures=10**6)
    policies = policy("otppin=2"), policy("tokentype=totp", "authorization")
    reasons = []

    async def change_all_the_time() -> None:
        for number in itertools.count():
            await household.say(*(replace(one, active=number % 2 == 0) for one in policies))
            await asyncio.sleep(0.005)

    changing = asyncio.create_task(change_all_the_time())
    for _ in range(80):
        counter = (await household.held("OATH1")).counter
        outcome = await other_node.check(hotp(SEED, counter))
        assert not outcome.accepted
        reasons.append(outcome.why)
    changing.cancel()
    await asyncio.wait([changing])
    assert set(reasons) == {"wrong otp pin", "no policy authorizes this token type"}


@pytest.mark.slow
async def test_a45_a_saved_policy_holds_on_every_worker_for_the_next_request(server: Server) -> None:
    async with server.administrator() as admin:
        await admin.value(
            "/admin/init", type="hmac", user="alice", serial="T1", pin="sesame", otpkey=SEED.hex()
        )
        connections = server.each_worker()
        counter = 0
        for connection in connections * 3:
            for action, pin in (("otppin=only_otp", ""), ("otppin=token_pin", "sesame")):
                await admin.value("/system/setPolicy", **{**WELL_FORMED, "action": action})
                answer = ask(
                    connection, "/validate/check", {"user": "alice", "pass": pin + hotp(SEED, counter)}
                )
                assert b'"value": true' in answer[1]
                counter += 1
        for connection in connections:
            connection.close()


async def test_a46_without_any_policy_nobody_gets_more_than_their_own(
    household: Household, stranger: Caller
) -> None:
    await household.give("OATH1", pin="sesame")
    for user, answer in (
        ("mallory", "anything"),
        ("bob", ""),
        ("bob", "wonderland"),
        ("alice", hotp(SEED, 0)),
        ("alice", f"wonderland{hotp(SEED, 0)}"),
        ("alice", "sesame"),
        ("alice", "wonderland"),
    ):
        assert not await stranger.value("/validate/check", user=user, **{"pass": answer})
    said = await stranger.whole("/validate/check", user="alice", **{"pass": f"sesame{hotp(SEED, 0)}"})
    assert said["result"]["value"] is True
    assert "detail" not in said
    for _ in range(10):
        await household.check("sesame000000")
    assert not (await household.check(f"sesame{hotp(SEED, 1)}")).accepted, "ten failures lock"
    for path in ("/admin/show", "/system/getPolicy", "/audit/search", "/system/setPolicy", "/admin/init"):
        assert (await stranger.post(path)).status_code == 401
