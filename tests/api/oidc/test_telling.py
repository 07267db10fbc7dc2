"""Clients are told that a session has ended."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest

from tests.api.oidc.conftest import ISSUER, Application, answered, browser_of, header_of, register, seed_keys
from tests.delivery.wires import Gateway, gateway
from tests.household import Household, household_on
from tests.sending import ALLOWED
from watchword.api.oidc.telling import EVENT, tell

__all__ = ["gateway"]


@pytest.fixture
async def household(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Household]:
    where = {
        "WATCHWORD_HOME": str(tmp_path),
        "WATCHWORD_DATABASE_URL": sqlite_url,
        "WATCHWORD_OIDC_ISSUER": ISSUER,
        **ALLOWED,
    }
    async with household_on(where) as household:
        await seed_keys(household)
        yield household


@pytest.fixture
async def listening() -> AsyncIterator[Gateway]:
    async with gateway() as there:
        yield there


@pytest.fixture
async def app(household: Household, listening: Gateway) -> AsyncIterator[Application]:
    await register(household, backchannel_logout_uri=f"{listening.url}/ended")
    async with browser_of(household) as browser:
        yield Application(browser, household)


async def claims_of(app: Application, body: str) -> dict[str, Any]:
    return await app.claims({"id_token": parse_qs(body)["logout_token"][0]})


async def test_oidcc_backchannel_rp_initiated_logout(app: Application, listening: Gateway) -> None:
    tokens = await app.tokens()
    signed_in = await app.claims(tokens)
    await app.go(f"/oidc/logout?{urlencode({'id_token_hint': tokens['id_token']})}")
    await tell(app.household.house)
    [heard] = listening.heard
    assert (heard.method, heard.path) == ("POST", "/ended")
    said = await claims_of(app, heard.body)
    assert header_of(parse_qs(heard.body)["logout_token"][0])["typ"] == "logout+jwt"
    assert said["events"] == {EVENT: {}}
    assert "nonce" not in said
    assert (said["iss"], said["aud"]) == (ISSUER, "app")
    assert (said["sub"], said["sid"]) == (signed_in["sub"], signed_in["sid"])
    assert said["iat"] < said["exp"] <= said["iat"] + 120
    await tell(app.household.house)
    assert len(listening.heard) == 1, "once"


async def test_who_does_not_listen_is_told_later(app: Application, listening: Gateway) -> None:
    listening.status = 503
    tokens = await app.tokens()
    await app.go(f"/oidc/logout?{urlencode({'id_token_hint': tokens['id_token']})}")
    await tell(app.household.house)
    await tell(app.household.house)
    assert len(listening.heard) == 1
    listening.status = 204
    app.household.clock.advance(seconds=31)
    await tell(app.household.house)
    assert len(listening.heard) == 2
    app.household.clock.advance(seconds=600)
    await tell(app.household.house)
    assert len(listening.heard) == 2


async def test_what_is_told_is_no_hint(app: Application, listening: Gateway) -> None:
    tokens = await app.tokens()
    await app.go(f"/oidc/logout?{urlencode({'id_token_hint': tokens['id_token']})}")
    await tell(app.household.house)
    told = parse_qs(listening.heard[0].body)["logout_token"][0]
    assert answered(await app.ask(id_token_hint=told))["error"] == "invalid_request"
