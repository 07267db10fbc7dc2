"""The modules of the OpenID Foundation's Basic OP plan, one test each and named as there."""

import json
from urllib.parse import urlencode

import pytest

from tests.api.oidc.conftest import (
    CALLBACK,
    ISSUER,
    KEPT_SECRET,
    VERIFIER,
    Application,
    answered,
    header_of,
    know,
    register,
)

DAY = 86_400


async def test_oidcc_server(app: Application) -> None:
    """The happy flow."""
    answer = await app.ask()
    assert answer.status_code == 200
    told = answered(await app.log_in())
    assert told["state"] == "a b&c=ü"
    assert told["iss"] == ISSUER
    tokens = (await app.redeem(told["code"])).json()
    claims = await app.claims(tokens)
    now = app.household.clock.now() // 1000
    assert claims["iss"] == ISSUER
    assert claims["aud"] == "app"
    assert claims["nonce"] == "n-0S6"
    assert claims["iat"] == now < claims["exp"]
    userinfo = await app.userinfo(tokens["access_token"])
    assert userinfo.status_code == 200
    assert userinfo.json()["sub"] == claims["sub"]


async def test_oidcc_response_type_missing(app: Application) -> None:
    told = answered(await app.ask(response_type=None))
    assert told["error"] in {"invalid_request", "unsupported_response_type"}
    assert told["state"] == "a b&c=ü"


async def test_oidcc_idtoken_signature(app: Application) -> None:
    tokens = await app.tokens()
    assert header_of(tokens["id_token"])["alg"] == "ES256"
    assert header_of(tokens["id_token"])["kid"]
    await register(app.household, id="old", algorithm="RS256")
    app.id = "old"
    tokens = await app.tokens()
    assert header_of(tokens["id_token"])["alg"] == "RS256"
    assert (await app.claims(tokens))["aud"] == "old"


async def test_oidcc_idtoken_unsigned_is_not_offered(app: Application) -> None:
    said = (await app.browser.http.get("/.well-known/openid-configuration")).json()
    assert "none" not in said["id_token_signing_alg_values_supported"]


async def test_oidcc_userinfo_get_post_header_post_body(app: Application) -> None:
    tokens = await app.tokens()
    sub = (await app.claims(tokens))["sub"]
    http, access = app.browser.http, tokens["access_token"]
    header = {"authorization": f"Bearer {access}"}
    for answer in (
        await http.get("/oidc/userinfo", headers=header),
        await http.post("/oidc/userinfo", headers=header),
        await http.post("/oidc/userinfo", data={"access_token": access}),
    ):
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/json"
        assert answer.json()["sub"] == sub


async def test_oidcc_ensure_request_without_nonce_succeeds_for_code_flow(app: Application) -> None:
    assert "nonce" not in await app.claims(await app.tokens(nonce=None))


async def test_oidcc_scope_profile_email_address_phone_all(app: Application) -> None:
    await know(app, givenname="Alice", surname="Anders", email="alice@example.org", mobile="+49 171 3920001")
    names = {"name": "Alice Anders", "given_name": "Alice", "family_name": "Anders"}
    wanted: dict[str, dict[str, object]] = {
        "profile": {**names, "preferred_username": "alice"},
        "email": {"email": "alice@example.org", "email_verified": False},
        "phone": {"phone_number": "+491713920001", "phone_number_verified": False},
        "address": {},
    }
    for scope, claims in wanted.items():
        tokens = await app.tokens(scope=f"openid {scope}")
        said = (await app.userinfo(tokens["access_token"])).json()
        assert said == {"sub": said["sub"], **claims}
        assert not claims.keys() & (await app.claims(tokens)).keys()
    tokens = await app.tokens(scope=f"openid {' '.join(wanted)}")
    said = (await app.userinfo(tokens["access_token"])).json()
    assert said == {"sub": said["sub"]} | wanted["profile"] | wanted["email"] | wanted["phone"]


async def test_oidcc_alternate_happy_flow(app: Application) -> None:
    request = dict(reversed(app.asked(scope="email profile openid").items()))
    await app.go(f"/oidc/authorize?{urlencode(request)}")
    told = answered(await app.log_in())
    assert (await app.redeem(told["code"])).status_code == 200


@pytest.mark.parametrize("display", ["page", "popup", "hologram"])
async def test_oidcc_display_page_and_popup(app: Application, display: str) -> None:
    assert await app.tokens(display=display)


async def test_oidcc_prompt_login(app: Application) -> None:
    first = await app.claims(await app.tokens())
    app.household.clock.advance(seconds=2)
    answer = await app.ask(prompt="login")
    assert answer.status_code == 200
    second = await app.claims((await app.redeem(answered(await app.log_in())["code"])).json())
    assert second["sub"] == first["sub"]
    assert second["auth_time"] == first["auth_time"] + 2


async def test_oidcc_prompt_none_not_logged_in(app: Application) -> None:
    told = answered(await app.ask(prompt="none"))
    assert told["error"] == "login_required"
    assert told["iss"] == ISSUER


async def test_oidcc_prompt_none_logged_in(app: Application) -> None:
    first = await app.claims(await app.tokens())
    app.household.clock.advance(seconds=5)
    told = answered(await app.ask(prompt="none"))
    second = await app.claims((await app.redeem(told["code"])).json())
    assert (second["sub"], second["auth_time"]) == (first["sub"], first["auth_time"])


async def test_oidcc_max_age_1(app: Application) -> None:
    first = await app.claims(await app.tokens())
    app.household.clock.advance(seconds=2)
    answer = await app.ask(max_age="1")
    assert answer.status_code == 200
    second = await app.claims((await app.redeem(answered(await app.log_in())["code"])).json())
    assert second["auth_time"] == first["auth_time"] + 2


async def test_oidcc_max_age_10000(app: Application) -> None:
    first = await app.claims(await app.tokens(max_age="10000"))
    app.household.clock.advance(seconds=2)
    told = answered(await app.ask(max_age="10000"))
    second = await app.claims((await app.redeem(told["code"])).json())
    assert (second["sub"], second["auth_time"]) == (first["sub"], first["auth_time"])


async def test_oidcc_ensure_request_with_unknown_parameter_succeeds(app: Application) -> None:
    assert await app.tokens(extra="foobar")


async def test_oidcc_id_token_hint(app: Application) -> None:
    tokens = await app.tokens()
    told = answered(await app.ask(prompt="none", id_token_hint=tokens["id_token"]))
    assert (await app.redeem(told["code"])).status_code == 200


@pytest.mark.parametrize(
    "more",
    [
        {"login_hint": "alice@example.org"},
        {"login_hint": '"><script>alert(1)</script>'},
        {"ui_locales": "se de-CH en"},
        {"claims_locales": "se"},
    ],
)
async def test_oidcc_login_hint_ui_locales_claims_locales(app: Application, more: dict[str, str]) -> None:
    assert await app.tokens(**more)


async def test_oidcc_ensure_request_with_acr_values_succeeds(app: Application) -> None:
    claims = await app.claims(await app.tokens(acr_values="urn:nobody:knows pwd"))
    assert claims["acr"] == "pwd"
    assert claims["amr"] == ["pwd"]


async def test_oidcc_codereuse(app: Application) -> None:
    code = await app.code()
    tokens = (await app.redeem(code)).json()
    again = await app.redeem(code)
    assert again.status_code == 400
    assert again.json()["error"] == "invalid_grant"
    assert again.headers["cache-control"] == "no-store"
    assert (await app.userinfo(tokens["access_token"])).status_code == 401
    assert (await app.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"


async def test_oidcc_codereuse_30seconds(app: Application) -> None:
    code = await app.code()
    tokens = (await app.redeem(code)).json()
    app.household.clock.advance(seconds=30)
    assert (await app.redeem(code)).json()["error"] == "invalid_grant"
    assert (await app.userinfo(tokens["access_token"])).status_code == 401


async def test_oidcc_ensure_registered_redirect_uri(app: Application) -> None:
    answer = await app.ask(redirect_uri=f"{CALLBACK}/elsewhere")
    assert answer.status_code == 400
    assert "text/html" in answer.headers["content-type"]
    assert "location" not in answer.headers


async def test_oidcc_ensure_post_request_succeeds(app: Application) -> None:
    await app.go("/oidc/authorize", **app.asked())
    assert "code" in answered(await app.log_in())


async def test_oidcc_server_client_secret_post(app: Application) -> None:
    await register(app.household, id="poster", authentication="client_secret_post")
    app.id = "poster"
    fields = {
        "grant_type": "authorization_code",
        "code": await app.code(),
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
        "client_id": "poster",
    }
    wrong = await app.browser.http.post("/oidc/token", data={**fields, "client_secret": "wrong"})
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")
    right = await app.browser.http.post("/oidc/token", data={**fields, "client_secret": KEPT_SECRET})
    assert right.status_code == 200


async def test_oidcc_request_uri_and_unsigned_request_object(app: Application) -> None:
    told = answered(await app.ask(request_uri="https://app.example.org/request.jwt"))
    assert told["error"] == "request_uri_not_supported"
    told = answered(await app.ask(request="eyJhbGciOiJub25lIn0.e30."))
    assert told["error"] == "request_not_supported"


async def test_oidcc_claims_essential(app: Application) -> None:
    await know(app, givenname="Alice", surname="Anders")
    asked = json.dumps(
        {"userinfo": {"name": {"essential": True}, "nobody_knows": None}, "id_token": {"given_name": None}}
    )
    tokens = await app.tokens(claims=asked)
    assert (await app.userinfo(tokens["access_token"])).json()["name"] == "Alice Anders"
    assert (await app.claims(tokens))["given_name"] == "Alice"


async def test_oidcc_ensure_request_object_with_redirect_uri(app: Application) -> None:
    """What an object says is not read: the address outside counts, and is refused if it is not registered."""
    answer = await app.ask(request="e30.e30.", redirect_uri="https://elsewhere.example")
    assert answer.status_code == 400


async def test_oidcc_refresh_token(app: Application) -> None:
    first = await app.tokens(scope="openid email offline_access")
    await register(app.household, id="other")
    app.id = "other"
    assert (await app.refresh(first["refresh_token"])).json()["error"] == "invalid_grant"
    app.id = "app"
    app.household.clock.advance(seconds=3)
    second = (await app.refresh(first["refresh_token"])).json()
    before, after = await app.claims(first), await app.claims(second)
    for name in ("iss", "sub", "aud", "auth_time", "acr"):
        assert after[name] == before[name]
    assert after["iat"] == before["iat"] + 3
    assert second["refresh_token"] != first["refresh_token"]
    assert (await app.userinfo(second["access_token"])).status_code == 200


async def test_oidcc_ensure_request_with_valid_pkce_succeeds(app: Application) -> None:
    assert (await app.redeem(await app.code())).status_code == 200


async def test_oidcc_discovery_endpoint_verification(app: Application) -> None:
    """Of the Config plan."""
    answer = await app.browser.http.get("/.well-known/openid-configuration")
    said = answer.json()
    assert said["issuer"] == ISSUER
    assert all(said[name].startswith(ISSUER) for name in said if name.endswith(("_endpoint", "_uri")))
    assert "RS256" in said["id_token_signing_alg_values_supported"]
    assert said["request_uri_parameter_supported"] is False
    assert answer.headers["access-control-allow-origin"] == "*"
    for name in said:
        if name.endswith("_endpoint"):
            there = await app.browser.http.get(said[name])
            assert there.status_code not in {404, 500}, name
    keys = (await app.browser.http.get("/.well-known/jwks.json")).json()["keys"]
    assert len({key["kid"] for key in keys}) == len(keys) == 4
    assert not any({"d", "p", "q"} & key.keys() for key in keys)
    assert all(key["use"] == "sig" and key["alg"] for key in keys)


async def test_oidcc_key_rotation(app: Application) -> None:
    """The new key is known before it signs, and the old one as long as what it signed may come back."""
    first = await app.tokens()
    before = {key["kid"] for key in (await app.browser.http.get("/.well-known/jwks.json")).json()["keys"]}
    app.household.clock.advance(seconds=91 * DAY)
    second = await app.tokens()
    old, new = (header_of(one["id_token"])["kid"] for one in (first, second))
    after = {key["kid"] for key in (await app.browser.http.get("/.well-known/jwks.json")).json()["keys"]}
    assert old != new
    assert new in before
    assert old in after
    assert after - before
    told = answered(await app.ask(prompt="none", id_token_hint=first["id_token"]))
    assert "code" in told
    app.household.clock.advance(seconds=31 * DAY)
    kept = {key["kid"] for key in (await app.browser.http.get("/.well-known/jwks.json")).json()["keys"]}
    assert old not in kept
