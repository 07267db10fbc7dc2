"""The log-in in a real browser: by keyboard alone, with scripts and without, and with going back."""

import httpx2
import pytest

from tests.api.caller import ADMIN, ADMIN_PASSWORD
from tests.browsing import Browse, Window, browse, chromium, demo
from tests.household import SEED
from tests.serving_process import Server
from watchword.crypto.otp import hotp

__all__ = ["browse", "chromium", "demo"]

LOGIN, HOME = "/selfservice/login", "/selfservice/"
codes = iter(hotp(SEED, counter) for counter in range(1000))
"""Alice's, each of them good once."""


@pytest.fixture(scope="module", autouse=True)
def portal(demo: Server) -> None:
    """Alice and carol need a second factor; alice has two to choose from."""
    with httpx2.Client(base_url=demo.url, trust_env=False) as http:
        http.post("/admin/login", data={"username": ADMIN, "password": ADMIN_PASSWORD})
        csrf = {"X-CSRF-TOKEN": http.cookies["csrf_access_token"]}

        def call(path: str, **fields: str) -> None:
            answer = http.post(path, data=fields, headers=csrf)
            assert answer.json()["result"]["status"] is True, answer.text

        call(
            "/system/setPolicy",
            name="mfa",
            scope="selfservice",
            action="mfa_login",
            realm="demo",
            user="alice, carol",
        )
        for user in ("alice", "carol"):
            call("/admin/init", type="sms", user=user, realm="demo", phone="+49 170 1234567")
        call(
            "/admin/init",
            type="hmac",
            user="alice",
            realm="demo",
            otpkey=SEED.hex(),
            description="My key ring",
        )


def type_password(window: Window, name: str, password: str = "demo") -> None:
    """By the keyboard: the field for the name has the focus from the beginning."""
    window.page.keyboard.type(name)
    window.page.keyboard.press("Tab")
    window.page.keyboard.type(password)
    window.page.keyboard.press("Enter")


def newest_code(window: Window, browse: Browse) -> str:
    inbox = browse("/dev/inbox", beside=window)
    return inbox.page.locator(".copied code").first.inner_text()


def arrived(window: Window, path: str = HOME) -> bool:
    window.page.wait_for_url(f"**{path}")
    return window.page.get_by_role("heading", level=1).inner_text().startswith(("Hello", "My factors"))


@pytest.mark.parametrize("scripts", [True, False])
def test_a_code_that_was_sent_lets_in_by_the_keyboard_alone(browse: Browse, scripts: bool) -> None:
    window = browse("/", scripts=scripts)
    type_password(window, "carol")
    window.page.get_by_role("heading", name="Text message").wait_for()
    assert "••• 67" in window.page.inner_text("main")
    window.page.keyboard.type("000000")
    window.page.keyboard.press("Enter")
    window.page.get_by_text("not accepted").first.wait_for()
    if not scripts:
        window.page.locator("[name=code]").focus()
    window.page.keyboard.type(newest_code(window, browse))
    window.page.keyboard.press("Enter")
    assert arrived(window)


@pytest.mark.parametrize("scripts", [True, False])
def test_one_of_several_ways_is_chosen_by_the_keyboard(browse: Browse, scripts: bool) -> None:
    window = browse(LOGIN, scripts=scripts)
    type_password(window, "alice")
    card = window.page.get_by_role("button", name="My key ring")
    card.wait_for()
    for _ in range(30):
        window.page.keyboard.press("Tab")
        if card.evaluate("it => it === document.activeElement"):
            break
    window.page.keyboard.press("Enter")
    window.page.get_by_label("Code").wait_for()
    window.page.keyboard.type(next(codes))
    window.page.keyboard.press("Enter")
    assert arrived(window)


def test_nothing_is_wrong_with_the_pages(browse: Browse) -> None:
    window = browse(LOGIN)
    window.check()
    window.shoot("journey-password")
    type_password(window, "alice", "wrong")
    window.page.get_by_text("was not accepted").wait_for()
    window.check()
    window.shoot("journey-refused")
    window.visit(LOGIN)
    type_password(window, "alice")
    window.page.get_by_role("heading", name="How do you want to confirm?").wait_for()
    window.check()
    window.shoot("journey-choose")
    window.page.get_by_role("button", name="Text message").click()
    window.page.get_by_role("heading", name="Text message").wait_for()
    window.check()
    window.shoot("journey-sent")
    window.page.get_by_role("button", name="Choose another way").click()
    window.page.get_by_role("button", name="My key ring").click()
    window.page.get_by_label("Code").fill("000000")
    window.page.get_by_role("button", name="Confirm").click()
    window.page.get_by_text("not accepted").first.wait_for()
    window.check()
    window.shoot("journey-typed")
    window.page.get_by_label("Code").fill(next(codes))
    window.page.get_by_role("button", name="Confirm").click()
    assert arrived(window)
    window.check()
    window.shoot("portal-home")
    window.visit("/selfservice/sessions")
    window.check()
    window.shoot("portal-sessions")


@pytest.mark.parametrize("path", [LOGIN, HOME])
def test_pages_fit_into_a_very_small_window(browse: Browse, path: str) -> None:
    window = browse(path, width=320, height=500)
    assert window.overhang() == 0
    type_password(window, "alice")
    window.page.get_by_role("button", name="My key ring").wait_for()
    assert window.overhang() == 0


@pytest.mark.parametrize("scripts", [True, False])
def test_going_back_does_no_harm(browse: Browse, scripts: bool) -> None:
    window = browse(LOGIN, scripts=scripts)
    type_password(window, "bob")
    assert arrived(window)
    window.page.go_back()
    assert arrived(window)
    window.page.get_by_role("button", name="Log out").click()
    window.page.get_by_text("You are logged out.").wait_for()
    window.page.go_back()
    window.page.get_by_label("User name").wait_for()


def test_the_button_to_send_again_counts_down(browse: Browse) -> None:
    window = browse(LOGIN)
    type_password(window, "carol")
    button = window.page.get_by_role("button", name="Send it again")
    button.wait_for()
    assert button.get_attribute("aria-disabled") == "true" or button.is_disabled()
    window.page.get_by_role("button", name="Cancel the log-in").click()
    window.page.get_by_text("The log-in was cancelled.").wait_for()


def test_the_pages_speak_german(browse: Browse) -> None:
    window = browse(LOGIN, language="de")
    type_password(window, "alice")
    window.page.get_by_role("heading", name="Wie möchten Sie bestätigen?").wait_for()
    window.check()
