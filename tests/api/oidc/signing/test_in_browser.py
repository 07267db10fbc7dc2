"""A log-in with text message in a real browser: from the application and back, with a Twilio of our own."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest

from tests.api.caller import ADMIN, ADMIN_PASSWORD
from tests.browsing import Browse, Window, browse, chromium
from tests.sending import ALLOWED
from tests.serving_process import DEMO, Server

__all__ = ["browse", "chromium"]

CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
"""Of RFC 7636, appendix B."""


class Elsewhere(BaseHTTPRequestHandler):
    """A Twilio for POST, and an application for GET."""

    sent: list[str] = []  # noqa: RUF012  what all of them were sent

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
        self.sent.append(form["Body"][0])
        self._say(201, "application/json", b'{"sid": "SM1", "status": "queued"}')

    def do_GET(self) -> None:
        self._say(
            200, "text/html; charset=utf-8", b"<!DOCTYPE html><title>Application</title><h1>Welcome</h1>"
        )

    def _say(self, status: int, media: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", media)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_said: object) -> None:
        """Nobody listens."""


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[str]:
    """Where both are."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, elsewhere: str) -> Iterator[Server]:
    """A demo with an application, the method twilio_sms, and carol, who has a telephone."""
    home = tmp_path_factory.mktemp("demo")
    where = {"WATCHWORD_HOME": str(home), **DEMO, **ALLOWED}
    server = Server("--listen", "127.0.0.1:0", "--demo", environment=where)
    server.port()
    _prepare(server, home, elsewhere)
    yield server
    server.close()


def _prepare(server: Server, home: Path, elsewhere: str) -> None:
    token = home / "token"
    token.write_text("hush-hush")
    words = ("twilio_sid=AC1", f"twilio_token=file:{token}", "from_number=+15005550006", f"url={elsewhere}")
    back = f"{elsewhere}/callback"
    for said in (
        ("client", "add", "app", "--redirect", back, "--title", "The wiki"),
        ("method", "set", "twilio_sms", *words),
        ("method", "enable", "twilio_sms"),
    ):
        subprocess.run(
            [sys.executable, "-m", "watchword.cli", "oidc", *said, "--home", home],
            check=True,
            stdout=subprocess.DEVNULL,
        )
    with httpx2.Client(base_url=server.url, trust_env=False) as http:
        http.post("/admin/login", data={"username": ADMIN, "password": ADMIN_PASSWORD})
        csrf = {"X-CSRF-TOKEN": http.cookies["csrf_access_token"]}
        for path, fields in (
            ("/admin/init", {"type": "sms", "user": "carol", "realm": "demo", "phone": "+49 170 1234567"}),
            (
                "/system/setPolicy",
                {
                    "name": "may",
                    "scope": "selfservice",
                    "action": "enrollSMS",
                    "realm": "*",
                    "user": "*",
                },
            ),
        ):
            answer = http.post(path, data=fields, headers=csrf)
            assert answer.json()["result"]["status"] is True, answer.text


def request(elsewhere: str, acr: str = "twilio_sms") -> str:
    """The address to which the application sends the browser."""
    asked = {
        "client_id": "app",
        "redirect_uri": f"{elsewhere}/callback",
        "response_type": "code",
        "scope": "openid",
        "state": "s1",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        "acr_values": acr,
    }
    return f"/oidc/authorize?{urlencode(asked)}"


def type_password(window: Window, name: str) -> None:
    """By the keyboard: the field for the name has the focus."""
    window.page.keyboard.type(name)
    window.page.keyboard.press("Tab")
    window.page.keyboard.type("demo")
    window.page.keyboard.press("Enter")


def told(window: Window) -> dict[str, list[str]]:
    """What the application is told."""
    window.page.wait_for_url("**/callback?**")
    return parse_qs(urlsplit(window.page.url).query)


@pytest.mark.parametrize("scripts", [True, False])
def test_password_and_code_lead_back_to_the_application(
    browse: Browse, elsewhere: str, scripts: bool
) -> None:
    window = browse(request(elsewhere), scripts=scripts)
    type_password(window, "carol")
    window.page.get_by_role("heading", name="Text message").wait_for()
    assert "••• 67" in window.page.inner_text("main")
    if not scripts:
        window.page.locator("[name=code]").focus()
    window.page.keyboard.type(Elsewhere.sent[-1])
    window.page.keyboard.press("Enter")
    assert "code" in told(window)


def test_cancelling_leads_back_too(browse: Browse, elsewhere: str) -> None:
    window = browse(request(elsewhere))
    window.page.get_by_role("button", name="Cancel the log-in").click()
    assert told(window)["error"] == ["access_denied"]


@pytest.mark.parametrize(("language", "name"), [("en", "alice"), ("de", "bob")])
def test_nothing_is_to_be_said_against_any_of_the_pages(
    browse: Browse, elsewhere: str, language: str, name: str
) -> None:
    window = browse(request(elsewhere), language=language, width=360)
    window.check()
    type_password(window, name)
    window.page.locator("[name=number]").wait_for()
    window.check()
    window.page.keyboard.type("+49 171 7654321")
    window.page.keyboard.press("Enter")
    window.page.locator("[name=code]").wait_for()
    window.check()
    window.page.keyboard.type(Elsewhere.sent[-1])
    window.page.keyboard.press("Enter")
    assert "code" in told(window)
