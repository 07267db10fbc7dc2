"""What administrators may do, and in which order a call is refused."""

from collections.abc import Awaitable, Callable

import pytest

from tests.api.caller import Caller
from tests.household import Household, policy

SPEC = "useridresolver.SQLIdResolver.IdResolver"


@pytest.fixture
async def helper(
    caller_for: Callable[[str], Awaitable[Caller]], household: Household, linotp: Caller
) -> Caller:
    """An administrator who may enable, remove, set and enrol HMAC in realm demo, and read the system."""
    await household.give("D1", realms=("demo",))
    await household.give("D2", realms=("demo", "other"), owner=None)
    await household.give("O1", realms=("other",), owner=None)
    await household.give("N1", realms=(), owner=None)
    await linotp.value("/system/setRealm", realm="other", resolvers=f"{SPEC}.people")
    await household.say(
        policy("*", "admin", user="admin"),
        policy("read, write", "system", user="admin"),
        policy("view", "audit", user="admin"),
        policy("import_users", "tools", user="admin"),
        policy("enable, remove, set, initHMAC", "admin", user="helper", realm="demo"),
        policy("read", "system", user="helper@linotp_admins"),
    )
    return await caller_for("helper")


async def test_tokens_of_other_realms_are_left_out_and_may_not_be_touched(helper: Caller) -> None:
    shown = await helper.value("/admin/show")
    assert {row["LinOtp.TokenSerialnumber"] for row in shown["data"]} == {"D1", "D2"}
    assert (await helper.value("/admin/show", serial="O1"))["data"] == []
    for call in ("enable", "remove"):
        for serial in ("O1", "N1"):
            assert await helper.code(f"/admin/{call}", serial=serial) == 410
    for serial in ("D1", "D2"):
        assert await helper.value("/admin/enable", serial=serial) == 1
    assert await helper.code("/admin/set", serial="O1", description="mine") == 410


async def test_a_right_to_enrol_is_for_its_type_and_realm(helper: Caller, linotp: Caller) -> None:
    assert await helper.code("/admin/init", type="totp", genkey="1") == 410
    assert await helper.code("/admin/init", genkey="1", user="alice", realm="other") == 410
    assert await helper.value("/admin/init", genkey="1", serial="MINE") is True
    row = (await linotp.value("/admin/show", serial="MINE"))["data"][0]
    assert row["LinOtp.RealmNames"] == ["demo"]


async def test_the_right_is_asked_before_parameters_and_token(helper: Caller) -> None:
    for path in ("/admin/reset", "/admin/assign", "/admin/userlist", "/admin/getSerialByOtp"):
        assert await helper.code(path) == 410
    for path in ("setConfig", "setRealm", "setPolicy", "delPolicy", "importPolicy", "setResolver"):
        assert await helper.code(f"/system/{path}") == 410
    assert await helper.code("/tools/import_users") == 410
    assert await helper.code("/admin/enable") == 905
    answer = await helper.post("/audit/search")
    assert "rows" not in answer.json()
    assert answer.json()["result"]["error"]["message"].startswith("ERR410: ")


async def test_whoever_has_no_right_sees_nothing_but_whether_a_serial_is_free(
    caller_for: Callable[[str], Awaitable[Caller]], household: Household
) -> None:
    await household.say(policy("*", "admin", user="admin"), policy("read, write", "system", user="admin"))
    nobody = await caller_for("nobody")
    assert await nobody.code("/admin/show") == 410
    assert await nobody.code("/system/getConfig") == 410
    assert (await nobody.get("/api/v2/tokens/")).status_code == 403
    assert (await nobody.get("/api/v2/realms/")).status_code == 403
    assert await nobody.value("/admin/check_serial", serial="A1") == {"unique": True, "new_serial": "A1"}


@pytest.mark.parametrize(
    "user", ["helper", "helper@linotp_admins", "LinOTP_local_admins:", "*", "hel*", "-admin, *"]
)
async def test_a_policy_names_administrators_as_it_names_users(
    user: str, caller_for: Callable[[str], Awaitable[Caller]], household: Household
) -> None:
    await household.say(policy("show", "admin", user=user), policy("enable", "admin", user="somebody"))
    helper = await caller_for("helper")
    assert (await helper.value("/admin/show"))["data"] == []
    assert await helper.code("/admin/enable", serial="A1") == 410


async def test_the_last_way_in_cannot_be_removed(linotp: Caller) -> None:
    local = f"{SPEC}.LinOTP_local_admins"
    assert await linotp.value("/system/setRealm", realm="linotp_admins", resolvers=f"{local},{SPEC}.people")
    assert await linotp.code("/system/setRealm", realm="linotp_admins", resolvers=f"{SPEC}.people") == -311
    assert await linotp.code("/system/delRealm", realm="linotp_admins") == -311
    for resolver in ("LinOTP_local_admins", "people"):
        assert await linotp.code("/system/delResolver", resolver=resolver) == -311


async def test_people_of_a_resolver_in_the_admin_realm_are_administrators_at_once(
    linotp: Caller, stranger: Caller
) -> None:
    async def enters() -> int:
        answer = await stranger.post("/admin/login", username="alice", password="wonderland")
        return answer.status_code

    local = f"{SPEC}.LinOTP_local_admins"
    assert await enters() == 401
    await linotp.value("/system/setRealm", realm="linotp_admins", resolvers=f"{local},{SPEC}.people")
    assert await enters() == 200
    await linotp.value("/system/setRealm", realm="linotp_admins", resolvers=local)
    assert await enters() == 401
    assert await stranger.value("/admin/check_serial", serial="A1")
