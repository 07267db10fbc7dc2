"""People come in by one, two or three calls, and go."""

import base64
from typing import Any

import httpx2
import pytest

from tests.api.caller import Caller
from tests.api.linotp.userservice.conftest import ALL, Portal
from tests.household import Household, policy
from watchword.api.linotp.admitting import AUTH_COOKIE, COOKIE

CODES = ("755224", "287082", "359152", "969429")
"""RFC 4226 appendix D."""
ALICE = {"login": "alice", "password": "wonderland"}
STATUS = {"received_count", "received_tan", "valid_tan", "message", "status", "accept", "reject"}


@pytest.fixture
async def portal(stranger: Caller) -> Portal:
    return Portal(stranger.http)


async def log_in(portal: Portal, **fields: Any) -> httpx2.Response:
    """One call of the log-in, with the session that the one before gave."""
    answer = await portal.post("/userservice/login", **({} if portal.session else ALICE), **fields)
    assert answer.status_code == 200
    if COOKIE in answer.cookies:
        portal.hold(answer.cookies[COOKIE])
    return answer


def result(answer: httpx2.Response) -> Any:
    return answer.json()["result"]


async def test_without_second_factor_the_password_is_the_log_in(household: Household, portal: Portal) -> None:
    await household.say(policy(ALL, scope="selfservice"))
    answer = await log_in(portal)
    assert result(answer) == {"status": True, "value": True}
    assert answer.json()["id"] == 0
    row = await household.last_row()
    assert (row.action, row.success, row.user, row.realm) == ("userservice/login", True, "alice", "demo")
    assert (await portal.whole("/userservice/context"))["detail"]["user"]["username"] == "alice"


@pytest.mark.parametrize(
    "fields",
    [
        {"login": "alice", "password": "wrong"},
        {"login": "nobody", "password": "wonderland"},
        {"login": "alice"},
        {"password": "wonderland"},
        {},
        {"login": "alice", "password": ""},
        {"login": " ", "password": "x"},
        {"serial": "T1", "password": "wonderland"},
    ],
)
async def test_every_refusal_is_the_same_and_gives_no_cookie(
    fields: dict[str, str], household: Household, stranger: Caller
) -> None:
    await household.give("T1")
    wrong = await stranger.post("/userservice/login", login="bob", password="no")
    answer = await stranger.post("/userservice/login", **fields)
    assert (answer.status_code, answer.content) == (200, wrong.content)
    assert result(answer) == {"status": True, "value": False}
    assert "set-cookie" not in answer.headers
    assert not (await household.last_row()).success


async def test_password_and_code_come_in_one_call(household: Household, portal: Portal) -> None:
    await household.give("T1", pin="pin")
    await household.say(policy("mfa_login", scope="selfservice"))
    refused = await log_in(portal, otp="pin" + CODES[0])
    assert result(refused)["value"] is False
    assert not portal.session
    assert result(await log_in(portal, otp=CODES[0]))["value"] is True
    assert (
        result(await Portal(portal.http).post("/userservice/login", **ALICE, otp=CODES[0]))["value"] is False
    )


async def test_the_second_call_names_a_token_and_its_code(household: Household, portal: Portal) -> None:
    await household.give("T1")
    await household.give("T2", active=False)
    await household.say(policy(f"mfa_login, {ALL}", scope="selfservice"))
    first = await log_in(portal)
    assert result(first)["value"] is False
    detail = first.json()["detail"]
    assert detail["message"] == "credential verified - additional authentication parameter required"
    assert [row["LinOtp.TokenSerialnumber"] for row in detail["tokenList"]] == ["T1"]
    half_way = portal.session
    assert (await portal.get("/userservice/context")).status_code == 401
    assert (await portal.post("/userservice/delete", serial="T1")).status_code == 401
    for open_half_way in ("usertokenlist", "userinfo"):
        assert (await portal.get(f"/userservice/{open_half_way}")).status_code == 200
    assert result(await log_in(portal, serial="T1", otp="000000"))["value"] is False
    assert (await portal.get("/userservice/context")).status_code == 401
    assert result(await log_in(portal, serial="T1", otp=CODES[0]))["value"] is True
    assert portal.session != half_way
    assert (await portal.get("/userservice/context")).status_code == 200
    old = Portal(portal.http)
    old.hold(half_way)
    assert (await old.get("/userservice/usertokenlist")).status_code == 401


async def test_a_token_is_asked_and_its_question_polled_and_answered(
    household: Household, portal: Portal
) -> None:
    await household.give("T1", pin="pin")
    await household.say(policy("mfa_login", scope="selfservice"))
    await log_in(portal)
    asked = await log_in(portal, serial="T1")
    detail = asked.json()["detail"]
    assert result(asked)["value"] is False
    assert {"transactionId", "message", "replyMode", "linotp_tokenserial", "linotp_tokentype"} <= set(detail)
    assert (detail["linotp_tokenserial"], detail["replyMode"]) == ("T1", ["offline"])
    polled = await portal.get("/userservice/login")
    assert result(polled) == {"status": True, "value": False}
    assert set(polled.json()["detail"]) == STATUS
    assert polled.json()["detail"]["status"] == "open"
    assert result(await log_in(portal, otp=CODES[0]))["value"] is True
    assert (await portal.get("/userservice/context")).status_code == 200


async def test_without_token_policy_says_whether_the_password_is_enough(
    household: Household, portal: Portal
) -> None:
    await household.say(policy("mfa_login", scope="selfservice", name="a"))
    first = await log_in(portal)
    assert first.json()["detail"]["tokenList"] == []
    await household.say(policy("mfa_login, mfa_passOnNoToken", scope="selfservice", name="a"))
    fresh = Portal(portal.http)
    assert result(await log_in(fresh))["value"] is True


@pytest.mark.parametrize(
    "name",
    ["context", "history", "enroll", "delete", "usertokenlist", "userinfo", "verify", "activate_init"],
)
async def test_a_session_is_cookie_and_parameter_together(
    name: str, household: Household, portal: Portal
) -> None:
    await household.say(policy(ALL, scope="selfservice"))
    await log_in(portal)
    path = f"/userservice/{name}"
    bare = await portal.http.post(path)
    assert bare.status_code == 401
    assert bare.json()["result"]["error"] == {"code": -311, "message": "No valid session"}
    assert (await portal.http.post(path, data={"session": "x"})).status_code == 401
    portal.http.cookies.clear()
    assert (await portal.post(path)).status_code == 401


async def test_a_session_counts_for_its_own_face_and_nothing_else(
    household: Household, portal: Portal, linotp: Caller
) -> None:
    await household.say(policy(ALL, scope="selfservice"))
    await log_in(portal)
    portal.http.cookies.set("access_token_cookie", portal.session)
    portal.http.cookies.set("admin_session", portal.session)
    assert (await portal.post("/admin/show")).status_code == 401
    access = linotp.http.cookies["access_token_cookie"]
    linotp.http.cookies.set(COOKIE, access)
    assert (await linotp.post("/userservice/context", session=access)).status_code == 401


async def test_a_log_out_needs_the_cookie_alone_and_ends_the_session(
    household: Household, portal: Portal
) -> None:
    await household.say(policy(ALL, scope="selfservice"))
    await log_in(portal)
    assert (await portal.http.get("/userservice/logout")).json()["result"]["value"] is True
    portal.hold(portal.session)
    assert (await portal.get("/userservice/userinfo")).status_code == 401


def coded(otp: str, password: str) -> str:
    return ":".join(base64.b32encode(part.encode()).decode() for part in (otp, password))


async def test_the_older_log_in_takes_code_and_password_in_base32(
    household: Household, portal: Portal
) -> None:
    await household.say(policy(ALL, scope="selfservice"))
    answer = await portal.post("/userservice/auth", login="alice", password=coded("", "wonderland"))
    assert result(answer) == {"status": True, "value": True}
    value = answer.cookies[AUTH_COOKIE]
    got = await portal.http.get("/userservice/context", params={"session": value, "user": "bob"})
    assert got.json()["detail"]["user"]["username"] == "alice"


async def test_the_older_log_in_takes_a_code_where_policy_wants_one(
    household: Household, portal: Portal
) -> None:
    await household.give("T1", pin="pin")
    await household.say(policy("mfa_login", scope="selfservice"))
    for otp in ("", "000000"):
        answer = await portal.post("/userservice/auth", login="alice", password=coded(otp, "wonderland"))
        assert result(answer)["value"] is False
        assert "set-cookie" not in answer.headers
    answer = await portal.post("/userservice/auth", login="alice", password=coded(CODES[0], "wonderland"))
    assert result(answer)["value"] is True


@pytest.mark.parametrize("password", ["wonderland", ":", "::", "%:%", "A:B", "ÄÖ:ÜÜ", "\0:\0", ""])
async def test_what_is_no_base32_is_refused(password: str, stranger: Caller) -> None:
    answer = await stranger.post("/userservice/auth", login="alice", password=password)
    assert result(answer) == {"status": True, "value": False}


@pytest.mark.parametrize(("actions", "most"), [(ALL, 7), (f"mfa_login, {ALL}", 8)])
async def test_a_log_in_costs_few_statements(
    actions: str, most: int, household: Household, portal: Portal
) -> None:
    """The person, the password, limits before and after it, the settlement (two or three) and the session."""
    await household.say(policy(actions, scope="selfservice"))
    for number in range(2):
        await household.give(f"T{number}", owner=("alice", "bob")[number])
    traffic = household.house.store.traffic
    for login in ("alice", "bob"):
        await household.house.snapshots.latest()
        before = traffic.statements
        answer = await portal.http.post(
            "/userservice/login", data={"login": login, "password": "wonderland", "otp": CODES[0]}
        )
        assert result(answer)["value"] is True
        assert traffic.statements - before <= most
