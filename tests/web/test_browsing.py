"""The pages there are, and every component in every state, in a real browser."""

import pytest

from tests.browsing import Browse, browse, chromium, demo
from watchword.api.components import PATH, SHEETS, TROUBLES

__all__ = ["browse", "chromium", "demo"]

PAGES = (
    "/auth/index",
    "/auth/index3",
    "/auth/challenge-response",
    "/dev/inbox",
    *(f"{PATH}/{sheet}".rstrip("/") for sheet, *_ in SHEETS),
    f"{PATH}/lists?q=ali&sort=-used",
)


@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_wrong_with_a_page(browse: Browse, path: str) -> None:
    window = browse(path)
    window.check()
    window.shoot(path.strip("/").replace("/", "-").replace("?", "-"))
    assert len(window.html) < 60_000


@pytest.mark.parametrize("path", PAGES)
def test_a_page_fits_into_a_very_small_window(browse: Browse, path: str) -> None:
    assert browse(path, width=320, height=500).overhang() == 0


@pytest.mark.parametrize("kind", TROUBLES)
def test_nothing_is_wrong_with_a_page_about_a_trouble(browse: Browse, kind: str) -> None:
    window = browse(f"{PATH}/troubles/{kind}", width=360)
    # Chromium tells of each page whose status is no success.
    window.errors.clear()
    window.check()
    window.shoot(f"trouble-{kind}")
