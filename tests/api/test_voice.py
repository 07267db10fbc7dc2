"""The voice challenge service: what it takes, what Twilio is told, and what it answers."""

import copy
import json
import logging
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs
from xml.etree import ElementTree as ET

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.delivery.wires import Gateway, courier_to, gateway, opened
from watchword.api.voice import PATH, VoiceService
from watchword.delivery.providers.custom_voice import CustomVoiceProvider
from watchword.model.message import Channel, Fate, Receipt
from watchword.plugin.providers import Answered, ProviderContext
from watchword.testing import StoppedClock
from watchword.testing.provider_contract import message_for

CODE, SECRET = "493817", "TOPSECRET"
SID = "AC" + "7" * 32
ASKED: dict[str, Any] = {
    "call": {
        "calleeNumber": "+49 170 12345678",
        "messageTemplate": "Your code is {otp}",
        "otp": CODE,
        "locale": "en",
        "twilioConfig": {
            "accountSid": SID,
            "authToken": SECRET,
            "voice": "alice",
            "callerNumber": "+4930123456",
        },
    }
}


def asked(**call: object) -> dict[str, Any]:
    """The usual body, with these parts of the call changed, or of ``twilioConfig``; None leaves a part out."""
    body = copy.deepcopy(ASKED)
    for name, value in call.items():
        where = body["call"]["twilioConfig"] if name in body["call"]["twilioConfig"] else body["call"]
        if value is None:
            del where[name]
        else:
            where[name] = value
    return body


def client_of(service: Any) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=service), base_url="http://voice.example")


@pytest.fixture
async def twilio() -> AsyncIterator[Gateway]:
    async with gateway() as it:
        it.status, it.body = 201, json.dumps({"sid": "CA" + "b" * 32, "status": "queued"})
        yield it


@pytest.fixture
async def service(twilio: Gateway) -> AsyncIterator[httpx2.AsyncClient]:
    async with courier_to("127.0.0.0/8") as courier, client_of(VoiceService(courier, twilio.url)) as client:
        yield client


def said(twilio: Gateway) -> dict[str, str]:
    (heard,) = twilio.heard
    return {name: value for name, (value,) in parse_qs(heard.body).items()}


async def test_twilio_is_told_to_read_the_digits_twice(service: httpx2.AsyncClient, twilio: Gateway) -> None:
    answer = await service.post(PATH, json=ASKED)
    assert (answer.status_code, answer.text) == (200, "OK")
    told = said(twilio)
    assert (told["To"], told["From"]) == ("+4917012345678", "+4930123456")
    says = ET.fromstring(told["Twiml"]).findall("Say")
    assert [say.text for say in says] == ["Your code is 4, 9, 3, 8, 1, 7"] * 2
    assert {say.get("voice") for say in says} == {"Polly.Joanna"}
    assert CODE not in twilio.heard[0].path
    assert twilio.heard[0].query == {}


@pytest.mark.parametrize(
    ("locale", "tongue"), [("de", "de-DE"), ("pt_BR", "pt-BR"), ("", "en-US"), (None, "en-US")]
)
async def test_the_asked_language_is_spoken(
    service: httpx2.AsyncClient, twilio: Gateway, locale: str | None, tongue: str
) -> None:
    assert (await service.post(PATH, json=asked(locale=locale))).status_code == 200
    assert {say.get("language") for say in ET.fromstring(said(twilio)["Twiml"]).findall("Say")} == {tongue}


async def test_another_voice_than_the_retired_one_is_kept(
    service: httpx2.AsyncClient, twilio: Gateway
) -> None:
    await service.post(PATH, json=asked(voice="Polly.Vicki"))
    assert 'voice="Polly.Vicki"' in said(twilio)["Twiml"]


@pytest.mark.parametrize("body", ["", "{}"])
async def test_an_empty_call_gets_exactly_bad_request(
    service: httpx2.AsyncClient, twilio: Gateway, body: str
) -> None:
    answer = await service.post(PATH, content=body)
    assert (answer.status_code, answer.text, twilio.heard) == (400, "Bad Request", [])


@pytest.mark.parametrize(
    "name",
    [
        "calleeNumber",
        "messageTemplate",
        "otp",
        "twilioConfig",
        "accountSid",
        "authToken",
        "callerNumber",
    ],
)
@pytest.mark.parametrize("value", [None, " ", 7, [CODE], "x" * 10_000], ids=repr)
async def test_what_is_missing_or_wrong_is_refused_by_name_and_nobody_is_called(
    service: httpx2.AsyncClient, twilio: Gateway, name: str, value: object
) -> None:
    answer = await service.post(PATH, json=asked(**{name: value}))
    assert (answer.status_code, answer.reason_phrase, twilio.heard) == (400, "Bad Request", [])
    assert name in answer.text


@pytest.mark.parametrize("number", ["110", "0170 1234567", "+49170abc", "+49 170 1234567 ext 9"])
async def test_a_number_that_is_none_is_not_called(
    service: httpx2.AsyncClient, twilio: Gateway, number: str
) -> None:
    answer = await service.post(PATH, json=asked(calleeNumber=number))
    assert (answer.status_code, twilio.heard) == (400, [])
    assert "number" in answer.text


async def test_an_account_is_no_way_to_other_paths_of_twilio(
    service: httpx2.AsyncClient, twilio: Gateway
) -> None:
    for sid in (f"{SID}/../{SID}", f"{SID}?a=b", "AC%2e", "../x"):
        assert (await service.post(PATH, json=asked(accountSid=sid))).status_code == 400
    assert twilio.heard == []


@pytest.mark.parametrize(
    "body", [b"\xff", b'"\\ud800"', b"[" * 10_000, b"null", b"[]", b'{"call": 1}', b'{"call": {}'], ids=repr
)
async def test_what_is_no_such_json_is_refused(
    service: httpx2.AsyncClient, twilio: Gateway, body: bytes
) -> None:
    answer = await service.post(PATH, content=body)
    assert (answer.status_code, twilio.heard) == (400, [])
    assert answer.text.startswith("Bad Request: ")


async def test_a_long_body_is_not_read_to_its_end(service: httpx2.AsyncClient, twilio: Gateway) -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(100):
            read += 1
            yield b" " * 4096

    answer = await service.post(PATH, content=endless())
    assert (answer.status_code, twilio.heard) == (413, [])
    assert read < 10


async def test_a_text_that_is_too_long_to_be_said_is_refused(
    service: httpx2.AsyncClient, twilio: Gateway
) -> None:
    answer = await service.post(PATH, json=asked(messageTemplate="a" * 3999))
    assert (answer.status_code, twilio.heard) == (422, [])
    assert "too long" in answer.text


@pytest.mark.parametrize("method", ["GET", "PUT", "HEAD"])
async def test_only_post_is_taken(service: httpx2.AsyncClient, method: str) -> None:
    answer = await service.request(method, PATH)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_no_other_path_is_there(service: httpx2.AsyncClient) -> None:
    assert (await service.post("/validate/check", json=ASKED)).status_code == 404


@pytest.mark.parametrize(
    ("status", "code", "ours", "fate"),
    [
        (400, 21211, 422, Fate.REFUSED),  # no such number
        (401, 20003, 503, Fate.UNAVAILABLE),  # wrong password
        (429, 20429, 503, Fate.UNAVAILABLE),
        (400, 30450, 502, Fate.REFUSED),  # fraud: nobody else shall try
        (500, 20500, 504, Fate.REFUSED),  # perhaps called: nobody else shall try
    ],
)
async def test_the_status_says_whether_another_may_try(
    service: httpx2.AsyncClient, twilio: Gateway, status: int, code: int, ours: int, fate: Fate
) -> None:
    twilio.status, twilio.body = status, json.dumps({"code": code, "message": CODE, "status": status})
    answer = await service.post(PATH, json=ASKED)
    assert answer.status_code == ours
    assert "Twilio" in answer.text
    assert CODE not in answer.text
    receipt = await _as_our_client_understands(answer)
    assert (receipt.fate, receipt.final) == (fate, ours in {502, 504})


async def _as_our_client_understands(answer: httpx2.Response) -> Receipt:
    class Once:
        async def request(self, *_: object, **__: object) -> Answered:
            return Answered(
                status=answer.status_code, reason=answer.reason_phrase, body=answer.content, headers={}
            )

    context = ProviderContext(clock=StoppedClock(), courier=Once())  # type: ignore[arg-type]
    config = {"server_url": "http://voice.example", "twilioConfig": ASKED["call"]["twilioConfig"]}
    return await opened(CustomVoiceProvider, context, **config).send(message_for(Channel.VOICE))


async def test_twilio_out_of_reach_is_told_as_such(free_tcp_port: int) -> None:
    nowhere = f"http://127.0.0.1:{free_tcp_port}"
    async with courier_to("127.0.0.0/8") as courier, client_of(VoiceService(courier, nowhere)) as client:
        answer = await client.post(PATH, json=ASKED)
    assert (answer.status_code, "refuses connections" in answer.text) == (503, True)


@pytest.mark.parametrize("status", [201, 400, 500])
async def test_neither_code_nor_password_nor_number_is_logged(
    service: httpx2.AsyncClient, twilio: Gateway, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    twilio.status = status
    with caplog.at_level(logging.INFO):
        await service.post(PATH, json=ASKED)
        await service.post(PATH, json=asked(locale=[CODE]))
    logged = "".join(str(vars(record)) for record in caplog.records if record.name.startswith("watchword"))
    assert "call was made" in logged
    assert not [word for word in (CODE, SECRET, "12345678") if word in logged]


@given(otp=st.text(min_size=1, max_size=40), template=st.text(min_size=1, max_size=40))
async def test_whatever_is_to_be_said_there_is_an_answer(otp: str, template: str) -> None:
    told: list[str] = []

    class Listening:
        async def request(self, *_: object, form: dict[str, str], **__: object) -> Answered:
            told.append(form["Twiml"])
            return Answered(status=201, reason="Created", body=b'{"sid": "CA1"}', headers={})

    async with client_of(VoiceService(Listening(), "http://twilio.example")) as client:  # type: ignore[arg-type]
        body = json.dumps(asked(otp=otp, messageTemplate=template))
        answer = await client.post(PATH, content=body)
    assert answer.status_code in {200, 400}
    for document in told:
        assert len(ET.fromstring(document).findall("Say")) == 2
