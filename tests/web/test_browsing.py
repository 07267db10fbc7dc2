"""The pages there are, in a real browser."""

import pytest

from tests.browsing import Browse, browse, chromium, demo

__all__ = ["browse", "chromium", "demo"]

PAGES = ("/auth/index", "/auth/index3", "/auth/challenge-response", "/dev/inbox")


@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_wrong_with_a_page(browse: Browse, path: str) -> None:
    window = browse(path)
    window.check()
    window.shoot(path.strip("/").replace("/", "-"))


@pytest.mark.parametrize("path", PAGES)
def test_a_page_fits_into_a_very_small_window(browse: Browse, path: str) -> None:
    assert browse(path, width=320, height=500).overhang() == 0
