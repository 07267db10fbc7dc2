"""enable, disable, reset, remove, resync."""

from collections.abc import Awaitable, Callable

from tests.api.caller import Caller
from tests.household import CLIENT, REALM, SEED, Household, policy
from watchword.crypto.otp import hotp
from watchword.model.settlement import Lookup

CALLERS = Callable[[str], Awaitable[Caller]]
CHANGES = ("enable", "disable", "reset", "remove", "resync")


async def test_enable_and_disable_count_what_they_act_on(linotp: Caller, household: Household) -> None:
    await household.give("A1")
    await household.give("A2")
    assert await linotp.value("/admin/disable", serial="A1") == 1
    assert not (await household.held("A1")).active
    assert (await household.held("A2")).active
    assert await linotp.value("/admin/enable", serial="A1") == 1
    assert await linotp.value("/admin/enable", serial="A1") == 1  # active already, and still counted
    assert await linotp.value("/admin/disable", user="alice", realm=REALM) == 2
    assert await linotp.value("/admin/enable", user="alice") == 2
    assert await linotp.value("/admin/disable", serial="A1", enable="False") == 1


async def test_a_serial_and_a_user_must_belong_together(linotp: Caller, household: Household) -> None:
    await household.give("A1")
    assert await linotp.value("/admin/disable", serial="A1", user="bob") == 0
    assert (await household.held("A1")).active
    assert await linotp.value("/admin/disable", serial="A1", user="alice") == 1


async def test_who_has_no_token_gives_zero_and_a_message(linotp: Caller) -> None:
    for name in ("enable", "disable", "reset", "remove"):
        for user in ("alice", "nobody"):
            envelope = await linotp.whole(f"/admin/{name}", user=user)
            assert envelope["result"]["value"] == 0
            assert envelope["detail"]["message"]


async def test_an_unknown_serial_is_an_error_or_zero_as_clients_know_it(linotp: Caller) -> None:
    for serial in ("NONE", "x" * 4000, "a\x00b", "%", "*", "ü'\"<>\u202e"):
        assert await linotp.code("/admin/enable", serial=serial) == 1102
        assert await linotp.code("/admin/remove", serial=serial) == 1102
        for name in ("disable", "reset"):
            envelope = await linotp.whole(f"/admin/{name}", serial=serial)
            assert envelope["result"]["value"] == 0
            assert envelope["detail"]["message"]
        assert await linotp.value("/admin/resync", serial=serial, otp1="1", otp2="2") is False


async def test_without_serial_and_user_nothing_is_done(linotp: Caller, household: Household) -> None:
    await household.give("A1")
    for name in ("enable", "disable", "reset", "remove"):
        assert await linotp.code(f"/admin/{name}") == 905
        assert await linotp.code(f"/admin/{name}", serial="", user="") == 905
    for fields in ({}, {"otp1": "1"}, {"otp2": "1"}, {"serial": "A1", "otp1": "1"}):
        assert await linotp.code("/admin/resync", **fields) == 905
    assert (await household.held("A1")).active


async def test_reset_forgives_the_token_and_its_owner(linotp: Caller, household: Household) -> None:
    token = await household.give("A1", pin="geheim")
    for _ in range(10):
        await household.check("geheim000000")
    assert (await household.held("A1")).locked
    lookup = Lookup(subject=token.owner, client=CLIENT)
    assert sum(throttle.failures for throttle in (await household.house.store.look_up(lookup)).throttles) > 0
    assert await linotp.value("/admin/reset", serial="A1") == 1
    assert (await household.held("A1")).failures == 0
    assert sum(throttle.failures for throttle in (await household.house.store.look_up(lookup)).throttles) == 0
    assert (await household.check("geheim" + hotp(SEED, 0))).accepted


async def test_remove_takes_one_several_or_all_of_a_user(linotp: Caller, household: Household) -> None:
    for serial in ("A1", "A2", "A3", "A4"):
        await household.give(serial)
    await household.give("B1", owner="bob")
    assert await linotp.value("/admin/remove", serial="A1") == 1
    assert await linotp.code("/admin/remove", serial="A1") == 1102
    assert await linotp.value("/admin/remove", serial=["A2", "A3"]) == 2
    answer = await linotp.post_json("/admin/remove", {"serial": ["A4"]})
    assert answer.json()["result"]["value"] == 1
    assert await linotp.value("/admin/remove", user="bob") == 1
    assert (await linotp.value("/admin/show"))["data"] == []


async def test_of_several_serials_all_are_removed_or_none(linotp: Caller, household: Household) -> None:
    await household.give("A1")
    assert await linotp.code("/admin/remove", serial=["A1", "NONE"]) == 1102
    assert (await household.held("A1")).active


async def test_resync_finds_the_place_and_spends_the_codes(linotp: Caller, household: Household) -> None:
    await household.give("A1", pin="geheim")
    codes = [hotp(SEED, counter) for counter in range(502)]
    assert await linotp.value("/admin/resync", serial="A1", otp1=codes[400], otp2=codes[402]) is False
    assert (await household.held("A1")).counter == 0
    assert await linotp.value("/admin/resync", serial="A1", otp1=codes[400], otp2=codes[401]) is True
    assert (await household.held("A1")).counter == 402
    row = await household.last_row()
    assert (row.action, row.success, row.serial) == ("admin/resync", True, "A1")
    assert codes[400] not in repr(row)
    assert await linotp.value("/admin/resync", serial="A1", otp1=codes[400], otp2=codes[401]) is False
    assert not (await household.check("geheim" + codes[401])).accepted
    assert await linotp.value("/admin/resync", user="alice", otp1=codes[500], otp2=codes[501]) is True
    await household.give_password("P1", "open")
    assert await linotp.value("/admin/resync", serial="P1", otp1="1", otp2="2") is False


async def test_each_change_asks_its_own_right_before_anything_else(
    caller_for: CALLERS, household: Household
) -> None:
    await household.say(policy("show", "admin", user="helen"))
    helen = await caller_for("helen")
    await household.give("A1")
    for name in CHANGES:
        assert await helen.code(f"/admin/{name}") == 410
        assert await helen.code(f"/admin/{name}", serial="A1", otp1="1", otp2="2") == 410
    await household.say(policy("enable, disable, reset, remove, resync", "admin", user="helen", name="more"))
    for name in CHANGES:
        await helen.whole(f"/admin/{name}", serial="A1", otp1="1", otp2="2")


async def test_tokens_of_other_realms_and_of_none_are_out_of_reach(
    caller_for: CALLERS, household: Household
) -> None:
    await household.say(policy("*", "admin", user="helen", realm=REALM))
    helen = await caller_for("helen")
    await household.give("OTHER", owner=None, realms=("other",))
    await household.give("LOOSE", owner=None, realms=())
    await household.give("BOTH", owner=None, realms=("other", REALM))
    for serial in ("OTHER", "LOOSE"):
        for name in CHANGES:
            assert await helen.code(f"/admin/{name}", serial=serial, otp1="1", otp2="2") == 410
        assert await helen.code("/admin/remove", serial=["BOTH", serial]) == 410
    assert await helen.value("/admin/disable", serial="BOTH") == 1
    assert (await household.held("OTHER")).active


async def test_a_change_by_get_is_405_and_by_a_stranger_401(linotp: Caller, stranger: Caller) -> None:
    for name in CHANGES:
        assert (await linotp.get(f"/admin/{name}", serial="A1")).status_code == 405
        assert (await stranger.post(f"/admin/{name}", serial="A1")).status_code == 401


async def test_the_audit_row_names_what_was_changed(linotp: Caller, household: Household) -> None:
    await household.give("A1")
    await household.give_password("P1", "open")
    await linotp.value("/admin/disable", user="alice")
    row = await household.last_row()
    assert (row.action, row.success, row.serial, row.token_type) == (
        "admin/disable",
        True,
        "A1 P1",
        "HMAC pw",
    )
    assert (row.user, row.realm) == ("alice", REALM)
    assert row.administrator == "'admin@linotp_admins (LinOTP_local_admins)'"
    await linotp.value("/admin/disable", serial="NONE")
    assert not (await household.last_row()).success
