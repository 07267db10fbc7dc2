"""The token endpoint, and what tokens are good for afterwards."""

import asyncio
import json
from typing import Any

import pytest

from tests.api.oidc.conftest import (
    CALLBACK,
    ISSUER,
    KEPT_SECRET,
    VERIFIER,
    Application,
    answered,
    register,
)
from tests.household import RESOLVER


async def test_a_code_is_redeemed_once_however_many_come_at_once(app: Application) -> None:
    code = await app.code()
    answers = await asyncio.gather(*(app.redeem(code) for _ in range(20)))
    [won] = [one for one in answers if one.status_code == 200]
    assert {one.json()["error"] for one in answers if one is not won} == {"invalid_grant"}
    assert (await app.introspect(won.json()["access_token"])) == {"active": False}


async def test_a_code_is_good_for_a_minute(app: Application) -> None:
    code = await app.code()
    app.household.clock.advance(seconds=61)
    assert (await app.redeem(code)).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"redirect_uri": f"{CALLBACK}?x"}, "invalid_grant"),
        ({"redirect_uri": None}, "invalid_grant"),
        ({"code_verifier": "w" * 64}, "invalid_grant"),
        ({"code_verifier": None}, "invalid_grant"),
        ({"code": "unknown"}, "invalid_grant"),
        ({"code": None}, "invalid_request"),
        ({"grant_type": None}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
)
async def test_what_does_not_fit_is_refused_and_the_code_stays_good(
    app: Application, more: dict[str, str | None], error: str
) -> None:
    code = await app.code()
    answer = await app.redeem(code, **more)
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    row = await app.household.last_row()
    assert (row.action, row.success) == ("oidc/token", False)
    assert (await app.redeem(code)).status_code == 200


async def test_every_issue_of_tokens_is_written_down_without_them(app: Application) -> None:
    tokens = await app.tokens()
    row = await app.household.last_row()
    assert (row.action, row.success, row.user, row.info) == ("oidc/token", True, "alice", "app")
    assert not any(tokens[name] in repr(row) for name in ("access_token", "refresh_token", "id_token"))


async def test_a_client_that_is_not_itself_is_told_401(app: Application) -> None:
    code = await app.code()
    app.secret = "guessed"
    answer = await app.redeem(code)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert answer.headers["www-authenticate"].startswith("Basic")


async def test_a_client_speaks_only_as_it_is_registered_to(app: Application) -> None:
    form = {
        "grant_type": "authorization_code",
        "code": await app.code(),
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
        "client_id": "app",
    }
    http = app.browser.http
    for more in ({}, {"client_secret": KEPT_SECRET}):
        answer = await http.post("/oidc/token", data={**form, **more})
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    twice = await app.redeem(form["code"], client_secret=KEPT_SECRET)
    assert (twice.status_code, twice.json()["error"]) == (400, "invalid_request")


async def test_a_public_client_shows_its_verifier_alone(app: Application) -> None:
    await register(app.household, id="spa", authentication="none")
    app.id = "spa"
    form = {
        "grant_type": "authorization_code",
        "code": await app.code(),
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
        "client_id": "spa",
    }
    assert (await app.browser.http.post("/oidc/token", data=form)).status_code == 200
    refused = await app.browser.http.post("/oidc/introspect", data={"client_id": "spa", "token": "x"})
    assert refused.status_code == 401


async def test_parameters_in_the_address_a_body_of_json_and_doubled_ones_are_refused(
    app: Application,
) -> None:
    http = app.browser.http
    form = {"grant_type": "authorization_code", "code": "x", "client_id": "app", "client_secret": KEPT_SECRET}
    for answer in (
        await http.post("/oidc/token", params=form),
        await http.post("/oidc/token", json=form),
        await http.post("/oidc/token", data={**form, "code": ["x", "y"]}),
    ):
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def signed(key: Any, **claims: Any) -> str:
    from joserfc import jwt

    return jwt.encode({"alg": "ES256", "kid": "k"}, claims, key)


async def test_a_client_may_sign_an_assertion_each_once(app: Application) -> None:
    from joserfc.jwk import ECKey

    key = ECKey.generate_key("P-256", {"kid": "k"})
    jwks = json.dumps({"keys": [key.as_dict(private=False)]})
    await register(app.household, id="signer", authentication="private_key_jwt", jwks=jwks)
    now = app.household.clock.now() // 1000
    good = {"iss": "signer", "sub": "signer", "aud": ISSUER, "exp": now + 60, "jti": "1"}

    async def speak(assertion: str) -> int:
        form = {
            "token": "x",
            "client_assertion": assertion,
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        }
        return (await app.browser.http.post("/oidc/introspect", data=form)).status_code

    assert await speak(signed(key, **good)) == 200
    assert await speak(signed(key, **good)) == 401, "the same jti"
    other = ECKey.generate_key("P-256", {"kid": "k"})
    wrong = [
        signed(
            other,
            **good,
        ),
        signed(key, **{**good, "jti": "2", "aud": "https://elsewhere.example"}),
        signed(key, **{**good, "jti": "3", "exp": now - 120}),
        signed(key, **{**good, "jti": "4", "exp": now + 100_000}),
        signed(key, **{**good, "jti": "5", "sub": "app"}),
        signed(key, **{name: value for name, value in good.items() if name != "jti"}),
        "e30.e30.e30",
        "....",
        "eyJhbGciOiJub25lIn0.eyJpc3MiOiJzaWduZXIifQ.",
    ]
    for assertion in wrong:
        assert await speak(assertion) == 401, assertion
    assert await speak(signed(key, **{**good, "jti": "6", "aud": [f"{ISSUER}/oidc/token"]})) == 200


async def test_a_refresh_token_that_comes_twice_ends_its_family(app: Application) -> None:
    first = await app.tokens()
    second = (await app.refresh(first["refresh_token"])).json()
    assert (await app.refresh(first["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await app.refresh(second["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await app.introspect(second["access_token"])) == {"active": False}


async def test_of_many_refreshes_at_once_one_gets_on(app: Application) -> None:
    held = (await app.tokens())["refresh_token"]
    answers = await asyncio.gather(*(app.refresh(held) for _ in range(10)))
    assert [one.status_code for one in answers].count(200) == 1


async def test_a_refresh_may_narrow_its_scope_and_never_widen_it(app: Application) -> None:
    first = await app.tokens(scope="openid email")
    assert (await app.refresh(first["refresh_token"], scope="openid profile")).json()[
        "error"
    ] == "invalid_scope"
    second = (await app.refresh(first["refresh_token"], scope="openid")).json()
    assert second["scope"] == "openid"
    third = (await app.refresh(second["refresh_token"])).json()
    assert third["scope"] == "openid email"


async def test_without_offline_access_a_refresh_token_dies_with_the_session(app: Application) -> None:
    bound = await app.tokens()
    offline = await app.tokens(scope="openid offline_access")
    await app.go(f"/oidc/logout?id_token_hint={bound['id_token']}")
    assert (await app.refresh(bound["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await app.refresh(offline["refresh_token"])).status_code == 200


async def test_introspection_tells_how_surely_somebody_signed_in(app: Application) -> None:
    tokens = await app.tokens(scope="openid email")
    said = await app.introspect(tokens["access_token"])
    claims = await app.claims(tokens)
    assert said["active"] is True
    assert {name: said[name] for name in ("sub", "acr", "amr", "auth_time", "iss")} == {
        name: claims[name] for name in ("sub", "acr", "amr", "auth_time", "iss")
    }
    assert (said["scope"], said["client_id"], said["username"]) == ("openid email", "app", "alice")
    assert await app.introspect("unknown") == {"active": False}


async def test_a_revoked_token_takes_its_family_along_and_a_strangers_does_not(app: Application) -> None:
    tokens = await app.tokens()
    await register(app.household, id="other")
    app.id = "other"
    assert (await app.speak("/oidc/revoke", token=tokens["access_token"])).status_code == 200
    app.id = "app"
    assert (await app.introspect(tokens["access_token"]))["active"] is True
    assert (await app.speak("/oidc/revoke", token=tokens["refresh_token"])).status_code == 200
    assert (await app.introspect(tokens["access_token"])) == {"active": False}
    assert (await app.speak("/oidc/revoke", token="unknown")).status_code == 200


async def test_userinfo_without_a_good_token_says_how_to_ask(app: Application) -> None:
    tokens = await app.tokens()
    http = app.browser.http
    none = await http.get("/oidc/userinfo")
    assert (none.status_code, none.headers["www-authenticate"]) == (401, 'Bearer realm="Watchword"')
    for wrong in ("unknown", tokens["refresh_token"], tokens["id_token"]):
        answer = await app.userinfo(wrong)
        assert answer.status_code == 401
        assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    inline = await http.get("/oidc/userinfo", params={"access_token": tokens["access_token"]})
    assert inline.status_code == 401, "no token is read from an address"
    app.household.clock.advance(seconds=601)
    assert (await app.userinfo(tokens["access_token"])).status_code == 401


async def test_who_is_gone_from_the_directory_is_gone_here(app: Application) -> None:
    tokens = await app.tokens(scope="openid offline_access")
    async with app.household.house.store.unit() as unit:
        await unit.people.remove(RESOLVER, ["alice"])
        await unit.configuration.touch()
    assert (await app.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await app.userinfo(tokens["access_token"])).status_code == 401
    assert await app.introspect(tokens["access_token"]) == {"active": False}


async def test_a_pushed_request_is_good_once_for_its_client(app: Application) -> None:
    await register(app.household, id="pusher", require_pushed=True)
    app.id = "pusher"
    refused = answered(await app.ask())
    assert refused["error"] == "invalid_request"
    pushed = await app.speak("/oidc/par", **app.asked())
    assert pushed.status_code == 201
    named = {"request_uri": pushed.json()["request_uri"], "client_id": "pusher"}
    assert pushed.json()["expires_in"] == 60
    elsewhere = await app.browser.http.get("/oidc/authorize", params={**named, "client_id": "app"})
    assert elsewhere.status_code == 400
    answer = await app.browser.http.get("/oidc/authorize", params=named)
    await app.go(answer.headers["location"])
    told = answered(await app.log_in())
    assert (await app.redeem(told["code"])).status_code == 200
    assert (await app.browser.http.get("/oidc/authorize", params=named)).status_code == 400
    wrong = await app.speak("/oidc/par", **app.asked(redirect_uri="https://elsewhere.example"))
    assert (wrong.status_code, wrong.json()["error"]) == (400, "invalid_request")


async def test_a_script_of_another_origin_may_ask_what_its_token_is_good_for(app: Application) -> None:
    asked = {
        "origin": "https://app.example.org",
        "access-control-request-method": "GET",
        "access-control-request-headers": "authorization",
    }
    for path in ("/oidc/userinfo", "/oidc/token", "/.well-known/openid-configuration"):
        answer = await app.browser.http.options(path, headers=asked)
        assert answer.status_code == 204
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "authorization" in answer.headers["access-control-allow-headers"]
        assert "access-control-allow-credentials" not in answer.headers
    assert (await app.browser.http.options("/oidc/authorize", headers=asked)).status_code == 405
