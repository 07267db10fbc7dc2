"""The pictures of the tutorial: each is taken from the pages as they are, along the way that the tutorial tells.

To take them anew: WATCHWORD_PICTURES=docs/pictures python -m pytest tests/docs/test_tutorial.py
"""

import base64
import os
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from tests.browsing import Browse, browse, chromium, demo
from tests.docs import lines
from watchword.clock import SystemClock
from watchword.crypto.otp import hotp, totp_step

__all__ = ["browse", "chromium", "demo"]

PAGE = lines.ROOT / "docs" / "tutorial" / "first-log-in.md"
PICTURES = lines.ROOT / "docs" / "pictures"
NAMED = re.compile(r"\.\./pictures/([\w-]+\.png)")
MOST = 60_000
"""Bytes of a picture."""


def test_the_way_of_the_tutorial_can_be_gone(browse: Browse, tmp_path: Path) -> None:
    folder = Path(os.environ.get("WATCHWORD_PICTURES") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    window = browse("/", width=760, height=560)
    page = window.page

    def picture(name: str, height: int = 560) -> None:
        page.set_viewport_size({"width": 760, "height": height})
        page.screenshot(path=folder / f"{name}.png")

    page.get_by_label("User name").fill("alice")
    page.get_by_label("Password").fill("demo")
    picture("log-in")
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("heading", name="Hello, Alice").wait_for()
    picture("first-page")
    page.get_by_role("link", name="Begin").click()
    page.get_by_role("heading", name="Add a factor").wait_for()
    picture("choose", 600)
    page.get_by_role("button", name="App on my phone").click()
    url = page.get_by_role("link", name="I am on my phone").get_attribute("href") or ""
    [secret] = parse_qs(urlsplit(url).query)["secret"]
    seed = base64.b32decode(secret + "=" * (-len(secret) % 8))
    picture("scan", 680)
    page.get_by_label("Code").fill(hotp(seed, totp_step(SystemClock().now(), 30)))
    page.get_by_role("button", name="Confirm").click()
    page.get_by_role("heading", name="It works.").wait_for()
    picture("name")
    page.get_by_role("button", name="Done").click()
    page.get_by_role("button", name="Show the codes").click()
    page.get_by_text("never again").wait_for()
    picture("recovery-codes")
    page.get_by_role("link", name="I have put them away").click()
    page.get_by_role("heading", name="My factors").wait_for()
    picture("my-factors", 480)
    taken = {path.name for path in folder.glob("*.png")}
    assert set(NAMED.findall(PAGE.read_text("utf-8"))) == taken


def test_every_picture_is_there_and_small() -> None:
    named = set(NAMED.findall(PAGE.read_text("utf-8")))
    assert named == {path.name for path in PICTURES.glob("*.png")}
    assert all(path.stat().st_size < MOST for path in PICTURES.glob("*.png"))
