"""One's own factors in a real browser: the first one, by keyboard alone, without scripts, and what every page looks like."""

import base64
import re
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from tests.api.caller import ADMIN, ADMIN_PASSWORD
from tests.browsing import Browse, Window, browse, chromium, demo
from tests.serving_process import Server
from watchword.clock import SystemClock
from watchword.crypto.otp import hotp, totp_step

__all__ = ["browse", "chromium", "demo"]

LOGIN, HOME = "/selfservice/login", "/selfservice/"
RIGHTS = (
    "enrollTOTP, enrollHMAC, enrollSMS, enrollEMAIL, enrollRECOVERY, enrollMOTP, enrollPW, verify, resync, reset, "
    "enable, disable, delete, unassign, assign, getserial, setOTPPIN, setMOTPPIN, setDescription, history"
)

MOST = 60_000
"""Bytes of a page, without what browsers keep."""

Call = Callable[..., None]


@pytest.fixture(scope="module")
def admin(demo: Server) -> Iterator[Call]:
    """An administrator's calls."""
    with httpx2.Client(base_url=demo.url, trust_env=False) as http:
        http.post("/admin/login", data={"username": ADMIN, "password": ADMIN_PASSWORD})
        csrf = {"X-CSRF-TOKEN": http.cookies["csrf_access_token"]}

        def call(path: str, **fields: str) -> None:
            answer = http.post(path, data=fields, headers=csrf)
            assert answer.json()["result"]["status"] is True, answer.text

        yield call


@pytest.fixture(scope="module", autouse=True)
def rights(admin: Call) -> None:
    admin("/system/setPolicy", name="own", scope="selfservice", action=RIGHTS, realm="demo")
    admin("/system/setPolicy", name="app", scope="enrollment", action="tokenissuer=Example", realm="demo")


def now_code(url: str, later: int = 0) -> str:
    """What an app shows that has scanned this."""
    [secret] = parse_qs(urlsplit(url).query)["secret"]
    seed = base64.b32decode(secret + "=" * (-len(secret) % 8))
    return hotp(seed, totp_step(SystemClock().now() + later, 30))


def log_in(window: Window, name: str) -> None:
    window.page.get_by_label("User name").fill(name)
    window.page.get_by_label("Password", exact=True).fill("demo")
    window.page.get_by_role("button", name="Log in").click()


def app_url(window: Window) -> str:
    return window.page.get_by_role("link", name="I am on my phone").get_attribute("href") or ""


@pytest.mark.parametrize(("scripts", "name"), [(True, "alice"), (False, "bob")])
def test_the_first_app_takes_no_more_than_eight_interactions(
    browse: Browse, scripts: bool, name: str
) -> None:
    window = browse("/", scripts=scripts)
    page, done = window.page, 0
    for label, text in (("User name", name), ("Password", "demo")):
        page.get_by_label(label, exact=True).fill(text)
        done += 1
    for button in (
        page.get_by_role("button", name="Log in"),
        page.get_by_role("link", name="Begin"),
        page.get_by_role("button", name="App on my phone"),
    ):
        button.click()
        done += 1
    page.get_by_label("Code").fill(now_code(app_url(window)))
    page.get_by_role("button", name="Confirm").click()
    done += 2
    page.get_by_role("heading", name="It works.").wait_for()
    page.get_by_role("button", name="Done").click()
    done += 1
    page.get_by_role("heading", name="Recovery codes").wait_for()
    assert done <= 8
    page.get_by_role("link", name="Not now").click()
    page.get_by_role("link", name="My phone").wait_for()


@pytest.mark.parametrize("scripts", [True, False])
def test_the_first_app_is_set_up_by_the_keyboard_alone(browse: Browse, admin: Call, scripts: bool) -> None:
    window = browse("/", scripts=scripts)
    page, keyboard = window.page, window.page.keyboard
    admin("/admin/remove", user="alice", realm="demo")

    def reach(name: str) -> None:
        """Press Tab until an element of this name has the focus."""
        for _ in range(40):
            words = page.evaluate(
                "() => { const it = document.activeElement;"
                " return it.matches('body, main') ? '' : it.innerText || it.labels?.[0]?.innerText || '' }"
            )
            if name in words:
                return
            keyboard.press("Tab")
        raise AssertionError(f"the keyboard does not reach {name}")

    keyboard.type("alice")
    keyboard.press("Tab")
    keyboard.type("demo")
    keyboard.press("Enter")
    page.get_by_role("heading", name="Hello").wait_for()
    reach("Begin")
    keyboard.press("Enter")
    page.get_by_role("heading", name="Add a factor").wait_for()
    reach("App on my phone")
    keyboard.press("Enter")
    page.get_by_role("heading", name="Scan this").wait_for()
    right = now_code(app_url(window))
    reach("I cannot scan this")
    keyboard.press("Enter")
    page.get_by_text("Type this key").wait_for()
    reach("Code")
    keyboard.type(right)
    keyboard.press("Enter")
    page.get_by_role("heading", name="It works.").wait_for()
    keyboard.press("Enter")
    page.get_by_role("heading", name="Recovery codes").wait_for()


def test_the_pages_speak_german(browse: Browse, admin: Call) -> None:
    admin("/admin/remove", user="bob", realm="demo")
    admin("/admin/init", type="totp", user="bob", realm="demo", genkey="1", description="Mein Telefon")
    window = browse(LOGIN, language="de")
    window.page.get_by_label("Benutzername").fill("bob")
    window.page.get_by_label("Kennwort").fill("demo")
    window.page.keyboard.press("Enter")
    window.page.get_by_role("heading", name="Meine Faktoren").wait_for()
    window.check()
    window.shoot("portal-german")
    window.page.get_by_role("link", name="Mein Telefon").click()
    window.page.get_by_role("heading", name="Mein Telefon").wait_for()
    window.check()


def test_every_page_looks_right(browse: Browse) -> None:
    window = browse(LOGIN)
    page = window.page

    def look(name: str) -> None:
        window.check()
        window.shoot(f"portal-{name}")
        assert len(page.content()) < MOST

    log_in(window, "carol")
    page.get_by_role("heading", name="Hello").wait_for()
    look("first")
    page.get_by_role("link", name="Begin").click()
    look("choose")
    page.get_by_role("button", name="App on my phone").click()
    page.get_by_role("heading", name="Scan this").wait_for()
    look("set-up")
    url = app_url(window)
    page.reload()
    assert app_url(window) == url
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Confirm").click()
    page.get_by_text("not accepted").wait_for()
    look("set-up-wrong")
    window.visit(HOME)
    look("unfinished")
    page.get_by_role("link", name="Go on").click()
    page.get_by_label("Code").fill(now_code(url))
    page.get_by_role("button", name="Confirm").click()
    page.get_by_role("heading", name="It works.").wait_for()
    look("name")
    page.get_by_role("button", name="Done").click()
    page.get_by_role("button", name="Show the codes").wait_for()
    look("recovery")
    page.get_by_role("button", name="Show the codes").click()
    page.get_by_text("never again").wait_for()
    look("recovery-codes")
    page.get_by_role("link", name="I have put them away").click()
    page.get_by_role("link", name="Add a factor").first.click()
    page.get_by_role("link", name="Text message").click()
    look("sms-number")
    page.get_by_role("button", name="Go on").click()
    page.get_by_text("We sent a code").wait_for()
    look("sms-code")
    inbox = browse("/dev/inbox", beside=window)
    page.get_by_label("Code").fill(inbox.page.locator(".copied code").first.inner_text())
    page.get_by_role("button", name="Confirm").click()
    page.get_by_role("heading", name="It works.").wait_for()
    page.get_by_role("button", name="Done").click()
    page.get_by_role("heading", name="My factors").wait_for()
    look("factors")
    page.get_by_role("link", name="My phone").click()
    page.get_by_role("heading", name="My phone").wait_for()
    look("factor")
    address = page.url
    for deed in ("test", "rename", "pin", "resync", "disable", "delete", "unassign"):
        window.visit(f"{address}/{deed}")
        look(f"deed-{deed}")
    window.visit("/selfservice/log-ins")
    look("log-ins")
    page.get_by_role("link", name=re.compile("That was not me")).first.click()
    look("not-me")
    window.visit("/selfservice/sessions")
    look("sessions")
    window.visit("/selfservice/take")
    look("take")
