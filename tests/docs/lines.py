"""Runs the lines of a page in a shell, against servers of its own."""

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
PASSWORD = "correct horse battery"
NEEDED = ("bash", "curl", "awk", "openssl")
LIMIT = 120.0

_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_EXPECTED = re.compile(r"(.*?\S) {4,}# (.+)")
_HERE = re.compile(r"<<-?'?(\w+)'?")
_PROLOGUE = r"""
set -eu -o pipefail
trap 'kill $(jobs -p) 2>/dev/null; wait' EXIT
trap 'echo "line $line failed" >&2' ERR
serving() {
    "$@" >>served 2>>errors & serves=$!
    until grep -q "listening on" served; do
        kill -0 "$serves" 2>/dev/null || { cat served errors; exit 1; }
        sleep 0.05
    done
    : >served
}
expecting() {
    case $2 in *"$1"*) ;; *) printf 'line %s: expected %s\n%s\n' "$line" "$1" "$2"; exit 1;; esac
}
line=0
"""


def blocks(text: str) -> Iterator[tuple[int, str]]:
    """The ``console`` blocks of a page, each with the number of its first line."""
    for block in _BLOCK.finditer(text):
        yield text.count("\n", 0, block.start(1)) + 1, block[1]


def commands(text: str) -> Iterator[tuple[int, str]]:
    """The commands of a page: lines, put together where they go on behind a backslash or hold a document."""
    for first, block in blocks(text):
        rows = iter(enumerate(block.splitlines(), first))
        for number, row in rows:
            whole = row
            while whole.endswith("\\"):
                whole += "\n" + next(rows)[1]
            if document := _HERE.search(whole):
                for _, line in rows:
                    whole += "\n" + line
                    if line == document[1]:
                        break
            if whole.strip():
                yield number, whole


def script(before: str, text: str) -> str:
    """What the shell is given. A command followed by four blanks and ``# words`` must print these words."""
    lines = [_PROLOGUE]
    taken = ((0, command) for _, command in commands(f"```console\n{before}```\n"))
    for number, command in (*taken, *commands(text)):
        lines.append(f"line={number}")
        first, _, rest = command.partition("\n")
        expected = _EXPECTED.fullmatch(command if "<<" not in first else first)
        if command.startswith("watchword serve"):
            lines.append(f"serving {command}")
        elif expected:
            body = expected[1] + (f"\n{rest}" if "<<" in first else "")
            lines += [f"said=$({{ {body}\n}} 2>&1) || true", f'expecting {shlex.quote(expected[2])} "$said"']
        else:
            lines.append(command)
    return "\n".join(lines) + "\n"


def run(
    text: str, folder: Path, *, before: str = "", replaced: Mapping[str, str], environment: Mapping[str, str]
) -> None:
    """Run a page in an empty folder, behind lines that it takes for granted; AssertionError where it fails."""
    lines = script(before, text)
    for written, meant in replaced.items():
        lines = lines.replace(written, meant)
    (folder / "page.sh").write_text(lines)
    process = subprocess.Popen(
        ["bash", "page.sh"],
        cwd=folder,
        env={
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            **environment,
            "PATH": f"{_programs(folder)}:{environment.get('PATH', '/usr/bin:/bin')}",
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        printed, _ = process.communicate(timeout=LIMIT)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    assert process.returncode == 0, printed
    assert '"status": false' not in printed, printed


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def missing() -> list[str]:
    """Which programs that pages use are not on this machine."""
    return [name for name in NEEDED if shutil.which(name) is None]


def _programs(folder: Path) -> Path:
    """Our own programs, and stand-ins for those that a test machine may not have."""
    programs = folder / "programs"
    programs.mkdir()
    python = shlex.quote(sys.executable)
    shims = {
        "watchword": f'exec {python} -m watchword.cli "$@"',
        "oathtool": f'exec {python} {shlex.quote(str(Path(__file__).with_name("oathtool.py")))} "$@"',
        "python3": f'exec {python} "$@"',
        "sudo": '[ "$1" = -u ] && shift 2; exec "$@"',
    }
    for name, body in shims.items():
        (programs / name).write_text(f"#!/bin/sh\n{body}\n")
        (programs / name).chmod(0o755)
    return programs
