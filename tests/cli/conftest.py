"""Homes that are ready, commands within this process and as processes, and servers."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.serving_process import LIMIT, serve
from watchword.cli import main

__all__ = ["serve"]


@pytest.fixture(scope="session")
def ready_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("ready") / "home"
    assert main(["init", "--home", str(home)]) == 0
    return home


@pytest.fixture
def home(ready_home: Path, tmp_path: Path) -> Path:
    """A home folder of one's own, with keys and an empty database."""
    return Path(shutil.copytree(ready_home, tmp_path / "home"))


class Said:
    """What a command printed, what it complained of, and its exit code."""

    def __init__(self, code: int, printed: str, complaints: str) -> None:
        self.code, self.printed, self.complaints = code, printed, complaints

    def __eq__(self, other: object) -> bool:
        return (self.code, self.printed, self.complaints) == other

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"{self.code}: {self.printed!r} / {self.complaints!r}"


Say = Callable[..., Said]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    """A command, within this process."""

    def said(*words: object) -> Said:
        capsys.readouterr()
        code = main([str(word) for word in words])
        printed, complaints = capsys.readouterr()
        return Said(code, printed, complaints)

    return said


@pytest.fixture
def pipe() -> Callable[..., Said]:
    """A command as a process, with a text on its standard input and variables of its own."""

    def said(*words: object, given: str = "", environment: Mapping[str, str] = {}) -> Said:
        done = subprocess.run(
            [sys.executable, "-m", "watchword.cli", *map(str, words)],
            input=given,
            capture_output=True,
            text=True,
            env={"PATH": "/usr/bin:/bin", **environment},
            timeout=LIMIT,
            check=False,
        )
        return Said(done.returncode, done.stdout, done.stderr)

    return said
