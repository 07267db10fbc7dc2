"""Messages and calls over Twilio, spoken to a server that answers as Twilio does."""

import json
from typing import Any
from urllib.parse import parse_qs
from xml.etree import ElementTree as ET

import pytest
from msgspec.structs import replace

from tests.delivery.wires import Gateway, opened
from watchword.delivery.providers.twilio_sms import TwilioSMSProvider
from watchword.delivery.providers.twilio_voice import TwilioVoiceProvider
from watchword.errors import BadParameter
from watchword.model.message import Channel, Fate
from watchword.plugin.providers import Provider, ProviderContext
from watchword.testing.provider_contract import ProviderContract, message_for

SMS, VOICE = message_for(Channel.SMS), message_for(Channel.VOICE)
SID = "AC" + "a" * 32
TAKEN = json.dumps({"sid": "SM" + "b" * 32, "status": "queued", "error_code": None, "num_segments": "1"})


def sms(context: ProviderContext, url: str, **config: object) -> Provider:
    usual = {"accountSid": SID, "authToken": "SECRET", "from": "+15005550006", "url": url}
    return opened(TwilioSMSProvider, context, **{**usual, **config})


def voice(context: ProviderContext, url: str, **config: object) -> Provider:
    usual = {"accountSid": SID, "authToken": "SECRET", "callerNumber": "+15005550006", "url": url}
    return opened(TwilioVoiceProvider, context, **{**usual, **config})


@pytest.fixture
def twilio(http: Gateway) -> Gateway:
    http.body = TAKEN
    http.status = 201
    http.by_body[""] = 200
    return http


class TestTwilioSMS(ProviderContract):
    @pytest.fixture
    def provider(self, context: ProviderContext, twilio: Gateway) -> Provider:
        return sms(context, twilio.url)

    @pytest.fixture
    def unreachable(self, context: ProviderContext, unreachable_url: str) -> Provider:
        return sms(context, unreachable_url)

    @pytest.fixture
    def silent(self, context: ProviderContext, silent_url: str) -> Provider:
        return sms(context, silent_url, timeout="0.3")


class TestTwilioVoice(ProviderContract):
    @pytest.fixture
    def provider(self, context: ProviderContext, twilio: Gateway) -> Provider:
        return voice(context, twilio.url)

    @pytest.fixture
    def unreachable(self, context: ProviderContext, unreachable_url: str) -> Provider:
        return voice(context, unreachable_url)

    @pytest.fixture
    def silent(self, context: ProviderContext, silent_url: str) -> Provider:
        return voice(context, silent_url, timeout="0.3")


async def test_a_message_is_made_as_twilio_wants_it(context: ProviderContext, twilio: Gateway) -> None:
    receipt = await sms(context, twilio.url).send(replace(SMS, to="+49 170 1234567", seconds=90))
    assert (receipt.fate, receipt.reference) == (Fate.ACCEPTED, "SM" + "b" * 32)
    (heard,) = twilio.heard
    assert (heard.method, heard.path) == ("POST", f"/2010-04-01/Accounts/{SID}/Messages.json")
    assert heard.headers["authorization"].startswith("Basic ")
    assert parse_qs(heard.body) == {
        "To": ["+491701234567"],
        "From": ["+15005550006"],
        "Body": [SMS.text],
        "ValidityPeriod": ["90"],
    }


@pytest.mark.parametrize(("seconds", "period"), [(0, "1"), (120, "120"), (99_999, "36000")])
async def test_the_life_of_a_message_stays_within_what_twilio_takes(
    context: ProviderContext, twilio: Gateway, seconds: int, period: str
) -> None:
    await sms(context, twilio.url).send(replace(SMS, seconds=seconds))
    assert parse_qs(twilio.heard[0].body)["ValidityPeriod"] == [period]


async def test_a_messaging_service_stands_for_a_sender(context: ProviderContext, twilio: Gateway) -> None:
    await sms(context, twilio.url, **{"from": "", "messagingServiceSid": "MG1"}).send(SMS)
    assert parse_qs(twilio.heard[0].body)["MessagingServiceSid"] == ["MG1"]
    for config in ({"from": ""}, {"messagingServiceSid": "MG1"}):
        with pytest.raises(BadParameter, match="messagingServiceSid"):
            sms(context, twilio.url, **config)


async def test_a_call_reads_the_digits_twice_and_the_code_stands_in_no_url(
    context: ProviderContext, twilio: Gateway
) -> None:
    await voice(context, twilio.url, voice="alice").send(replace(VOICE, language="de"))
    (heard,) = twilio.heard
    assert heard.path == f"/2010-04-01/Accounts/{SID}/Calls.json"
    assert heard.query == {}
    fields = parse_qs(heard.body)
    assert (fields["To"], fields["From"]) == ([VOICE.to], ["+15005550006"])
    says = ET.fromstring(fields["Twiml"][0]).findall("Say")
    assert [(say.text, say.get("language"), say.get("voice")) for say in says] == [
        ("Your code is 4, 8, 2, 9, 1, 5", "de-DE", "Polly.Marlene")
    ] * 2


@pytest.mark.parametrize(
    ("status", "answer", "fate", "final"),
    [
        (400, {"code": 21211, "status": 400}, Fate.REFUSED, False),
        (400, {"code": 21614}, Fate.REFUSED, False),
        (400, {"code": 21408}, Fate.REFUSED, False),
        (400, {"code": 30450}, Fate.REFUSED, True),
        (201, {"sid": "SM1", "status": "failed", "error_code": 30450}, Fate.REFUSED, True),
        (201, {"sid": "SM1", "status": "failed", "error_code": None}, Fate.REFUSED, False),
        (201, {"sid": "SM1", "status": "accepted", "error_code": 30008}, Fate.UNCERTAIN, False),
        (200, {"code": 21211, "message": "an error, in truth"}, Fate.REFUSED, False),
        (429, {"code": 20429}, Fate.UNAVAILABLE, False),
        (429, None, Fate.UNAVAILABLE, False),
        (401, {"code": 20003}, Fate.UNAVAILABLE, False),
        (403, None, Fate.UNAVAILABLE, False),
        (503, {"code": 20503}, Fate.UNAVAILABLE, False),
        (503, None, Fate.UNCERTAIN, False),
        (500, None, Fate.UNCERTAIN, False),
        (400, {"code": 99999}, Fate.REFUSED, False),
        (404, None, Fate.REFUSED, False),
        (201, None, Fate.UNCERTAIN, False),
        (201, [], Fate.UNCERTAIN, False),
        (201, {"sid": 5}, Fate.UNCERTAIN, False),
        (302, None, Fate.REFUSED, False),
    ],
)
async def test_each_answer_means_what_twilio_says_a69(
    context: ProviderContext, twilio: Gateway, status: int, answer: Any, fate: Fate, final: bool
) -> None:
    twilio.status, twilio.body = status, json.dumps(answer) if answer is not None else "<html>"
    for provider, message in ((sms, SMS), (voice, VOICE)):
        receipt = await provider(context, twilio.url).send(message)
        assert (receipt.fate, receipt.final) == (fate, final)
        assert receipt.reason


@pytest.mark.parametrize("number", ["12345", "0170 1234567", "+49 170 1 ext 5", "+1800FLOWERS", ""])
async def test_a_number_that_is_none_costs_nothing_a72(
    context: ProviderContext, twilio: Gateway, number: str
) -> None:
    for provider, message in ((sms, SMS), (voice, VOICE)):
        receipt = await provider(context, twilio.url).send(replace(message, to=number))
        assert receipt.fate is Fate.REFUSED
        assert "country" in receipt.reason
    assert twilio.heard == []


async def test_what_is_too_long_or_empty_is_refused(context: ProviderContext, twilio: Gateway) -> None:
    assert (await sms(context, twilio.url).send(replace(SMS, text="x" * 1601))).fate is Fate.REFUSED
    assert (await voice(context, twilio.url).send(replace(VOICE, text="x" * 4000))).fate is Fate.REFUSED
    assert (await voice(context, twilio.url).send(replace(VOICE, code=""))).fate is Fate.REFUSED
    assert twilio.heard == []


async def test_a_test_asks_for_the_account_and_tells_wrong_credentials(
    context: ProviderContext, twilio: Gateway
) -> None:
    twilio.by_body[""] = 401
    receipt = await sms(context, twilio.url).test()
    assert receipt.fate is Fate.UNAVAILABLE
    assert "credentials" in receipt.reason
    assert (twilio.heard[0].method, twilio.heard[0].path) == ("GET", f"/2010-04-01/Accounts/{SID}.json")


@pytest.mark.parametrize("sid", ["AC1/../x", "AC 1", "AC1?x"])
async def test_the_account_cannot_lead_elsewhere_a67(context: ProviderContext, sid: str) -> None:
    with pytest.raises(BadParameter, match="accountSid"):
        sms(context, "https://api.example", accountSid=sid)
