"""Short messages over Vonage."""

import json
from typing import Any
from urllib.parse import parse_qs

import pytest
from msgspec.structs import replace

from tests.delivery.wires import Gateway, opened
from watchword.delivery.providers.vonage_sms import VonageSMSProvider
from watchword.model.message import Channel, Fate
from watchword.plugin.providers import Provider, ProviderContext
from watchword.testing.provider_contract import ProviderContract, message_for

MESSAGE = message_for(Channel.SMS)


def sms(context: ProviderContext, url: str, **config: object) -> Provider:
    usual = {"api_key": "key", "api_secret": "SECRET", "from": "Watchword", "url": f"{url}/sms/json"}
    return opened(VonageSMSProvider, context, **{**usual, **config})


def answer(*statuses: str) -> str:
    return json.dumps({"messages": [{"status": status, "message-id": f"id-{status}"} for status in statuses]})


@pytest.fixture
def vonage(http: Gateway) -> Gateway:
    http.body = answer("0")
    return http


class TestVonageSMS(ProviderContract):
    @pytest.fixture
    def provider(self, context: ProviderContext, vonage: Gateway) -> Provider:
        return sms(context, vonage.url)

    @pytest.fixture
    def unreachable(self, context: ProviderContext, unreachable_url: str) -> Provider:
        return sms(context, unreachable_url)

    @pytest.fixture
    def silent(self, context: ProviderContext, silent_url: str) -> Provider:
        return sms(context, silent_url, timeout="0.3")


async def test_a_message_is_made_as_vonage_wants_it(context: ProviderContext, vonage: Gateway) -> None:
    receipt = await sms(context, vonage.url).send(replace(MESSAGE, to="+49 170 1234567", reference="our-ref"))
    assert (receipt.fate, receipt.reference) == (Fate.ACCEPTED, "id-0")
    (heard,) = vonage.heard
    assert (heard.path, heard.query) == ("/sms/json", {})
    assert {key: values[0] for key, values in parse_qs(heard.body).items()} == {
        "api_key": "key", "api_secret": "SECRET", "from": "Watchword", "to": "491701234567", "text": MESSAGE.text,
        "type": "text", "ttl": "120000", "client-ref": "our-ref",
    }  # fmt: skip


async def test_other_letters_are_announced_and_a_short_life_is_stretched(
    context: ProviderContext, vonage: Gateway
) -> None:
    await sms(context, vonage.url).send(replace(MESSAGE, text="код 1", seconds=5))
    fields = parse_qs(vonage.heard[0].body)
    assert (fields["type"], fields["ttl"]) == (["unicode"], ["20000"])


@pytest.mark.parametrize(
    ("body", "status", "fate"),
    [
        (answer("1"), 200, Fate.UNAVAILABLE), (answer("3"), 200, Fate.REFUSED), (answer("4"), 200, Fate.UNAVAILABLE),
        (answer("9"), 200, Fate.UNAVAILABLE), (answer("22"), 200, Fate.REFUSED), (answer("99"), 200, Fate.REFUSED),
        (answer("0", "0"), 200, Fate.ACCEPTED), (answer("0", "1"), 200, Fate.UNCERTAIN), (answer(), 200, Fate.UNCERTAIN),
        ("<html>", 200, Fate.UNCERTAIN), ("{}", 200, Fate.UNCERTAIN), ('{"messages": [1]}', 200, Fate.UNCERTAIN),
        ("", 500, Fate.UNCERTAIN), ("", 401, Fate.UNAVAILABLE), ("", 429, Fate.UNAVAILABLE),
    ],
)  # fmt: skip
async def test_the_status_of_each_part_decides_and_not_that_of_http_a69(
    context: ProviderContext, vonage: Gateway, body: Any, status: int, fate: Fate
) -> None:
    vonage.body, vonage.status = body, status
    assert (await sms(context, vonage.url).send(MESSAGE)).fate is fate


async def test_a_number_that_is_none_costs_nothing_a72(context: ProviderContext, vonage: Gateway) -> None:
    receipt = await sms(context, vonage.url).send(replace(MESSAGE, to="12345"))
    assert (receipt.fate, vonage.heard) == (Fate.REFUSED, [])
