"""How long a worker waits for a client, told by its own clock."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from watchword.cli.serving.connections import (
    HEAD_BYTES,
    HEAD_SECONDS,
    SLOWEST,
    STALLED_SECONDS,
    Connection,
    look_over,
)

HEAD = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
WHOLE = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
LARGE = 50_000_000
LIMIT = 10


class Office:
    """A server in this very process, whose clock can be said to be later."""

    def __init__(self) -> None:
        self.state = ServerState()
        self.received: list[dict[str, Any]] = []
        self.answer_now = asyncio.Event()
        self.answer_now.set()
        self.size = 2
        self.port = 0
        self.clients: list[Client] = []

    async def application(self, _scope: Any, receive: Any, send: Any) -> None:
        message = await receive()
        self.received.append(message)
        while message.get("more_body", False):
            message = await receive()
            self.received.append(message)
        await self.answer_now.wait()
        headers = [(b"content-length", b"%d" % self.size)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"x" * self.size})

    async def call(self, *sent: bytes) -> "Client":
        back, out = await asyncio.open_connection("127.0.0.1", self.port)
        client = Client(back, out)
        self.clients.append(client)
        for piece in sent:
            await client.say(piece)
        return client

    async def later(self, seconds: float) -> None:
        """Look over the connections as if so much time had passed."""
        await asyncio.sleep(0.05)
        look_over(self.state.connections, asyncio.get_running_loop().time() + seconds)
        await asyncio.sleep(0.05)

    def open(self) -> int:
        return len(self.state.connections)


class Client:
    def __init__(self, back: asyncio.StreamReader, out: asyncio.StreamWriter) -> None:
        self.back, self.out = back, out

    async def say(self, what: bytes) -> None:
        self.out.write(what)
        await self.out.drain()
        await asyncio.sleep(0.02)

    async def answer(self) -> bytes:
        async with asyncio.timeout(LIMIT):
            return await self.back.readuntil(b"\r\n\r\n")

    async def rest(self) -> bytes:
        """All until the other side hangs up."""
        async with asyncio.timeout(LIMIT):
            return await self.back.read()


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, bool]]:
    return "asyncio", {"use_uvloop": True}  # as in a worker


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    office = Office()
    config = uvicorn.Config(
        office.application,
        http=Connection,
        ws="none",
        lifespan="off",
        log_config=None,
        timeout_keep_alive=75,
        interface="asgi3",
        proxy_headers=False,
    )
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Connection(config=config, server_state=office.state, app_state={}), "127.0.0.1", 0
    )
    office.port = server.sockets[0].getsockname()[1]
    yield office
    for client in office.clients:
        client.out.transport.abort()
    server.close()
    while office.open():
        await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    "said",
    [b"", b"G", b"GET / HTTP/1.1\r\nHost: x\r\n", b"\r\n\r\n\r\n", HEAD % 100, HEAD % 100 + b"half"],
    ids=["nothing", "a letter", "half a head", "line ends", "no body", "half a body"],
)
async def test_a_client_has_half_a_minute_for_a_request(office: Office, said: bytes) -> None:
    client = await office.call(*([said] if said else []))
    await office.later(HEAD_SECONDS - 1)
    assert office.open() == 1
    await office.later(HEAD_SECONDS + 1)
    assert office.open() == 0
    assert await client.rest() == b""


async def test_a_head_that_comes_by_letters_has_no_more_time(office: Office) -> None:
    client = await office.call(*(b"%c" % letter for letter in WHOLE[:-2]))
    await office.later(HEAD_SECONDS + 1)
    assert office.open() == 0
    assert await client.rest() == b""


async def test_a_body_has_the_more_time_the_more_has_come(office: Office) -> None:
    await office.call(HEAD % LARGE, b"x" * (SLOWEST * 100))
    await office.later(HEAD_SECONDS + 90)
    assert office.open() == 1
    await office.later(HEAD_SECONDS + 120)
    assert office.open() == 0
    assert office.received[-1] == {"type": "http.disconnect"}


async def test_a_request_is_answered_however_long_that_takes(office: Office) -> None:
    office.answer_now.clear()
    client = await office.call(WHOLE + WHOLE)
    await office.later(3600)
    assert office.open() == 1
    office.answer_now.set()
    for _ in range(2):
        assert (await client.answer()).startswith(b"HTTP/1.1 200 OK")
        assert await client.back.readexactly(2) == b"xx"


async def test_a_connection_between_two_requests_has_its_own_time(office: Office) -> None:
    client = await office.call(WHOLE)
    await client.answer()
    await office.later(60)
    assert office.open() == 1
    await client.say(WHOLE)
    await client.answer()


async def test_line_ends_after_a_request_do_not_keep_a_connection(office: Office) -> None:
    client = await office.call(WHOLE)
    await client.answer()
    await client.say(b"\r\n")
    await office.later(HEAD_SECONDS + 1)
    assert office.open() == 0


async def test_a_client_that_does_not_read_its_answer_is_left(office: Office) -> None:
    office.size = LARGE
    client = await office.call(WHOLE)
    await client.answer()
    client.out.transport.pause_reading()  # type: ignore[attr-defined]
    await office.later(0)
    await office.later(STALLED_SECONDS - 1)
    assert office.open() == 1
    await office.later(STALLED_SECONDS + 1)
    assert office.open() == 0


async def test_a_client_that_reads_slowly_gets_all_of_its_answer(office: Office) -> None:
    office.size = LARGE
    client = await office.call(WHOLE)
    await client.answer()
    left = LARGE
    for minute in range(5):
        left -= len(await client.back.readexactly(5_000_000))
        await office.later(60 * minute)
    assert len(await client.back.readexactly(left)) == left


async def test_a_head_without_end_is_400(office: Office) -> None:
    client = await office.call(b"GET / HTTP/1.1\r\n")
    for _ in range(HEAD_BYTES // 100_000 + 2):
        client.out.write(b"X-%s: y\r\n" % (b"a" * 100_000))
        await asyncio.sleep(0)
    assert (await client.answer()).startswith(b"HTTP/1.1 400 ")
    assert office.received == []


async def test_half_a_request_keeps_no_worker_from_stopping(office: Office) -> None:
    await office.call(HEAD % 100 + b"half")
    for connection in tuple(office.state.connections):
        connection.shutdown()
    async with asyncio.timeout(LIMIT):
        while office.open():
            await asyncio.sleep(0.05)
    assert office.received[-1] == {"type": "http.disconnect"}
