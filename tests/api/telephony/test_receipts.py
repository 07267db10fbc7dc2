"""Receipts: who may tell what became of a message, and what that changes."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from tests.api.telephony.conftest import Okta
from watchword.crypto.signatures import twilio, vonage
from watchword.model.configuration import ProviderConfig, provider_context
from watchword.model.errand import Errand, Stage
from watchword.model.message import Channel

TOKEN, SID = "0123456789abcdef0123456789abcdef", "AC" + "a" * 32
KEY, SIGNING = "abc123", "a-signature-secret-of-vonage-0001"
PUBLIC = "https://otp.example.org/telephony/receipts/"


@dataclass
class Service:
    """A provider whose receipts are taken, and one message that it was given."""

    okta: Okta
    errand: Errand

    async def stage(self) -> Stage:
        return (await self.okta.errands())[0].stage

    async def post(
        self, name: str, content: bytes = b"", *, query: str = "", method: str = "POST", **headers: str
    ) -> int:
        url = f"/telephony/receipts/{name}" + (f"?{query}" if query else "")
        given = {key.replace("_", "-"): value for key, value in headers.items()}
        answer = await self.okta.http.request(method, url, content=content, headers=given)
        assert answer.content == b""
        return answer.status_code


async def provider(okta: Okta, name: str, class_name: str, config: Mapping[str, str]) -> None:
    sealed = okta.household.house.ring.seal(provider_context(Channel.SMS, name), json.dumps(config).encode())
    async with okta.household.house.store.unit() as unit:
        await unit.configuration.put_provider(
            ProviderConfig(channel=Channel.SMS, name=name, class_name=class_name, config=sealed, default=True)
        )


@pytest.fixture
async def of_twilio(okta: Okta) -> Service:
    okta.gateway.status, okta.gateway.body = 201, json.dumps({"sid": "SM" + "c" * 32, "status": "queued"})
    config = {"accountSid": SID, "authToken": TOKEN, "from": "+15005550006", "url": okta.gateway.url}
    await provider(okta, "twilio", "TwilioSMSProvider", {**config, "statusCallback": f"{PUBLIC}twilio"})
    assert await okta.status(okta.event()) == "SUCCESSFUL"
    return Service(okta, (await okta.errands())[0])


def told(status: str, **more: str) -> dict[str, str]:
    """What Twilio posts."""
    fields = {"AccountSid": SID, "MessageSid": "SM" + "c" * 32, "MessageStatus": status, "To": "+49151"}
    return {**fields, **more}


def signed(service: Service, fields: Mapping[str, str], token: str = TOKEN) -> dict[str, Any]:
    """Query, body and header of a receipt as Twilio makes them."""
    query = f"r={service.errand.reference}"
    signature = twilio(token, f"{PUBLIC}twilio?{query}", fields.items()).decode()
    return {"content": urlencode(fields).encode(), "query": query, "x_twilio_signature": signature}


async def test_twilio_is_told_where_receipts_go(of_twilio: Service) -> None:
    from urllib.parse import parse_qs

    [asked] = parse_qs(of_twilio.okta.gateway.heard[-1].body)["StatusCallback"]
    assert asked == f"{PUBLIC}twilio?r={of_twilio.errand.reference}"


async def test_a_receipt_of_twilio_says_that_it_arrived(of_twilio: Service) -> None:
    assert await of_twilio.post("twilio", **signed(of_twilio, told("delivered"))) == 200
    assert await of_twilio.stage() is Stage.DELIVERED


async def test_a_receipt_of_twilio_says_that_it_did_not(of_twilio: Service) -> None:
    fields = told("undelivered", ErrorCode="30005")
    assert await of_twilio.post("twilio", **signed(of_twilio, fields)) == 200
    [errand] = await of_twilio.okta.errands()
    assert (errand.stage, errand.reason) == (
        Stage.FAILED,
        "Twilio says that the message is undelivered (code 30005).",
    )


@pytest.mark.parametrize("port", ["", ":443"])
async def test_a_proxy_and_the_usual_port_do_not_matter(of_twilio: Service, port: str) -> None:
    fields, query = told("delivered"), f"r={of_twilio.errand.reference}"
    url = f"https://otp.example.org{port}/telephony/receipts/twilio?{query}"
    signature = twilio(TOKEN, url, fields.items()).decode()
    body = urlencode(fields).encode()
    assert await of_twilio.post("twilio", body, query=query, x_twilio_signature=signature) == 200


async def test_a71_a_forged_receipt_of_twilio_changes_nothing(of_twilio: Service) -> None:
    right = signed(of_twilio, told("delivered"))
    wrong: list[dict[str, Any]] = [
        {**right, "x_twilio_signature": ""},
        {**right, "x_twilio_signature": "AAAA"},
        {**right, "content": right["content"].replace(b"delivered", b"failed")},
        {**right, "content": right["content"] + b"&More=1"},
        {**right, "query": right["query"] + "0"},
        {**right, "query": ""},
        signed(of_twilio, told("delivered"), token="another-token"),
        signed(of_twilio, told("delivered", AccountSid="AC" + "b" * 32)),
    ]
    for one in wrong:
        assert await of_twilio.post("twilio", **one) == 403
    assert await of_twilio.stage() is Stage.ACCEPTED


async def test_a71_a_replayed_receipt_turns_nothing_back(of_twilio: Service) -> None:
    sent, arrived = signed(of_twilio, told("sent")), signed(of_twilio, told("delivered"))
    failed = signed(of_twilio, told("failed"))
    for one in (arrived, arrived, sent, failed):
        assert await of_twilio.post("twilio", **one) == 200
    assert await of_twilio.stage() is Stage.DELIVERED


async def test_of_a_message_that_is_not_there_nothing_is_told(of_twilio: Service) -> None:
    fields, query = told("delivered", MessageSid="SM" + "0" * 32), "r=unknown"
    signature = twilio(TOKEN, f"{PUBLIC}twilio?{query}", fields.items()).decode()
    body = urlencode(fields).encode()
    assert await of_twilio.post("twilio", body, query=query, x_twilio_signature=signature) == 404
    assert await of_twilio.post("nobody", body) == 403


async def test_a_provider_cannot_tell_of_anothers_message(of_twilio: Service) -> None:
    okta = of_twilio.okta
    config = {"accountSid": SID, "authToken": TOKEN, "from": "+15005550006"}
    await provider(okta, "other", "TwilioSMSProvider", {**config, "statusCallback": f"{PUBLIC}other"})
    fields, query = told("failed"), f"r={of_twilio.errand.reference}"
    signature = twilio(TOKEN, f"{PUBLIC}other?{query}", fields.items()).decode()
    body = urlencode(fields).encode()
    assert await of_twilio.post("other", body, query=query, x_twilio_signature=signature) == 404
    assert await of_twilio.stage() is Stage.ACCEPTED


async def test_a_provider_without_receipts_hears_none(of_twilio: Service) -> None:
    assert await of_twilio.post("gateway", b"MessageStatus=delivered") == 403


@pytest.mark.parametrize("body", [b"", b"\xff", b"{", b"[]", b"a" * 70_000, b"&" * 500, b"{" * 9000], ids=len)
async def test_whatever_is_posted_is_no_failure_of_ours(of_twilio: Service, body: bytes) -> None:
    assert await of_twilio.post("twilio", body, x_twilio_signature="x") in {403, 413}


@pytest.fixture
async def of_vonage(okta: Okta) -> Service:
    okta.gateway.body = json.dumps({"messages": [{"status": "0", "message-id": "0A00"}]})
    config = {
        "api_key": KEY,
        "api_secret": "hush",
        "from": "Acme",
        "url": okta.gateway.url,
        "callback": f"{PUBLIC}vonage",
        "signature_secret": SIGNING,
    }
    await provider(okta, "vonage", "VonageSMSProvider", config)
    assert await okta.status(okta.event()) == "SUCCESSFUL"
    return Service(okta, (await okta.errands())[0])


def of_sig(service: Service, status: str, *, late: int = 0, secret: str = SIGNING) -> str:
    at = service.okta.household.clock.now() // 1000 - late
    fields = {"messageId": "0A00", "status": status, "err-code": "0", "api-key": KEY, "timestamp": str(at)}
    return urlencode({**fields, "sig": vonage(secret, "sha256", fields).decode()})


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_signed_receipt_of_vonage_counts(of_vonage: Service, method: str) -> None:
    said = of_sig(of_vonage, "delivered")
    way: dict[str, Any] = {"query": said} if method == "GET" else {"content": said.encode()}
    assert await of_vonage.post("vonage", method=method, **way) == 200
    assert await of_vonage.stage() is Stage.DELIVERED


async def test_a71_a_receipt_of_vonage_that_is_forged_or_old_is_refused(of_vonage: Service) -> None:
    for said in (
        of_sig(of_vonage, "delivered", secret="x" * 20),
        of_sig(of_vonage, "delivered", late=4000),
        of_sig(of_vonage, "delivered").replace("0A00", "0A01"),
        of_sig(of_vonage, "delivered").partition("&sig")[0],
        "messageId=0A00&status=delivered",
    ):
        assert await of_vonage.post("vonage", query=said, method="GET") == 403
    assert await of_vonage.stage() is Stage.ACCEPTED


def token(service: Service, body: bytes, **claims: object) -> str:
    usual = {
        "iss": "Vonage",
        "iat": service.okta.household.clock.now() // 1000,
        "jti": "1",
        "api_key": KEY,
        "payload_hash": hashlib.sha256(body).hexdigest(),
    }
    return jwt.encode({"alg": "HS256"}, {**usual, **claims}, OctKey.import_key(SIGNING))


async def test_a_receipt_of_vonage_may_be_signed_by_a_jwt(of_vonage: Service) -> None:
    body = json.dumps({"client-ref": of_vonage.errand.reference, "status": "failed", "err-code": 5}).encode()
    bearer = f"Bearer {token(of_vonage, body)}"
    assert await of_vonage.post("vonage", body, authorization=bearer) == 200
    assert await of_vonage.stage() is Stage.FAILED


async def test_a71_a_jwt_of_another_body_account_or_hour_is_refused(of_vonage: Service) -> None:
    body = json.dumps({"client-ref": of_vonage.errand.reference, "status": "delivered"}).encode()
    tokens = [
        token(of_vonage, body + b" "),
        token(of_vonage, body, api_key="other"),
        token(of_vonage, body, iat=0),
        token(of_vonage, body, iat="now"),
        token(of_vonage, body)[:-4] + "AAAA",
        "e30.e30.",
        "",
    ]
    for one in tokens:
        assert await of_vonage.post("vonage", body, authorization=f"Bearer {one}") == 403
    assert await of_vonage.stage() is Stage.ACCEPTED
