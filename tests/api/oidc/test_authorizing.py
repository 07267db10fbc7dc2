"""The authorization endpoint: what is refused where, consent, logout, devices."""

from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.oidc.conftest import (
    CALLBACK,
    ISSUER,
    LEFT,
    Application,
    answered,
    browser_of,
    register,
)


@pytest.mark.parametrize(
    "more",
    [
        {"client_id": "nobody"},
        {"client_id": None},
        {"client_id": ""},
        {"redirect_uri": None},
        {"redirect_uri": f"{CALLBACK}#fragment"},
        {"redirect_uri": CALLBACK.upper()},
        {"redirect_uri": f"{CALLBACK}/../callback"},
        {"redirect_uri": f"{CALLBACK}?a=b"},
        {"redirect_uri": "https://app.example.org.evil.example/callback"},
        {"redirect_uri": "https://app.example.org@evil.example/callback"},
        {"redirect_uri": "javascript:alert(1)"},
        {"redirect_uri": "http://127.0.0.1:8080/callback"},
    ],
)
async def test_whoever_cannot_be_sure_of_is_sent_nowhere(
    app: Application, more: dict[str, str | None]
) -> None:
    answer = await app.ask(**more)
    assert answer.status_code == 400
    assert "location" not in answer.headers
    assert "text/html" in answer.headers["content-type"]
    row = await app.household.last_row()
    assert (row.action, row.success) == ("oidc/authorize", False)


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"scope": None}, "invalid_scope"),
        ({"scope": "email"}, "invalid_scope"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "whatever"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"max_age": "ten"}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"claims": "{"}, "invalid_request"),
        ({"claims": "[]"}, "invalid_request"),
        ({"claims": "[" * 10_000}, "invalid_request"),
        ({"id_token_hint": "e30.e30.e30"}, "invalid_request"),
        ({"nonce": "n" * 5000}, "invalid_request"),
    ],
)
async def test_what_is_wrong_is_told_to_the_client(
    app: Application, more: dict[str, str | None], error: str
) -> None:
    told = answered(await app.ask(**more))
    assert told["error"] == error
    assert told["state"] == "a b&c=ü"
    assert told["iss"] == ISSUER


async def test_a_doubled_parameter_is_refused(app: Application) -> None:
    request = urlencode(app.asked())
    told = answered(await app.go(f"/oidc/authorize?{request}&scope=openid"))
    assert told["error"] == "invalid_request"
    for doubled in ("client_id=app", f"redirect_uri={CALLBACK}"):
        answer = await app.go(f"/oidc/authorize?{request}&{doubled}")
        assert answer.status_code == 400


async def test_an_app_on_a_computer_may_listen_at_any_port_of_itself(app: Application) -> None:
    uris = ("http://127.0.0.1/cb", "http://[::1]/cb")
    await register(app.household, id="native", authentication="none", redirect_uris=uris)
    app.id = "native"
    for good in ("http://127.0.0.1:49152/cb", "http://[::1]:1024/cb", "http://127.0.0.1/cb"):
        assert (await app.ask(redirect_uri=good)).status_code == 200, good
    for bad in (
        "http://127.0.0.1:1/cb?x",
        "http://127.0.0.1:1@evil.example/cb",
        "http://localhost:1/cb",
        "http://127.0.0.1:99999/cb",
        "http://127.0.0.2:1/cb",
        "https://127.0.0.1:1/cb",
        "http://user@127.0.0.1:1/cb",
    ):
        assert (await app.ask(redirect_uri=bad)).status_code == 400, bad


async def test_consent_is_asked_once_and_can_be_refused(app: Application) -> None:
    await register(app.household, id="asking", consent=True, name="The <b>wiki</b>")
    app.id = "asking"
    await app.ask(scope="openid email")
    await app.log_in()
    assert "The &lt;b&gt;wiki&lt;/b&gt;" in app.browser.page
    assert "your mail address" in app.browser.text
    told = answered(await app.ask(scope="openid email", prompt="none"))
    assert told["error"] == "consent_required"
    await app.ask(scope="openid email")
    answer = await app.press("deny")
    assert "error=access_denied" in answer.text
    await app.ask(scope="openid email")
    assert "code" in answered(await app.press("allow"))
    assert "code" in answered(await app.ask(scope="openid email"))
    assert (await app.ask(scope="openid profile")).status_code == 200, "another scope is asked for"
    assert (await app.ask(scope="openid", prompt="consent")).status_code == 200


async def test_a_logout_with_a_token_of_the_session_goes_back_to_the_application(app: Application) -> None:
    tokens = await app.tokens()
    query = urlencode({"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": LEFT, "state": "s"})
    answer = await app.go(f"/oidc/logout?{query}")
    assert answer.headers["location"] == f"{LEFT}?state=s"
    assert answered(await app.ask(prompt="none"))["error"] == "login_required"


async def test_a_logout_without_a_token_is_put_to_the_person_and_leads_nowhere(app: Application) -> None:
    await app.tokens()
    query = urlencode({"client_id": "app", "post_logout_redirect_uri": LEFT})
    answer = await app.go(f"/oidc/logout?{query}")
    assert answer.status_code == 200
    assert "code" in answered(await app.ask(prompt="none")), "still signed in"
    await app.go(f"/oidc/logout?{query}")
    answer = await app.press("leave")
    assert answer.status_code == 200
    assert LEFT not in answer.text
    assert answered(await app.ask(prompt="none"))["error"] == "login_required"


@pytest.mark.parametrize(
    "more",
    [
        {"post_logout_redirect_uri": "https://evil.example/"},
        {"post_logout_redirect_uri": f"{LEFT}?x"},
        {"id_token_hint": "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0."},
        {"client_id": "other"},
    ],
)
async def test_a_logout_that_is_not_right_is_refused_on_a_page(
    app: Application, more: dict[str, str]
) -> None:
    tokens = await app.tokens()
    sent = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": LEFT, **more}
    answer = await app.go(f"/oidc/logout?{urlencode(sent)}")
    assert answer.status_code == 400
    assert "location" not in answer.headers
    assert "code" in answered(await app.ask(prompt="none"))


async def test_a_device_waits_until_somebody_says_yes(app: Application) -> None:
    begun = (await app.speak("/oidc/device_authorization", scope="openid email")).json()
    fields = {
        "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
        "device_code": begun["device_code"],
    }
    assert (await app.token(**fields)).json()["error"] == "authorization_pending"
    app.household.clock.advance(seconds=2)
    assert (await app.token(**fields)).json()["error"] == "slow_down"
    await app.go("/oidc/device")
    [form] = [one for one in app.browser.forms() if "user_code" in one.fields]
    await app.go(form.action, **{**form.fields, "user_code": "XXXX-XXXX"})
    assert "not known" in app.browser.text
    [form] = [one for one in app.browser.forms() if "user_code" in one.fields]
    typed = begun["user_code"].lower().replace("-", " ")
    await app.go(form.action, **{**form.fields, "user_code": typed})
    await app.log_in()
    await app.press("allow")
    assert "connected" in app.browser.text
    app.household.clock.advance(seconds=6)
    tokens = await app.token(**fields)
    assert tokens.status_code == 200, tokens.text
    assert (await app.userinfo(tokens.json()["access_token"])).status_code == 200
    assert (await app.token(**fields)).json()["error"] == "invalid_grant", "once"


async def test_a_device_code_is_over_in_time_and_can_be_refused(app: Application) -> None:
    fields = {"grant_type": "urn:ietf:params:oauth:grant-type:device_code"}
    refused, late = [(await app.speak("/oidc/device_authorization", scope="openid")).json() for _ in range(2)]
    await app.go(f"/oidc/device?user_code={refused['user_code']}")
    [form] = [one for one in app.browser.forms() if "user_code" in one.fields]
    await app.go(form.action, **form.fields)
    await app.log_in()
    await app.press("deny")
    told = (await app.token(**fields, device_code=refused["device_code"])).json()
    assert told["error"] == "access_denied"
    app.household.clock.advance(seconds=601)
    told = (await app.token(**fields, device_code=late["device_code"])).json()
    assert told["error"] == "expired_token"


async def test_user_codes_cannot_be_guessed_for_long(app: Application) -> None:
    begun = (await app.speak("/oidc/device_authorization", scope="openid")).json()
    await app.go("/oidc/device")
    [form] = [one for one in app.browser.forms() if "user_code" in one.fields]
    for _ in range(20):
        await app.go(form.action, **{**form.fields, "user_code": "XXXX-XXXX"})
    await app.go(form.action, **{**form.fields, "user_code": begun["user_code"]})
    assert "not known" in app.browser.text


async def test_a_sign_in_is_gone_on_with_in_the_browser_that_began_it(app: Application) -> None:
    await app.ask()
    here = app.browser.path
    async with browser_of(app.household) as other:
        for path in (here, here.replace("login", "continue"), here.replace("login", "return")):
            assert (await other.http.get(path)).status_code == 400


NAMES = (
    "client_id",
    "redirect_uri",
    "scope",
    "claims",
    "prompt",
    "max_age",
    "state",
    "id_token_hint",
    "nonce",
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(NAMES), value=st.text(max_size=60))
async def test_nothing_that_is_sent_breaks_the_door_or_leads_to_a_stranger(
    app: Application, name: str, value: str
) -> None:
    request = {**app.asked(), name: value.encode("utf-8", "replace").decode()}
    answer = await app.browser.http.get("/oidc/authorize", params=request, follow_redirects=False)
    assert answer.status_code in {303, 400}
    if answer.status_code == 303:
        assert answer.headers["location"].startswith((f"{CALLBACK}?", "/oidc/continue/"))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.sampled_from(["token", "par", "introspect", "revoke", "device_authorization"]),
    body=st.binary(max_size=80),
    header=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40),
)
async def test_nothing_that_is_posted_breaks_the_doors_for_programs(
    app: Application, path: str, body: bytes, header: str
) -> None:
    headers = {"authorization": f"Basic {header}", "content-type": "application/x-www-form-urlencoded"}
    answer = await app.browser.http.post(f"/oidc/{path}", content=body, headers=headers)
    assert answer.status_code in {400, 401}
    assert answer.json()["error"]
