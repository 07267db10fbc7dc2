"""A74 to A76: what is tried against an OpenID provider."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.api.oidc.conftest import (
    CALLBACK,
    ISSUER,
    KEPT_SECRET,
    LEFT,
    VERIFIER,
    Application,
    answered,
    browser_of,
    header_of,
    register,
    seed_keys,
)
from tests.household import RESOLVER, Household, household_on


@pytest.fixture
async def household(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Household]:
    where = {
        "WATCHWORD_HOME": str(tmp_path),
        "WATCHWORD_DATABASE_URL": sqlite_url,
        "WATCHWORD_OIDC_ISSUER": ISSUER,
    }
    async with household_on(where) as household:
        await seed_keys(household)
        yield household


@pytest.fixture
async def app(household: Household) -> AsyncIterator[Application]:
    await register(household)
    async with browser_of(household) as browser:
        yield Application(browser, household)


def forged(token: str, **header: object) -> str:
    """The token with another header, and the signature that it had."""
    import base64

    made = base64.urlsafe_b64encode(json.dumps(header_of(token) | header).encode()).rstrip(b"=").decode()
    return ".".join([made, *token.split(".")[1:]])


async def test_a74_an_error_is_no_open_redirect(app: Application) -> None:
    for more in ({"scope": "x"}, {"prompt": "none"}, {"response_type": "token"}):
        answer = await app.ask(redirect_uri="https://evil.example/", **more)
        assert answer.status_code == 400
        assert "evil.example" not in answer.headers.get("location", "")


async def test_a74_a_code_that_is_replayed_kills_what_came_of_it(app: Application) -> None:
    code = await app.code()
    answers = await asyncio.gather(*(app.redeem(code) for _ in range(50)))
    [won] = [one.json() for one in answers if one.status_code == 200]
    assert (await app.userinfo(won["access_token"])).status_code == 401
    assert (await app.refresh(won["refresh_token"])).status_code == 400


async def test_a74_another_client_cannot_use_a_code_that_it_got_hold_of(app: Application) -> None:
    code = await app.code()
    await register(app.household, id="thief")
    thief = Application(app.browser, app.household, id="thief")
    assert (await thief.redeem(code)).json()["error"] == "invalid_grant"
    assert (await app.redeem(code)).status_code == 200


async def test_a74_pkce_cannot_be_taken_off(app: Application) -> None:
    """A verifier for a request without a challenge, and a request without one, are both refused."""
    await register(app.household, id="old", pkce=False)
    old = Application(app.browser, app.household, id="old")
    code = await old.code(code_challenge=None, code_challenge_method=None)
    assert (await old.redeem(code, code_verifier=VERIFIER)).json()["error"] == "invalid_grant"
    told = answered(await app.ask(code_challenge=None, code_challenge_method=None))
    assert told["error"] == "invalid_request"
    told = answered(await app.ask(code_challenge=VERIFIER, code_challenge_method="plain"))
    assert told["error"] == "invalid_request"


async def test_a74_the_answer_says_who_gave_it(app: Application) -> None:
    await app.ask()
    assert answered(await app.log_in())["iss"] == ISSUER
    assert answered(await app.ask(prompt="none", max_age="x"))["iss"] == ISSUER


async def test_a74_the_issuer_is_what_was_set_whatever_the_request_calls_the_host(app: Application) -> None:
    headers = {"host": "evil.example", "x-forwarded-host": "evil.example", "forwarded": "host=evil.example"}
    said = await app.browser.http.get("/.well-known/openid-configuration", headers=headers)
    assert "evil.example" not in said.text
    assert said.json()["issuer"] == ISSUER


async def test_a74_a_nonce_belongs_to_its_request(app: Application) -> None:
    one, other = await app.tokens(nonce="one"), await app.tokens(nonce="other")
    assert (await app.claims(one))["nonce"] == "one"
    assert (await app.claims(other))["nonce"] == "other"


async def test_a74_an_acr_that_was_not_reached_is_never_told(app: Application) -> None:
    claims = await app.claims(await app.tokens(acr_values="pwd"))
    assert claims["acr"] == "pwd"
    essential = json.dumps({"id_token": {"acr": {"essential": True, "values": ["urn:high"]}}})
    told = answered(await app.ask(claims=essential))
    assert told["error"] == "unmet_authentication_requirements"
    voluntary = json.dumps({"id_token": {"acr": {"values": ["otp"]}}})
    answer = await app.ask(claims=voluntary, prompt="none")
    if "code" in answered(answer):
        assert (await app.claims((await app.redeem(answered(answer)["code"])).json()))["acr"] == "pwd"


async def test_a74_prompt_none_without_a_session_shows_no_page(app: Application) -> None:
    assert answered(await app.ask(prompt="none"))["error"] == "login_required"
    await app.code()
    hint = (await app.tokens())["id_token"]
    async with browser_of(app.household) as second:
        other = Application(second, app.household)
        await other.ask()
        await other.log_in("bob")
        told = answered(await other.ask(prompt="none", id_token_hint=hint))
    assert told["error"] == "login_required", "bob is not alice"


async def test_a74_a_clock_that_is_wrong_prolongs_nothing(app: Application) -> None:
    code = await app.code()
    app.household.clock.advance(seconds=60)
    assert (await app.redeem(code)).json()["error"] == "invalid_grant"
    tokens = await app.tokens()
    app.household.clock.advance(seconds=600)
    assert (await app.userinfo(tokens["access_token"])).status_code == 401


@pytest.mark.parametrize("algorithm", ["none", "None", "HS256", "RS256", "ES384"])
async def test_a74_tokens_with_another_algorithm_are_nobodys(app: Application, algorithm: str) -> None:
    token = (await app.tokens())["id_token"]
    wrong = forged(token, alg=algorithm)
    stripped = ".".join([*wrong.split(".")[:2], ""])
    for hint in (wrong, stripped):
        assert answered(await app.ask(id_token_hint=hint))["error"] == "invalid_request"
        query = urlencode({"id_token_hint": hint, "post_logout_redirect_uri": LEFT})
        assert (await app.go(f"/oidc/logout?{query}")).status_code == 400


async def test_a74_a_public_key_is_no_shared_secret(app: Application) -> None:
    """Key confusion: HMAC with the text of our public key."""
    from joserfc import jwt
    from joserfc.jwk import OctKey

    keys = (await app.browser.http.get("/.well-known/jwks.json")).json()["keys"]
    claims = {"iss": ISSUER, "sub": "x", "aud": "app"}
    for key in keys:
        shared = OctKey.import_key(json.dumps(key).encode())
        token = jwt.encode({"alg": "HS256", "kid": key["kid"]}, claims, shared)
        assert answered(await app.ask(id_token_hint=token))["error"] == "invalid_request"


async def test_a74_no_request_object_is_fetched(app: Application) -> None:
    """Nothing listens there: whoever tried would say so in a 5xx or in time."""
    told = answered(await app.ask(request_uri="http://127.0.0.1:9/request"))
    assert told["error"] == "request_uri_not_supported"
    assert (await app.ask(request_uri="urn:ietf:params:oauth:request_uri:guessed")).status_code == 400


async def test_a75_consent_cannot_be_given_by_a_page_elsewhere(app: Application) -> None:
    await register(app.household, id="asking", consent=True)
    app.id = "asking"
    await app.ask()
    await app.log_in()
    here = app.browser.path
    http = app.browser.http
    await http.post(here, data={"step": "allow"})
    await http.post(here, data={"step": "allow", "form": "1.00"})
    [form] = [one for one in app.browser.forms() if "step" in one.fields]
    from_elsewhere = {"sec-fetch-site": "cross-site"}
    await http.post(here, data={**form.fields, "step": "allow"}, headers=from_elsewhere)
    assert answered(await app.ask(prompt="none"))["error"] == "consent_required"


async def test_a75_a_page_elsewhere_cannot_log_anybody_out(app: Application) -> None:
    await app.code()
    http = app.browser.http
    for sent in (
        await http.get("/oidc/logout"),
        await http.post("/oidc/logout", data={"step": "leave"}),
        await http.post("/oidc/logout", data={"step": "leave", "form": "1.00"}),
        await http.get("/oidc/logout", params={"client_id": "app", "post_logout_redirect_uri": LEFT}),
    ):
        assert sent.status_code == 200
    assert "code" in answered(await app.ask(prompt="none"))


async def test_a75_the_pages_cannot_be_framed(app: Application) -> None:
    await register(app.household, id="asking", consent=True)
    app.id = "asking"
    await app.ask()
    answer = await app.log_in()
    assert answer.status_code == 200
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


async def test_a75_a_request_is_not_finished_in_another_browser(app: Application) -> None:
    """Log-in CSRF: who sends somebody their own half-way sign-in gets nowhere."""
    await app.ask()
    handle = app.browser.path
    async with browser_of(app.household) as victim:
        other = Application(victim, app.household)
        await other.code()
        for path in (handle, handle.replace("login", "continue")):
            assert (await other.go(path)).status_code == 400


async def test_a76_whoever_was_removed_gets_no_new_tokens(app: Application) -> None:
    tokens = await app.tokens(scope="openid offline_access")
    async with app.household.house.store.unit() as unit:
        await unit.people.remove(RESOLVER, ["alice"])
        await unit.configuration.touch()
    assert (await app.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await app.userinfo(tokens["access_token"])).status_code == 401
    assert answered(await app.ask(prompt="none"))["error"] == "login_required"


async def test_a76_a_client_that_was_removed_gets_nothing_any_more(app: Application) -> None:
    tokens = await app.tokens(scope="openid offline_access")
    async with app.household.house.store.unit() as unit:
        await unit.configuration.remove_client("app")
    assert (await app.refresh(tokens["refresh_token"])).json()["error"] == "invalid_client"
    assert (await app.ask()).status_code == 400


async def test_the_store_holds_no_code_no_token_and_no_secret(app: Application, tmp_path: Path) -> None:
    code = await app.code()
    tokens = (await app.redeem(code)).json()
    known = [code, tokens["access_token"], tokens["refresh_token"], tokens["id_token"], KEPT_SECRET]
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    database = app.household.house.store
    async with database.view() as view:
        rows = repr(await view.oidc.keys())
    assert not any(one.encode() in kept or one in rows for one in known)
    assert CALLBACK.encode() in kept, "it was this database"
