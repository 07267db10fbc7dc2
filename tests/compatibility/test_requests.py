"""How requests are read, and what is said to those that cannot be answered."""

import pytest

from tests.api.caller import Caller


@pytest.mark.parametrize(("method", "path", "allowed"), [
    ("GET", "/admin/init", "POST"),
    ("PUT", "/validate/check", "GET, HEAD, POST"),
    ("POST", "/api/v2/tokens/", "GET, HEAD"),
])  # fmt: skip
async def test_a_wrong_method_is_told_the_right_ones(
    method: str, path: str, allowed: str, stranger: Caller
) -> None:
    answer = await stranger.http.request(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
    assert answer.headers["content-type"].startswith("text/html")


async def test_a_list_without_its_last_slash_is_found_behind_it(linotp: Caller, stranger: Caller) -> None:
    answer = await linotp.get("/api/v2/tokens", pageSize="1", realm="a b")
    assert (answer.status_code, answer.headers["location"]) == (308, "/api/v2/tokens/?pageSize=1&realm=a+b")
    assert (await stranger.get("/api/v2/nothing")).status_code == 404
    assert (await stranger.get("/validate/check/")).status_code == 404


async def test_of_two_httperrors_the_last_one_counts(linotp: Caller) -> None:
    answer = await linotp.http.get("/admin/show?sortby=x&httperror=401&httperror=444")
    assert answer.status_code == 444
    assert "-311" in answer.text


async def test_of_other_repeated_fields_the_first_one_counts(linotp: Caller) -> None:
    answer = await linotp.http.get("/admin/check_serial?serial=A&serial=B")
    assert answer.json()["result"]["value"]["new_serial"] == "A"


@pytest.mark.parametrize("media", [
    "application/json", "Application/JSON", "application/json; charset=utf-8", "application/vnd.x+json",
])  # fmt: skip
async def test_a_json_body_wins_over_the_query(media: str, linotp: Caller) -> None:
    answer = await linotp.http.post(
        "/admin/check_serial?serial=Q",
        content=b'{"serial": "J"}',
        headers={"content-type": media, "X-CSRF-TOKEN": linotp.http.cookies["csrf_access_token"]},
    )
    assert answer.json()["result"]["value"]["new_serial"] == "J"
