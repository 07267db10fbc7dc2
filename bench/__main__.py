"""``make bench``: starts the server on both stores, drives it, and prints each figure beside its limit.

Every figure that is judged is a ratio of two taken in this very run. The whole run is kept as data in
``bench/history/``.
"""

import argparse
import asyncio
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus, urlsplit

from bench import limits
from bench.client import Heard, Load, drive, post
from bench.machine import cpu_seconds, pss_mib
from bench.people import PEOPLE, Holder, provision
from watchword.crypto.otp import hotp
from watchword.testing.postgres import PostgresServer

HISTORY = Path(__file__).parent / "history"
YES, NO = b'"value": true', b'"value": false'


@contextmanager
def running(
    command: list[str], environment: dict[str, str]
) -> Iterator[tuple[subprocess.Popen[str], str, int]]:
    """A server process, once it has said where it listens."""
    with subprocess.Popen(
        command, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            line = next(line for line in process.stdout if line.startswith("listening on "))
            address = urlsplit(line.split()[-1])
            assert address.hostname
            assert address.port
            yield process, address.hostname, address.port
        finally:
            process.terminate()
            process.wait(20)


def measured(load: Load, server: int, store: tuple[int, ...]) -> tuple[Heard, dict[str, float]]:
    """Drive a load; what came back and what it cost."""
    before_server, before_store = cpu_seconds(server), cpu_seconds(*store)
    heard = drive(load)
    server_cpu, store_cpu = cpu_seconds(server) - before_server, cpu_seconds(*store) - before_store
    figures = {
        "per_second": round(heard.rate, 1),
        "p50_ms": round(heard.percentile(0.5), 2),
        "p99_ms": round(heard.percentile(0.99), 2),
        "server_cpu_ms": round(server_cpu / max(heard.answers, 1) * 1000, 3),
        "store_cpu_ms": round(store_cpu / max(heard.answers, 1) * 1000, 3),
        "answers": heard.answers,
        "wrong": heard.wrong,
    }
    return heard, figures


@dataclass
class Planned:
    """Ready requests by connection, and whose code with which counter each one spends."""

    requests: list[list[bytes]]
    spends: list[list[tuple[Holder, int]]]

    def settle(self, sent: list[int]) -> None:
        """Remember which codes were used."""
        for line, count in zip(self.spends, sent, strict=True):
            for holder, counter in line[:count]:
                holder.counter = max(holder.counter, counter + 1)


def log_ins(holders: list[Holder], connections: int, most: int, kind: str) -> Planned:
    """Codes that never repeat; each person is served by one connection."""
    planned = Planned([[] for _ in range(connections)], [[] for _ in range(connections)])
    for place in range(most):
        turn, number = divmod(place, len(holders))
        holder, line = holders[number], number % connections
        counter = holder.counter + turn
        if kind == "wrong":
            code = "000000" if hotp(holder.seed, holder.counter) != "000000" else "111111"
        else:
            code = hotp(holder.seed, counter)
        body = f"user={holder.login}&pass={quote_plus(holder.pin + code)}".encode()
        planned.requests[line].append(post("/validate/check", body))
        planned.spends[line].append((holder, counter))
    return planned


def operations(server: int, host: str, port: int, store: tuple[int, ...], seconds: float) -> dict[str, Any]:
    """All operations at all widths on one running server."""
    table: dict[str, Any] = {}
    groups = {"otp": PEOPLE["plain"], "pin+otp": PEOPLE["pinned"]}
    for name, holders in groups.items():
        for connections in (1, 8, 32):
            most = int(seconds * 9000)
            planned = log_ins(holders, connections, most, name)
            heard, figures = measured(Load(host, port, planned.requests, YES, seconds), server, store)
            planned.settle(heard.sent)
            table[f"{name} c={connections}"] = figures
            print(f"  {name:8} c={connections:<3}", _shown(figures), flush=True)
    wrong = PEOPLE["wrong"]
    for connections in (8,):
        planned = log_ins(wrong, connections, int(seconds * 9000), "wrong")
        _, figures = measured(Load(host, port, planned.requests, NO, seconds), server, store)
        table[f"wrong c={connections}"] = figures
        print(f"  {'wrong':8} c={connections:<3}", _shown(figures), flush=True)
    return table


def _shown(figures: dict[str, float]) -> str:
    return (
        f"{figures['per_second']:8.0f}/s  p50 {figures['p50_ms']:6.2f} ms  p99 {figures['p99_ms']:6.2f} ms  "
        f"CPU {figures['server_cpu_ms']:.3f} + {figures['store_cpu_ms']:.3f} ms  wrong {figures['wrong']:.0f}"
    )


def bench_store(
    name: str, url: str, home: Path, store: tuple[int, ...], workers: int, seconds: float
) -> dict[str, Any]:
    """One store: cold start, operations, memory."""
    print(f"{name}, {workers} worker(s)", flush=True)
    environment = {"WATCHWORD_HOME": str(home), "WATCHWORD_DATABASE_URL": url}
    password = asyncio.run(provision(environment))
    command = [
        str(Path(sys.executable).with_name("watchword")),
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--workers",
        str(workers),
    ]
    began = time.perf_counter()
    with running(command, environment) as (process, host, port):
        first = PEOPLE["plain"][0]
        body = f"user={first.login}&pass={hotp(first.seed, first.counter)}".encode()
        first.counter += 1
        heard = drive(Load(host, port, [[post("/validate/check", body)]], YES, 10))
        cold = time.perf_counter() - began
        assert heard.wrong == 0, "the first log-in was refused"
        pids = (process.pid,)
        table = operations(process.pid, host, port, store, seconds)
        table["enrol c=4"] = enrolments(host, port, password, process.pid, store, seconds)
        table["memory_pss_mib"] = round(sum(pss_mib(pid) for pid in pids), 1)
        table["first_log_in_s"] = round(cold, 2)
    print(f"  memory {table['memory_pss_mib']} MiB, first log-in {table['first_log_in_s']} s", flush=True)
    return table


def enrolments(
    host: str, port: int, password: str, server: int, store: tuple[int, ...], seconds: float
) -> dict[str, float]:
    """Tokens enrolled over the API, PIN included."""
    import httpx2

    with httpx2.Client(base_url=f"http://{host}:{port}") as client:
        answer = client.post("/admin/login", data={"username": "bench", "password": password})
        assert answer.status_code == 200, answer.text
        cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        csrf = client.cookies["csrf_access_token"]
    headers = f"Cookie: {cookies}\r\nX-CSRF-TOKEN: {csrf}\r\n"
    logins = [holder.login for holder in PEOPLE["plain"]]
    requests = [
        [
            post(
                "/admin/init",
                f"type=hmac&genkey=1&pin=1234&user={logins[(turn * 4 + line) % len(logins)]}".encode(),
                headers,
            )
            for turn in range(int(seconds * 1500))
        ]
        for line in range(4)
    ]
    _, figures = measured(Load(host, port, requests, YES, seconds), server, store)
    print(f"  {'enrol':8} c=4  ", _shown(figures), flush=True)
    return figures


def bare(seconds: float) -> dict[str, float]:
    """The bare route, at 32 connections."""
    with running([sys.executable, "-m", "bench.bare"], {}) as (process, host, port):
        body = b"user=alice&pass=123456"
        requests = [[post("/validate/check", body)] * int(seconds * 2000) for _ in range(32)]
        _, figures = measured(Load(host, port, requests, YES, seconds), process.pid, ())
    print("bare Starlette route c=32", _shown(figures), flush=True)
    return figures


def verdicts(run: dict[str, Any]) -> list[tuple[str, float, str, bool]]:
    """The goals: name, figure, what it must be, whether it is."""
    postgres, sqlite, bare_route = run["postgresql"], run["sqlite"], run["bare"]
    otp, pinned, wrong = postgres["otp c=32"], postgres["pin+otp c=32"], postgres["wrong c=8"]
    cpu = otp["server_cpu_ms"] + otp["store_cpu_ms"]
    right8 = postgres["otp c=8"]
    judged = [
        (
            "log-ins at 32 / plain transactions",
            otp["per_second"] / run["limits"]["postgresql plain c=32"],
            ">=",
            1.0,
        ),
        (
            "PIN log-ins at 32 / plain transactions",
            pinned["per_second"] / run["limits"]["postgresql plain c=32"],
            ">=",
            1.0,
        ),
        ("CPU of a log-in, ms", cpu, "<=", 0.4),
        ("CPU of a log-in / bare request", cpu / bare_route["server_cpu_ms"], "<=", 5.0),
        (
            "SQLite log-ins at 32 / one transaction each",
            sqlite["otp c=32"]["per_second"] / run["limits"]["sqlite plain"],
            ">=",
            1.0,
        ),
        (
            "SQLite log-ins / PostgreSQL log-ins at 32",
            sqlite["otp c=32"]["per_second"] / otp["per_second"],
            ">=",
            1.0,
        ),
        ("p50 at 1 connection, ms", postgres["otp c=1"]["p50_ms"], "<=", 2.0),
        ("p99 at 8 connections, ms", right8["p99_ms"], "<=", 10.0),
        (
            "CPU of a wrong code / of a right one",
            (wrong["server_cpu_ms"] + wrong["store_cpu_ms"])
            / (right8["server_cpu_ms"] + right8["store_cpu_ms"]),
            "<=",
            1.2,
        ),
        ("PIN log-in / log-in, CPU", (pinned["server_cpu_ms"] + pinned["store_cpu_ms"]) / cpu, "<=", 1.1),
        ("memory of two workers, MiB", postgres["memory_pss_mib"], "<=", 120.0),
        ("first log-in after start, s", postgres["first_log_in_s"], "<=", 0.6),
        ("enrolments a second", postgres["enrol c=4"]["per_second"], ">=", 500.0),
        ("wrong answers", sum(row["wrong"] for row in (*_rows(postgres), *_rows(sqlite))), "<=", 0.0),
    ]
    return [
        (name, round(figure, 3), f"{sign} {bound}", figure >= bound if sign == ">=" else figure <= bound)
        for name, figure, sign, bound in judged
    ]


def _rows(table: dict[str, Any]) -> list[dict[str, float]]:
    return [row for row in table.values() if isinstance(row, dict)]


def main() -> None:
    """Run everything and keep it."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--seconds", type=float, default=5.0, help="length of each single measurement (default 5)"
    )
    parser.add_argument("--workers", type=int, default=2, help="workers on PostgreSQL (default 2)")
    parser.add_argument("--no-history", action="store_true", help="print only, keep nothing")
    chosen = parser.parse_args()
    run: dict[str, Any] = {
        "at": datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="seconds"),  # noqa: TID251 - a label
        "machine": {
            "cpus": os.cpu_count(),
            "python": platform.python_version(),
            "system": platform.platform(),
        },
        "seconds": chosen.seconds,
        "limits": {},
    }
    with tempfile.TemporaryDirectory(prefix="watchword-bench-") as folder:
        place = Path(folder)
        run["bare"] = bare(chosen.seconds)
        server = PostgresServer(place / "postgres", durable=True)
        server.start()
        try:
            url, limit = server.url("postgres"), run["limits"]
            for clients in (1, 32):
                rate = asyncio.run(limits.postgres_plain(url, clients=clients, seconds=chosen.seconds))
                limit[f"postgresql plain c={clients}"] = round(rate, 1)
            rate = asyncio.run(limits.postgres_grouped(url, group=32, seconds=chosen.seconds))
            limit["postgresql grouped"] = round(rate, 1)
            for name, group in (("plain", 1), ("grouped", 32)):
                rate = limits.sqlite_rate(place / f"limit-{name}.db", group=group, seconds=chosen.seconds)
                limit[f"sqlite {name}"] = round(rate, 1)
            print("limits:", ", ".join(f"{name} {rate:.0f}/s" for name, rate in limit.items()), flush=True)
            run["postgresql"] = bench_store(
                "PostgreSQL", url, place / "home-postgres", (server.pid,), chosen.workers, chosen.seconds
            )
        finally:
            server.stop()
        run["sqlite"] = bench_store(
            "SQLite", f"sqlite:///{place}/bench.db", place / "home-sqlite", (), 1, chosen.seconds
        )
    print()
    run["goals"] = []
    for name, figure, bound, reached in verdicts(run):
        run["goals"].append({"goal": name, "figure": figure, "bound": bound, "reached": bool(reached)})
        print(f"{'reached' if reached else 'MISSED ':8} {name:46} {figure:9.3f}  ({bound})")
    if not chosen.no_history:
        HISTORY.mkdir(exist_ok=True)
        kept = HISTORY / f"{run['at'].replace(':', '').replace('+0000', 'Z')}.json"
        kept.write_text(json.dumps(run, indent=1) + "\n")
        print(f"kept in {kept.relative_to(Path.cwd())}")


if __name__ == "__main__":
    main()
