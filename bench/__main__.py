"""``make bench``: starts the server on both stores, drives it, and prints each figure beside its limit.

Every figure that is judged is a ratio of two taken in this very run. The whole run is kept as data in
``bench/history/``.
"""

import argparse
import asyncio
import compileall
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus, urlsplit

import watchword
from bench import limits
from bench.client import NO, YES, Heard, Load, Talk, drive, post, saying
from bench.gateway import Gateway
from bench.machine import cpu_seconds, pss_mib
from bench.people import PEOPLE, Holder, provision
from watchword.crypto.otp import hotp
from watchword.testing.postgres import PostgresServer

HISTORY = Path(__file__).parent / "history"
WIDTHS = (1, 8, 32)
SLOW = 2.0
"""Seconds for which a slow gateway takes its time."""


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


@dataclass(frozen=True)
class Target:
    """A running server: where it answers, and whose CPU is counted."""

    host: str
    port: int
    server: int
    store: tuple[int, ...]
    gateway: Gateway
    seconds: float

    def load(self, talks: list[Talk]) -> Load:
        return Load(self.host, self.port, talks, self.seconds)

    def measured(self, *talks: list[Talk], requests: int = 1) -> tuple[Heard, dict[str, float]]:
        """Drive these at once; what came back of the first, and what it cost, if so many requests are one operation."""
        before_server, before_store = cpu_seconds(self.server), cpu_seconds(*self.store)
        heard = drive(*map(self.load, talks), before=self.gateway.serve)
        server_cpu = cpu_seconds(self.server) - before_server
        store_cpu = cpu_seconds(*self.store) - before_store
        first = heard[0]
        done = max(first.answers / requests, 1)
        return first, {
            "per_second": round(first.rate / requests, 1),
            "p50_ms": round(first.percentile(0.5), 2),
            "p99_ms": round(first.percentile(0.99), 2),
            "server_cpu_ms": round(server_cpu / done * 1000, 3),
            "store_cpu_ms": round(store_cpu / done * 1000, 3),
            "answers": first.answers,
            "wrong": sum(one.wrong for one in heard),
        }


@dataclass
class Planned:
    """Ready requests by connection, and whose code with which counter each one spends."""

    requests: list[list[bytes]]
    spends: list[list[tuple[Holder, int]]]

    def talks(self, expected: bytes) -> list[Talk]:
        return [saying(requests, expected) for requests in self.requests]

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


Operation = Callable[[Target, str], dict[str, dict[str, float]]]
"""Measures something on a running server; the password is that of the administrator ``bench``."""


def logging_in(target: Target, _password: str) -> dict[str, dict[str, float]]:
    """Log-ins with a code, and with PIN and code; and wrong codes."""
    table = {}
    kinds = [("otp", "plain", width) for width in WIDTHS] + [("pin+otp", "pinned", width) for width in WIDTHS]
    for name, group, width in [*kinds, ("wrong", "wrong", 8)]:
        planned = log_ins(PEOPLE[group], width, int(target.seconds * 9000), name)
        heard, figures = target.measured(planned.talks(NO if name == "wrong" else YES))
        if name != "wrong":
            planned.settle(heard.sent)
        table[f"{name} c={width}"] = figures
    return table


def being_asked(target: Target, _password: str) -> dict[str, dict[str, float]]:
    """The PIN of an SMS token, then the code that was sent: two requests are one operation."""
    table = {}
    for place, width in enumerate(WIDTHS):
        asked = _asked(place)
        talks = [target.gateway.talk(cycle(asked[line::width])) for line in range(width)]
        _, table[f"challenge c={width}"] = target.measured(talks, requests=2)
    return table


def _asked(place: int) -> list[Holder]:
    """People for one measurement alone: whoever is left with an open question is not sent another code at once."""
    return PEOPLE["asked"][place * 128 : (place + 1) * 128]


def beside_a_slow_gateway(target: Target, _password: str) -> dict[str, dict[str, float]]:
    """Log-ins while as many others wait for a gateway that takes its time, and without them, in alternation."""
    table = {}
    for turn, delay in enumerate((0.0, SLOW) * 2):
        planned = log_ins(PEOPLE["plain"], 8, int(target.seconds * 9000), "otp")
        talks = [planned.talks(YES)]
        if delay:
            target.gateway.delay = delay
            asked = _asked(len(WIDTHS) + turn // 2)
            talks.append([target.gateway.talk(asked[line::8]) for line in range(8)])
        heard, figures = target.measured(*talks)
        target.gateway.delay = 0.0
        planned.settle(heard.sent)
        table[f"otp {'beside a slow gateway' if delay else 'alone'} c=8 ({turn // 2 + 1})"] = figures
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
    environment = {
        "WATCHWORD_HOME": str(home),
        "WATCHWORD_DATABASE_URL": url,
        "WATCHWORD_OUTBOUND_ALLOW": "127.0.0.0/8",
    }
    gateway = Gateway()
    password = asyncio.run(provision(environment, gateway.url))
    command = [
        str(Path(sys.executable).with_name("watchword")),
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--workers",
        str(workers),
    ]
    table: dict[str, Any] = {}
    compileall.compile_dir(str(Path(watchword.__file__).parent), quiet=1)  # as whoever installs it has done
    began = time.perf_counter()
    with running(command, environment) as (process, host, port):
        target = Target(host, port, process.pid, store, gateway, seconds)
        first = PEOPLE["plain"][0]
        body = f"user={first.login}&pass={hotp(first.seed, first.counter)}".encode()
        first.counter += 1
        [heard] = drive(Load(host, port, [saying([post("/validate/check", body)], YES)], 10))
        cold = time.perf_counter() - began
        assert heard.wrong == 0, "the first log-in was refused"
        for operation in OPERATIONS:
            for title, figures in operation(target, password).items():
                table[title] = figures
                print(f"  {title:34}", _shown(figures), flush=True)
        table["memory_pss_mib"] = round(pss_mib(process.pid), 1)
        table["first_log_in_s"] = round(cold, 2)
    gateway.listener.close()
    print(f"  memory {table['memory_pss_mib']} MiB, first log-in {table['first_log_in_s']} s", flush=True)
    return table


def enrolling(target: Target, password: str) -> dict[str, dict[str, float]]:
    """Tokens enrolled over the API, PIN included."""
    import httpx2

    with httpx2.Client(base_url=f"http://{target.host}:{target.port}") as client:
        answer = client.post("/admin/login", data={"username": "bench", "password": password})
        assert answer.status_code == 200, answer.text
        cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        csrf = client.cookies["csrf_access_token"]
    headers = f"Cookie: {cookies}\r\nX-CSRF-TOKEN: {csrf}\r\n"
    logins = [holder.login for holder in PEOPLE["plain"]]
    talks = [
        saying(
            (
                post(
                    "/admin/init",
                    f"type=hmac&genkey=1&pin=1234&user={logins[(turn * 4 + line) % len(logins)]}".encode(),
                    headers,
                )
                for turn in range(int(target.seconds * 1500))
            ),
            YES,
        )
        for line in range(4)
    ]
    return {"enrol c=4": target.measured(talks)[1]}


OPERATIONS: tuple[Operation, ...] = (logging_in, being_asked, beside_a_slow_gateway, enrolling)
"""What is measured on each store, in this order: enrolments last, as they give tokens to those who log in."""


def bare(seconds: float, *arguments: str) -> dict[str, float]:
    """The bare route, at 32 connections."""
    with running([sys.executable, "-m", "bench.bare", *arguments], {}) as (process, host, port):
        body = b"user=alice&pass=123456"
        talks = [saying([post("/validate/check", body)] * int(seconds * 2000), YES) for _ in range(32)]
        gateway = Gateway()
        _, figures = Target(host, port, process.pid, (), gateway, seconds).measured(talks)
        gateway.listener.close()
    print("bare Starlette route", *arguments[:1], "c=32", _shown(figures), flush=True)
    return figures


def verdicts(run: dict[str, Any]) -> list[tuple[str, float, str, bool]]:
    """The goals: name, figure, what it must be, whether it is."""
    postgres, sqlite, bare_route = run["postgresql"], run["sqlite"], run["bare"]
    otp, pinned, wrong = postgres["otp c=32"], postgres["pin+otp c=32"], postgres["wrong c=8"]
    cpu = otp["server_cpu_ms"] + otp["store_cpu_ms"]
    right8, asked = postgres["otp c=8"], postgres["challenge c=32"]
    beside, alone = (
        sum(postgres[f"otp {how} c=8 ({turn})"]["per_second"] for turn in (1, 2))
        for how in ("beside a slow gateway", "alone")
    )
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
            "SQLite log-ins at 32 / a bare route with one transaction each",
            sqlite["otp c=32"]["per_second"] / run["bare sqlite"]["per_second"],
            ">=",
            1.0,
        ),
        (
            "SQLite log-ins / PostgreSQL log-ins at 32, by CPU",
            cpu / sqlite["otp c=32"]["server_cpu_ms"],
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
        (
            "challenge and answer / log-in, CPU",
            (asked["server_cpu_ms"] + asked["store_cpu_ms"]) / cpu,
            "<=",
            2.2,
        ),
        ("log-ins beside a slow gateway / alone", beside / alone, ">=", 0.9),
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
            "load": os.getloadavg()[
                0
            ],  # of others, before it begins: with more than one, wall-clock figures say little
        },
        "seconds": chosen.seconds,
        "limits": {},
    }
    with tempfile.TemporaryDirectory(prefix="watchword-bench-") as folder:
        place = Path(folder)
        run["bare"] = bare(chosen.seconds)
        run["bare sqlite"] = bare(chosen.seconds, str(place / "bare.db"))
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
        print(f"{'reached' if reached else 'MISSED ':8} {name:62} {figure:9.3f}  ({bound})")
    if not chosen.no_history:
        HISTORY.mkdir(exist_ok=True)
        kept = HISTORY / f"{run['at'].replace(':', '').replace('+0000', 'Z')}.json"
        kept.write_text(json.dumps(run, indent=1) + "\n")
        print(f"kept in {kept.relative_to(Path.cwd())}")


if __name__ == "__main__":
    main()
