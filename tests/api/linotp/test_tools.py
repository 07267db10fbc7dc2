"""``/tools/import_users``."""

import json
from typing import Any

import pytest

from tests.api.caller import Caller
from tests.household import Household, policy

PEOPLE = "carol,1001,Example,Carol,carol@example.org,0171 1,089 1,looking-glass\ndan,1002\n"
SPEC = "useridresolver.SQLIdResolver.IdResolver.staff"


async def _import(linotp: Caller, content: str = PEOPLE, **fields: str) -> dict[str, dict[str, str]]:
    sent = {"resolver": "staff", "passwords_in_plaintext": "true", **fields}
    answer = await linotp.upload("/tools/import_users", content, **sent)
    result = answer.json()["result"]
    assert result["status"] is True, answer.text
    value: dict[str, dict[str, str]] = result["value"]
    return value


async def test_an_import_makes_a_resolver_whose_people_can_log_in(
    linotp: Caller, household: Household
) -> None:
    assert await _import(linotp) == {
        "created": {"1001": "carol", "1002": "dan"},
        "updated": {},
        "modified": {},
        "deleted": {},
    }
    entry = (await linotp.value("/system/getResolvers"))["staff"]
    assert (entry["type"], entry["spec"]) == ("sqlresolver", SPEC)
    assert (entry["readonly"], entry["immutable"], entry["admin"]) == (True, False, False)
    await linotp.value("/system/setRealm", realm="corp", resolvers=SPEC)
    people = (await linotp.post("/admin/userlist", realm="corp")).json()["result"]["value"]
    assert people[0]["phone"] == "0171 1"
    configuration = (await household.house.snapshots.latest()).configuration
    async for person in household.house.directory.search({"username": "carol"}, configuration, realm="corp"):
        for password, right in (("looking-glass", True), ("looking glass", False)):
            matches = await household.house.directory.check_password(person, password, configuration)
            assert matches is right


async def test_a_second_import_tells_what_has_changed(linotp: Caller) -> None:
    await _import(linotp, "a,1\nb,2\nc,3\n")
    assert await _import(linotp, "a,1\nb2,2\nd,4\n") == {
        "created": {"4": "d"},
        "updated": {"1": "a"},
        "modified": {"2": "b2"},
        "deleted": {"3": "c"},
    }
    assert await linotp.value("/system/delResolver", resolver="staff") is True


async def test_a_dry_run_stores_nothing(linotp: Caller) -> None:
    assert (await _import(linotp, dryrun="true"))["created"] == {"1001": "carol", "1002": "dan"}
    assert "staff" not in await linotp.value("/system/getResolvers")


async def test_forms_of_files(linotp: Caller) -> None:
    header = await _import(linotp, "login;id\ne;5\n", delimiter=";", skip_header="true")
    assert header["created"] == {"5": "e"}
    columns = json.dumps({"username": 1, "userid": 0})
    assert (await _import(linotp, "6,f\n", column_mapping=columns))["created"] == {"6": "f"}
    passwd = "g:x:7:7:Gina Example,,,,:/home/g:/bin/sh\n"
    assert (await _import(linotp, passwd, format="passwd"))["created"] == {"7": "g"}


@pytest.mark.parametrize(
    ("content", "fields", "code"),
    [
        (PEOPLE, {"resolver": ""}, 905),
        (PEOPLE, {"resolver": "abc"}, -311),
        (PEOPLE, {"resolver": "LinOTP_local_admins"}, -311),
        (PEOPLE, {"format": "xlsx"}, -311),
        (PEOPLE, {"column_mapping": "{"}, -311),
        (PEOPLE, {"column_mapping": '{"username": 0, "userid": -1}'}, -311),
        (PEOPLE, {"dryrun": "perhaps"}, -311),
        (PEOPLE, {"delimiter": ",,"}, -311),
        (b"\xff\xfe\x00", {}, -311),
        ("", {}, -311),
        ("a,1\na,2\n", {}, -311),
        ("a\0,1\n", {}, -311),
        ('a,1,"unclosed\n', {}, -311),
    ],
)
async def test_what_cannot_be_imported_is_an_error_and_changes_nothing(
    linotp: Caller, content: str | bytes, fields: dict[str, str], code: int
) -> None:
    before = await linotp.value("/system/getResolvers")
    answer = await linotp.upload("/tools/import_users", content, **{"resolver": "staff", **fields})
    assert answer.status_code == 200
    assert answer.json()["result"]["error"]["code"] == code
    assert await linotp.value("/system/getResolvers") == before


async def test_a_missing_file_is_905(linotp: Caller) -> None:
    assert await linotp.code("/tools/import_users", resolver="staff") == 905


async def test_two_rights_are_needed_before_anything_is_looked_at(
    linotp: Caller, stranger: Caller, caller_for: Any, household: Household
) -> None:
    assert (await stranger.upload("/tools/import_users", PEOPLE)).status_code == 401
    await household.say(
        policy("import_users", "tools", user="helper, admin"), policy("read, write", "system", user="admin")
    )
    helper = await caller_for("helper")
    assert (await helper.upload("/tools/import_users", PEOPLE)).json()["result"]["error"]["code"] == 410
    await _import(linotp)
    await household.say(policy("import_users", "tools", user="helper"))
    assert (await linotp.upload("/tools/import_users", PEOPLE)).json()["result"]["error"]["code"] == 410


async def test_no_password_of_the_file_is_in_the_audit(linotp: Caller) -> None:
    await _import(linotp)
    await linotp.upload("/tools/import_users", "a,1,,,,,,looking-glass\na,1\n", resolver="staff")
    rows = await linotp.post("/audit/search", action="tools/import_users", sortorder="desc")
    assert "looking-glass" not in rows.text
    assert [row["cell"][5] for row in rows.json()["rows"]] == ["0", "1"]
