"""An OpenID provider and its clients, spoken to a whole house."""

import base64
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote_plus, urlencode, urlsplit

import httpx2
import pytest
from msgspec.structs import replace

from tests.household import RESOLVER, Household, household_on
from tests.portal.browser import Browser
from watchword.api.linotp.doors import Doors
from watchword.api.oidc.doors import doors
from watchword.api.oidc.keys import ALGORITHMS
from watchword.model.oidc import CLIENT_SECRET, Client, SigningKey

ISSUER = "http://watchword.example"
CALLBACK = "https://app.example.org/callback"
LEFT = "https://app.example.org/left"
KEPT_SECRET = "s3cret: with/odd+signs %"
VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


@dataclass
class Application:
    """An application that people sign in to, and the browser that they do so with."""

    browser: Browser
    household: Household
    id: str = "app"
    secret: str = KEPT_SECRET
    sent: dict[str, str] = field(default_factory=dict)

    def asked(self, **more: str | None) -> dict[str, str]:
        """A request for sign-in; None leaves a parameter out."""
        request: dict[str, str | None] = {
            "client_id": self.id,
            "redirect_uri": CALLBACK,
            "response_type": "code",
            "scope": "openid",
            "state": "a b&c=ü",
            "nonce": "n-0S6",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            **more,
        }
        return {name: text for name, text in request.items() if text is not None}

    async def ask(self, **more: str | None) -> httpx2.Response:
        """Send the browser; where it stops, before it leaves for the application."""
        return await self.go(f"/oidc/authorize?{urlencode(self.asked(**more))}")

    async def go(self, where: str, **form: str) -> httpx2.Response:
        http = self.browser.http
        answer = await (
            http.post(where, data=form, follow_redirects=False)
            if form
            else http.get(where, follow_redirects=False)
        )
        while answer.is_redirect and self.is_here(answer.headers["location"]):
            answer = await http.get(answer.headers["location"], follow_redirects=False)
            if answer.url.path.startswith("/oidc/return/"):
                answer = await http.get(answer.url.path.replace("return", "continue"), follow_redirects=False)
        self.browser.page, self.browser.path = answer.text, answer.url.path
        self.browser.status = answer.status_code
        return answer

    @staticmethod
    def is_here(location: str) -> bool:
        return location.startswith(("/", ISSUER))

    async def log_in(self, name: str = "alice", password: str = "wonderland") -> httpx2.Response:
        """Fill in the page that the browser shows."""
        form = self.browser.forms("password")[0]
        return await self.go(form.action, **{**form.fields, "name": name, "password": password})

    async def press(self, step: str) -> httpx2.Response:
        """Press one of the buttons of the page."""
        [form] = [one for one in self.browser.forms() if "step" in one.fields]
        return await self.go(form.action, **{**form.fields, "step": step})

    async def code(self, **more: str | None) -> str:
        """A code, by logging in where that is asked for."""
        answer = await self.ask(**more)
        if not answer.is_redirect:
            answer = await self.log_in()
        return answered(answer)["code"]

    async def token(self, **fields: str | None) -> httpx2.Response:
        """The token endpoint, as this client with HTTP Basic."""
        return await self.speak("/oidc/token", **fields)

    async def speak(self, path: str, **fields: str | None) -> httpx2.Response:
        joined = f"{quote_plus(self.id)}:{quote_plus(self.secret)}"
        header = base64.b64encode(joined.encode()).decode()
        form = {name: text for name, text in fields.items() if text is not None}
        return await self.browser.http.post(path, data=form, headers={"authorization": f"Basic {header}"})

    async def redeem(self, code: str, /, **more: str | None) -> httpx2.Response:
        fields: dict[str, str | None] = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
            "code_verifier": VERIFIER,
            **more,
        }
        return await self.token(**fields)

    async def tokens(self, **more: str | None) -> dict[str, Any]:
        """All tokens of one sign-in."""
        answer = await self.redeem(await self.code(**more))
        assert answer.status_code == 200, answer.text
        tokens: dict[str, Any] = answer.json()
        return tokens

    async def refresh(self, token: str, **more: str) -> httpx2.Response:
        return await self.token(grant_type="refresh_token", refresh_token=token, **more)

    async def userinfo(self, access: str) -> httpx2.Response:
        return await self.browser.http.get("/oidc/userinfo", headers={"authorization": f"Bearer {access}"})

    async def introspect(self, token: str) -> dict[str, Any]:
        answer = await self.speak("/oidc/introspect", token=token)
        assert answer.status_code == 200, answer.text
        said: dict[str, Any] = answer.json()
        return said

    async def claims(self, tokens: dict[str, Any]) -> dict[str, Any]:
        """What the ID token says, its signature checked against the published keys."""
        from joserfc import jwt
        from joserfc.jwk import KeySet

        keys = (await self.browser.http.get("/.well-known/jwks.json")).json()
        token = jwt.decode(tokens["id_token"], KeySet.import_key_set(keys), algorithms=["ES256", "RS256"])
        claims: dict[str, Any] = token.claims
        return claims


def answered(answer: httpx2.Response) -> dict[str, str]:
    """What the application is told in the address that the browser is sent to."""
    assert answer.is_redirect, (answer.status_code, answer.text)
    location = answer.headers["location"]
    assert location.startswith("https://app.example.org/"), location
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


def header_of(token: str) -> dict[str, Any]:
    """The header of a JWT."""
    encoded = token.split(".", maxsplit=1)[0]
    header: dict[str, Any] = json.loads(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    return header


async def register(household: Household, secret: str = KEPT_SECRET, **fields: Any) -> Client:
    """A client, straight into the store."""
    identifier = fields.pop("id", "app")
    client = Client(
        **{
            "id": identifier,
            "secret": household.house.ring.fingerprint(CLIENT_SECRET, identifier, secret),
            "redirect_uris": (CALLBACK,),
            "post_logout_redirect_uris": (LEFT,),
            "default_acr_values": ("pwd",),
            **fields,
        }
    )
    async with household.house.store.unit() as unit:
        await unit.configuration.put_client(client)
    return client


async def know(app: Application, login: str = "alice", **attributes: str) -> None:
    """The directory says this of somebody."""
    async with app.household.house.store.unit() as unit:
        person = await unit.people.find(RESOLVER, login)
        assert person is not None
        await unit.people.put([replace(person, attributes=attributes)])
        await unit.configuration.touch()


@asynccontextmanager
async def browser_of(household: Household) -> AsyncIterator[Browser]:
    from watchword.api import linotp
    from watchword.app import page_doors

    application: Any = Doors(household.house, (*linotp.doors(), *page_doors(), *doors()))
    transport = httpx2.ASGITransport(app=application, client=("192.0.2.7", 40000))
    async with httpx2.AsyncClient(transport=transport, base_url=ISSUER) as http:
        yield Browser(http)


_KEYS: dict[tuple[str, str], dict[bool, Any]] = {}
"""Made once for all tests: a key of RSA takes a second."""


async def seed_keys(household: Household) -> None:
    """The signing keys that a fresh provider would make for itself."""
    from joserfc.jwk import ECKey, RSAKey

    house, now = household.house, household.clock.now()
    async with house.store.unit() as unit:
        for algorithm in ALGORITHMS:
            for state in ("current", "next"):
                parameters: Any = {"use": "sig", "alg": algorithm, "kid": f"{algorithm}-{state}"}
                if (algorithm, state) not in _KEYS:
                    made: Any = (
                        ECKey.generate_key("P-256", parameters)
                        if algorithm == "ES256"
                        else RSAKey.generate_key(2048, parameters)
                    )
                    _KEYS[algorithm, state] = {
                        secret: made.as_dict(private=secret) for secret in (True, False)
                    }
                known = _KEYS[algorithm, state]
                context = ("oidc", parameters["kid"], "key")
                await unit.oidc.add_key(
                    SigningKey(
                        id=parameters["kid"],
                        algorithm=algorithm,
                        state=state,
                        public=json.dumps(known[False]),
                        private=house.ring.seal(context, json.dumps(known[True]).encode()),
                        created=now,
                        since=now,
                    )
                )


@pytest.fixture
async def household(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Household]:
    """Alice and bob in realm demo, a clock that stands still, and a provider."""
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
    """A client with a secret, and a browser in which nobody is signed in."""
    await register(household)
    async with browser_of(household) as browser:
        yield Application(browser, household)
