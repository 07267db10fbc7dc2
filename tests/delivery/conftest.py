"""Ports at which nobody listens, or listens and never accepts."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.delivery.wires import Gateway, context_to, gateway, raw, whole_request
from watchword.plugin.providers import ProviderContext


@pytest.fixture
def unused_port() -> Iterator[int]:
    """Bound and not listening, so that nobody else takes it."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


@pytest.fixture
def deaf_port() -> Iterator[int]:
    """Its queue is full and nobody accepts: further connections hang."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen(0)
        callers = []
        for _ in range(4):
            caller = socket.socket()
            caller.setblocking(False)
            caller.connect_ex(holder.getsockname())
            callers.append(caller)
        yield holder.getsockname()[1]
        for caller in callers:
            caller.close()


@pytest.fixture
async def context() -> AsyncIterator[ProviderContext]:
    """What a provider is given; it may reach loopback."""
    async with context_to() as given:
        yield given


@pytest.fixture
async def http() -> AsyncIterator[Gateway]:
    """An HTTP gateway."""
    async with gateway() as it:
        yield it


@pytest.fixture
async def silent_url() -> AsyncIterator[str]:
    """A server that takes requests and never answers."""

    async def hang(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await whole_request(reader)
        await asyncio.sleep(60)

    async with raw(hang) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def unreachable_url(unused_port: int) -> str:
    return f"http://127.0.0.1:{unused_port}"
