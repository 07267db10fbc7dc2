"""Folders of plug-ins that the server's own account could change."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from watchword.errors import Misconfigured
from watchword.plugin.loading import load_kinds

NOBODY = 65534
SAYS = """
import os, sys
import importlib.metadata, jinja2
from watchword.errors import Misconfigured
from watchword.plugin.loading import load_kinds
load_kinds()  # what is imported late is here before this account may read no library any more
os.setuid({uid})
try:
    load_kinds(folders=[sys.argv[1]], group="-", allow_writable=len(sys.argv) > 2)
    print("loaded")
except Misconfigured as refused:
    print(refused.message)
"""

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder below root's own; the one of pytest is closed to others."""
    with tempfile.TemporaryDirectory() as parent:
        Path(parent).chmod(0o755)
        made = Path(parent) / "plugins"
        made.mkdir(mode=0o755)
        yield made


def said(folder: Path, *words: str, uid: int = NOBODY) -> str:
    done = subprocess.run(
        [sys.executable, "-c", SAYS.format(uid=uid), str(folder), *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    return done.stdout.strip() or done.stderr[-500:]


@as_root
def test_a_folder_of_roots_is_taken_by_a_server_of_another_account(folder: Path) -> None:
    assert said(folder) == "loaded"


@as_root
def test_a_folder_of_the_servers_own_account_is_refused_unless_the_setting_says_so(folder: Path) -> None:
    os.chown(folder, NOBODY, NOBODY)
    told = said(folder)
    assert str(folder) in told
    assert "plugins.allow_writable" in told
    assert said(folder, "allow") == "loaded"


@as_root
def test_so_is_one_that_it_could_move_away(folder: Path) -> None:
    os.chown(folder.parent, NOBODY, NOBODY)
    assert f"{folder.parent} can be changed" in said(folder)


@as_root
@pytest.mark.parametrize("name", ["mine.py", "mine.html"])
def test_so_is_a_single_file_of_its_own(folder: Path, name: str) -> None:
    source = "from watchword.plugin import *\nclass Mine(TokenType):\n    name = label = 'mine'\n"
    (folder / "mine.py").write_text(
        source + "    prefix, title = 'M', 'M'\n    def enrol(self, form, tools): ...\n"
    )
    (folder / "mine.html").write_text("")
    for path in folder.iterdir():
        path.chmod(0o644)
    os.chown(folder / name, NOBODY, NOBODY)
    assert f"{folder / name} can be changed" in said(folder)


@as_root
def test_a_server_that_runs_as_root_takes_only_what_is_roots(folder: Path) -> None:
    os.chown(folder, NOBODY, NOBODY)
    with pytest.raises(Misconfigured, match="chown root"):
        load_kinds(folders=[folder])
