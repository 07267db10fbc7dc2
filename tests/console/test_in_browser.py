"""Every page of the console in a real browser: in light and dark, on a desk and on a telephone."""

import pytest

from tests.api.caller import ADMIN, ADMIN_PASSWORD
from tests.browsing import Browse, Window, browse, chromium, demo
from tests.console.pages import PAGES, furnish
from tests.serving_process import Server

__all__ = ["browse", "chromium", "demo"]


@pytest.fixture(scope="module", autouse=True)
def furnished(demo: Server) -> None:
    """The demo, lived in."""
    furnish(demo.url)


@pytest.fixture
def console(browse: Browse) -> Window:
    """A window of an administrator who is logged in."""
    window = browse("/manage/login")
    page = window.page
    page.fill("[name=name]", ADMIN)
    page.fill("[name=password]", ADMIN_PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/manage/")
    return window


def test_each_page_is_for_everybody_on_every_device(console: Window) -> None:
    found: dict[str, list[str]] = {}
    for name, address in PAGES:
        console.visit(address)
        console.shoot(f"console-{name}")
        for width in (1280, 360):
            console.page.set_viewport_size({"width": width, "height": 800})
            wrong = console.faults()
            if wrong:
                found[f"{address} at {width}"] = wrong
        console.page.set_viewport_size({"width": 1280, "height": 800})
    assert found == {}
