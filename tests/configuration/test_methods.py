"""Methods of authentication as administrators change them."""

import pytest

from tests.household import Household
from watchword.configuration.methods import HIDDEN
from watchword.errors import BadParameter, Refused
from watchword.model.configuration import Configuration
from watchword.model.message import Channel
from watchword.model.method import CONSOLE_ACR, DEFAULT_ACR, MethodConfig, carrier_name

PROPERTIES = {"twilio_sid": "AC1", "twilio_token": "hush-hush", "from_number": "+15005550006"}


async def put(household: Household, name: str = "twilio_sms", **change: object) -> MethodConfig:
    async with household.house.store.unit() as unit:
        return await household.house.configuring.methods.put(unit, name, **change)  # type: ignore[arg-type]


async def held(household: Household) -> Configuration:
    async with household.house.store.view() as view:
        return await view.configuration.load()


async def default(household: Household, acr: str, setting: str = DEFAULT_ACR) -> None:
    async with household.house.store.unit() as unit:
        await household.house.configuring.methods.set_default(unit, acr, setting=setting)


async def test_a_method_is_kept_as_it_was_said_and_its_secret_is_never_shown(household: Household) -> None:
    await put(household, enabled=True, level=40, aliases=("urn:sms",), properties=PROPERTIES)
    configuration = await held(household)
    kept = configuration.methods["twilio_sms"]
    assert (kept.enabled, kept.level, kept.aliases) == (True, 40, ("urn:sms",))
    assert "hush-hush" not in repr(kept)
    [shown] = [
        one for one in household.house.configuring.methods.shown(configuration) if one["name"] == "twilio_sms"
    ]
    assert shown["properties"]["twilio_token"] == HIDDEN
    assert "hush-hush" not in str(shown)
    provider = configuration.provider(Channel.SMS, carrier_name("twilio_sms"))
    assert provider is not None
    assert provider.class_name == "TwilioSMSProvider"
    assert configuration.provider(Channel.SMS) is None  # it serves this method alone


async def test_what_cannot_work_is_not_enabled(household: Household) -> None:
    with pytest.raises(BadParameter, match="twilio_sid, twilio_token, from_number"):
        await put(household, enabled=True)
    with pytest.raises(BadParameter, match="has no property 'twilio_sdi'"):
        await put(household, properties={"twilio_sdi": "AC1"})
    with pytest.raises(BadParameter, match="accountSid"):
        await put(household, enabled=True, properties={**PROPERTIES, "twilio_sid": "A/C"})
    assert (await held(household)).methods == {}


async def test_a_secret_stays_when_it_is_hidden_and_is_asked_for_anew_when_it_would_go_elsewhere(
    household: Household,
) -> None:
    first = await put(household, enabled=True, properties=PROPERTIES)
    again = await put(household, properties={"twilio_token": HIDDEN, "twilio_sid": "AC2"})
    assert again.secrets == first.secrets
    with pytest.raises(BadParameter, match="give twilio_token with it"):
        await put(household, properties={"url": "https://elsewhere.example", "twilio_token": HIDDEN})
    await put(household, properties={"url": "https://elsewhere.example", "twilio_token": "hush"})


async def test_a_name_means_one_method(household: Household) -> None:
    with pytest.raises(BadParameter, match="is one of the method otp"):
        await put(household, "sms", aliases=("mfa",))
    with pytest.raises(BadParameter, match="cannot be an acr"):
        await put(household, "sms", aliases=("a b",))


async def test_a_default_is_in_force_and_stays_so(household: Household) -> None:
    with pytest.raises(Refused, match="is not enabled"):
        await default(household, "sms")
    await put(household, "sms", enabled=True)
    await default(household, "sms")
    await default(household, "sms", CONSOLE_ACR)
    with pytest.raises(Refused, match="Default acr"):
        await put(household, "sms", enabled=False)
    await default(household, "")
    with pytest.raises(Refused, match="oxTrust acr"):
        await put(household, "sms", enabled=False)
    await default(household, "", CONSOLE_ACR)
    await put(household, "sms", enabled=False)


async def test_a_document_carries_methods_without_their_secrets(household: Household) -> None:
    document = household.house.configuring.document
    text = """
[methods.twilio_sms]
enabled = true
aliases = ["urn:sms"]

[methods.twilio_sms.properties]
twilio_sid = "AC1"
twilio_token = "env:TOKEN"
from_number = "+15005550006"
"""
    plan = await document.plan(text, await held(household), lambda _reference: "hush-hush")
    assert plan.lines == ("+ method twilio_sms (enabled)",)
    async with household.house.store.unit() as unit:
        await document.apply(unit, plan)
    configuration = await held(household)
    exported = document.export(configuration)
    assert 'twilio_token = "stored"' in exported
    assert "hush-hush" not in exported
    again = await document.plan(exported, configuration, lambda _reference: "")
    assert again.lines == ()
    changed = await document.plan(exported.replace('"AC1"', '"AC2"'), configuration, lambda _reference: "")
    assert changed.lines == ("~ method twilio_sms: twilio_sid AC1 -> AC2",)
    gone = await document.plan("[methods]\n", configuration, lambda _reference: "")
    assert gone.lines[0].startswith("- method twilio_sms")


async def test_a_document_that_disables_a_default_is_refused(household: Household) -> None:
    await put(household, "sms", enabled=True)
    await default(household, "sms")
    document = household.house.configuring.document
    with pytest.raises(BadParameter, match="cannot be the Default acr"):
        await document.plan("[methods]\n", await held(household), lambda _reference: "")
