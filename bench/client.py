"""A load client that costs little: plain sockets on uvloop, one request after the other on each connection."""

import asyncio
import multiprocessing
import time
from collections.abc import Awaitable, Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import cast

import uvloop

_LENGTH = b"content-length: "
YES, NO = b'"value": true', b'"value": false'

Talk = Generator[tuple[bytes, bytes], bytes, None]
"""What one connection says: requests, each with what its answer must hold; it is told the answers."""


@dataclass
class Load:
    """What is to be said, and for how long."""

    host: str
    port: int
    talks: Sequence[Talk]
    """One for each connection."""
    seconds: float


def saying(requests: Iterable[bytes], expected: bytes) -> Talk:
    """Ready requests, whatever comes back."""
    for request in requests:
        yield request, expected


@dataclass
class Heard:
    """What came back. Times in seconds."""

    answers: int = 0
    wrong: int = 0
    elapsed: float = 0.0
    latencies: list[float] = field(default_factory=list)
    sent: list[int] = field(default_factory=list)
    """How many requests each connection has sent."""

    @property
    def rate(self) -> float:
        """Right answers a second."""
        return (self.answers - self.wrong) / self.elapsed if self.elapsed else 0.0

    def percentile(self, part: float) -> float:
        """Milliseconds within which this part of the answers came."""
        ranked = sorted(self.latencies)
        return ranked[min(len(ranked) - 1, int(len(ranked) * part))] * 1000 if ranked else 0.0


class _Line(asyncio.Protocol):
    """One keep-alive connection."""

    def __init__(self, talk: Talk, heard: Heard, until: float) -> None:
        self._talk = talk
        self._expected = b""
        self._heard = heard
        self._until = until
        self._held = b""
        self._sent = 0.0
        self.sent = 0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but its family
        self._say(next(self._talk, None))

    def data_received(self, data: bytes) -> None:
        self._held += data
        head = self._held.find(b"\r\n\r\n")
        if head < 0:
            return
        at = self._held.find(_LENGTH) + len(_LENGTH)
        length = int(self._held[at : self._held.find(b"\r\n", at)])
        if len(self._held) < head + 4 + length:
            return
        self._heard.latencies.append(time.perf_counter() - self._sent)
        self._heard.answers += 1
        if self._expected not in self._held:
            self._heard.wrong += 1
        held, self._held = self._held, b""
        try:
            self._say(self._talk.send(held))
        except StopIteration:
            self._say(None)

    def connection_lost(self, _exc: Exception | None) -> None:
        if not self.done.done():
            self._heard.wrong += 1
            self.done.set_result(None)

    def _say(self, said: tuple[bytes, bytes] | None) -> None:
        if said is None or time.perf_counter() > self._until:
            if not self.done.done():
                self.done.set_result(None)
            self._transport.close()
            return
        request, self._expected = said
        self.sent += 1
        self._sent = time.perf_counter()
        self._transport.write(request)


async def _run(load: Load) -> Heard:
    loop = asyncio.get_running_loop()
    heard = Heard()
    began = time.perf_counter()
    lines = []
    for talk in load.talks:
        make = partial(_Line, talk, heard, began + load.seconds)
        lines.append((await loop.create_connection(make, load.host, load.port))[1])
    await asyncio.gather(*(line.done for line in lines))
    heard.elapsed = time.perf_counter() - began
    heard.sent = [line.sent for line in lines]
    return heard


async def _run_all(loads: Sequence[Load], before: Callable[[], Awaitable[None]] | None) -> list[Heard]:
    if before is not None:
        await before()
    return list(await asyncio.gather(*map(_run, loads)))


def drive(*loads: Load, before: Callable[[], Awaitable[None]] | None = None) -> list[Heard]:
    """Send the loads, all at once, from a process of their own, in which ``before`` runs first."""
    ours, theirs = multiprocessing.Pipe()

    def child() -> None:
        theirs.send(uvloop.run(_run_all(loads, before)))

    process = multiprocessing.get_context("fork").Process(target=child)
    process.start()
    theirs.close()  # so that a client that breaks is not waited for
    heard: list[Heard] = ours.recv()
    process.join()
    return heard


def post(path: str, body: bytes, headers: str = "") -> bytes:
    """A form POST as bytes."""
    return (
        f"POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"{headers}Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body
