"""Calls over a voice challenge service."""

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.delivery.wires import Authority, Gateway, context_to, gateway, opened
from watchword.delivery.providers.custom_voice import CustomVoiceProvider
from watchword.model.message import Channel, Fate
from watchword.plugin.providers import Provider, ProviderContext
from watchword.testing.provider_contract import ProviderContract, message_for

MESSAGE = message_for(Channel.VOICE)
ACCOUNT = {"authToken": "SECRET", "accountSid": "AC7d", "voice": "alice", "callerNumber": "+49123456789"}


def voice(context: ProviderContext, url: str, **config: object) -> Provider:
    return opened(CustomVoiceProvider, context, **{"server_url": url, "twilioConfig": ACCOUNT, **config})


class TestCustomVoice(ProviderContract):
    @pytest.fixture
    def provider(self, context: ProviderContext, http: Gateway) -> Provider:
        http.by_body["{}"] = 400
        return voice(context, f"{http.url}/v1/twilio/call")

    @pytest.fixture
    def unreachable(self, context: ProviderContext, unreachable_url: str) -> Provider:
        return voice(context, unreachable_url)

    @pytest.fixture
    def silent(self, context: ProviderContext, silent_url: str) -> Provider:
        return voice(context, silent_url, timeout="0.2,0.3")


async def test_the_service_is_told_what_it_expects(context: ProviderContext, http: Gateway) -> None:
    await voice(context, f"{http.url}/v1/twilio/call").send(replace(MESSAGE, language="de", to="+49 170 1"))
    (heard,) = http.heard
    assert (heard.method, heard.path) == ("POST", "/v1/twilio/call")
    assert (heard.headers["content-type"], heard.headers["accept"]) == ("application/json", "text/plain")
    assert json.loads(heard.body) == {
        "call": {
            "calleeNumber": "+49 170 1",
            "messageTemplate": "Your code is {otp}",
            "otp": MESSAGE.code,
            "locale": "de",
            "twilioConfig": ACCOUNT,
        }
    }


async def test_voice_and_language_have_defaults(context: ProviderContext, http: Gateway) -> None:
    account = {key: value for key, value in ACCOUNT.items() if key != "voice"}
    await voice(context, http.url, twilioConfig=account).send(replace(MESSAGE, language=""))
    call = json.loads(http.heard[0].body)["call"]
    assert (call["locale"], call["twilioConfig"]["voice"]) == ("en", "alice")


@pytest.mark.parametrize("field", ["to", "text", "code"])
async def test_without_number_text_or_code_nobody_is_called(
    context: ProviderContext, http: Gateway, field: str
) -> None:
    receipt = await voice(context, http.url).send(replace(MESSAGE, **{field: " "}))
    assert (receipt.fate, http.heard) == (Fate.REFUSED, [])


async def test_the_reason_of_the_service_is_told(context: ProviderContext, http: Gateway) -> None:
    http.status, http.reason = 402, "No Money"
    receipt = await voice(context, http.url).send(MESSAGE)
    assert receipt.fate is Fate.REFUSED
    assert "402 No Money" in receipt.reason


async def test_what_our_own_service_says_behind_its_status_is_told_without_figures(
    context: ProviderContext, http: Gateway
) -> None:
    http.status, http.body = 503, "Service Unavailable: api.twilio.com:443 cannot be reached"
    receipt = await voice(context, http.url).send(MESSAGE)
    assert receipt.fate is Fate.UNAVAILABLE
    assert receipt.reason.endswith("It says: api.twilio.com:### cannot be reached")


@pytest.mark.parametrize(
    ("status", "fate"), [(400, Fate.ACCEPTED), (200, Fate.UNAVAILABLE), (500, Fate.UNAVAILABLE)]
)
async def test_a_service_is_known_by_its_refusal_of_an_empty_call(
    context: ProviderContext, http: Gateway, status: int, fate: Fate
) -> None:
    http.status = status
    assert (await voice(context, http.url).test()).fate is fate
    assert http.heard[0].body == "{}"


async def test_the_service_knows_us_by_our_certificate_and_refuses_another(tmp_path: Path) -> None:
    theirs, ours, other = Authority(tmp_path), Authority(tmp_path), Authority(tmp_path)
    files = {"server_certificate": theirs.trusted, "access_certificate": ours.certificate("client")}
    async with gateway(theirs.server(client_authority=ours.trusted)) as it, context_to() as context:
        assert (await voice(context, it.url, **files).send(MESSAGE)).fate is Fate.ACCEPTED
        wrong = {**files, "access_certificate": other.certificate("client")}
        receipt = await voice(context, it.url, **wrong).send(MESSAGE)
        assert receipt.fate is Fate.UNAVAILABLE
        assert "client certificate" in receipt.reason
        wrong = {**files, "server_certificate": other.trusted}
        receipt = await voice(context, it.url, **wrong).send(MESSAGE)
        assert "certificate is not trusted" in receipt.reason
        assert (
            await voice(context, it.url, **{**files, "server_certificate": "false"}).send(MESSAGE)
        ).fate is (Fate.ACCEPTED)
    assert len(it.heard) == 2
