"""Homes that are ready, commands within this process, and servers as processes."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from watchword.cli import main

LIMIT = 30.0


class Run:
    """One ``watchword serve``."""

    def __init__(self, *words: str, environment: Mapping[str, str] = {}, **how: object) -> None:
        self.process: subprocess.Popen[str] = subprocess.Popen(  # type: ignore[call-overload]
            [sys.executable, "-m", "watchword.cli", "serve", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={"PATH": "/usr/bin:/bin", **environment},
            **how,
        )

    def lines(self) -> list[str]:
        """What it prints, up to the line that says where it listens, or to its end."""
        assert self.process.stdout is not None
        lines: list[str] = []
        for line in self.process.stdout:
            lines.append(line.rstrip("\n"))
            if line.startswith("listening on"):
                break
        return lines

    def port(self) -> int:
        printed = self.lines()
        told = re.fullmatch(r"listening on http://127.0.0.1:(\d+)", printed[-1] if printed else "")
        assert told, (printed, self.end())
        return int(told[1])

    def end(self) -> tuple[int, str]:
        """Stop it: exit code, and what was written to the error stream."""
        if self.process.poll() is None:
            self.process.terminate()
        _, errors = self.process.communicate(timeout=LIMIT)
        return self.process.returncode, errors


Serve = Callable[..., Run]


@pytest.fixture
def serve() -> Iterator[Serve]:
    started: list[Run] = []

    def start(
        *words: str, listen: str = "127.0.0.1:0", environment: Mapping[str, str] = {}, **how: object
    ) -> Run:
        started.append(Run("--listen", listen, *words, environment=environment, **how))
        return started[-1]

    yield start
    for run in started:
        if run.process.poll() is None:
            run.process.kill()
        run.process.communicate()


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
