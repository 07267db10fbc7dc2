"""Short messages over a REST gateway."""

import json

import pytest
from msgspec.structs import replace

from tests.delivery.wires import Gateway, opened
from watchword.delivery.providers.rest_sms import RestSMSProvider
from watchword.errors import BadParameter
from watchword.model.message import Channel, Fate
from watchword.plugin.providers import Provider, ProviderContext
from watchword.testing.provider_contract import ProviderContract, message_for

MESSAGE = message_for(Channel.SMS)
PLACES = {
    "PAYLOAD": {"text": "<message>", "to": "<phone>"},
    "SMS_TEXT_KEY": "text",
    "SMS_PHONENUMBER_KEY": "to",
}


class TestRestSMS(ProviderContract):
    @pytest.fixture
    def provider(self, context: ProviderContext, http: Gateway) -> Provider:
        return opened(RestSMSProvider, context, URL=http.url, **PLACES)

    @pytest.fixture
    def unreachable(self, context: ProviderContext, unreachable_url: str) -> Provider:
        return opened(RestSMSProvider, context, URL=unreachable_url, **PLACES)

    @pytest.fixture
    def silent(self, context: ProviderContext, silent_url: str) -> Provider:
        return opened(RestSMSProvider, context, URL=silent_url, TIMEOUT="0.2,0.3", **PLACES)


@pytest.mark.parametrize(
    ("payload", "text_key", "phone_key", "sent"),
    [
        ({"t": "<message>", "p": "<phone>"}, "t", "p", {"t": "T", "p": "N"}),
        ({"t": "It is <message>!", "p": "tel:<phone>"}, "t", "p", {"t": "It is T!", "p": "tel:N"}),
        ({"t": "", "p": "x"}, "t", "p", {"t": "T", "p": "N"}),
        ({"t": "<message>", "p": ["<phone>"]}, "t", "p", {"t": "T", "p": ["N"]}),
        ({"t": "<message>", "p": []}, "t", "p", {"t": "T", "p": ["N"]}),
        (
            {"messages": [{"to": [{"phone": "<phone>"}], "text": "<message>"}], "k": 1},
            "messages[0].text",
            "messages[0].to[0].phone",
            {"messages": [{"to": [{"phone": "N"}], "text": "T"}], "k": 1},
        ),
    ],
)
async def test_text_and_number_take_their_places(
    context: ProviderContext, http: Gateway, payload: object, text_key: str, phone_key: str, sent: object
) -> None:
    provider = opened(
        RestSMSProvider,
        context,
        URL=http.url,
        PAYLOAD=payload,
        SMS_TEXT_KEY=text_key,
        SMS_PHONENUMBER_KEY=phone_key,
    )
    for _ in range(2):
        await provider.send(replace(MESSAGE, text="T", to="N"))
    assert [json.loads(one.body) for one in http.heard] == [sent, sent]


async def test_a_text_with_quotes_and_markers_stays_text_a68(context: ProviderContext, http: Gateway) -> None:
    text = '","to":"<phone>'
    await opened(RestSMSProvider, context, URL=http.url, **PLACES).send(replace(MESSAGE, text=text))
    assert json.loads(http.heard[0].body) == {"text": text, "to": MESSAGE.to}


async def test_own_headers_are_merged_over_the_usual_ones(context: ProviderContext, http: Gateway) -> None:
    await opened(RestSMSProvider, context, URL=http.url, HEADERS={"X-Key": "k"}, **PLACES).send(MESSAGE)
    await opened(RestSMSProvider, context, URL=http.url, HEADERS={"accept": "text/x"}, **PLACES).send(MESSAGE)
    first, second = (one.headers for one in http.heard)
    assert (first["content-type"], first["accept"], first["x-key"]) == (
        "application/json",
        "application/json",
        "k",
    )
    assert second["accept"] == "text/x"


@pytest.mark.parametrize(
    ("status", "fate"), [(200, Fate.ACCEPTED), (202, Fate.ACCEPTED), (400, Fate.REFUSED), (500, Fate.REFUSED)]
)
async def test_the_status_decides(context: ProviderContext, http: Gateway, status: int, fate: Fate) -> None:
    http.status = status
    receipt = await opened(RestSMSProvider, context, URL=http.url, **PLACES).send(MESSAGE)
    assert receipt.fate is fate
    assert receipt.final is (status == 500)


@pytest.mark.parametrize("key", ["nowhere", "text[0]", "a.b", "", "[5]"])
async def test_a_place_that_is_not_there_is_refused_by_name(context: ProviderContext, key: str) -> None:
    with pytest.raises(BadParameter, match="SMS_TEXT_KEY"):
        opened(RestSMSProvider, context, **{"URL": "http://a/", **PLACES, "SMS_TEXT_KEY": key})
