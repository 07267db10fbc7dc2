"""kill -9 of a whole server around the moment at which a message goes out: nobody gets it twice."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs

import httpx2
import pytest

from tests.delivery.wires import raw, whole_request
from tests.sending import ALLOWED, NUMBER
from tests.serving_process import LIMIT, Serve, Server
from watchword.app import close_house, open_house
from watchword.clock import SystemClock
from watchword.delivery.outbox import HELD, packed
from watchword.model.errand import Errand, Stage
from watchword.model.message import Channel, Message
from watchword.model.settlement import Asked, Settlement
from watchword.settings import load
from watchword.storage.promises import Page
from watchword.testing import StoppedClock
from watchword.web.house import House

pytestmark = pytest.mark.slow

MINUTES = "600"
"""Seconds for which codes are worth bringing: longer than anything here takes."""


@dataclass
class Gateway:
    """Reads what it is sent; answers only when it may."""

    url: str = ""
    heard: list[bytes] = field(default_factory=list)
    read: asyncio.Event = field(default_factory=asyncio.Event)
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.heard.append(await whole_request(reader))
        self.read.set()
        await self.may_answer.wait()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nOK")
        await writer.drain()

    def code(self) -> str:
        """The code in the only message."""
        (request,) = self.heard
        return parse_qs(request.partition(b"\r\n\r\n")[2].decode())["sms"][0]


@pytest.fixture
async def hung() -> AsyncIterator[Gateway]:
    """A gateway that hangs until it is told to answer."""
    it = Gateway()
    async with raw(it.take) as port:
        it.url = f"http://127.0.0.1:{port}/"
        yield it


@pytest.fixture
def where(place: Mapping[str, str]) -> dict[str, str]:
    return {**place, **ALLOWED}


@asynccontextmanager
async def node(where: Mapping[str, str], *, seconds: float) -> AsyncIterator[House]:
    """A node on the same store that lives so long after now, or before."""
    clock = StoppedClock(SystemClock().now())
    clock.advance(seconds=seconds)
    house = await open_house(load({}, where), clock=clock)
    yield house
    await close_house(house)


async def errand_in(house: House) -> Errand:
    """The only one in the outbox."""
    async with house.store.view() as view:
        (errand,), _ = await view.errands.search(Page(size=5))
    return errand


async def prepare(server: Server, gateway: Gateway) -> None:
    """Alice has a token whose codes go over the gateway."""
    async with server.administrator() as admin:
        for name in ("DefaultChallengeValidityTime", "SMSProviderTimeout"):
            await admin.value("/system/setConfig", **{name: MINUTES})
        provider = {"type": "sms", "name": "gateway", "class": "HttpSMSProvider", "timeout": MINUTES}
        config = json.dumps({"URL": gateway.url})
        await admin.value("/system/setProvider", **provider, config=config)
        await admin.value("/system/setDefaultProvider", type="sms", name="gateway")
        token = {"type": "sms", "serial": "LSSM1", "user": "alice", "pin": "sesame", "phone": NUMBER}
        await admin.value("/admin/init", **token)


async def trigger(server: Server) -> bool:
    """Whether an answer came."""
    async with server.client() as people:
        try:
            await people.post("/validate/check", user="alice", **{"pass": "sesame"})
        except httpx2.TransportError:
            return False
    return True


async def test_a69_a_message_that_was_under_way_at_a_crash_is_in_doubt_and_not_sent_again(
    serve: Serve, where: Mapping[str, str], hung: Gateway
) -> None:
    server = serve("--demo", "--workers", "2", environment=where)
    await prepare(server, hung)
    triggering = asyncio.create_task(trigger(server))
    await asyncio.wait_for(hung.read.wait(), LIMIT)
    server.kill()
    assert not await triggering
    hung.may_answer.set()
    server = serve("--workers", "2", environment=where)
    async with server.client() as people:
        async with node(where, seconds=0) as now:
            assert (await errand_in(now)).stage is Stage.UNDER_WAY
        # As the message may have arrived, what it holds lets in.
        await people.value("/validate/check", user="alice", **{"pass": "sesame"})
        assert await people.value("/validate/check", user="alice", **{"pass": f"sesame{hung.code()}"})
    async with node(where, seconds=HELD / 1000 + 10) as later:
        assert (await errand_in(later)).expires > later.clock.now(), "it would still be worth bringing"
        assert await later.dispatch.take_up() == 0
        await later.dispatch.clear()
        assert (await errand_in(later)).stage is Stage.UNCERTAIN
        assert await later.dispatch.take_up() == 0
    assert len(hung.heard) == 1


async def test_a69_a_message_whose_writer_died_before_it_was_sent_is_brought_once_by_another_node(
    serve: Serve, where: Mapping[str, str], hung: Gateway
) -> None:
    hung.may_answer.set()
    server = serve("--demo", "--workers", "2", environment=where)
    await prepare(server, hung)
    server.kill()
    async with node(where, seconds=-HELD / 1000 - 10) as dead:
        now = dead.clock.now()
        message = Message(channel=Channel.SMS, to=NUMBER, text="314159", code="314159")
        errand = packed(message, ["gateway"], dead.ring, dead.dice, now=now, expires=now + 600_000)
        await dead.store.settle(Settlement(at=now, asked=Asked(errands=(errand,)), entry=None))
        assert await dead.dispatch.take_up() == 0, "nobody takes it from whoever wrote it"
    servers = [serve("--workers", "2", environment=where) for _ in range(2)]
    assert all(server.port() for server in servers)
    await asyncio.wait_for(hung.read.wait(), LIMIT)
    await asyncio.sleep(2.5)  # long enough for every worker to look again
    assert hung.code() == "314159"
    async with node(where, seconds=0) as after:
        errand = await errand_in(after)
    assert (errand.stage, errand.provider, errand.attempts) == (Stage.ACCEPTED, "gateway", 1)
