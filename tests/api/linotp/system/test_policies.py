"""``setPolicy``, ``getPolicy``, ``delPolicy`` and their kin."""

from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests.api.caller import Caller

FIELDS = ("action", "scope", "realm", "user", "time", "client", "active")


async def _set(linotp: Caller, name: str = "mine", **fields: str) -> Any:
    whole = {"scope": "authentication", "action": "otppin=1", "realm": "*", **fields}
    return await linotp.value("/system/setPolicy", name=name, **whole)


async def test_a_policy_is_stored_and_read_back(linotp: Caller) -> None:
    assert await linotp.value("/system/getPolicy") == {}
    answer = await _set(linotp, realm="Demo", user="Alice, !bob", client="10.0.0.0/8")
    assert answer == {"setPolicy mine": dict.fromkeys(FIELDS, True)}
    assert await linotp.value("/system/getPolicy") == {
        "mine": {
            "name": "mine",
            "scope": "authentication",
            "action": "otppin=1",
            "realm": "demo",
            "user": "Alice, !bob",
            "client": "10.0.0.0/8",
            "time": "* * * * * *;",
            "active": "True",
        }
    }


async def test_the_same_name_overwrites(linotp: Caller) -> None:
    await _set(linotp)
    await _set(linotp, action="otppin=2")
    assert (await linotp.value("/system/getPolicy"))["mine"]["action"] == "otppin=2"


@pytest.mark.parametrize("missing", ["name", "scope", "action", "realm"])
async def test_what_is_missing_is_905_and_what_is_empty_is_an_error(linotp: Caller, missing: str) -> None:
    whole = {"name": "mine", "scope": "audit", "action": "view", "realm": "*", "user": "*"}
    without = {name: value for name, value in whole.items() if name != missing}
    assert await linotp.code("/system/setPolicy", **without) == 905
    assert await linotp.code("/system/setPolicy", **whole | {missing: ""}) == -311
    assert await linotp.value("/system/getPolicy") == {}


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "with-dash"},
        {"name": "with blank"},
        {"name": "with.dot"},
        {"name": "na\0me"},
        {"scope": "none"},
        {"action": "fly"},
        {"action": "otppin=17"},
        {"action": "autosms=perhaps"},
        {"action": "otppin=1, otppin=2"},
        {"client": "300.1.1.1"},
        {"time": "sometimes"},
        {"active": "perhaps"},
        {"user": "a" * 3000 + "(*"},
    ],
)
async def test_a_policy_that_cannot_be_is_an_error_and_nothing_is_stored(
    linotp: Caller, fields: dict[str, str]
) -> None:
    whole = {"name": "mine", "scope": "authentication", "action": "otppin=1", "realm": "*", **fields}
    assert await linotp.code("/system/setPolicy", **whole) == -311
    assert await linotp.value("/system/getPolicy", display_inactive="true") == {}


async def test_with_validation_off_an_unknown_action_is_stored(linotp: Caller) -> None:
    await linotp.value("/system/setConfig", key="policy_action_validation", value="False")
    await _set(linotp, action="fly, otppin=1")
    assert (await linotp.value("/system/getPolicy"))["mine"]["action"] == "fly, otppin=1"
    definition = await linotp.value(
        "/system/checkPolicy", user="alice", realm="demo", scope="authentication", action="otppin", client=""
    )
    assert definition["allowed"] is True


async def test_a_policy_without_text_for_whom_or_when_is_for_all(linotp: Caller) -> None:
    await _set(linotp)
    shown = (await linotp.value("/system/getPolicy"))["mine"]
    assert [shown[name] for name in ("user", "client", "time", "active")] == [
        "*",
        "*",
        "* * * * * *;",
        "True",
    ]


async def test_filters_narrow_the_list(linotp: Caller) -> None:
    await _set(linotp, "one", realm="demo", user="alice, bob")
    await _set(linotp, "two", scope="enrollment", action="maxtoken=3, tokencount=9")
    await _set(linotp, "off", active="False")

    async def names(**filters: str) -> set[str]:
        return set(await linotp.value("/system/getPolicy", **filters))

    assert await names() == {"one", "two"}
    assert await names(display_inactive="true") == {"one", "two", "off"}
    assert await names(name="one, two, none") == {"one", "two"}
    assert await names(name="off") == set()
    assert await names(name="off", display_inactive="true") == {"off"}
    assert await names(realm="DEMO") == {"one"}
    assert await names(realm="*") == {"two"}
    assert await names(scope="enrollment") == {"two"}
    assert await names(action="tokencount") == {"two"}
    assert await names(user="bob") == {"one"}
    assert await names(name="none") == set()


async def test_policies_are_removed_by_names(linotp: Caller) -> None:
    for name in ("one", "two"):
        await _set(linotp, name)
    answer = await linotp.value("/system/delPolicy", name="one,two,none")
    removed = {f"linotp.Policy.{name}.{field}": True for name in ("one", "two") for field in FIELDS}
    assert answer == {"delPolicy": {"result": removed}}
    assert await linotp.value("/system/delPolicy", name="one") == {"delPolicy": {"result": {}}}
    assert await linotp.code("/system/delPolicy", name="o.ne") == 8888
    assert await linotp.code("/system/delPolicy") == 905


async def test_nobody_is_locked_out_unless_it_is_enforced(linotp: Caller) -> None:
    rule = {"scope": "system", "realm": "*", "user": "*"}
    assert await linotp.code("/system/setPolicy", name="read", action="read", **rule) == -311
    assert (
        "potential lockout" in (await linotp.post("/system/setPolicy", name="r", action="read", **rule)).text
    )
    assert await linotp.code("/system/setPolicy", name="w", **rule | {"action": "write", "user": ""}) == -311
    await _set(linotp, "all", action="read, write", **rule)
    await _set(linotp, "read", action="read", **rule)
    assert await linotp.code("/system/delPolicy", name="all") == -311
    await linotp.value("/system/delPolicy", name="all, read")
    assert await linotp.value("/system/getPolicy") == {}
    await _set(linotp, "read", action="read", enforce="true", **rule)
    assert await linotp.code("/system/setConfig", key="a", value="b") == 410


async def test_reading_and_writing_are_two_rights(linotp: Caller, caller_for: Any) -> None:
    await _set(linotp, "all", scope="system", action="read, write", user="admin")
    await _set(linotp, "some", scope="system", action="read", user="reader")
    reader = await caller_for("reader")
    nobody = await caller_for("nobody")
    for call in ("getConfig", "getRealms", "getDefaultRealm", "getResolvers", "getPolicy", "getPolicyDef"):
        await reader.value(f"/system/{call}")
        assert await nobody.code(f"/system/{call}") == 410
    for call in ("getResolver", "checkPolicy"):
        assert await reader.code(f"/system/{call}") == 905
        assert await nobody.code(f"/system/{call}") == 410
    for call in (
        *("setConfig", "delConfig", "setDefault", "setRealm", "delRealm", "setDefaultRealm"),
        *("setResolver", "delResolver", "setPolicy", "delPolicy", "importPolicy"),
    ):
        assert await reader.code(f"/system/{call}") == 410
    assert "ERR410" in (await nobody.post("/system/getConfig")).text


async def test_definitions_are_told_by_scope(linotp: Caller) -> None:
    whole = await linotp.value("/system/getPolicyDef")
    assert set(whole) == {
        *("admin", "gettoken", "selfservice", "system", "enrollment", "notification", "authentication"),
        *("authorization", "audit", "tools", "monitoring", "reporting", "reporting.access"),
    }
    one = await linotp.value("/system/getPolicyDef", scope="system")
    assert one == whole["system"]
    assert one["write"]["type"] == "bool"
    assert one["write"]["desc"]
    assert await linotp.code("/system/getPolicyDef", scope="none") == -311


async def test_which_policies_speak_is_told(linotp: Caller) -> None:
    asked = {
        "user": "alice",
        "realm": "demo",
        "scope": "authentication",
        "action": "otppin",
        "client": "10.1.1.1",
    }
    for missing in asked:
        sent = {name: value for name, value in asked.items() if name != missing}
        assert await linotp.code("/system/checkPolicy", **sent) == 905
    assert await linotp.value("/system/checkPolicy", **asked) == {"allowed": False, "policy": {}}
    await _set(linotp, user="alice", client="10.0.0.0/8")
    await _set(linotp, "general", action="otppin=2")
    answer = await linotp.value("/system/checkPolicy", **asked)
    assert answer["allowed"] is True
    assert list(answer["policy"]) == ["mine"]
    assert answer["policy"]["mine"]["action"] == "otppin=1"
    answer = await linotp.value("/system/checkPolicy", **asked | {"client": "192.0.2.1"})
    assert list(answer["policy"]) == ["general"]


async def test_an_open_scope_is_told_as_allowed(linotp: Caller) -> None:
    asked = {"user": "admin", "realm": "demo", "scope": "system", "action": "write", "client": "10.1.1.1"}
    answer = await linotp.value("/system/checkPolicy", **asked)
    assert answer["allowed"] is True
    assert isinstance(answer["policy"], str)
    await _set(linotp, scope="system", action="*", user="admin@linotp_admins")
    answer = await linotp.value("/system/checkPolicy", **asked)
    assert (answer["allowed"], list(answer["policy"])) == (True, ["mine"])
    assert (await linotp.value("/system/checkPolicy", **asked | {"user": "admin@linotp_admins"}))["allowed"]
    assert not (await linotp.value("/system/checkPolicy", **asked | {"user": "other"}))["allowed"]


async def test_an_export_is_imported_again(linotp: Caller) -> None:
    await _set(linotp, "one", scope="enrollment", action="tokenlabel='<u>, a=b', maxtoken=3", realm="demo")
    await _set(linotp, "two", scope="audit", action="view", user="admin", active="False")
    before = await linotp.value("/system/getPolicy", display_inactive="true")
    for path in ("/system/getPolicy", "/system/getPolicy/policy.cfg"):
        answer = await linotp.get(path, export="true")
        assert answer.headers["content-type"].startswith("text/plain")
        assert answer.headers["content-disposition"] == "attachment; filename=policy.cfg"
        assert "[one]\n" in answer.text
        assert "realm = demo\n" in answer.text
    named = await linotp.get("/system/getPolicy/policy.cfg", export="true", name="one")
    assert "[two]" not in named.text
    await linotp.value("/system/delPolicy", name="one,two")
    imported = await linotp.upload("/system/importPolicy", answer.content)
    assert imported.headers["content-type"].startswith("text/xml")
    root = ET.fromstring(imported.content)
    assert root.tag == "jsonrpc"
    assert root.get("version") == "2.0"
    assert root.findtext("result/status") == "True"
    assert root.findtext("result/value") == "2"
    assert await linotp.value("/system/getPolicy", display_inactive="true") == before


@pytest.mark.parametrize(
    "content", [b"", b"no section", b"[x]\naction = <&>\x00\x01", b"\xff\xfe[x]", b"[x]\nscope = audit"]
)
async def test_a_file_that_is_none_is_told_in_xml(linotp: Caller, content: bytes) -> None:
    answer = await linotp.upload("/system/importPolicy", content)
    assert answer.status_code == 200
    root = ET.fromstring(answer.content)
    assert root.findtext("result/status") == "False"
    assert root.findtext("result/error/code") == "-311"
    assert await linotp.value("/system/getPolicy") == {}
    [row] = (await linotp.post("/audit/search", action="system/importPolicy")).json()["rows"]
    assert row["cell"][5] == "0"


async def test_an_import_without_file_is_905_in_json(linotp: Caller) -> None:
    assert await linotp.code("/system/importPolicy") == 905


async def test_the_grid_has_no_envelope(linotp: Caller) -> None:
    for number in range(5):
        await _set(linotp, f"p{number}", active=str(number != 3))
    answer = await linotp.post("/system/policies_flexi", page="2", rp="2", sortname="name", sortorder="desc")
    assert answer.json() == {
        "page": 2,
        "total": 5,
        "rows": [
            {
                "id": name,
                "cell": [
                    int(name != "p3"),
                    name,
                    "*",
                    "authentication",
                    "otppin=1",
                    "*",
                    "*",
                    "* * * * * *;",
                ],
            }
            for name in ("p2", "p1")
        ],
    }
    odd = await linotp.post("/system/policies_flexi", page="x", rp="-1", sortname="__class__", name="p1")
    assert [row["id"] for row in odd.json()["rows"]] == ["p1"]
