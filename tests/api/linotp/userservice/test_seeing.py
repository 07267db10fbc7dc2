"""What people see of themselves, and what anybody may know before the log-in."""

import re
from typing import Any

from tests.api.caller import Caller
from tests.api.linotp.userservice.conftest import Enters
from tests.household import Household, policy
from watchword.storage.promises import AuditFilter, Page

ROLLOUT = {"scope": {"path": ["userservice"]}}


def serials(rows: list[dict[str, Any]]) -> list[str]:
    return [row["LinOtp.TokenSerialnumber"] for row in rows]


async def test_before_the_log_in_anybody_is_told_the_same_and_no_row_is_left(
    household: Household, stranger: Caller
) -> None:
    await household.say(
        policy(
            "mfa_login, mfa_3_fields, footer_text='All yours', imprint_url=https://a.example",
            scope="selfservice",
        )
    )
    answer = (await stranger.get("/userservice/pre_context")).json()
    assert answer["result"] == {"status": True, "value": True}
    detail = answer["detail"]
    assert detail["copyright"]
    assert detail["version"]
    assert {name: realm["default"] for name, realm in detail["realms"].items()} == {"demo": "true"}
    assert detail["settings"] == {
        "default_realm": "demo",
        "realm_box": False,
        "mfa_login": True,
        "mfa_3_fields": True,
        "autoassign": False,
        "autoenroll": False,
        "footer_text": "All yours",
        "imprint_url": "https://a.example",
        "privacy_notice_url": None,
    }
    async with household.house.store.view() as view:
        assert await view.audit.search(AuditFilter(), Page()) == ([], 0)


async def test_realms_are_listed_where_the_log_in_has_a_box_for_them_but_not_the_administrators(
    household: Household, stranger: Caller
) -> None:
    await household.set(**{"selfservice.realmbox": "True"})
    await household.house.snapshots.latest()
    detail = (await stranger.get("/userservice/pre_context")).json()["detail"]
    assert (list(detail["realms"]), detail["settings"]["realm_box"]) == (["demo"], True)


async def test_the_context_tells_rights_values_limits_and_tokens(
    household: Household, enters: Enters
) -> None:
    await household.give("T1")
    await household.give("T2", info=ROLLOUT)
    await household.give("T3", owner="bob")
    await household.say(policy("maxtoken=5, maxtokenTOTP=2", scope="enrollment"))
    portal = await enters(actions="verify, delete, enrollTOTP, !assign, totp_otplen=8, footer_text=Hello")
    detail = (await portal.whole("/userservice/context"))["detail"]
    assert sorted(detail["actions"]) == ["delete", "enrollTOTP", "verify"]
    settings = detail["settings"]
    assert (settings["totp_otplen"], settings["footer_text"], settings["last_access"]) == (8, "Hello", False)
    assert settings["token_limits"] == {
        "all_token": 5,
        "token_types": [{"token_type": "totp", "max_token": 2}],
    }
    assert serials(detail["tokenArray"]) == ["T1"]
    assert "imprint" in detail
    user = detail["user"]
    assert (user["username"], user["realm"], user["givenname"]) == ("alice", "demo", "Alice")


async def test_without_policies_there_are_no_rights_and_no_limits(enters: Enters) -> None:
    portal = await enters(actions="")
    detail = (await portal.whole("/userservice/context"))["detail"]
    assert detail["actions"] == []
    assert detail["settings"]["token_limits"] == {"all_token": None, "token_types": []}


async def test_the_list_has_rollout_tokens_too_and_infos_as_objects(
    household: Household, enters: Enters
) -> None:
    await household.give("T1")
    await household.give("T2", info=ROLLOUT, active=False)
    await household.give("T3", owner="bob")
    portal = await enters()
    rows = await portal.value("/userservice/usertokenlist")
    assert serials(rows) == ["T1", "T2"]
    for row in rows:
        assert isinstance(row["LinOtp.TokenInfo"], dict)
        assert row["Enrollment"] == {"status": "completed"}
        assert not [name for name in row if name.startswith("User.")]
    for active in ("true", "false"):
        assert serials(await portal.value("/userservice/usertokenlist", active=active)) == ["T1"]


async def test_nobody_is_told_a_password(enters: Enters) -> None:
    portal = await enters()
    info = await portal.value("/userservice/userinfo")
    assert (info["username"], info["realm"]) == ("alice", "demo")
    assert not [name for name in info if "pass" in name]


async def test_the_history_is_the_persons_own_in_pages(household: Household, enters: Enters) -> None:
    await household.give("T1")
    await household.give("T2", owner="bob")
    alice, bob = await enters("alice"), await enters("bob")
    for _ in range(3):
        await alice.value("/userservice/reset", serial="T1")
        await bob.value("/userservice/reset", serial="T2")
    answer = (await alice.post("/userservice/history", rp="2", page="2", sortname="date")).json()
    assert set(answer) == {"page", "total", "rows"}
    assert (answer["page"], answer["total"], len(answer["rows"])) == (2, 3, 1)
    everything = (await alice.get("/userservice/history", sortname="date", sortorder="desc")).json()["rows"]
    for row in everything:
        assert len(row["cell"]) == 8
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", row["cell"][0])
    assert {row["cell"][3] for row in everything if row["cell"][1] == "userservice/reset"} == {"T1"}


async def test_no_condition_widens_the_history_to_others(household: Household, enters: Enters) -> None:
    await household.give("T2", owner="bob")
    bob, alice = await enters("bob"), await enters("alice")
    await bob.value("/userservice/reset", serial="T2")
    for fields in (
        {"qtype": "user", "query": "bob"},
        {"qtype": "serial", "query": "T2"},
        {"qtype": "action", "query": "userservice/reset"},
        {"qtype": "extsearch", "query": "user=bob;serial=T2", "or": "true"},
        {"user": "bob", "or": "true"},
        {"qtype": "date", "query": "19%"},
    ):
        answer = (await alice.post("/userservice/history", **fields)).json()
        assert "T2" not in repr(answer), fields
    assert (await alice.post("/userservice/history", qtype="action", query="%")).json()["total"] > 0
