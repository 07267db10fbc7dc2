"""A load client that costs little: plain sockets on uvloop, one request after the other on each connection."""

import asyncio
import multiprocessing
import time
from dataclasses import dataclass, field
from functools import partial
from typing import cast

import uvloop

_LENGTH = b"content-length: "


@dataclass
class Load:
    """What is to be sent: one list of ready requests for each connection, and what each answer must hold."""

    host: str
    port: int
    requests: list[list[bytes]]
    expected: bytes
    seconds: float


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

    def __init__(self, requests: list[bytes], expected: bytes, heard: Heard, until: float) -> None:
        self._requests = iter(requests)
        self._expected = expected
        self._heard = heard
        self._until = until
        self._held = b""
        self._sent = 0.0
        self.sent = 0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but its family
        self._next()

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
        self._held = b""
        self._next()

    def connection_lost(self, _exc: Exception | None) -> None:
        if not self.done.done():
            self._heard.wrong += 1
            self.done.set_result(None)

    def _next(self) -> None:
        request = next(self._requests, None)
        if request is None or time.perf_counter() > self._until:
            if not self.done.done():
                self.done.set_result(None)
            self._transport.close()
            return
        self.sent += 1
        self._sent = time.perf_counter()
        self._transport.write(request)


async def _run(load: Load) -> Heard:
    loop = asyncio.get_running_loop()
    heard = Heard()
    began = time.perf_counter()
    lines = []
    for requests in load.requests:
        make = partial(_Line, requests, load.expected, heard, began + load.seconds)
        lines.append((await loop.create_connection(make, load.host, load.port))[1])
    await asyncio.gather(*(line.done for line in lines))
    heard.elapsed = time.perf_counter() - began
    heard.sent = [line.sent for line in lines]
    return heard


def _child(load: Load, pipe: "multiprocessing.connection.Connection[Heard, None]") -> None:
    pipe.send(uvloop.run(_run(load)))


def drive(load: Load) -> Heard:
    """Send the load from a process of its own."""
    ours, theirs = multiprocessing.Pipe()
    child = multiprocessing.get_context("fork").Process(target=_child, args=(load, theirs))
    child.start()
    heard: Heard = ours.recv()
    child.join()
    return heard


def post(path: str, body: bytes, headers: str = "") -> bytes:
    """A form POST as bytes."""
    return (
        f"POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"{headers}Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body
