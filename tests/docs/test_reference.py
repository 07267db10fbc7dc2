"""The generated pages say what the code says."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from watchword import errors
from watchword.settings import CATALOGUE

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "reference"
NAMES = (
    "cli.md",
    "components.md",
    "errors.md",
    "http-linotp.md",
    "plugin-shapes.md",
    "policies.md",
    "providers.md",
    "resolvers.md",
    "settings.md",
    "token-types.md",
)

Pages = Mapping[str, str]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Pages:
    """The pages as ``make docs`` writes them."""
    folder = tmp_path_factory.mktemp("reference") / "not" / "there"
    command = [sys.executable, "-m", "watchword.cli", "reference", str(folder)]
    subprocess.run(command, check=True, timeout=60, cwd=ROOT)
    return {path.name: path.read_text("utf-8") for path in folder.iterdir()}


@pytest.mark.parametrize("name", NAMES)
def test_a_generated_page_is_what_the_code_says_now(pages: Pages, name: str) -> None:
    held = (FOLDER / name).read_text("utf-8") if (FOLDER / name).exists() else ""
    assert held == pages[name], f"docs/reference/{name} is not what the code says: run `make docs`"


def test_no_generated_page_is_left_over(pages: Pages) -> None:
    marked = {
        path.name for path in FOLDER.glob("*.md") if path.read_text("utf-8").startswith("<!-- Generated")
    }
    assert marked == pages.keys() == set(NAMES), "run `make docs`, and remove what it does not write"


def test_each_setting_has_a_heading(pages: Pages) -> None:
    lines = pages["settings.md"].splitlines()
    assert [line for line in lines if line.startswith("## ")] == [f"## {name}" for name in CATALOGUE]


def test_each_error_of_the_family_has_its_row(pages: Pages) -> None:
    for kind in vars(errors).values():
        if isinstance(kind, type) and issubclass(kind, errors.WatchwordError):
            assert f"\n| `{kind.slug}` | " in pages["errors.md"]


def test_each_door_and_action_is_explained(pages: Pages) -> None:
    for name in ("http-linotp.md", "policies.md"):
        rows = [line for line in pages[name].splitlines() if line.startswith("| `")]
        assert rows
        for row in rows:
            assert len(row.split(" | ")[-1].strip(" |.")) > 3, row
