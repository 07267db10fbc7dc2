"""Configurations that are read, refused by key, shown without secrets, and sent back."""

import json
from pathlib import Path

import pytest

from tests.delivery.wires import Authority
from watchword.delivery.configs import read, seconds_valid, timeouts
from watchword.delivery.providers.custom_voice import CustomVoiceProvider
from watchword.delivery.providers.http_sms import HttpSMSProvider
from watchword.delivery.providers.rest_sms import RestSMSProvider
from watchword.delivery.providers.smtp_email import SMTPEmailProvider
from watchword.delivery.veils import HIDDEN, merged, shown
from watchword.errors import BadParameter

HTTP, REST, VOICE = HttpSMSProvider.settings, RestSMSProvider.settings, CustomVoiceProvider.settings
ACCOUNT = {"accountSid": "AC1", "authToken": "SECRET", "callerNumber": "+1"}


def told(text: str) -> str:
    with pytest.raises(BadParameter) as refused:
        read(text, HTTP)
    assert "SECRET" not in str(refused.value)
    return refused.value.message


@pytest.mark.parametrize(
    "text", ["{", "[]", "1", '"a"', "null", "{'a': 1}", "a" * 70_000, "[" * 60_000, "nan"]
)
def test_what_is_no_json_object_is_refused(text: str) -> None:
    assert "'config'" in told(text)


@pytest.mark.parametrize(
    ("config", "key"),
    [
        ({}, "URL"), ({"URL": ""}, "URL"), ({"URL": None}, "URL"), ({"URL": 5}, "URL"), ({"URL": "ftp://a/"}, "URL"),
        ({"URL": "http://"}, "URL"), ({"URL": "http://a b/"}, "URL"), ({"URL": "http://a:99999/"}, "URL"),
        ({"URL": "http://a/\n"}, "URL"), ({"URL": "http://[::1"}, "URL"), ({"URL": "SECRET"}, "URL"),
        ({"HTTP_Method": "PUT"}, "HTTP_Method"), ({"PARAMETER": "a"}, "PARAMETER"), ({"PARAMETER": {"k": {}}}, "PARAMETER.k"),
        ({"HEADERS": {"k": "a\r\nb"}}, "HEADERS.k"), ({"timeout": "soon"}, "timeout"), ({"timeout": [1, 2, 3]}, "timeout"),
        ({"timeout": -1}, "timeout"), ({"timeout": "0"}, "timeout"), ({"timeout": True}, "timeout"), ({"timeout": "nan"}, "timeout"),
        ({"RETURN_SUCCESS_REGEX": "("}, "RETURN_SUCCESS_REGEX"), ({"RETURN_FAIL_REGEX": 5}, "RETURN_FAIL_REGEX"),
        ({"MSISDN": "perhaps"}, "MSISDN"), ({"PROXY": "proxy:8080"}, "PROXY"), ({"PROXY": {"ftp": "http://a"}}, "PROXY"),
        ({"SERVER_CERTIFICATE": "/nowhere"}, "SERVER_CERTIFICATE"), ({"SERVER_CERTIFICATE": __file__}, "SERVER_CERTIFICATE"),
        ({"SERVER_CERTIFICATE": 5}, "SERVER_CERTIFICATE"), ({"URI": "http://a"}, "URI"), ({"url": "http://a", "URL": "http://a"}, "URL"),
        ({"USERNAME": ["a"]}, "USERNAME"), ({"USERNAME": "a\x00"}, "USERNAME"),
    ],
)  # fmt: skip
def test_what_cannot_work_is_refused_and_the_key_named(config: dict[str, object], key: str) -> None:
    whole = (
        config
        if any(name.lower() == "url" for name in config) or not config
        else {"URL": "http://a/", **config}
    )
    assert f"'{key}'" in told(json.dumps(whole))


@pytest.mark.parametrize(
    ("account", "key"),
    [
        ({**ACCOUNT, "sid": "x"}, "twilioConfig.sid"),
        ({"accountSid": "x", "callerNumber": "y"}, "twilioConfig.authToken"),
        ("x", "twilioConfig"),
        ({**ACCOUNT, "authToken": ""}, "twilioConfig.authToken"),
    ],
)
def test_the_account_within_is_held_to_its_own_keys(account: object, key: str) -> None:
    with pytest.raises(BadParameter, match=f"'{key}'"):
        read(json.dumps({"server_url": "http://a/", "twilioConfig": account}), VOICE)


def test_a_client_certificate_must_be_one_with_its_key(tmp_path: Path) -> None:
    def config(path: str) -> str:
        return json.dumps({"server_url": "http://a/", "twilioConfig": ACCOUNT, "access_certificate": path})

    authority = Authority(tmp_path)
    good = authority.certificate("client")
    assert read(config(good), VOICE)["access_certificate"] == good
    broken = tmp_path / "broken.pem"
    broken.write_text(Path(good).read_text().replace("PRIVATE KEY-----\nM", "PRIVATE KEY-----\nX"))
    for bad in (str(broken), str(tmp_path / "none.pem"), str(tmp_path), __file__):
        with pytest.raises(BadParameter, match="'access_certificate'"):
            read(config(bad), VOICE)


def test_keys_are_read_in_any_case_and_defaults_filled_in() -> None:
    held = read('{"url": "http://a/", "msisdn": "True", "http_method": "get"}', HTTP)
    assert (held["URL"], held["MSISDN"], held["HTTP_Method"]) == ("http://a/", True, "GET")
    assert (held["timeout"], held["SERVER_CERTIFICATE"], held["PARAMETER"]) == ((5.0, 5.0), True, {})


def test_of_several_urls_the_first_is_taken() -> None:
    assert read('{"URL": "http://a/,http://b/"}', HTTP)["URL"] == "http://a/"


@pytest.mark.parametrize(
    ("given", "pair"),
    [
        (5, (5, 5)),
        ("5", (5, 5)),
        ("3.5", (3.5, 3.5)),
        ("3,5", (3, 5)),
        ("3, 5.5", (3, 5.5)),
        ([3, "5"], (3, 5)),
        ([4], (4, 4)),
    ],
)
def test_waiting_times_are_read_in_all_their_forms(given: object, pair: tuple[float, float]) -> None:
    assert timeouts(given, "timeout") == pair


def test_the_provider_s_own_timeout_says_validity_or_waiting_by_its_form() -> None:
    assert [seconds_valid(text) for text in ("", "120", "90.0", "3,5")] == [None, 120, 90, None]
    assert read('{"URL": "http://a/"}', HTTP, "2,4")["timeout"] == (2.0, 4.0)
    assert read('{"URL": "http://a/", "timeout": 1}', HTTP, "2,4")["timeout"] == (1.0, 1.0)
    assert read('{"URL": "http://a/"}', HTTP, "120")["timeout"] == (5.0, 5.0)
    for bad in ("soon", "0", "-5", "1,2,3", "inf"):
        with pytest.raises(BadParameter, match="timeout"):
            seconds_valid(bad)


SECRETS = {
    "URL": "https://me:SECRET@a.example/send?key=SECRET&n",
    "PARAMETER": {"account": "SECRET", "n": 1},
    "HEADERS": {"Authorization": "SECRET"},
    "USERNAME": "me",
    "PASSWORD": "SECRET",
    "PROXY": "http://me:SECRET@proxy:8080",
}


def test_a_configuration_without_secrets_is_shown_as_it_was_sent() -> None:
    text = '{ "URL" :"http://a/",\n "USERNAME": "me" }'
    assert shown(text, HTTP) == text


def test_secrets_are_never_shown_a70() -> None:
    veiled = shown(json.dumps(SECRETS), HTTP)
    assert "SECRET" not in veiled
    assert json.loads(veiled)["URL"] == f"https://me:{HIDDEN}@a.example/send?key={HIDDEN}&n"
    rest = {"PAYLOAD": {"key": "SECRET", "to": ["<phone>"], "text": "<message>"}, "URL": "http://a/"}
    assert json.loads(shown(json.dumps(rest), REST))["PAYLOAD"] == {
        "key": HIDDEN,
        "to": ["<phone>"],
        "text": "<message>",
    }
    voice = shown(json.dumps({"server_url": "http://a/", "twilioConfig": ACCOUNT}), VOICE)
    assert json.loads(voice)["twilioConfig"] == {**ACCOUNT, "authToken": HIDDEN}


def test_what_is_sent_back_as_it_was_shown_changes_nothing() -> None:
    for config, settings in (
        (SECRETS, HTTP),
        ({"server_url": "http://a/", "twilioConfig": ACCOUNT}, VOICE),
        ({"PAYLOAD": {"a": ["SECRET", {"b": "SECRET"}], "c": 1}, "URL": "http://a/"}, REST),
    ):
        text = json.dumps(config)
        assert json.loads(merged(shown(text, settings), text, settings)) == config


def test_one_secret_can_be_changed_and_the_others_kept() -> None:
    text = json.dumps(SECRETS)
    sent = {**json.loads(shown(text, HTTP)), "PASSWORD": "new", "USERNAME": "you"}
    assert json.loads(merged(json.dumps(sent), text, HTTP)) == {
        **SECRETS,
        "PASSWORD": "new",
        "USERNAME": "you",
    }


@pytest.mark.parametrize(
    "change",
    [
        {"URL": "https://listener.example/"}, {"PROXY": "http://listener:1"}, {"SERVER_CERTIFICATE": False},
        {"URL": f"https://me:{HIDDEN}@listener.example/send?key={HIDDEN}&n"},
    ],
)  # fmt: skip
def test_kept_secrets_are_not_sent_somewhere_else_a70(change: dict[str, object]) -> None:
    text = json.dumps(SECRETS)
    sent = {**json.loads(shown(text, HTTP)), **change}
    with pytest.raises(BadParameter, match=next(iter(change))):
        merged(json.dumps(sent), text, HTTP)


def test_a_hidden_secret_that_is_not_kept_is_refused_by_name() -> None:
    for kept in ("", '{"URL": "http://a/"}'):
        with pytest.raises(BadParameter, match=r"PASSWORD|URL"):
            merged(json.dumps({"URL": "http://a/", "PASSWORD": HIDDEN}), kept, HTTP)
    with pytest.raises(BadParameter, match="PARAMETER"):
        merged(json.dumps({"PARAMETER": {"other": HIDDEN}}), json.dumps({"PARAMETER": {"k": "SECRET"}}), HTTP)


def test_a_kept_password_is_not_sent_in_the_clear_where_it_went_under_tls_a70() -> None:
    kept = {"SMTP_SERVER": "mail.example", "START_TLS": True, "SMTP_USER": "me", "SMTP_PASSWORD": "SECRET"}
    sent = {**kept, "START_TLS": False, "SMTP_PASSWORD": HIDDEN}
    with pytest.raises(BadParameter, match="START_TLS"):
        merged(json.dumps(sent), json.dumps(kept), SMTPEmailProvider.settings)
