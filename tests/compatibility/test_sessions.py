"""Sessions of administrators, in the younger style and the older one."""

import httpx2
import pytest

from tests.api.caller import ADMIN, ADMIN_PASSWORD, Caller
from tests.household import Household

LITTLE_LEFT = 26 * 60
"""Seconds after which less than five minutes of thirty are left."""
NOT_ENTERED = {"code": -311, "message": "Not authenticated"}


def cookies_of(answer: httpx2.Response) -> list[str]:
    return [line.partition("=")[0] for line in answer.headers.get_list("set-cookie")]


@pytest.fixture
async def older(stranger: Caller, linotp: Caller) -> str:
    """The value of a session of the older style, whose cookie the stranger holds."""
    assert linotp.http.cookies, "the administrator exists"
    await stranger.http.get("/admin/getsession", auth=(ADMIN, ADMIN_PASSWORD))
    return stranger.http.cookies["admin_session"]


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/admin/show", {}),
        ("/admin/userlist", {}),
        ("/audit/search", {}),
        ("/audit/search", {"outform": "csv"}),
        ("/api/v2/tokens/", {}),
        ("/admin/show", {"sortby": "nothing"}),
        ("/admin/show", {"sortby": "nothing", "httperror": "404"}),
    ],
)
async def test_any_answer_carries_new_cookies_when_little_of_a_session_is_left(
    path: str, fields: dict[str, str], linotp: Caller, household: Household
) -> None:
    assert cookies_of(await linotp.get(path, **fields)) == []
    household.clock.advance(seconds=LITTLE_LEFT)
    assert cookies_of(await linotp.get(path, **fields)) == ["access_token_cookie", "csrf_access_token"]
    household.clock.advance(seconds=LITTLE_LEFT)
    assert await linotp.value("/admin/show")


@pytest.mark.usefixtures("linotp")
async def test_over_http_cookies_are_not_secure_and_scripts_read_one_of_them(stranger: Caller) -> None:
    answer = await stranger.post("/admin/login", username=ADMIN, password=ADMIN_PASSWORD)
    access, csrf = (line.split("; ") for line in answer.headers.get_list("set-cookie"))
    assert "Path=/" in access
    assert "Path=/" in csrf
    assert "Secure" not in access + csrf
    assert "HttpOnly" in access
    assert "HttpOnly" not in csrf


@pytest.mark.usefixtures("linotp")
async def test_every_failed_log_in_is_the_same_and_sets_no_cookie(stranger: Caller) -> None:
    attempts = [
        {},
        {"username": ADMIN},
        {"username": ADMIN, "password": ""},
        {"username": ADMIN, "password": "wrong"},
        {"username": "nobody", "password": ADMIN_PASSWORD},
        {"username": "alice", "password": "wonderland"},
        {"username": f"{ADMIN}@linotp_admins", "password": ADMIN_PASSWORD},
    ]
    answers = [await stranger.post("/admin/login", **fields) for fields in attempts]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1
    assert answers[0].json()["result"] == {"status": True, "value": False}
    assert answers[0].json()["detail"] == {"message": "Bad username or password"}
    assert all(cookies_of(answer) == [] for answer in answers)


async def test_the_older_session_opens_changes_by_get_and_by_post(stranger: Caller, older: str) -> None:
    for number, ask in enumerate((stranger.get, stranger.post)):
        made = await ask("/admin/init", type="spass", serial=f"S{number}", session=older)
        assert made.json()["result"] == {"status": True, "value": True}


@pytest.mark.usefixtures("older")
@pytest.mark.parametrize("path", ["/admin/show", "/admin/init", "/admin/remove", "/system/setConfig"])
async def test_a_session_that_differs_from_its_cookie_is_401(path: str, stranger: Caller) -> None:
    for answer in (await stranger.get(path, session="other"), await stranger.post(path, session="other")):
        assert answer.status_code == 401
        assert answer.json()["result"] == {"status": False, "error": NOT_ENTERED}


async def test_a_change_by_get_is_405_where_no_older_session_was_tried(
    stranger: Caller, older: str, linotp: Caller
) -> None:
    assert (await stranger.get("/admin/init")).status_code == 405
    linotp.http.cookies.set("admin_session", older)
    assert (await linotp.get("/admin/init", session="other")).status_code == 405
    assert (await linotp.get("/admin/show", session="other")).status_code == 200
