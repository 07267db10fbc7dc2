"""Tries a plug-in's file against the contracts of what it can do, and says in words what it does not keep.

What is tried out is derived from the class, and from what its `example` says. pytest runs the contracts, and is not
needed for anything else.
"""

import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from msgspec import Struct

from watchword.errors import Refused
from watchword.plugin.loading import load_class
from watchword.plugin.providers import Provider
from watchword.plugin.shapes import Resolver, TokenType

_FILE = "test_plugin.py"
_LONGEST = 300


class Checked(Struct, frozen=True, kw_only=True):
    """What came of a check."""

    tried: int
    """How many promises."""
    broken: tuple[tuple[str, str], ...]
    """Each promise that is not kept, and what was seen instead."""


def check(path: Path) -> Checked:
    """Hold the plug-in to its contracts. `Misconfigured` if it cannot even be loaded, `Refused` without pytest."""
    if find_spec("pytest") is None:
        raise Refused("The contracts are run by pytest, which is not installed here: pip install pytest.")
    import pytest

    load_class(path)
    teller = _Teller()
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / _FILE
        written.write_text(
            f"from watchword.testing.checking import suite\n\nTestPlugin = suite({str(path.absolute())!r})\n",
            "utf-8",
        )
        words = [
            "-p",
            "no:cacheprovider",
            "-p",
            "no:terminal",
            "--rootdir",
            folder,
            "-c",
            folder + "/none.ini",
        ]
        (Path(folder) / "none.ini").write_text("[pytest]\nanyio_mode = auto\n", "utf-8")
        ended = pytest.main([*words, "--import-mode=importlib", str(written)], plugins=[teller])
    if teller.unusable or ended > pytest.ExitCode.TESTS_FAILED:
        raise Refused(f"The contracts could not be run: {teller.unusable or ended!s}")
    return Checked(tried=teller.tried, broken=tuple(teller.broken))


def suite(path: str) -> type:
    """A class of tests for the plug-in in this file, as pytest wants it."""
    kind = load_class(Path(path))
    if issubclass(kind, TokenType):
        from watchword.testing.token_type_suite import token_type_suite

        return token_type_suite(kind, Path(path))
    if issubclass(kind, Provider):
        from watchword.testing.provider_suite import provider_suite

        return provider_suite(kind)
    if issubclass(kind, Resolver):
        from watchword.testing.resolver_suite import resolver_suite

        return resolver_suite(kind)
    raise Refused(f"There is no contract yet for what {path} is.")


class _Teller:
    """Listens to pytest."""

    def __init__(self) -> None:
        self.tried = 0
        self.broken: list[tuple[str, str]] = []
        self.unusable = ""

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.when == "call":
            self.tried += 1
        if report.failed:
            promise = report.nodeid.rpartition("::")[2].removeprefix("test_").replace("_", " ")
            self.broken.append((promise, _seen(report)))

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            self.unusable = _seen(report)


def _seen(report: Any) -> str:
    crash = getattr(report.longrepr, "reprcrash", None)
    told = str(crash.message if crash is not None else report.longrepr)
    return " ".join(told.split())[:_LONGEST]
