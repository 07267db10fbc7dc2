"""Pages in a real browser: Debian's Chromium by Playwright, looking at a demo server of its own.

A test module imports the fixtures ``demo``, ``chromium`` and ``browse``, and has plain (not async) tests only: Playwright
holds the event loop of the thread as long as the browser runs, which is until the module ends.
"""

import gc
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.serving_process import DEMO, Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = Path("/usr/bin/chromium")
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_RULES = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
"""All of axe's rules, and that of WCAG 2.2 which is off by default."""
_LIMIT = 10_000.0
_INLINE = re.compile(r"<script(?![^>]*\bsrc=)|<style|<[^>]+\s(style|on\w+)=")
WIDTHS = (1280, 360)
SCHEMES = ("light", "dark")


class Window:
    """One window of the browser, and what went wrong in it. ``page`` is Playwright's own."""

    def __init__(self, page: "Page", pictures: Path | None) -> None:
        self.page = page
        self.html = ""
        self.errors: list[str] = []
        """What the console said that is no good; a test ends with none, or empties it."""
        self._pictures = pictures
        page.set_default_timeout(_LIMIT)
        page.on("console", self._listen)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _listen(self, message: Any) -> None:
        if message.type in {"error", "warning"}:
            self.errors.append(f"{message.type}: {message.text}")

    def visit(self, path: str) -> None:
        """Go to a page, whose text, as it is sent, then is in ``html``."""
        answer = self.page.goto(path)
        self.html = answer.text() if answer is not None else ""

    def findings(self, *, colours_only: bool = False) -> list[str]:
        """What axe has against the page as it stands: rule, element and reason."""
        from axe_playwright_python.sync_playwright import Axe

        rules = {"runOnly": {"type": "rule", "values": ["color-contrast"]}} if colours_only else _RULES
        found = Axe().run(self.page, options=rules).response["violations"]
        return [
            f"{rule['id']}: {node['html'][:200]} ({node['failureSummary']})"
            for rule in found
            for node in rule["nodes"]
        ]

    def overhang(self) -> int:
        """By how many pixels the page is wider than the window; 0 is right."""
        width: int = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        return max(0, width)

    def check(self) -> None:
        """Nothing is wrong with the page (`faults`)."""
        assert self.faults() == []

    def faults(self) -> list[str]:
        """What is wrong: an element that sticks out, whatever axe finds in light and dark, what the console said, and a
        script or style that stands in the page.
        """
        wrong = [f"in the page: {found[0]}" for found in _INLINE.finditer(self.html)]
        for scheme in SCHEMES:
            self.light(scheme)
            # What is dark has other colours and the same elements.
            wrong += [f"{scheme}: {one}" for one in self.findings(colours_only=scheme != SCHEMES[0])]
        if self.overhang():
            wrong.append(f"wider than the window by {self.overhang()} pixels")
        return wrong + self.errors

    def light(self, scheme: str) -> None:
        """As if the reader's system were ``light`` or ``dark``."""
        self.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]

    def shoot(self, name: str) -> list[Path]:
        """Pictures of the whole page, in light and dark at each width, in the folder of WATCHWORD_SCREENSHOTS; none
        where it is not set, as nobody would look at them. The window is as before afterwards.
        """
        taken: list[Path] = []
        if self._pictures is None:
            return taken
        before = self.page.viewport_size
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": 800})
            for scheme in SCHEMES:
                self.light(scheme)
                taken.append(self._pictures / f"{name}-{width}-{scheme}.png")
                self.page.screenshot(path=taken[-1], full_page=True)
        if before is not None:
            self.page.set_viewport_size(before)
        return taken


Browse = Callable[..., Window]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the demo's data, of this module alone; its administrator is `caller.ADMIN`."""
    home = tmp_path_factory.mktemp("demo")
    where = {"WATCHWORD_HOME": str(home), **DEMO}
    server = Server("--listen", "127.0.0.1:0", "--demo", environment=where)
    server.port()
    yield server
    server.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator["Browser"]:
    """The browser, of this module alone."""
    if not CHROMIUM.exists():
        pytest.skip(f"no browser: {CHROMIUM} is missing (apt-get install chromium)")
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, args=_FLAGS)
        yield browser
        browser.close()
    # What is left of it would be taken apart in the midst of other tests; CPython 3.11 cannot bear that while it parses.
    gc.collect()


@pytest.fixture
def browse(chromium: "Browser", demo: Server) -> Iterator[Browse]:
    """Opens windows: ``browse("/auth/index", width=360, scripts=False, language="de")``. Each is a browser of its own,
    with its own cookies; give ``beside=window`` for another window of the same. When the test is over, no console may
    have complained.
    """
    named = os.environ.get("WATCHWORD_SCREENSHOTS", "")
    folder = Path(named) if named else None
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    opened: list[Window] = []

    def go(
        path: str,
        *,
        width: int = 1280,
        height: int = 800,
        scheme: str = "light",
        scripts: bool = True,
        language: str = "en",
        beside: Window | None = None,
    ) -> Window:
        context = (
            beside.page.context
            if beside is not None
            else chromium.new_context(
                base_url=demo.url,
                viewport={"width": width, "height": height},
                color_scheme=scheme,  # type: ignore[arg-type]
                java_script_enabled=scripts,
                locale=language,
                timezone_id="Europe/Berlin",
                reduced_motion="reduce",
            )
        )
        window = Window(context.new_page(), folder)
        opened.append(window)
        window.visit(path)
        return window

    yield go
    for window in opened:
        window.page.context.close()
    assert [error for window in opened for error in window.errors] == []
