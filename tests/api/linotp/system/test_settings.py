"""``getConfig``, ``setConfig``, ``delConfig``, ``setDefault``."""

from pathlib import Path

import pytest

from tests.api.caller import Caller
from watchword.configuration.entries import FRESH_ENTRIES


async def test_a_fresh_server_lists_what_linotp_writes_into_a_fresh_database(linotp: Caller) -> None:
    settings = await linotp.value("/system/getConfig")
    assert {name: settings.get(name) for name in FRESH_ENTRIES} == dict(FRESH_ENTRIES)
    for name in ("AutoResync", "splitAtSign", "VoiceChallengeValidityTime", "mayOverwriteClient"):
        assert name not in settings
        assert await linotp.value("/system/getConfig", key=name) == {f"getConfig {name}": None}


async def test_a_setting_is_set_read_and_forgotten(linotp: Caller) -> None:
    assert await linotp.value("/system/setConfig", key="AutoResync", value="True") == {
        "setConfig AutoResync": True
    }
    assert await linotp.value("/system/getConfig", key="AutoResync") == {"getConfig AutoResync": "True"}
    assert (await linotp.value("/system/getConfig"))["AutoResync"] == "True"
    assert await linotp.value("/system/delConfig", key="AutoResync") == {"delConfig AutoResync": True}
    assert await linotp.value("/system/delConfig", key="AutoResync") == {"delConfig AutoResync": True}
    assert await linotp.value("/system/getConfig", key="AutoResync") == {"getConfig AutoResync": None}


async def test_the_prefix_of_stored_names_is_taken(linotp: Caller) -> None:
    await linotp.value("/system/setConfig", key="linotp.AutoResync", value="True")
    assert (await linotp.value("/system/getConfig"))["AutoResync"] == "True"
    assert await linotp.value("/system/getConfig", key="linotp.AutoResync") == {
        "getConfig linotp.AutoResync": "True"
    }
    await linotp.value("/system/delConfig", key="linotp.AutoResync")
    assert "AutoResync" not in await linotp.value("/system/getConfig")


async def test_several_settings_are_set_at_once(linotp: Caller) -> None:
    answer = await linotp.value("/system/setConfig", mine="1", other="zwei", session="x")
    assert answer == {"setConfig mine:1": True, "setConfig other:zwei": True}
    settings = await linotp.value("/system/getConfig")
    assert (settings["mine"], settings["other"], "session" in settings) == ("1", "zwei", False)


async def test_a_setting_without_a_value_is_905_and_an_empty_value_is_one(linotp: Caller) -> None:
    assert await linotp.code("/system/setConfig", key="mine") == 905
    assert await linotp.code("/system/setConfig") == 905
    assert await linotp.code("/system/delConfig") == 905
    await linotp.value("/system/setConfig", key="mine", value="")
    assert await linotp.value("/system/getConfig", key="mine") == {"getConfig mine": ""}


async def test_a_password_is_shown_as_cipher_text_and_nowhere_in_clear(linotp: Caller) -> None:
    answers = [
        await linotp.post("/system/setConfig", key="yubico.secret", value="hush-hush", type="password"),
        await linotp.post(
            "/system/setConfig", **{"radius.secret": "hush-hush", "radius.secret.type": "password"}
        ),
        await linotp.post("/system/getConfig"),
        await linotp.post("/system/getConfig", key="yubico.secret"),
        await linotp.post("/audit/search", rp="100"),
    ]
    assert [answer.status_code for answer in answers] == [200] * 5
    assert not any("hush-hush" in answer.text for answer in answers)
    settings = await linotp.value("/system/getConfig")
    assert bytes.fromhex(settings["yubico.secret"])
    assert bytes.fromhex(settings["radius.secret"])
    assert settings["yubico.secret"] != settings["radius.secret"]
    assert "radius.secret.type" not in settings


@pytest.mark.parametrize("value", ["grün 🟢 \\ \" '", "x" * 20_000, "a\nb\tc", " blanks "])
async def test_any_text_goes_in_and_comes_out_as_it_was(linotp: Caller, value: str) -> None:
    await linotp.value("/system/setConfig", key="mine", value=value)
    assert await linotp.value("/system/getConfig", key="mine") == {"getConfig mine": value}


async def test_defaults_of_tokens_take_any_text_and_are_named_as_linotp_names_them(linotp: Caller) -> None:
    answer = await linotp.value("/system/setDefault", DefaultOtpLen="8", defaultmaxfailcount="many")
    assert answer == {"set DefaultMaxFailCount": True, "set DefaultOtpLen": True}
    assert (await linotp.value("/system/getConfig"))["DefaultMaxFailCount"] == "many"
    assert await linotp.code("/system/setDefault") == 77
    assert await linotp.code("/system/setDefault", Unknown="1") == 77


@pytest.mark.parametrize(
    "fields",
    [
        {"key": "mine", "value": "four", "type": "int"},
        {"key": "Policy.mine.active", "value": "False"},
        {"key": "useridresolver.group.demo", "value": ""},
        {"key": "passwdresolver.shadow.mine", "value": "/etc/passwd"},
        {"key": "linotp.", "value": "1"},
        {"key": "a\0b", "value": "1"},
        {"key": "x" * 300, "value": "1"},
        {"key": "selfservice.auth_expiry", "value": "soon"},
        {"key": "DefaultRealm", "value": "nowhere"},
    ],
)
async def test_what_is_no_setting_is_refused_and_nothing_is_stored(
    linotp: Caller, fields: dict[str, str]
) -> None:
    before = await linotp.value("/system/getConfig")
    assert await linotp.code("/system/setConfig", **fields) == -311
    assert await linotp.value("/system/getConfig") == before


async def test_one_bad_pair_spoils_all(linotp: Caller) -> None:
    assert await linotp.code("/system/setConfig", mine="1", DefaultRealm="nowhere") == -311
    assert await linotp.value("/system/getConfig", key="mine") == {"getConfig mine": None}


async def test_the_default_realm_is_a_setting_too(linotp: Caller) -> None:
    assert (await linotp.value("/system/getConfig"))["DefaultRealm"] == "demo"
    await linotp.value("/system/delConfig", key="DefaultRealm")
    assert "DefaultRealm" not in await linotp.value("/system/getConfig")
    await linotp.value("/system/setConfig", key="DefaultRealm", value="Demo")
    assert (await linotp.value("/system/getConfig"))["DefaultRealm"] == "demo"


async def test_parameters_of_resolvers_are_listed_in_three_parts(linotp: Caller) -> None:
    settings = await linotp.value("/system/getConfig")
    assert settings["sqlresolver.readonly.people"] == "True"
    assert settings["useridresolver.group.demo"] == "useridresolver.SQLIdResolver.IdResolver.people"
    assert all(isinstance(value, str) for value in settings.values())


async def test_a_change_is_recorded_without_its_value(linotp: Caller) -> None:
    await linotp.value("/system/setConfig", key="mine", value="very-private")
    [row] = (await linotp.post("/audit/search", action="system/setConfig")).json()["rows"]
    assert row["cell"][5] == "1"
    assert row["cell"][11] == "mine"
    assert "very-private" not in str(row)


@pytest.mark.parametrize("path", ["setConfig", "delConfig", "setDefault"])
async def test_changing_calls_take_no_get(linotp: Caller, stranger: Caller, path: str) -> None:
    assert (await linotp.get(f"/system/{path}", key="a", value="b")).status_code == 405
    answer = await stranger.post(f"/system/{path}")
    assert answer.status_code == 401
    assert answer.json()["result"]["error"]["code"] == -311


async def test_the_module_of_the_keys_is_open_whatever_password_is_sent(linotp: Caller) -> None:
    answer = await linotp.value("/system/setupSecurityModule", hsm_id="default", password="x")
    assert answer == {"setupSecurityModule": {"activeSecurityModule": "default", "connected": True}}


async def test_a_resolver_is_made_by_the_settings_of_older_clients(linotp: Caller, tmp_path: Path) -> None:
    people = tmp_path / "passwd"
    people.write_text("dave:x:1001:1001:Dave,,,:/home/dave:/bin/sh\n")
    name = "passwdresolver.fileName.files"
    assert await linotp.value("/system/setConfig", **{name: str(people)}) == {
        f"setConfig {name}:{people}": True
    }
    spec = (await linotp.value("/system/getResolvers"))["files"]["spec"]
    await linotp.value("/system/setRealm", realm="office", resolvers=spec)
    assert [
        one["username"] for one in await linotp.value("/admin/userlist", realm="office", username="*")
    ] == ["dave"]
    assert (await linotp.value("/system/getConfig", key=name)) == {f"getConfig {name}": str(people)}


async def test_a_resolver_is_whole_once_its_last_setting_has_come(linotp: Caller) -> None:
    parts = {
        "LDAPURI": "ldap://ldap.example.org",
        "BINDPW": "secret",
        "LDAPBASE": "dc=example,dc=org",
        "BINDDN": "cn=service,dc=example,dc=org",
        "TIMEOUT": "5",
        "LDAPSEARCHFILTER": "(uid=*)",
        "LDAPFILTER": "(&(uid=%s)(objectClass=person))",
        "USERINFO": '{"username": "uid"}',
    }
    for part, value in parts.items():
        told = await linotp.value("/system/setConfig", **{f"ldapresolver.{part}.ldap": value})
        assert "secret" not in str(told)
        assert "ldap" not in await linotp.value("/system/getResolvers")
    assert "secret" not in (await linotp.get("/system/getConfig")).text
    await linotp.value("/system/setConfig", **{"ldapresolver.LOGINNAMEATTRIBUTE.ldap": "uid"})
    data = (await linotp.value("/system/getResolver", resolver="ldap"))["data"]
    assert data == {**parts, "LOGINNAMEATTRIBUTE": "uid", "BINDPW": "********"}
    await linotp.value("/system/setConfig", **{"ldapresolver.TIMEOUT.ldap": "7"})
    assert (await linotp.value("/system/getResolver", resolver="ldap"))["data"]["TIMEOUT"] == "7"


async def test_a_resolver_goes_with_the_first_setting_that_it_cannot_be_without(
    linotp: Caller, tmp_path: Path
) -> None:
    people = tmp_path / "passwd"
    people.write_text("")
    name = "passwdresolver.fileName.files"
    await linotp.value("/system/setConfig", **{name: str(people)})
    assert await linotp.value("/system/delConfig", key=name) == {f"delConfig {name}": True}
    assert "files" not in await linotp.value("/system/getResolvers")
    assert name not in await linotp.value("/system/getConfig")


@pytest.mark.parametrize(
    "name", ["passwdresolver.shadow.files", "sqlresolver.readonly.LinOTP_local_admins", "ldapresolver.x"]
)
async def test_a_setting_that_no_resolver_has_is_refused(linotp: Caller, name: str) -> None:
    assert await linotp.code("/system/setConfig", **{name: "x"}) == -311
