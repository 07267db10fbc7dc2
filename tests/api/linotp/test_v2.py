"""``/api/v2``: realms, resolvers and the people in them."""

from typing import Any

import pytest

from tests.api.caller import Caller
from tests.household import Household, policy

USERS = "/api/v2/resolvers/people/users"


async def _value(caller: Caller, path: str, **fields: str) -> Any:
    answer = await caller.get(path, **fields)
    assert answer.status_code == 200, answer.text
    result = answer.json()["result"]
    assert result["status"] is True, answer.text
    return result["value"]


async def test_realms_are_a_list(linotp: Caller) -> None:
    assert await _value(linotp, "/api/v2/realms/") == [
        {
            "name": "demo",
            "entry": "linotp.useridresolver.group.demo",
            "userIdResolvers": ["useridresolver.SQLIdResolver.IdResolver.people"],
            "default": True,
            "admin": False,
        },
        {
            "name": "linotp_admins",
            "entry": "linotp.useridresolver.group.linotp_admins",
            "userIdResolvers": ["useridresolver.SQLIdResolver.IdResolver.LinOTP_local_admins"],
            "default": False,
            "admin": True,
        },
    ]


async def test_resolvers_are_a_list_that_says_who_uses_them(linotp: Caller, tmp_path: Any) -> None:
    people = tmp_path / "a-file"
    people.write_text("")
    await linotp.value("/system/setResolver", name="local", type="passwdresolver", fileName=str(people))
    listed = {entry["name"]: entry for entry in await _value(linotp, "/api/v2/resolvers/")}
    assert listed["people"] == {
        "name": "people",
        "entry": "linotp.sqlresolver.readonly.people",
        "type": "sqlresolver",
        "spec": "useridresolver.SQLIdResolver.IdResolver.people",
        "immutable": False,
        "readonly": True,
        "admin": False,
        "realms": ["demo"],
    }
    assert (listed["local"]["readonly"], listed["local"]["realms"]) == (None, [])
    assert listed["LinOTP_local_admins"]["immutable"] is True


async def test_people_of_a_realm_are_streamed(linotp: Caller) -> None:
    answer = (await linotp.get("/api/v2/realms/demo/users")).json()
    assert [person["username"] for person in answer["result"]["value"]] == ["alice", "bob"]
    assert answer["result"]["queried"] == 2
    assert "versionNumber" not in answer
    assert answer["result"]["value"][0] == {
        "userId": "alice",
        "givenName": "Alice",
        "surname": None,
        "email": None,
        "mobile": None,
        "phone": None,
        "username": "alice",
        "resolverName": "people",
        "resolverClass": "useridresolver.SQLIdResolver.IdResolver",
    }
    assert [p["username"] for p in await _value(linotp, "/api/v2/realms/DEMO/users", username="b*")] == [
        "bob"
    ]
    assert [p["username"] for p in await _value(linotp, "/api/v2/realms/demo/users", searchTerm="LIC")] == [
        "alice"
    ]
    assert [p["username"] for p in await _value(linotp, "/api/v2/realms/demo/users", page="1", rp="1")] == [
        "bob"
    ]
    assert await _value(linotp, "/api/v2/realms/nowhere/users") == []


async def test_people_of_a_resolver_come_in_pages(linotp: Caller) -> None:
    whole = await _value(linotp, USERS)
    assert (whole["page"], whole["pageSize"], whole["totalPages"], whole["totalRecords"]) == (0, 50, 1, 2)
    page = await _value(linotp, USERS, pageSize="1", page="1", sortOrder="desc")
    assert (page["totalPages"], [person["username"] for person in page["pageRecords"]]) == (2, ["alice"])
    assert (await _value(linotp, USERS, pageSize="0", page="7"))["pageRecords"] == whole["pageRecords"]
    assert (await _value(linotp, USERS, pageSize="5", page="7"))["pageRecords"] == []
    assert (await _value(linotp, USERS, givenName="Bo*"))["totalRecords"] == 1
    assert (await _value(linotp, USERS, page="x", pageSize="y"))["totalRecords"] == 2
    assert (await linotp.get(USERS, sortBy="password")).json()["result"]["status"] is False


async def test_one_person_is_found_by_id(linotp: Caller) -> None:
    assert (await _value(linotp, f"{USERS}/bob"))["username"] == "bob"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{USERS}/nobody", 404),
        ("/api/v2/resolvers/none/users", 404),
        ("/api/v2/resolvers/none/users/1", 404),
        (f"{USERS}?sortBy=nothing", 400),
        ("/api/v2/realms/demo/users?page=nothing", 400),
    ],
)
async def test_what_is_not_there_has_an_envelope_and_the_dialects_status(
    linotp: Caller, path: str, status: int
) -> None:
    answer = await linotp.http.get(path)
    assert answer.status_code == status
    assert answer.json()["result"]["status"] is False


@pytest.mark.parametrize("odd", ["%00", "..%2f..", "*", "'", "ü", "x" * 3000])
async def test_odd_names_are_nobodys(linotp: Caller, odd: str) -> None:
    assert (await linotp.get(f"{USERS}/{odd}")).status_code == 404
    assert (await linotp.get(f"/api/v2/resolvers/{odd}/users")).status_code == 404


@pytest.mark.parametrize(
    "path", ["/api/v2/realms/", "/api/v2/resolvers/", "/api/v2/realms/demo/users", USERS, f"{USERS}/bob"]
)
async def test_a_missing_right_is_403(
    linotp: Caller, stranger: Caller, household: Household, path: str
) -> None:
    assert (await stranger.get(path)).status_code == 401
    assert (await linotp.post(path)).status_code == 405
    await household.say(policy("write", "system", user="admin"), policy("enable", "admin", user="admin"))
    answer = await linotp.get(path)
    assert (answer.status_code, answer.json()["result"]["error"]["code"]) == (403, 410)


async def test_people_are_shown_where_the_right_reaches(linotp: Caller, household: Household) -> None:
    await household.say(policy("userlist", "admin", user="admin", realm="demo"))
    assert (await _value(linotp, USERS))["totalRecords"] == 2
    assert (await linotp.get("/api/v2/realms/linotp_admins/users")).status_code == 403
    assert (await linotp.get("/api/v2/resolvers/LinOTP_local_admins/users")).status_code == 403


async def test_a_file_that_is_gone_is_503(linotp: Caller, household: Household, tmp_path: Any) -> None:
    people = tmp_path / "a-file"
    people.write_text("carol:x:1:1:::\n")
    await linotp.value("/system/setResolver", name="local", type="passwdresolver", fileName=str(people))
    people.unlink()
    household.clock.advance(seconds=60)
    answer = await linotp.get("/api/v2/resolvers/local/users")
    assert answer.status_code == 503
    assert answer.json()["result"]["status"] is False
