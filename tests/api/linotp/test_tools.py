"""``/tools/import_users`` and ``/tools/migrate_resolver``."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.api.caller import Caller
from tests.household import REALM, RESOLVER, Household, policy
from watchword.model.person import Subject

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


async def test_tokens_move_to_the_same_logins_of_another_resolver(
    linotp: Caller, household: Household
) -> None:
    await _import(linotp, "alice,a-1\nBOB,b-1\n")
    await household.give("T1", owner="alice")
    await household.give("T2", owner="bob")
    await household.give("T3", owner="alice", realms=())
    await household.give("T4", owner="gone")
    await household.give("T5", owner=None)
    answer = await linotp.value("/tools/migrate_resolver", **{"from": RESOLVER, "to": "staff"})
    assert answer == {"value": True, "message": "3 tokens of 4 migrated"}
    owners = {serial: (await household.held(serial)).owner for serial in ("T1", "T2", "T3", "T4", "T5")}
    assert owners == {
        "T1": Subject("staff", "a-1"),
        "T2": Subject("staff", "b-1"),
        "T3": Subject("staff", "a-1"),
        "T4": Subject(RESOLVER, "gone"),
        "T5": None,
    }
    assert (await household.held("T1")).realms == (REALM,)
    row = await household.last_row()
    assert (row.serial, row.info) == ("T1,T2,T3", "3 tokens of 4 migrated")
    assert row.action_detail == f"migration from {RESOLVER} to staff"
    again = await linotp.value("/tools/migrate_resolver", **{"from": RESOLVER, "to": "staff"})
    assert again["message"] == "0 tokens of 1 migrated"


async def test_a_resolver_that_does_not_answer_moves_no_token(
    linotp: Caller, household: Household, tmp_path: Path
) -> None:
    path = tmp_path / "others"
    path.write_text("alice:x:7:7::/:/bin/sh\n")
    await linotp.value("/system/setResolver", name="others", type="passwdresolver", fileName=str(path))
    await household.give("T1", owner="alice")
    path.unlink()
    assert await linotp.code("/tools/migrate_resolver", **{"from": RESOLVER, "to": "others"}) == -311
    assert (await household.held("T1")).owner == Subject(RESOLVER, "alice")


@pytest.mark.parametrize(
    ("source", "target", "code"),
    [
        ("", "staff", 905),
        ("people", "", 905),
        ("people", "nothing", -311),
        ("nothing", "people", -311),
        ("people", "people", -311),
    ],
)
async def test_a_move_that_names_no_two_resolvers_is_an_error(
    linotp: Caller, source: str, target: str, code: int
) -> None:
    assert await linotp.code("/tools/migrate_resolver", **{"from": source, "to": target}) == code


async def test_a_move_needs_its_own_right(linotp: Caller, household: Household) -> None:
    await household.say(policy("import_users", "tools", user="admin"))
    assert await linotp.code("/tools/migrate_resolver") == 410
