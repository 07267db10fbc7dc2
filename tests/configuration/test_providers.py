"""Providers in the document, and between nodes."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.household import Household, policy
from watchword.configuration import toml
from watchword.configuration.changes import Changes
from watchword.configuration.document import Plan, read_reference
from watchword.configuration.providers import Wanted
from watchword.delivery.veils import HIDDEN
from watchword.errors import BadParameter, Refused
from watchword.model.configuration import Configuration
from watchword.model.message import Channel

SECRET = "Zuckerhut-19"
SMS = {
    "URL": f"https://shop:{SECRET}@sms.example/?key={SECRET}",
    "PARAMETER": {"account": SECRET, "'''": "\x7f\u2028"},
    "PASSWORD": SECRET,
}
VOICE = {
    "server_url": "https://voice.example/v1/twilio/call",
    "twilioConfig": {"accountSid": "AC1", "authToken": SECRET, "callerNumber": "+4930"},
}
GATEWAY = """
[providers.sms.gateway]
class = "HttpSMSProvider"
timeout = 120
config = '{"URL": "https://sms.example/", "PASSWORD": "env:GATEWAY"}'
"""


async def _save(household: Household, changes: Changes, name: str, config: Any, **fields: Any) -> None:
    voice = config is VOICE
    wanted = Wanted(
        channel=Channel.VOICE if voice else Channel.SMS,
        name=name,
        class_name="CustomVoiceProvider" if voice else "HttpSMSProvider",
        timeout="120",
        config=json.dumps(config),
        **fields,
    )
    async with household.house.store.unit() as unit:
        await changes.providers.put(unit, wanted)


async def _load(household: Household) -> Configuration:
    async with household.house.store.view() as view:
        return await view.configuration.load()


def _secret(reference: str) -> str:
    return read_reference(reference, {"GATEWAY": SECRET, "WHERE": "https://elsewhere.example/"})


async def _plan(household: Household, changes: Changes, text: str) -> Plan:
    return await changes.document.plan(text, await _load(household), _secret)


async def _apply(household: Household, changes: Changes, text: str) -> tuple[str, ...]:
    plan = await _plan(household, changes, text)
    async with household.house.store.unit() as unit:
        await changes.document.apply(unit, plan)
    return plan.lines


async def _refusal(household: Household, changes: Changes, text: str) -> str:
    before = await _load(household)
    with pytest.raises((BadParameter, Refused)) as refused:
        await _apply(household, changes, text)
    assert await _load(household) == before
    assert SECRET not in refused.value.message
    return refused.value.message


def _clear(household: Household, configuration: Configuration, channel: Channel, name: str) -> Any:
    """The configuration as it is kept, secrets in clear."""
    provider = configuration.provider(channel, name)
    assert provider is not None
    return json.loads(household.house.providers.text_of(provider))


async def test_an_export_holds_no_secret_and_changes_nothing_where_it_came_from(
    household: Household, changes: Changes
) -> None:
    await _save(household, changes, "shop", SMS)
    await _save(household, changes, "with.dot", {"URL": "https://sms.example/"})
    await _save(household, changes, "ring", VOICE)
    before = await _load(household)
    text = changes.document.export(before)
    assert SECRET not in text
    tables = tomllib.loads(text)["providers"]
    assert json.loads(tables["voice"]["ring"]["config"])["twilioConfig"]["authToken"] == "stored"
    assert [tables["sms"][name].get("default") for name in ("shop", "with.dot")] == [True, None]
    assert await _apply(household, changes, text) == ()
    assert await _load(household) == before


async def test_secrets_come_by_reference_and_stay_when_they_are_stored(
    household: Household, changes: Changes
) -> None:
    assert await _apply(household, changes, GATEWAY) == ("+ provider sms gateway (HttpSMSProvider, default)",)
    kept = await _load(household)
    assert _clear(household, kept, Channel.SMS, "gateway")["PASSWORD"] == SECRET
    assert await _apply(household, changes, GATEWAY) == ()
    changed = GATEWAY.replace("env:GATEWAY", "stored").replace('"}', '", "USERNAME": "shop"}')
    assert await _apply(household, changes, changed) == ("~ provider sms gateway: configured anew",)
    assert _clear(household, await _load(household), Channel.SMS, "gateway") == {
        "URL": "https://sms.example/",
        "PASSWORD": SECRET,
        "USERNAME": "shop",
    }


async def test_a_whole_url_may_be_a_secret(household: Household, changes: Changes) -> None:
    await _apply(household, changes, GATEWAY.replace("https://sms.example/", "env:WHERE"))
    assert (
        _clear(household, await _load(household), Channel.SMS, "gateway")["URL"]
        == "https://elsewhere.example/"
    )


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("env:GATEWAY", "Kokosnuss", "PASSWORD"),
        ("env:GATEWAY", "stored", "secrets"),
        ("env:GATEWAY", "env:NOWHERE", "NOWHERE"),
        ("https://sms.example/", "sms.example", "URL"),
        ("URL", "URI", "URI"),
        ('{"URL"', '"URL"', "JSON"),
        ("HttpSMSProvider", "PigeonProvider", "PigeonProvider"),
        ("120", '"soon"', "timeout"),
        ("providers.sms", "providers.push", "push"),
        ("sms.gateway", 'sms."two words"', "two words"),
        ("class", "klass", "klass"),
        ("[providers.sms.gateway]", "[providers]\nsms = 5\n[settings.x]", "providers.sms"),
    ],
)
async def test_what_cannot_work_is_told_with_its_place(
    household: Household, changes: Changes, old: str, new: str, told: str
) -> None:
    assert told in await _refusal(household, changes, GATEWAY.replace(old, new, 1))


async def test_a_secret_that_stands_itself_is_not_repeated(household: Household, changes: Changes) -> None:
    assert "Kokosnuss" not in await _refusal(household, changes, GATEWAY.replace("env:GATEWAY", "Kokosnuss"))


async def test_a_section_is_the_whole_of_its_kind(household: Household, changes: Changes) -> None:
    await _save(household, changes, "shop", SMS)
    await _save(household, changes, "ring", VOICE)
    assert await _apply(household, changes, GATEWAY) == (
        "+ provider sms gateway (HttpSMSProvider, default)",
        "- provider sms shop (HttpSMSProvider, default)",
        "- provider voice ring (CustomVoiceProvider, default)",
    )
    assert [(provider.name, provider.default) for provider in (await _load(household)).providers] == [
        ("gateway", True)
    ]


async def test_there_is_one_default_for_each_type(household: Household, changes: Changes) -> None:
    both = GATEWAY + GATEWAY.replace("gateway", "second")
    await _apply(household, changes, both)
    names = [(provider.name, provider.default) for provider in (await _load(household)).providers]
    assert names == [("gateway", True), ("second", False)]
    moved = GATEWAY + GATEWAY.replace("gateway", "second").replace("timeout", "default = true\ntimeout")
    assert await _apply(household, changes, moved) == (
        "~ provider sms gateway: default no more",
        "~ provider sms second: default now",
    )
    names = [(provider.name, provider.default) for provider in (await _load(household)).providers]
    assert names == [("gateway", False), ("second", True)]
    assert "default" in await _refusal(household, changes, both.replace("timeout", "default = true\ntimeout"))


async def test_a_provider_that_a_policy_names_is_removed_together_with_it_only(
    household: Household, changes: Changes
) -> None:
    await _save(household, changes, "shop", SMS)
    await household.say(policy("sms_provider=shop", name="routes"))
    assert "routes" in await _refusal(household, changes, "[providers]\n")
    assert len(await _apply(household, changes, "[providers]\n[policies]\n")) == 2


async def test_what_has_stopped_working_may_stay_but_not_be_changed(
    household: Household, changes: Changes, tmp_path: Path
) -> None:
    certificate = tmp_path / "client.pem"
    certificate.write_text("-----BEGIN CERTIFICATE-----\n")
    voice = {**VOICE, "access_certificate": str(certificate)}
    wanted = Wanted(
        channel=Channel.VOICE,
        name="ring",
        class_name="CustomVoiceProvider",
        timeout="1",
        config=json.dumps(voice),
    )
    async with household.house.store.unit() as unit:
        await changes.providers.put(unit, wanted)
    certificate.unlink()
    text = changes.document.export(await _load(household))
    assert await _apply(household, changes, text) == ()
    section = "[providers." + text.partition("[providers.")[2].partition("\n# ")[0]
    changed = section.replace("timeout = 1", "timeout = 2")
    assert "access_certificate" in await _refusal(household, changes, changed)


@pytest.mark.parametrize(
    "text", ["", "plain", "'''", "''''''", "a'''b\x7f\x00\ud800\u2028\U0001f600\U000e0001", "\\'''"]
)
def test_any_json_reads_back_from_its_lines(text: str) -> None:
    table = tomllib.loads(f"it = {toml.lines(json.dumps({'a': text}, ensure_ascii=False))}\n")
    assert json.loads(table["it"]) == {"a": text}


def test_what_is_wanted_has_no_face() -> None:
    wanted = Wanted(channel=Channel.SMS, name="shop", class_name="x", config=json.dumps(SMS))
    assert SECRET not in repr(wanted)
    assert HIDDEN not in repr(wanted)
