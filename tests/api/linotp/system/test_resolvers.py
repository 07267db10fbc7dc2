"""``getResolvers``, ``setResolver``, ``delResolver``, ``/admin/testresolver``."""

from pathlib import Path

import pytest

from tests.api.caller import Caller
from tests.household import Household
from watchword.model.person import Subject

PASSWD = "useridresolver.PasswdIdResolver.IdResolver"


@pytest.fixture
def people(tmp_path: Path) -> str:
    """A file with carol, whose password is nobody's business."""
    path = tmp_path / "people-of-a-file"
    path.write_text("carol:x:1001:1001:Carol Example,,0171 1,089 1,carol@example.org:/home/carol:/bin/sh\n")
    return str(path)


async def _make(linotp: Caller, people: str, name: str = "local") -> None:
    made = await linotp.value("/system/setResolver", name=name, type="passwdresolver", fileName=people)
    assert made is True


async def test_resolvers_are_listed_as_linotp_lists_them(linotp: Caller, people: str) -> None:
    await _make(linotp, people)
    listed = await linotp.value("/system/getResolvers")
    assert listed["local"] == {
        "resolvername": "local",
        "entry": "linotp.passwdresolver.fileName.local",
        "type": "passwdresolver",
        "spec": f"{PASSWD}.local",
        "admin": False,
        "immutable": False,
    }
    assert listed["people"]["spec"] == "useridresolver.SQLIdResolver.IdResolver.people"
    assert (listed["people"]["type"], listed["people"]["readonly"]) == ("sqlresolver", True)
    local_admins = listed["LinOTP_local_admins"]
    assert [local_admins[key] for key in ("admin", "immutable", "readonly")] == [True, True, True]


async def test_one_resolver_is_shown_with_its_parameters(linotp: Caller, people: str) -> None:
    await _make(linotp, people)
    assert await linotp.value("/system/getResolver", resolver="local") == {
        "type": "passwdresolver",
        "data": {"fileName": people},
        "resolver": "local",
        "spec": f"{PASSWD}.local",
        "admin": False,
        "immutable": False,
    }
    assert (await linotp.value("/system/getResolver", resolver="people"))["readonly"] is True
    assert await linotp.value("/system/getResolver", resolver="none") == {
        "type": None,
        "data": {},
        "resolver": "none",
    }
    assert await linotp.code("/system/getResolver") == 905


async def test_its_parameters_are_settings_in_three_parts(linotp: Caller, people: str) -> None:
    await _make(linotp, people)
    assert (await linotp.value("/system/getConfig"))["passwdresolver.fileName.local"] == people


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"name": None}, 905),
        ({"type": None}, 905),
        ({"name": "abc"}, -311),
        ({"name": "with.dot"}, -311),
        ({"name": "with blank"}, -311),
        ({"name": "bad\0name"}, -311),
        ({"type": "whatresolver"}, -311),
        ({"type": "sqlresolver"}, -311),
        ({"type": "ldapresolver"}, -311),
        ({"fileName": None}, -311),
        ({"fileName": ""}, -311),
        ({"fileName": "/nowhere/at/all"}, -311),
        ({"fileName": "/tmp"}, -311),
        ({"fileName": "/tmp/\0"}, -311),
        ({"fileName": "x" * 5000}, -311),
        ({"name": "people"}, -311),
        ({"previous_name": "none"}, -311),
        ({"previous_name": "people"}, -311),
        ({"previous_name": "LinOTP_local_admins"}, -311),
        ({"name": "people", "previous_name": "people"}, -311),
        ({"readonly": "True"}, -311),
        ({"readonly": "perhaps"}, -311),
    ],
)
async def test_a_resolver_that_cannot_be_is_an_error_and_nothing_is_stored(
    linotp: Caller, people: str, fields: dict[str, str | None], code: int
) -> None:
    before = await linotp.value("/system/getResolvers")
    whole = {"name": "local", "type": "passwdresolver", "fileName": people, **fields}
    sent = {name: value for name, value in whole.items() if value is not None}
    assert await linotp.code("/system/setResolver", **sent) == code
    assert await linotp.value("/system/getResolvers") == before


async def test_the_names_of_parameters_count_in_any_case(linotp: Caller, people: str) -> None:
    await linotp.value("/system/setResolver", name="local", type="PasswdResolver", filename=people)
    assert (await linotp.value("/system/getResolver", resolver="local"))["data"] == {"fileName": people}


async def test_a_resolver_is_changed_only_by_its_previous_name(linotp: Caller, people: str) -> None:
    await _make(linotp, people)
    fields = {"name": "local", "type": "passwdresolver", "fileName": people}
    assert await linotp.code("/system/setResolver", **fields) == -311
    assert await linotp.value("/system/setResolver", **fields, previous_name="local") is True
    assert (
        await linotp.code("/system/setResolver", **fields | {"type": "sqlresolver"}, previous_name="local")
        == -311
    )


async def test_realms_and_tokens_follow_a_renamed_resolver(
    linotp: Caller, household: Household, people: str
) -> None:
    await _make(linotp, people)
    await linotp.value("/system/setRealm", realm="corp", resolvers=f"{PASSWD}.local")
    await household.give("T1", owner=None)
    await linotp.value("/admin/assign", serial="T1", user="carol", realm="corp")
    fields = {"name": "moved", "type": "passwdresolver", "fileName": people, "previous_name": "local"}
    assert await linotp.value("/system/setResolver", **fields) is True
    assert (await linotp.value("/system/getRealms"))["corp"]["useridresolver"] == [f"{PASSWD}.moved"]
    assert "local" not in await linotp.value("/system/getResolvers")
    assert (await household.held("T1")).owner == Subject("moved", "1001")
    shown = await linotp.value("/admin/show", serial="T1")
    assert shown["data"][0]["User.username"] == "carol"


async def test_a_resolver_in_use_is_not_removed(linotp: Caller, people: str) -> None:
    await _make(linotp, people)
    await linotp.value("/system/setRealm", realm="corp", resolvers=f"{PASSWD}.local")
    for name in ("local", "people", "LinOTP_local_admins"):
        assert await linotp.code("/system/delResolver", resolver=name) == -311
    await linotp.value("/system/delRealm", realm="corp")
    assert await linotp.value("/system/delResolver", resolver="local") is True
    assert await linotp.value("/system/delResolver", resolver="local") is False
    assert await linotp.code("/system/delResolver") == 905


async def test_a_stored_resolver_is_tried_out(linotp: Caller, household: Household, people: str) -> None:
    await _make(linotp, people)
    answer = await linotp.value("/admin/testresolver", name="local")
    assert answer == {"result": True, "desc": {"rows": 1, "err_string": ""}}
    Path(people).unlink()
    household.clock.advance(seconds=60)
    answer = await linotp.value("/admin/testresolver", name="local")
    assert answer["result"] is False
    assert answer["desc"]["err_string"]
    assert await linotp.code("/admin/testresolver", name="none") == -311
    assert await linotp.code("/admin/testresolver") == 905


async def test_a_refusal_is_recorded_as_one(linotp: Caller) -> None:
    await linotp.code("/system/delResolver", resolver="people")
    [row] = (await linotp.post("/audit/search", action="system/delResolver")).json()["rows"]
    assert row["cell"][5] == "0"
    assert "in use" in row["cell"][11]
