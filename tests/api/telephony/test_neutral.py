"""Hooks for others: who may ask by a signature or a token, and the forms of Supabase, Auth0 and our own."""

import base64
import hmac
import json
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from tests.api.telephony.conftest import CODE, PHONE, Okta
from tests.sending import said

KEY = bytes(range(1, 33))
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"
STANDARD = {"id": "m1", "channel": "sms", "to": PHONE, "code": CODE, "text": f"Your code is {CODE}"}
SUPABASE = {
    "metadata": {"name": "send-sms"},
    "user": {"id": "7b1d6f2e-3a40-4a57-9c37-0d6a4f0a9c11", "phone": "4915112345678"},
    "sms": {"otp": CODE},
}
AUTH0 = {
    "notification": {
        "as_text": f"Your code is {CODE}",
        "code": CODE,
        "delivery_method": "text",
        "locale": "en",
        "message_type": "otp_enroll",
        "recipient": PHONE,
    },
    "user": {"email": "ada@acme.example"},
    "transaction": {"correlation_id": "c1"},
}


def headers(okta: Okta, body: bytes, *, late: int = 0, key: bytes = KEY, **more: str) -> dict[str, str]:
    """As Standard Webhooks has them."""
    at = str(okta.household.clock.now() // 1000 - late)
    right = hmac.digest(key, f"msg_1.{at}.".encode() + body, "sha256")
    signature = f"v1,{base64.b64encode(right).decode()}"
    return {"webhook-id": "msg_1", "webhook-timestamp": at, "webhook-signature": signature, **more}


async def post(okta: Okta, shape: str, body: Any, **more: Any) -> tuple[int, dict[str, Any]]:
    await okta.hook(name=shape, shape=shape, proof="signature", secrets={"secret": SECRET})
    content = json.dumps(body).encode()
    answer = await okta.post(content, headers=headers(okta, content, **more), path=f"/telephony/hook/{shape}")
    return answer.status_code, answer.json() if answer.content else {}


@pytest.mark.parametrize(
    ("shape", "body"),
    [("standard", STANDARD), ("supabase", SUPABASE), ("auth0", AUTH0)],
    ids=lambda one: str(one)[:9],
)
async def test_each_form_has_its_code_sent_once(okta: Okta, shape: str, body: Any) -> None:
    status, first = await post(okta, shape, body)
    assert (status, first["status"], first["provider"]) == (200, "accepted", "gateway")
    assert CODE in said(okta.gateway)
    assert await post(okta, shape, body) == (200, first)
    assert len(okta.gateway.heard) == 1
    assert (await okta.household.last_row()).action == f"telephony/{shape}"


@pytest.mark.parametrize("shape", ["standard", "supabase", "auth0"])
@pytest.mark.parametrize("body", [{}, {"to": 7}, {"sms": 7, "user": []}, {"notification": []}], ids=repr)
async def test_what_cannot_be_carried_out_is_422_with_an_error(okta: Okta, shape: str, body: Any) -> None:
    status, answer = await post(okta, shape, body)
    assert (status, answer["error"]["http_code"]) == (422, 422)
    assert await okta.errands() == []


async def test_what_was_perhaps_sent_is_202_so_that_nobody_sends_it_again(okta: Okta) -> None:
    okta.gateway.status = 500
    assert (await post(okta, "standard", STANDARD))[0] == 202


@pytest.mark.parametrize("status", [400, 429, 503])
async def test_a_failure_is_never_one_on_which_callers_try_again(okta: Okta, status: int) -> None:
    okta.gateway.status = status
    assert (await post(okta, "supabase", SUPABASE))[0] == 422


async def test_a_call_of_auth0_is_one(okta: Okta) -> None:
    body = {**AUTH0, "notification": {**AUTH0["notification"], "delivery_method": "voice"}}
    status, answer = await post(okta, "auth0", body)
    assert (status, "voice" in answer["reason"]) == (422, True)


@pytest.mark.parametrize(
    "more",
    [
        {"late": 400},
        {"late": -400},
        {"key": b"x" * 32},
        {"webhook-id": "msg_2"},
        {"webhook-id": ""},
        {"webhook-timestamp": "now"},
        {"webhook-timestamp": "9" * 40},
        {"webhook-signature": "v1,AAAA"},
        {"webhook-signature": ""},
    ],
    ids=repr,
)
async def test_a_signature_that_is_wrong_or_not_of_now_is_a_strangers(okta: Okta, more: Any) -> None:
    assert await post(okta, "standard", STANDARD, **more) == (401, {})
    assert okta.gateway.heard == []


async def test_two_signatures_parted_by_commas_are_read(okta: Okta) -> None:
    content = json.dumps(SUPABASE).encode()
    right = headers(okta, content)["webhook-signature"]
    assert (await post(okta, "supabase", SUPABASE, **{"webhook-signature": f"v1,AAAA, {right}"}))[0] == 200


# Access tokens


ISSUER, AUDIENCE, SCOPE = "https://acme.example/oauth2/default", "api://default", "send"


class Issuer:
    """An authorization server with one key."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, auto_kid=True)

    @property
    def keys(self) -> str:
        return json.dumps(KeySet([self.key]).as_dict(private=False))

    def token(self, now: int, **claims: Any) -> str:
        usual = {"iss": ISSUER, "aud": AUDIENCE, "scp": [SCOPE], "exp": now // 1000 + 300}
        wanted = {name: value for name, value in {**usual, **claims}.items() if value is not None}
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, wanted, self.key)


@pytest.fixture(scope="module")
def issuer() -> Issuer:
    return Issuer()


async def bearer(okta: Okta, issuer: Issuer, path: Path, **claims: Any) -> int:
    path.write_text(issuer.keys)
    said = {"issuer": ISSUER, "audience": AUDIENCE, "scope": SCOPE, "keys": f"file:{path}"}
    await okta.hook(proof="bearer", settings=said, secrets={})
    token = issuer.token(okta.household.clock.now(), **claims)
    return (await okta.post(okta.event(), headers={"authorization": f"Bearer {token}"})).status_code


@pytest.mark.parametrize(
    "claims", [{}, {"aud": ["x", AUDIENCE]}, {"scp": None, "scope": f"a {SCOPE}"}], ids=repr
)
async def test_a_token_of_the_issuer_for_us_is_taken(
    okta: Okta, issuer: Issuer, tmp_path: Path, claims: Any
) -> None:
    assert await bearer(okta, issuer, tmp_path / "keys.json", **claims) == 200


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://other.example"},
        {"iss": None},
        {"aud": "api://other"},
        {"aud": None},
        {"scp": ["read"]},
        {"scp": None},
        {"scp": 7},
        {"exp": None},
        {"exp": 1},
        {"exp": "later"},
        {"nbf": 10**11},
    ],
    ids=repr,
)
async def test_a_token_that_is_not_for_this_is_a_strangers(
    okta: Okta, issuer: Issuer, tmp_path: Path, claims: Any
) -> None:
    assert await bearer(okta, issuer, tmp_path / "keys.json", **claims) == 401


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", "." * 500])
async def test_what_is_no_token_is_a_strangers(
    okta: Okta, issuer: Issuer, tmp_path: Path, token: str
) -> None:
    await bearer(okta, issuer, tmp_path / "keys.json")
    answer = await okta.post(okta.event("e2"), headers={"authorization": f"Bearer {token}"})
    assert answer.status_code == 401


async def test_keys_are_asked_for_at_their_url_and_kept(okta: Okta, issuer: Issuer) -> None:
    from tests.delivery.wires import gateway

    async with gateway() as server:
        server.body = issuer.keys
        said = {"issuer": ISSUER, "audience": AUDIENCE, "scope": SCOPE, "keys": f"{server.url}/keys"}
        await okta.hook(proof="bearer", settings=said, secrets={})
        for identifier in ("e1", "e2"):
            token = issuer.token(okta.household.clock.now())
            answer = await okta.post(okta.event(identifier), headers={"authorization": f"Bearer {token}"})
            assert answer.status_code == 200
        stranger = Issuer().token(okta.household.clock.now())
        answer = await okta.post(okta.event("e3"), headers={"authorization": f"Bearer {stranger}"})
        assert answer.status_code == 401
        assert len(server.heard) == 1


async def test_without_the_keys_everybody_is_a_stranger(okta: Okta, issuer: Issuer, tmp_path: Path) -> None:
    said = {"issuer": ISSUER, "audience": AUDIENCE, "scope": SCOPE, "keys": f"file:{tmp_path / 'none'}"}
    await okta.hook(proof="bearer", settings=said, secrets={})
    token = issuer.token(okta.household.clock.now())
    answer = await okta.post(okta.event(), headers={"authorization": f"Bearer {token}"})
    assert answer.status_code == 401


async def test_several_hooks_of_okta_share_the_path(okta: Okta) -> None:
    await okta.hook(name="second", secrets={"secret": "another-long-secret"})
    answer = await okta.post(okta.event("e9"), headers={"authorization": "another-long-secret"})
    assert answer.status_code == 200
    assert "hook second" in (await okta.household.last_row()).action_detail
