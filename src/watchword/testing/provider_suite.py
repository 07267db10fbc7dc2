"""A provider's contract, tried against a service of our own: one that takes messages, one that is not there, and one
that is silent.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest

from watchword.delivery.configs import read
from watchword.delivery.courier import HttpCourier
from watchword.errors import Refused
from watchword.plugin.providers import Provider, ProviderContext, Spoken
from watchword.testing import StoppedClock
from watchword.testing.provider_contract import ProviderContract

_HERE = "127.0.0.1"
_TIMEOUT = "1,1"


def provider_suite(kind: type[Provider]) -> type:
    """The tests of this provider."""
    said = kind.example()
    if said is None:
        raise Refused(
            f"{kind.__name__} declares no example(): inherit ProviderContract in a test of your own."
        )
    spoken = said

    class Suite(ProviderContract):
        @pytest.fixture
        async def provider(self) -> AsyncIterator[Provider]:
            async with _service(spoken, silent=False) as port, _opened(kind, spoken, port) as opened:
                yield opened

        @pytest.fixture
        async def silent(self) -> AsyncIterator[Provider]:
            async with _service(spoken, silent=True) as port, _opened(kind, spoken, port) as opened:
                yield opened

        @pytest.fixture
        async def unreachable(self) -> AsyncIterator[Provider]:
            async with _service(spoken, silent=False) as port:
                gone = port
            async with _opened(kind, spoken, gone) as opened:
                yield opened

    Suite.__name__ = Suite.__qualname__ = "TestPlugin"
    return Suite


@asynccontextmanager
async def _opened(kind: type[Provider], spoken: Spoken, port: int) -> AsyncIterator[Provider]:
    courier = HttpCourier([f"{_HERE}/32"])
    words = {"{url}": f"http://{_HERE}:{port}", "{host}": _HERE, "{port}": str(port)}
    config = read(msgspec.json.encode(_filled(spoken.config, words)).decode(), kind.settings, _TIMEOUT)
    opened = kind(config, ProviderContext(clock=StoppedClock(), courier=courier))
    try:
        yield opened
    finally:
        await opened.close()
        await courier.close()


def _filled(value: Any, words: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        return {name: _filled(inner, words) for name, inner in value.items()}
    if isinstance(value, str):
        for word, meaning in words.items():
            value = value.replace(word, meaning)
    return value


@asynccontextmanager
async def _service(spoken: Spoken, *, silent: bool) -> AsyncIterator[int]:
    """A service on a port of its own that reads requests and answers all alike, or never."""
    over = asyncio.Event()
    body = spoken.reply.encode()
    head = f"HTTP/1.1 {spoken.status} OK\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            asked = await reader.readuntil(b"\r\n\r\n")
            length = next(
                (
                    int(line.split(b":")[1])
                    for line in asked.lower().split(b"\r\n")
                    if b"content-length:" in line
                ),
                0,
            )
            await reader.readexactly(length)
            if silent:
                await over.wait()
            else:
                writer.write(head.encode() + body)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # who asked went away
        finally:
            writer.close()

    server = await asyncio.start_server(answer, _HERE, 0)
    port: int = server.sockets[0].getsockname()[1]
    try:
        yield port
    finally:
        over.set()
        server.close()
        await server.wait_closed()
