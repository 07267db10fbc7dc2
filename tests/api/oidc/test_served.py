"""A running server with four workers, and clients that others have written."""

import asyncio
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from tests.api.oidc.conftest import CALLBACK, LEFT, VERIFIER, Application
from tests.portal.browser import Browser
from tests.serving_process import DEMO, LIMIT, Serve, Server, serve

__all__ = ["serve"]
pytestmark = pytest.mark.slow

SCRIPT = Path(__file__).parents[2] / "oidc_clients" / "openid_client.mjs"
MODULES = Path(os.environ.get("WATCHWORD_TEST_NODE_MODULES") or SCRIPT.parent / "node_modules")


class Provider:
    """A running demo, and one client that is registered with it."""

    def __init__(self, server: Server, issuer: str, secret: str) -> None:
        self.server = server
        self.issuer = issuer
        self.secret = secret


@pytest.fixture(params=["sqlite", "postgres"])
def provider(request: pytest.FixtureRequest, serve: Serve, tmp_path: Path) -> Provider:
    environment = {**DEMO, "WATCHWORD_HOME": str(tmp_path / "home")}
    if request.param == "postgres":
        environment["WATCHWORD_DATABASE_URL"] = request.getfixturevalue("postgres_url")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        listen = f"127.0.0.1:{free.getsockname()[1]}"
    server = serve("--demo", "--workers", "4", listen=listen, environment=environment)
    assert server.url == f"http://{listen}"
    words = ("oidc", "client", "add", "app", "--redirect", CALLBACK, "--after-logout", LEFT, "--acr", "pwd")
    done = subprocess.run(
        [sys.executable, "-m", "watchword.cli", *words],
        env={"PATH": "/usr/bin:/bin", **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return Provider(server, server.url, done.stdout.split("client_secret: ")[1].strip())


async def code_of(browser: Browser) -> str:
    app = Application(browser, None, id="app")  # type: ignore[arg-type]
    answer = await app.ask(scope="openid email")
    if not answer.is_redirect:
        answer = await app.log_in("alice", "demo")
    code: str = httpx2.URL(answer.headers["location"]).params["code"]
    return code


async def test_of_a_thousand_redemptions_at_once_one_succeeds_and_is_revoked(provider: Provider) -> None:
    async with httpx2.AsyncClient(base_url=provider.issuer, timeout=LIMIT, trust_env=False) as http:
        code = await code_of(Browser(http))
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
    }
    limits = httpx2.Limits(max_connections=64)
    async with httpx2.AsyncClient(
        base_url=provider.issuer,
        timeout=4 * LIMIT,
        limits=limits,
        auth=("app", provider.secret),
        trust_env=False,
    ) as http:
        answers = await asyncio.gather(*(http.post("/oidc/token", data=form) for _ in range(1000)))
        statuses = [one.status_code for one in answers]
        assert (statuses.count(200), statuses.count(400)) == (1, 999)
        [won] = [one.json() for one in answers if one.status_code == 200]
        said = await http.post("/oidc/introspect", data={"token": won["access_token"]})
        assert said.json() == {"active": False}


async def test_the_client_of_authlib_signs_somebody_in(provider: Provider) -> None:
    from authlib.integrations.httpx_client import AsyncOAuth2Client
    from joserfc import jwt
    from joserfc.jwk import KeySet

    async with httpx2.AsyncClient(base_url=provider.issuer, timeout=LIMIT, trust_env=False) as http:
        said = (await http.get("/.well-known/openid-configuration")).json()
        keys = KeySet.import_key_set((await http.get(said["jwks_uri"])).json())
        client = AsyncOAuth2Client(
            "app",
            provider.secret,
            scope="openid email offline_access",
            redirect_uri=CALLBACK,
            code_challenge_method="S256",
            trust_env=False,
        )
        where, state = client.create_authorization_url(
            said["authorization_endpoint"], code_verifier=VERIFIER, nonce="n"
        )
        app = Application(Browser(http), None)  # type: ignore[arg-type]
        await app.go(httpx2.URL(where).raw_path.decode())
        back = (await app.log_in("alice", "demo")).headers["location"]
        tokens = await client.fetch_token(
            said["token_endpoint"], authorization_response=back, state=state, code_verifier=VERIFIER
        )
        claims = jwt.decode(tokens["id_token"], keys, algorithms=["ES256"]).claims
        assert (claims["iss"], claims["nonce"], claims["acr"]) == (provider.issuer, "n", "pwd")
        person = (await client.get(said["userinfo_endpoint"])).json()
        assert (person["sub"], person["email"]) == (claims["sub"], "alice@demo.example")
        fresh = await client.refresh_token(said["token_endpoint"], tokens["refresh_token"])
        assert fresh["access_token"] != tokens["access_token"]
        assert (
            await client.revoke_token(said["revocation_endpoint"], fresh["refresh_token"])
        ).status_code == 200
        await client.aclose()


@pytest.mark.skipif(shutil.which("node") is None, reason="no node")
@pytest.mark.skipif(
    not (MODULES / "openid-client").is_dir(),
    reason="no openid-client: npm install --prefix tests/oidc_clients openid-client@6",
)
async def test_the_client_for_node_is_content(provider: Provider) -> None:
    node = shutil.which("node")
    assert node is not None
    done = await asyncio.create_subprocess_exec(
        node,
        SCRIPT,
        provider.issuer,
        "app",
        provider.secret,
        env={"PATH": "/usr/bin:/bin", "NODE_MODULES": str(MODULES), "NODE_NO_WARNINGS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    out, errors = await done.communicate()
    assert out.decode().strip() == "openid-client is content", errors.decode()
