"""Pages in an operator's colour that nobody could read as it is."""

from collections.abc import Iterator

import pytest

from tests.browsing import Browse, browse, chromium
from tests.serving_process import DEMO, Server
from watchword.api.components import PATH

__all__ = ["browse", "chromium"]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("branded")
    where = {
        **DEMO,
        "WATCHWORD_HOME": str(home),
        "WATCHWORD_PAGES_NAME": "Example & Sons",
        "WATCHWORD_PAGES_ACCENT": "#ffcc00",
        "WATCHWORD_PAGES_FOOTER": "Help desk: 4711",
        "WATCHWORD_PAGES_IMPRINT": "https://www.example.com/imprint",
    }
    server = Server("--listen", "127.0.0.1:0", "--demo", environment=where)
    server.port()
    yield server
    server.close()


@pytest.mark.parametrize("path", ["/auth/index", PATH, f"{PATH}/lists", f"{PATH}/person"])
def test_a_pale_colour_can_be_read_on_every_page(browse: Browse, path: str) -> None:
    window = browse(path)
    window.check()
    window.shoot(f"branded{path.replace('/', '-')}")


def test_the_log_names_the_shade_that_is_used(demo: Server) -> None:
    assert '"setting": "pages.accent", "said": "#ffcc00", "used": "#856a00"' in demo.logged()


def test_the_foot_fits_a_small_window(browse: Browse) -> None:
    assert browse("/auth/index", width=320).overhang() == 0
