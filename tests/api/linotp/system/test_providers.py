"""``setProvider``, ``getProvider``, ``delProvider``, ``setDefaultProvider``, ``testProvider``, ``getProviderDef``."""

import json
import logging
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.api.caller import Caller
from tests.delivery.wires import LOOPBACK, Authority, gateway
from tests.household import Household, household_on, policy
from watchword.storage.promises import AuditFilter, Page

HIDDEN = "********"
SECRET = "Zuckerhut-19"
SMS = {"URL": "https://sms.example/send", "USERNAME": "shop", "PASSWORD": SECRET}
ACCOUNT = {"accountSid": "AC7d3c", "authToken": SECRET, "voice": "alice", "callerNumber": "+49123456789"}
VOICE = {"server_url": "https://voice.example/v1/twilio/call", "twilioConfig": ACCOUNT}
MAIL = {
    "SMTP_SERVER": "mail.example",
    "EMAIL_FROM": "otp@example.org",
    "SMTP_USER": "shop",
    "SMTP_PASSWORD": SECRET,
}
CALLS = ("setProvider", "getProvider", "delProvider", "setDefaultProvider", "testProvider", "getProviderDef")


@pytest.fixture
async def household(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Household]:
    """One that may speak to this machine."""
    variables = {
        "WATCHWORD_HOME": str(tmp_path),
        "WATCHWORD_DATABASE_URL": sqlite_url,
        "WATCHWORD_OUTBOUND_ALLOW": ",".join(LOOPBACK),
    }
    async with household_on(variables) as household:
        yield household


def _sms(name: str = "shop", config: Any = SMS, **fields: Any) -> dict[str, Any]:
    whole = {"name": name, "type": "sms", "class": "HttpSMSProvider", "timeout": "120", **fields}
    text = config if isinstance(config, str) or config is None else json.dumps(config)
    return {key: value for key, value in {**whole, "config": text}.items() if value is not None}


def _voice(config: Any = VOICE, **fields: Any) -> dict[str, Any]:
    return _sms("ring", config, **{"type": "voice", "class": "CustomVoiceProvider", **fields})


def _without(missing: str) -> dict[str, Any]:
    return {key: value for key, value in _sms().items() if key != missing}


async def _set(linotp: Caller, **fields: Any) -> None:
    assert await linotp.value("/system/setProvider", **fields) is True


async def _shown(linotp: Caller, name: str = "shop", kind: str = "sms") -> dict[str, Any]:
    entry: dict[str, Any] = (await linotp.value("/system/getProvider", type=kind, name=name))[name]
    return entry


async def _refusal(linotp: Caller, **fields: Any) -> str:
    """Why it is not saved."""
    answer = (await linotp.post("/system/setProvider", **fields)).json()["result"]
    assert answer["status"] is False, answer
    assert answer["error"]["code"] == -311, answer
    message: str = answer["error"]["message"]
    assert SECRET not in message
    return message


async def test_a_provider_is_shown_as_it_was_sent_but_for_its_secrets(linotp: Caller) -> None:
    name = "linotp.provider.smsprovider.HttpSMSProvider"
    open_text = '{"URL":  "https://sms.example/send", "HTTP_Method":"GET"}'
    await _set(linotp, **_sms("open", open_text, **{"class": name, "timeout": "3,5"}))
    await _set(linotp, **_sms())
    assert await linotp.value("/system/getProvider", type="sms") == {
        "open": {"Class": name, "Timeout": "3,5", "Config": open_text, "Default": True},
        "shop": {
            "Class": "HttpSMSProvider",
            "Timeout": "120",
            "Config": json.dumps({**SMS, "PASSWORD": HIDDEN}),
            "Default": False,
        },
    }
    assert (await linotp.get("/system/getProvider", type="sms", name="open")).json()["result"][
        "value"
    ].keys() == {"open"}
    assert await linotp.value("/system/getProvider", type="sms", name="none") == {}
    assert await linotp.value("/system/getProvider", type="voice") == {}


async def test_the_same_name_may_be_used_once_for_each_type(linotp: Caller) -> None:
    await _set(linotp, **_sms("ring"))
    await _set(linotp, **_voice())
    assert (await _shown(linotp, "ring"))["Class"] == "HttpSMSProvider"
    voice = await _shown(linotp, "ring", "voice")
    assert json.loads(voice["Config"]) == {**VOICE, "twilioConfig": {**ACCOUNT, "authToken": HIDDEN}}
    assert await linotp.value("/system/delProvider", type="sms", name="ring") is True
    assert await _shown(linotp, "ring", "voice") == voice


@pytest.mark.parametrize("missing", ["name", "type", "class", "timeout"])
async def test_what_is_missing_is_asked_for(linotp: Caller, missing: str) -> None:
    assert await linotp.code("/system/setProvider", **_without(missing)) == 905
    assert await linotp.value("/system/getProvider", type="sms") == {}


async def test_the_other_calls_need_name_and_type(linotp: Caller) -> None:
    for call in ("delProvider", "setDefaultProvider", "testProvider"):
        assert await linotp.code(f"/system/{call}", type="sms") == 905
        assert await linotp.code(f"/system/{call}", name="shop") == 905
        assert await linotp.code(f"/system/{call}", name="shop", type="push") == -311
    assert await linotp.code("/system/getProvider") == 905
    assert await linotp.code("/system/getProvider", type="pigeon") == -311


@pytest.mark.parametrize("call", CALLS)
async def test_nobody_learns_or_changes_anything_without_a_session(stranger: Caller, call: str) -> None:
    assert (await stranger.post(f"/system/{call}")).status_code == 401


async def test_a_right_is_needed_before_parameters_are_looked_at(
    caller_for: Callable[[str], Awaitable[Caller]], household: Household
) -> None:
    await household.say(policy("read", "system", name="readers", user="reader, admin"))
    reader = await caller_for("reader")
    for call in ("setProvider", "delProvider", "setDefaultProvider", "testProvider"):
        assert await reader.code(f"/system/{call}") == 410
    assert await reader.value("/system/getProvider", type="sms") == {}
    assert (await reader.value("/system/getProviderDef")).keys() == {"sms", "voice", "email"}
    other = await caller_for("other")
    assert await other.code("/system/getProvider") == 410
    assert await other.code("/system/getProviderDef") == 410


BAD: list[tuple[dict[str, Any], str]] = [
    (_sms(config="no JSON"), "config"),
    (_sms(config='["a", "b"]'), "config"),
    (_sms(config=None), "URL"),
    (_sms(config="{}"), "URL"),
    (_sms(config={"URL": "https://"}), "URL"),
    (_sms(config={"URL": "gopher://sms.example"}), "URL"),
    (_sms(config={**SMS, "PASSWROD": SECRET}), "PASSWROD"),
    (_sms(config={**SMS, "SERVER_CERTIFICATE": "/nowhere/ca.pem"}), "SERVER_CERTIFICATE"),
    (_sms(config={**SMS, "PASSWORD": HIDDEN}), "give the secrets"),
    (_sms(timeout="soon"), "timeout"),
    (_sms(timeout="1,2,3"), "timeout"),
    (_sms(**{"class": "PigeonProvider"}), "PigeonProvider"),
    (_sms(**{"class": "CustomVoiceProvider"}), "CustomVoiceProvider"),
    (_sms(type="push"), "push"),
    (_sms(default="perhaps"), "default"),
    (_sms("two words"), "name"),
    (_sms("one,two"), "name"),
    (_sms("bell\a"), "name"),
    (_sms("x" * 101), "name"),
    (_voice(config={"server_url": VOICE["server_url"]}), "twilioConfig"),
    (_voice(config={**VOICE, "twilioConfig": {**ACCOUNT, "password": SECRET}}), "twilioConfig.password"),
    (_voice(config={**VOICE, "access_certificate": "/nowhere/client.pem"}), "access_certificate"),
    (
        _sms("post", {**MAIL, "EMAIL_FROM": "nobody"}, type="email", **{"class": "SMTPEmailProvider"}),
        "EMAIL_FROM",
    ),
]


@pytest.mark.parametrize(("fields", "key"), BAD, ids=lambda value: value if isinstance(value, str) else "")
async def test_what_cannot_work_is_refused_with_its_name(
    linotp: Caller, fields: dict[str, Any], key: str
) -> None:
    assert key in await _refusal(linotp, **fields)
    for kind in ("sms", "voice", "email"):
        assert await linotp.value("/system/getProvider", type=kind) == {}


async def test_a_file_that_is_no_certificate_is_refused(linotp: Caller, tmp_path: Path) -> None:
    (tmp_path / "client.pem").write_text("-----BEGIN NOTHING-----\n")
    config = {**VOICE, "access_certificate": str(tmp_path / "client.pem")}
    assert "access_certificate" in await _refusal(linotp, **_voice(config=config))


async def test_a_refused_change_leaves_the_old_provider_as_it_was(linotp: Caller) -> None:
    await _set(linotp, **_sms())
    before = await _shown(linotp)
    for config in (
        "no JSON",
        "{}",
        {"URL": "https://"},
        {**SMS, "PASSWROD": "x"},
        {**SMS, "HTTP_Method": "PUT"},
    ):
        await _refusal(linotp, **_sms(config=config, default="true"))
    assert await _shown(linotp) == before


async def test_stars_keep_the_secret_and_a_missing_config_keeps_it_all(linotp: Caller) -> None:
    async with gateway() as far:
        await _set(linotp, **_sms(config={**SMS, "URL": far.url}))
        await _set(linotp, **_sms(config={**SMS, "URL": far.url, "PASSWORD": HIDDEN, "USERNAME": "other"}))
        await _set(linotp, **_sms(config=None, timeout="60"))
        assert (await _shown(linotp))["Timeout"] == "60"
        assert await linotp.value("/system/testProvider", type="sms", name="shop") is True
    [heard] = far.heard
    assert heard.headers["authorization"] == _basic("other", SECRET)


def _basic(login: str, password: str) -> str:
    return f"Basic {b64encode(f'{login}:{password}'.encode()).decode()}"


async def test_a_kept_secret_follows_neither_to_another_place_nor_to_another_class(linotp: Caller) -> None:
    await _set(linotp, **_sms())
    before = await _shown(linotp)
    hidden = {**SMS, "PASSWORD": HIDDEN}
    assert "URL" in await _refusal(linotp, **_sms(config={**hidden, "URL": "https://thief.example/"}))
    rest = {"class": "RestSMSProvider"}
    assert "give the secrets" in await _refusal(linotp, **_sms(config=hidden, **rest))
    assert "URL" in await _refusal(linotp, **_sms(config=None, **rest))
    assert await _shown(linotp) == before


async def test_secrets_are_in_no_answer_row_or_line(
    linotp: Caller, household: Household, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    in_url = {"URL": f"https://shop:{SECRET}@sms.example/?key={SECRET}", "PARAMETER": {"key": SECRET}}
    await _set(linotp, **_sms())
    await _set(linotp, **_sms("inurl", in_url))
    await _set(linotp, **_voice())
    await _set(linotp, **_sms("post", MAIL, type="email", **{"class": "SMTPEmailProvider"}))
    await _refusal(linotp, **_sms(config={**SMS, "x": SECRET}))
    await _refusal(linotp, **_sms(config=f'{{"PASSWORD": "{SECRET}"'))
    said = [(await linotp.post("/system/getProvider", type=kind)).text for kind in ("sms", "voice", "email")]
    config = await linotp.value("/system/getConfig")
    said += [json.dumps(config), caplog.text]
    async with household.house.store.view() as view:
        rows, _ = await view.audit.search(AuditFilter(), Page())
        said += [repr(rows), repr(await view.configuration.load())]
    assert not [text for text in said if SECRET in text]
    assert config["SMSProvider.shop"] == "HttpSMSProvider"
    assert config["VoiceProvider.ring.Timeout"] == "120"
    assert config["Provider.Default.email_provider"] == "post"


async def test_a_provider_is_no_setting(linotp: Caller) -> None:
    assert await linotp.code("/system/setConfig", **{"SMSProvider.shop": "HttpSMSProvider"}) == -311


async def test_the_first_provider_is_the_default_until_another_one_takes_it(linotp: Caller) -> None:
    async def default() -> list[str]:
        listed = await linotp.value("/system/getProvider", type="sms")
        return [name for name, entry in listed.items() if entry["Default"]]

    await _set(linotp, **_sms("one", default="false"))
    await _set(linotp, **_sms("two"))
    assert await default() == ["one"]
    await _set(linotp, **_sms("two", default="true"))
    assert await default() == ["two"]
    await _set(linotp, **_sms("two", default="false"))
    assert await default() == ["two"]
    assert await linotp.value("/system/setDefaultProvider", type="sms", name="one") is True
    assert await default() == ["one"]
    whole = await linotp.whole("/system/setDefaultProvider", type="sms", name="three")
    assert whole["result"]["value"] is False
    assert "three" in whole["detail"]["message"]
    assert await default() == ["one"]


async def test_the_default_provider_is_removed_last(linotp: Caller, household: Household) -> None:
    await _set(linotp, **_sms("one"))
    await _set(linotp, **_sms("two"))
    whole = await linotp.whole("/system/delProvider", type="sms", name="one")
    assert whole["result"]["value"] is False
    assert "default" in whole["detail"]["message"]
    row = await household.last_row()
    assert (row.action, row.success, row.action_detail) == ("system/delProvider", False, "one (sms)")
    assert await linotp.value("/system/delProvider", type="sms", name="two") is True
    assert await linotp.value("/system/delProvider", type="sms", name="one") is True
    assert await linotp.value("/system/getProvider", type="sms") == {}
    whole = await linotp.whole("/system/delProvider", type="sms", name="one")
    assert whole["result"]["value"] is False
    assert "detail" not in whole


@pytest.mark.parametrize(
    ("action", "kind", "used"),
    [
        ("sms_provider=one two", "sms", True),
        ("sms_provider=two", "sms", True),
        ("sms_provider=twofold", "sms", False),
        ("voice_provider=two", "sms", False),
        ("voice_provider=one two", "voice", True),
        ("email_provider='one two'", "email", True),
    ],
)
async def test_a_provider_that_an_active_policy_names_is_kept(
    linotp: Caller, household: Household, action: str, kind: str, used: bool
) -> None:
    email = {**_sms(config=MAIL), "type": "email", "class": "SMTPEmailProvider"}
    fields = {"sms": _sms(), "voice": _voice(), "email": email}[kind]
    await _set(linotp, **{**fields, "name": "one"})
    await _set(linotp, **{**fields, "name": "two"})
    await household.say(policy(action, name="routes"))
    whole = await linotp.whole("/system/delProvider", type=kind, name="two")
    assert whole["result"]["value"] is not used
    if used:
        assert "routes" in whole["detail"]["message"]
        await household.say(policy(action, name="routes", active=False))
        assert await linotp.value("/system/delProvider", type=kind, name="two") is True


async def test_policies_may_name_providers_and_word_messages(linotp: Caller) -> None:
    for action in (
        "sms_provider=one two",
        "voice_provider=ring",
        "email_provider=post",
        "smstext=Code: <otp>",
    ):
        made = await linotp.value(
            "/system/setPolicy", name="routes", scope="authentication", realm="*", action=action, user="*"
        )
        assert made["setPolicy routes"]["action"] is True
    known = await linotp.value("/system/getPolicyDef", scope="authentication")
    assert {
        "sms_provider",
        "voice_provider",
        "email_provider",
        "smstext",
        "voice_message",
        "emailtext",
    } <= known.keys()


async def test_a_test_says_in_words_what_is_wrong(linotp: Caller, free_tcp_port: int) -> None:
    async def said(url: str) -> tuple[bool, str]:
        await _set(linotp, **_sms(config={**SMS, "URL": url}))
        whole = await linotp.whole("/system/testProvider", type="sms", name="shop")
        return whole["result"]["value"], whole["detail"]["message"]

    async with gateway() as far:
        assert (await said(far.url))[0] is True
        far.status = 401
        answer, words = await said(far.url)
        assert (answer, "credentials" in words) == (False, True), words
    wrong = {
        f"http://127.0.0.1:{free_tcp_port}/": "refuses",
        "http://nowhere.invalid/": "resolved",
        "http://10.0.0.1/": "outbound.allow",
    }
    for url, word in wrong.items():
        answer, words = await said(url)
        assert (answer, word in words) == (False, True), words


async def test_a_certificate_that_nobody_knows_is_named_as_that(linotp: Caller, tmp_path: Path) -> None:
    async with gateway(tls=Authority(tmp_path).server()) as far:
        await _set(linotp, **_voice(config={**VOICE, "server_url": far.url}))
        whole = await linotp.whole("/system/testProvider", type="voice", name="ring")
    assert whole["result"]["value"] is False
    assert "certificate" in whole["detail"]["message"]


async def test_a_voice_service_is_known_by_its_bad_request(linotp: Caller) -> None:
    async with gateway() as far:
        far.status = 400
        await _set(linotp, **_voice(config={**VOICE, "server_url": far.url}))
        assert await linotp.value("/system/testProvider", type="voice", name="ring") is True
        assert [heard.body for heard in far.heard] == ["{}"]
        far.status = 200
        assert await linotp.value("/system/testProvider", type="voice", name="ring") is False


async def test_only_what_is_saved_can_be_tested(linotp: Caller) -> None:
    assert await linotp.code("/system/testProvider", type="voice", name="ring") == -311


async def test_a_file_that_has_gone_since_is_told_by_the_test(linotp: Caller, tmp_path: Path) -> None:
    trusted = Path(Authority(tmp_path).trusted)
    await _set(linotp, **_voice(config={**VOICE, "server_certificate": str(trusted)}))
    trusted.unlink()
    whole = await linotp.whole("/system/testProvider", type="voice", name="ring")
    assert whole["result"]["value"] is False
    assert str(trusted) in whole["detail"]["message"]


async def test_each_class_tells_what_its_configuration_may_hold(linotp: Caller) -> None:
    known = await linotp.value("/system/getProviderDef")
    assert known.keys() == {"sms", "voice", "email"}
    assert known["sms"]["HttpSMSProvider"]["config"]["URL"]["required"] is True
    ours = await linotp.value(
        "/system/getProviderDef", type="voice", name="linotp.provider.CustomVoiceProvider"
    )
    config = ours["voice"]["CustomVoiceProvider"]["config"]
    assert config["server_url"]["type"] == "url"
    assert config["twilioConfig"]["parts"]["authToken"]["secret"] is True
    assert await linotp.value("/system/getProviderDef", type="sms", name="PigeonProvider") == {"sms": {}}
    assert await linotp.code("/system/getProviderDef", type="push") == -311
