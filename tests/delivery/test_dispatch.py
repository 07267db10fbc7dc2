"""Errands, brought over real gateways and written down in real stores."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.delivery.wires import LOOPBACK, Gateway, gateway, raw, whole_request
from watchword.clock import SystemDice
from watchword.crypto.keyring import KeyRing
from watchword.crypto.sealing import Sealed
from watchword.delivery.courier import HttpCourier
from watchword.delivery.dispatch import Dispatch
from watchword.delivery.outbox import HELD, packed
from watchword.delivery.providing import Providers
from watchword.model.configuration import Configuration, ProviderConfig, provider_context
from watchword.model.errand import Errand, Stage
from watchword.model.message import Channel, Fate
from watchword.plugin.loading import load_kinds
from watchword.plugin.providers import ProviderContext
from watchword.policy.catalogue import Catalogue
from watchword.policy.snapshot import Snapshots
from watchword.storage import open_store
from watchword.storage.promises import Store
from watchword.testing import StoppedClock
from watchword.testing.provider_contract import CODE, message_for

KINDS = load_kinds("watchword.delivery.providers")


@dataclass
class Node:
    """One server's part in bringing messages."""

    store: Store
    ring: KeyRing
    clock: StoppedClock
    providers: Providers
    dispatch: Dispatch
    known: dict[str, ProviderConfig] = field(default_factory=dict)

    @property
    def configuration(self) -> Configuration:
        return Configuration(providers=tuple(self.known.values()))

    async def gateway(self, name: str, url: str, **config: object) -> None:
        """Configure a provider, also for the other nodes."""
        text = json.dumps({"URL": url, **config}).encode()
        sealed = self.ring.seal(provider_context(Channel.SMS, name), text)
        self.known[name] = ProviderConfig(
            channel=Channel.SMS, name=name, class_name="HttpSMSProvider", config=sealed
        )
        async with self.store.unit() as unit:
            await unit.configuration.put_provider(self.known[name])

    async def write(self, *names: str, seconds: int = 120) -> Errand:
        """An errand in the outbox, held by who wrote it."""
        now = self.clock.now()
        errand = packed(
            message_for(Channel.SMS), names, self.ring, SystemDice(), now=now, expires=now + seconds * 1000
        )
        async with self.store.unit() as unit:
            await unit.errands.add([errand])
        return errand

    async def kept(self, errand: Errand) -> Errand:
        async with self.store.view() as view:
            found = await view.errands.find(errand.reference)
        assert found
        return found

    async def settled(self, errand: Errand) -> Errand:
        """The errand once nobody is sending it any more."""
        for _ in range(200):
            found = await self.kept(errand)
            if found.stage not in {Stage.WAITING, Stage.UNDER_WAY}:
                return found
            await asyncio.sleep(0.02)
        raise AssertionError("nobody has brought it")


@asynccontextmanager
async def node_on(url: str, folder: Path, clock: StoppedClock) -> AsyncIterator[Node]:
    ring = KeyRing.create(folder / "keys.toml", SystemDice(), clock.now())
    store = open_store(url)
    courier = HttpCourier(LOOPBACK)
    providers = Providers(KINDS, ring, ProviderContext(clock=clock, courier=courier))
    dispatch = Dispatch(providers, store, ring, clock, Snapshots(store, Catalogue.collect(())))
    try:
        yield Node(store=store, ring=ring, clock=clock, providers=providers, dispatch=dispatch)
    finally:
        await dispatch.close(0.1)
        await providers.close()
        await courier.close()
        await store.close()


@pytest.fixture
async def node(database_url: str, tmp_path: Path) -> AsyncIterator[Node]:
    async with node_on(database_url, tmp_path, StoppedClock()) as it:
        yield it


async def test_what_is_brought_is_written_down_with_who_brought_it(node: Node, http: Gateway) -> None:
    await node.gateway("one", http.url)
    errand = await node.write("one")
    assert CODE.encode() not in bytes(errand.sealed)
    receipt = await node.dispatch.bring(errand, node.configuration, 3)
    assert (receipt.fate, receipt.provider) == (Fate.ACCEPTED, "one")
    kept = await node.kept(errand)
    assert (kept.stage, kept.provider, kept.attempts) == (Stage.ACCEPTED, "one", 1)
    assert len(http.heard) == 1


async def test_the_second_delivers_where_the_first_refuses_connections(
    node: Node, http: Gateway, unreachable_url: str
) -> None:
    await node.gateway("first", unreachable_url)
    await node.gateway("second", http.url)
    errand = await node.write("first", "second")
    async with asyncio.timeout(3):
        receipt = await node.dispatch.bring(errand, node.configuration, 3)
    assert (receipt.fate, receipt.provider) == (Fate.ACCEPTED, "second")
    kept = await node.kept(errand)
    assert (kept.stage, kept.provider, kept.attempts) == (Stage.ACCEPTED, "second", 2)


async def test_one_that_hangs_after_it_read_leaves_the_message_in_doubt_and_nobody_else_tries_a69(
    node: Node, http: Gateway, silent_url: str
) -> None:
    await node.gateway("first", silent_url, timeout="0.3")
    await node.gateway("second", http.url)
    errand = await node.write("first", "second")
    receipt = await node.dispatch.bring(errand, node.configuration, 3)
    assert (receipt.fate, receipt.provider) == (Fate.UNCERTAIN, "first")
    assert (await node.kept(errand)).stage is Stage.UNCERTAIN
    assert http.heard == []


async def test_after_500_nobody_else_tries_for_it_may_have_been_sent_a69(node: Node, http: Gateway) -> None:
    async with gateway() as broken:
        broken.status = 500
        await node.gateway("first", broken.url)
        await node.gateway("second", http.url)
        errand = await node.write("first", "second")
        receipt = await node.dispatch.bring(errand, node.configuration, 3)
    assert (receipt.fate, (await node.kept(errand)).stage) == (Fate.REFUSED, Stage.FAILED)
    assert (len(broken.heard), http.heard) == (1, [])


async def test_when_all_have_failed_the_errand_has_and_says_why(node: Node, unreachable_url: str) -> None:
    await node.gateway("one", unreachable_url)
    errand = await node.write("one", "nobody")
    receipt = await node.dispatch.bring(errand, node.configuration, 3)
    assert (receipt.fate, receipt.provider) == (Fate.REFUSED, "nobody")
    kept = await node.kept(errand)
    assert (kept.stage, kept.attempts) == (Stage.FAILED, 2)
    assert "no provider 'nobody'" in kept.reason


async def test_without_any_provider_it_surely_was_not_sent(node: Node) -> None:
    assert (await node.dispatch.bring(await node.write(), node.configuration, 3)).fate is Fate.UNAVAILABLE


async def test_a_wait_that_ends_does_not_end_the_sending(node: Node) -> None:
    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await whole_request(reader)
        await asyncio.sleep(0.5)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    async with raw(slow) as port:
        await node.gateway("slow", f"http://127.0.0.1:{port}")
        errand = await node.write("slow")
        receipt = await node.dispatch.bring(errand, node.configuration, 0.1)
        assert receipt.fate is Fate.UNCERTAIN
        assert (await node.kept(errand)).stage is Stage.UNDER_WAY
        assert (await node.settled(errand)).stage is Stage.ACCEPTED


async def test_who_asked_may_go_away_and_the_message_is_brought_all_the_same(
    node: Node, http: Gateway
) -> None:
    await node.gateway("one", http.url)
    errand = await node.write("one")
    asking = asyncio.create_task(node.dispatch.bring(errand, node.configuration, 3))
    await asyncio.sleep(0)
    asking.cancel()
    assert (await node.settled(errand)).stage is Stage.ACCEPTED


async def test_of_many_nodes_one_brings_what_a_dead_one_has_left(
    node: Node, database_url: str, tmp_path: Path, http: Gateway
) -> None:
    await node.gateway("one", http.url)
    errand = await node.write("one", seconds=600)
    assert await node.dispatch.take_up() == 0  # its writer has it
    node.clock.advance(seconds=HELD / 1000)
    async with node_on(database_url, tmp_path, node.clock) as other:
        await asyncio.gather(*(one.dispatch.take_up() for one in (node, other) * 3))
        assert (await node.settled(errand)).stage is Stage.ACCEPTED
    assert len(http.heard) == 1


async def test_who_wrote_it_and_comes_late_does_not_send_it_again(
    node: Node, http: Gateway, silent_url: str
) -> None:
    await node.gateway("one", silent_url)
    errand = await node.write("one", seconds=600)
    node.clock.advance(seconds=HELD / 1000)
    await node.dispatch.take_up()
    while (await node.kept(errand)).stage is Stage.WAITING:
        await asyncio.sleep(0.01)
    await node.gateway("one", http.url)
    receipt = await node.dispatch.bring(errand, node.configuration, 3)
    assert (receipt.fate, http.heard) == (Fate.UNCERTAIN, [])


async def test_what_a_dead_node_was_sending_is_uncertain_and_never_sent_again(
    node: Node, http: Gateway
) -> None:
    await node.gateway("one", http.url)
    errand = await node.write("one", seconds=600)
    async with node.store.unit() as unit:
        assert await unit.errands.begin(errand.reference, "one", node.clock.now(), errand.held_until)
    node.clock.advance(seconds=HELD / 1000 + 1)
    assert await node.dispatch.take_up() == 0
    await node.dispatch.clear()
    assert (await node.kept(errand)).stage is Stage.UNCERTAIN
    assert await node.dispatch.take_up() == 0
    assert http.heard == []


async def test_an_expired_code_is_not_sent(node: Node, http: Gateway) -> None:
    await node.gateway("one", http.url)
    errand = await node.write("one", seconds=1)
    node.clock.advance(seconds=1)
    receipt = await node.dispatch.bring(errand, node.configuration, 3)
    node.clock.advance(seconds=HELD)
    assert await node.dispatch.take_up() == 0
    assert (receipt.fate, http.heard) == (Fate.UNCERTAIN, [])


async def test_a_message_that_does_not_open_is_given_up(node: Node, http: Gateway) -> None:
    await node.gateway("one", http.url)
    errand = await node.write("one")
    altered = Errand(
        **{name: getattr(errand, name) for name in errand.__struct_fields__ if name != "sealed"},
        sealed=Sealed(errand.sealed[:-1] + b"\x00"),
    )
    receipt = await node.dispatch.bring(altered, node.configuration, 3)
    assert (receipt.fate, (await node.kept(errand)).stage) == (Fate.REFUSED, Stage.FAILED)


async def test_one_that_could_not_be_reached_rests_and_longer_each_time(
    node: Node, http: Gateway, unreachable_url: str
) -> None:
    async def attempts() -> int:
        errand = await node.write("first", "second", seconds=10_000)
        await node.dispatch.bring(errand, node.configuration, 3)
        return (await node.kept(errand)).attempts

    await node.gateway("first", unreachable_url)
    await node.gateway("second", http.url)
    assert [await attempts(), await attempts()] == [2, 1]
    node.clock.advance(seconds=30)
    assert [await attempts(), await attempts()] == [2, 1]
    node.clock.advance(seconds=30)
    assert await attempts() == 1
    node.clock.advance(seconds=30)
    assert await attempts() == 2
    await node.gateway("first", http.url)
    node.clock.advance(seconds=120)
    assert [await attempts(), await attempts()] == [1, 1]
    assert (await node.kept(await node.write("first"))).attempts == 0


async def test_one_at_rest_is_tried_where_there_is_nobody_else(
    node: Node, http: Gateway, unreachable_url: str
) -> None:
    await node.gateway("one", unreachable_url)
    await node.dispatch.bring(await node.write("one"), node.configuration, 3)
    await node.gateway("one", http.url)
    assert (await node.dispatch.bring(await node.write("one"), node.configuration, 3)).fate is Fate.ACCEPTED


async def test_a_configuration_that_cannot_be_used_is_told_and_the_next_one_tries(
    node: Node, http: Gateway
) -> None:
    await node.gateway("broken", http.url, SERVER_CERTIFICATE="/nowhere")
    await node.gateway("second", http.url)
    errand = await node.write("broken", "second")
    assert (await node.dispatch.bring(errand, node.configuration, 3)).provider == "second"
    alone = await node.write("broken")
    receipt = await node.dispatch.bring(alone, node.configuration, 3)
    assert "SERVER_CERTIFICATE" in receipt.reason
    assert "SERVER_CERTIFICATE" in (await node.providers.test(node.known["broken"])).reason


async def test_a_provider_is_opened_once_and_anew_when_it_is_changed(node: Node, http: Gateway) -> None:
    await node.gateway("one", http.url)
    async with (
        node.providers.using(node.known["one"]) as first,
        node.providers.using(node.known["one"]) as second,
    ):
        assert first is second
        await node.gateway("one", http.url, SMS_TEXT_KEY="text")
        async with node.providers.using(node.known["one"]) as changed:
            assert changed is not first


async def test_whoever_watches_brings_what_is_left(node: Node, http: Gateway) -> None:
    await node.gateway("one", http.url)
    errand = await node.write("one", seconds=600)
    node.clock.advance(seconds=HELD / 1000)
    watching = asyncio.create_task(node.dispatch.watch())
    assert (await node.settled(errand)).stage is Stage.ACCEPTED
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)


async def test_at_the_end_what_is_under_way_is_waited_for(node: Node, http: Gateway) -> None:
    await node.gateway("one", http.url)
    errands = [await node.write("one") for _ in range(20)]
    await asyncio.gather(*(node.dispatch.bring(errand, node.configuration, 0) for errand in errands))
    await node.dispatch.close(5)
    assert {(await node.kept(errand)).stage for errand in errands} == {Stage.ACCEPTED}
