"""The pages of the example, in a real browser."""

import hashlib
import hmac
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.api.caller import ADMIN, ADMIN_PASSWORD
from tests.browsing import Browse, Window, browse, chromium
from tests.serving_process import DEMO, Server

__all__ = ["browse", "chromium", "demo"]
EXAMPLE = Path(__file__).parents[3] / "examples/plugins/linotp_form"
KEY = "3132333435363738393031323334353637383930"
USER, PERSON = "alice", "carol"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The demo with the example in it."""
    home = tmp_path_factory.mktemp("demo")
    folder = tmp_path_factory.mktemp("classes")
    folder.chmod(0o755)
    for name in ("dyntoken.py", "dyntoken.mako"):
        (folder / name).write_bytes((EXAMPLE / name).read_bytes())
        (folder / name).chmod(0o644)
    where = {
        "WATCHWORD_HOME": str(home),
        "WATCHWORD_PLUGINS_FOLDERS": str(folder),
        "WATCHWORD_PLUGINS_ALLOW_WRITABLE": "true",
        **DEMO,
    }
    server = Server("--listen", "127.0.0.1:0", "--demo", environment=where)
    server.port()
    yield server
    server.close()


def as_administrator(browse: Browse, demo: Server, path: str) -> Window:
    with httpx2.Client(base_url=demo.url) as client:
        answer = client.post("/admin/login", data={"username": ADMIN, "password": ADMIN_PASSWORD})
        assert answer.status_code == 200
        cookies = dict(client.cookies.items())
    window = browse("/auth/index")
    window.page.context.add_cookies(
        [{"name": name, "value": value, "url": demo.url} for name, value in cookies.items()]
    )
    window.visit(path)
    return window


def inside(window: Window) -> Any:
    return window.page.frame_locator("iframe[data-class]")


def check(demo: Server, **fields: str) -> dict[str, Any]:
    answer: dict[str, Any] = httpx2.post(f"{demo.url}/validate/check", data=fields).json()
    return answer


def allow(demo: Server, action: str) -> None:
    """A policy of the portal."""
    with httpx2.Client(base_url=demo.url) as client:
        client.post("/admin/login", data={"username": ADMIN, "password": ADMIN_PASSWORD})
        csrf = {"X-CSRF-TOKEN": client.cookies["csrf_access_token"]}
        said = {"name": "own", "scope": "selfservice", "action": action, "realm": "demo"}
        assert client.post("/system/setPolicy", data=said, headers=csrf).json()["result"]["status"]


def answers(demo: Server, user: str, pin: str) -> bool:
    """Asks for a word, and answers as the key's owner does."""
    asked = check(demo, user=user, data="tree", **{"pass": pin})
    transaction = asked["detail"]["transactionid"]
    right = hmac.new(bytes.fromhex(KEY), b"tree", hashlib.sha256).hexdigest()[:8]
    value: bool = check(demo, user=user, transactionid=transaction, **{"pass": right})["result"]["value"]
    return value


def test_the_settings_tab_saves_what_it_then_reads(browse: Browse, demo: Server) -> None:
    window = as_administrator(browse, demo, "/manage/types/dyn/settings")
    inside(window).locator("#dyn_challenge_timeout").fill("77")
    window.page.click("[data-go]")
    window.page.wait_for_selector("[data-outcome].yes:visible")
    window.check()
    window.visit("/manage/types/dyn/settings")
    window.page.wait_for_function("document.querySelector('iframe').height > 80")
    field = inside(window).locator("#dyn_challenge_timeout")
    from playwright.sync_api import expect

    expect(field).to_have_value("77")
    expect(inside(window).locator("#dyn_max_challenge")).to_have_value("3")


def test_an_administrator_enrols_and_the_token_lets_its_owner_in(browse: Browse, demo: Server) -> None:
    window = as_administrator(browse, demo, f"/manage/types/dyn/enrol?user={USER}")
    part = inside(window)
    part.locator("#dyn_key").fill(KEY)
    part.locator("#dyn_pin1").fill("moon")
    window.page.click("[data-go]")
    window.page.wait_for_selector("[data-shown] dd:visible")
    assert (window.page.text_content("[data-shown] dd") or "").startswith("DYN")
    assert part.locator("#dyn_key").input_value() == ""
    window.check()
    assert answers(demo, USER, "moon")


def test_the_state_of_a_checkbox_is_read_as_old_classes_read_it(browse: Browse, demo: Server) -> None:
    window = as_administrator(browse, demo, "/manage/types/dyn/enrol")
    part = inside(window)
    part.locator("#dyn_key_cb").check()
    assert part.locator("#dyn_key_row").is_hidden()
    window.page.click("[data-go]")
    window.page.wait_for_selector("[data-shown] dd:visible")
    assert "seed://" in (window.page.text_content("[data-shown]") or "")
    part.locator("#dyn_key_cb").uncheck()
    assert part.locator("#dyn_key_row").is_visible()


def test_a_person_enrols_on_the_page_that_the_class_brings(browse: Browse, demo: Server) -> None:
    allow(demo, "enrollDYN, setOTPPIN")
    window = browse("/selfservice/login")
    window.page.get_by_label("User name").fill(PERSON)
    window.page.get_by_label("Password", exact=True).fill("demo")
    window.page.get_by_role("button", name="Log in").click()
    window.page.get_by_role("button", name="Log out").wait_for()
    window.visit("/selfservice/enrol/dyn")
    assert window.page.url.endswith("/selfservice/types/dyn")
    part = inside(window)
    window.page.click("[data-go]")
    window.page.wait_for_selector("[data-outcome].warn:visible")
    assert window.page.text_content("[data-outcome]") == "Please give the key."
    part.locator("#dyn_secret").fill(KEY)
    part.locator("#dyn_s_pin1").fill("star42")
    window.page.click("[data-go]")
    window.page.wait_for_selector("[data-shown] dd:visible")
    assert part.locator("#dyn_secret").input_value() == ""
    window.check()
    assert answers(demo, PERSON, "star42")


def test_a_frame_reads_nothing_of_the_page_around_it(browse: Browse, demo: Server) -> None:
    window = as_administrator(browse, demo, "/manage/types/dyn/enrol")
    inside(window).locator("#dyn_key").wait_for()
    frame = next(one for one in window.page.frames if one.url.endswith("/frame"))
    said = frame.evaluate(
        "() => { try { return [window.origin, document.cookie] } catch (error) { return [window.origin, error.name] } }"
    )
    assert said == ["null", "SecurityError"]
    assert frame.evaluate(
        "() => { try { return parent.document.title } catch (error) { return error.name } }"
    ) == ("SecurityError")


def test_who_is_no_administrator_sees_no_page(demo: Server) -> None:
    for place in ("settings", "settings/frame", "enrol", "enrol/frame"):
        answer = httpx2.get(f"{demo.url}/manage/types/dyn/{place}")
        assert answer.status_code == 401
        assert "dyn_" not in answer.text
