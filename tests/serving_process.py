"""``watchword serve`` as a real process, and a client's ways to many of its workers at once."""

import asyncio
import http.client
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from urllib.parse import urlencode

import httpx2
import psutil
import pytest

from tests.api.caller import ADMIN, ADMIN_PASSWORD, Caller

LIMIT = 30.0
DEMO = {"WATCHWORD_DEMO_ADMIN_PASSWORD": ADMIN_PASSWORD}
"""Gives the administrator of a demo the password with which a `Caller` logs in."""


class Server:
    """One ``watchword serve``, in a process group of its own."""

    def __init__(self, *words: str, environment: Mapping[str, str] = {}, **how: object) -> None:
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 (closed by `close`)
        self.process: subprocess.Popen[str] = subprocess.Popen(  # type: ignore[call-overload]
            [sys.executable, "-m", "watchword.cli", "serve", *words],
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env={"PATH": "/usr/bin:/bin", **environment},
            start_new_session=True,
            **how,
        )
        self._port = 0

    def lines(self) -> list[str]:
        """What it prints, up to the line that says where it listens, or to its end."""
        assert self.process.stdout is not None
        lines: list[str] = []
        for line in self.process.stdout:
            lines.append(line.rstrip("\n"))
            listening = re.fullmatch(r"listening on http://127.0.0.1:(\d+)", lines[-1])
            if listening:
                self._port = int(listening[1])
                break
        return lines

    def port(self) -> int:
        if not self._port:
            printed = self.lines()
            assert self._port, (printed, self.end())
        return self._port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port()}"

    def workers(self) -> set[int]:
        """The processes that answer; the server must listen already."""
        return {child.pid for child in psutil.Process(self.process.pid).children()}

    def logged(self) -> str:
        """What was written to the error stream until now."""
        self._errors.seek(0)
        return self._errors.read()

    def end(self) -> tuple[int, str]:
        """Stop it: exit code, and what was written to the error stream."""
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(LIMIT)
        return self.process.returncode, self.logged()

    def kill(self) -> None:
        """kill -9 of all its processes."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(LIMIT)

    def close(self) -> None:
        if self.process.poll() is None:
            self.kill()
        assert self.process.stdout is not None
        self.process.stdout.close()
        self._errors.close()

    @asynccontextmanager
    async def administrator(self) -> AsyncIterator[Caller]:
        """A client that is logged in as the demo's administrator."""
        async with self.client() as caller:
            await caller.log_in(ADMIN)
            yield caller

    @asynccontextmanager
    async def client(self) -> AsyncIterator[Caller]:
        async with httpx2.AsyncClient(base_url=self.url, timeout=LIMIT, trust_env=False) as http:
            yield Caller(http)

    def each_worker(self) -> list[http.client.HTTPConnection]:
        """An open connection to each worker: the kernel deals them out, so some are opened until all have one."""
        found: dict[int, http.client.HTTPConnection] = {}
        port = self.port()
        workers = self.workers()
        while len(found) < len(workers):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT)
            ask(connection, "/validate/ok")
            mine = connection.sock.getsockname()[1]
            for worker in workers:
                ends = psutil.Process(worker).net_connections("tcp")
                if any(end.raddr and end.raddr.port == mine for end in ends):
                    found.setdefault(worker, connection)
            if connection not in found.values():
                connection.close()
        return list(found.values())


Serve = Callable[..., Server]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts servers, at any free port unless another address is said; they are gone with the test."""
    started: list[Server] = []

    def start(
        *words: str, listen: str = "127.0.0.1:0", environment: Mapping[str, str] = {}, **how: object
    ) -> Server:
        started.append(Server("--listen", listen, *words, environment=environment, **how))
        return started[-1]

    yield start
    for server in started:
        server.close()


def ask(
    connection: http.client.HTTPConnection,
    path: str,
    fields: Mapping[str, str] | None = None,
    headers: Mapping[str, str] = {},
) -> tuple[int, bytes]:
    """Status and body of the answer to one request; it is a POST if it has fields."""
    body = urlencode(fields) if fields is not None else None
    form = {"content-type": "application/x-www-form-urlencoded"} if body is not None else {}
    connection.request("POST" if body is not None else "GET", path, body, {**form, **headers})
    answer = connection.getresponse()
    return answer.status, answer.read()


def post(path: str, form: Mapping[str, str]) -> bytes:
    """A request with a form, as its bytes are."""
    body = urlencode(form).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: watchword.example\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"Content-Type: application/x-www-form-urlencoded\r\n\r\n" + body


async def body_of(back: asyncio.StreamReader) -> bytes:
    """The body of the next answer on a connection."""
    head = await back.readuntil(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: (\d+)", head)
    assert length is not None, head
    return await back.readexactly(int(length[1]))


async def all_at_once(port: int, forms: Sequence[Mapping[str, str]]) -> list[bytes]:
    """The answers of ``/validate/check`` to forms that are sent in the same moment.

    Each has a connection of its own, opened before: so the kernel spreads them over all workers.
    """
    streams = [await asyncio.open_connection("127.0.0.1", port) for _ in forms]
    for (_, out), form in zip(streams, forms, strict=True):
        out.write(post("/validate/check", form))
    async with asyncio.timeout(LIMIT):
        answers = await asyncio.gather(*(body_of(back) for back, _ in streams))
    for _, out in streams:
        out.close()
    return answers
