"""Short messages over an HTTP gateway."""

import json
from typing import Any
from urllib.parse import parse_qs

import pytest
from msgspec.structs import replace

from tests.delivery.wires import Gateway, context_to, opened
from watchword.delivery.providers.http_sms import HttpSMSProvider
from watchword.model.message import Channel, Fate, Message
from watchword.plugin.providers import Provider, ProviderContext
from watchword.testing.provider_contract import ProviderContract, message_for

MESSAGE = message_for(Channel.SMS)


class TestHttpSMS(ProviderContract):
    @pytest.fixture
    def provider(self, context: ProviderContext, http: Gateway) -> Provider:
        return opened(HttpSMSProvider, context, URL=http.url)

    @pytest.fixture
    def unreachable(self, context: ProviderContext, unreachable_url: str) -> Provider:
        return opened(HttpSMSProvider, context, URL=unreachable_url)

    @pytest.fixture
    def silent(self, context: ProviderContext, silent_url: str) -> Provider:
        return opened(HttpSMSProvider, context, URL=silent_url, timeout="0.3")


async def fate(context: ProviderContext, http: Gateway, message: Message = MESSAGE, **config: object) -> Fate:
    return (await opened(HttpSMSProvider, context, URL=http.url, **config).send(message)).fate


async def test_number_text_and_parameters_stand_side_by_side(context: ProviderContext, http: Gateway) -> None:
    await fate(
        context,
        http,
        replace(MESSAGE, to="+49 170 1"),
        PARAMETER={"account": "me", "n": 1},
        SMS_TEXT_KEY="text",
        SMS_PHONENUMBER_KEY="to",
        HEADERS={"X-A": "b"},
        USERNAME="u",
        PASSWORD="p",
    )
    (heard,) = http.heard
    assert heard.method == "POST"
    assert parse_qs(heard.body) == {
        "account": ["me"],
        "n": ["1"],
        "to": ["+49 170 1"],
        "text": [MESSAGE.text],
    }
    assert heard.headers["x-a"] == "b"
    assert heard.headers["authorization"] == "Basic dTpw"


async def test_with_get_they_stand_in_the_query(context: ProviderContext, http: Gateway) -> None:
    await fate(context, http, replace(MESSAGE, to="+49 170 1", text="ä & ß"), HTTP_Method="get")
    (heard,) = http.heard
    assert (heard.method, heard.body) == ("GET", "")
    assert heard.query == {"phone": "+49 170 1", "sms": "ä & ß"}


@pytest.mark.parametrize(
    ("given", "config", "sent"),
    [
        ("+49 (170) 12-34", {"MSISDN": True}, "+491701234"),
        ("0170 / 1234", {"MSISDN": "true"}, "01701234"),
        ("+491701234", {"SUPPRESS_PREFIX": "+"}, "491701234"),
        ("+49 170", {"MSISDN": True, "SUPPRESS_PREFIX": "+49"}, "170"),
        ("77 ext 5", {}, "77 ext 5"),
    ],
)
async def test_the_number_is_sent_as_given_unless_the_gateway_wants_it_otherwise_a72(
    context: ProviderContext, http: Gateway, given: str, config: dict[str, object], sent: str
) -> None:
    await fate(context, http, replace(MESSAGE, to=given), **config)
    assert parse_qs(http.heard[0].body)["phone"] == [sent]


@pytest.mark.parametrize(
    ("config", "body", "status", "expected"),
    [
        ({"RETURN_SUCCESS_REGEX": "ID=[0-9]+"}, "well: ID=7", 200, Fate.ACCEPTED),
        ({"RETURN_SUCCESS_REGEX": "ID=[0-9]+"}, "no", 200, Fate.REFUSED),
        ({"RETURN_SUCCESS_REGEX": "ID", "RETURN_SUCCESS": "OK"}, "OK", 200, Fate.REFUSED),
        ({"RETURN_FAIL_REGEX": "ERR"}, "an ERR", 200, Fate.REFUSED),
        ({"RETURN_FAIL_REGEX": "ERR"}, "fine", 500, Fate.ACCEPTED),
        ({"RETURN_SUCCESS": "OK"}, "OK 1", 200, Fate.ACCEPTED),
        ({"RETURN_SUCCESS": "OK"}, "not OK", 200, Fate.REFUSED),
        ({"RETURN_FAIL": "Failed"}, "Failed: no", 200, Fate.REFUSED),
        ({"RETURN_FAIL": "Failed"}, "anything else", 200, Fate.ACCEPTED),
        ({}, "an error, in truth", 200, Fate.ACCEPTED),
        ({}, "", 302, Fate.REFUSED),
        ({}, "", 400, Fate.REFUSED),
        ({}, "", 401, Fate.UNAVAILABLE),
        ({}, "", 429, Fate.UNAVAILABLE),
        ({}, "", 503, Fate.UNAVAILABLE),
        ({}, "", 500, Fate.REFUSED),
    ],
)
async def test_the_first_configured_sign_decides_and_without_one_the_status_a69(
    context: ProviderContext, http: Gateway, config: dict[str, Any], body: str, status: int, expected: Fate
) -> None:
    http.body, http.status = body, status
    assert await fate(context, http, **config) is expected


async def test_after_500_nobody_else_may_try_for_it_may_have_been_sent_a69(
    context: ProviderContext, http: Gateway
) -> None:
    http.status = 500
    assert (await opened(HttpSMSProvider, context, URL=http.url).send(MESSAGE)).final


async def test_the_words_of_the_gateway_are_not_repeated_a70(context: ProviderContext, http: Gateway) -> None:
    http.status, http.reason, http.body = 400, f"no {MESSAGE.code} to {MESSAGE.to}", MESSAGE.text
    receipt = await opened(HttpSMSProvider, context, URL=http.url, PASSWORD="SECRET", USERNAME="u").send(
        MESSAGE
    )
    assert not any(secret in receipt.reason for secret in (MESSAGE.code, MESSAGE.to[1:], "SECRET"))


async def test_a_private_gateway_that_is_not_allowed_is_refused_in_words_a67(http: Gateway) -> None:
    async with context_to("192.0.2.0/24") as context:
        receipt = await opened(HttpSMSProvider, context, URL=http.url).send(MESSAGE)
    assert receipt.fate is Fate.UNAVAILABLE
    assert "outbound.allow" in receipt.reason
    assert json.dumps(http.heard) == "[]"


async def test_digest_is_shown_where_it_is_asked_for(context: ProviderContext, http: Gateway) -> None:
    http.status, http.headers = 401, {"WWW-Authenticate": 'Digest realm="r", nonce="n", qop="auth"'}
    receipt = await opened(
        HttpSMSProvider, context, URL=http.url, USERNAME="u", PASSWORD="p", AUTH_TYPE="DIGEST"
    ).send(MESSAGE)
    assert "credentials" in receipt.reason
    assert http.heard[1].headers["authorization"].startswith("Digest ")


async def test_a_proxy_carries_the_request(context: ProviderContext, http: Gateway) -> None:
    for proxy in (http.url, {"http": http.url}):
        provider = opened(HttpSMSProvider, context, URL="http://sms.invalid/send", PROXY=proxy)
        assert (await provider.send(MESSAGE)).fate is Fate.ACCEPTED
    assert [one.headers["host"] for one in http.heard] == ["sms.invalid", "sms.invalid"]
