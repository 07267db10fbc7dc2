"""Brings errands: writes down who is spoken to, speaks, writes down what became of it.

No transaction is open while a provider is spoken to. What is UNDER_WAY is never taken up again, so that nothing is
sent twice: a node that dies while it speaks leaves an errand whose outcome is uncertain, and that is what it becomes.
"""

import asyncio
import logging

from msgspec.structs import replace

from watchword.clock import Clock
from watchword.crypto.keyring import KeyRing
from watchword.delivery.outbox import HELD, unpacked
from watchword.delivery.providing import Providers
from watchword.delivery.resting import Resting
from watchword.delivery.telling import refused, unavailable, uncertain
from watchword.errors import WatchwordError
from watchword.model.configuration import Configuration, ProviderConfig
from watchword.model.errand import Errand, Stage
from watchword.model.message import Fate, Message, Receipt
from watchword.plugin.providers import NotSent, Provider
from watchword.policy.snapshot import Snapshots
from watchword.storage.promises import Store

log = logging.getLogger(__name__)

_EVERY = 2.0
"""Seconds between two looks for errands that nobody brings."""
_ROUNDS = 15
"""Looks between two clearings."""
_AT_ONCE = 20
"""Errands of others that are taken up in one look."""
_KEPT = 7 * 86_400_000
"""Milliseconds for which errands are kept to be looked at."""

_STAGES = {
    Fate.ACCEPTED: Stage.ACCEPTED,
    Fate.UNCERTAIN: Stage.UNCERTAIN,
    Fate.REFUSED: Stage.FAILED,
    Fate.UNAVAILABLE: Stage.FAILED,
}


class Dispatch:
    """Brings errands for this process, those just written and those that a dead node has left."""

    def __init__(
        self, providers: Providers, store: Store, ring: KeyRing, clock: Clock, snapshots: Snapshots
    ) -> None:
        self._providers = providers
        self._store = store
        self._ring = ring
        self._clock = clock
        self._snapshots = snapshots
        self._resting = Resting(clock)
        self._under_way: set[asyncio.Task[Receipt]] = set()

    async def bring(self, errand: Errand, configuration: Configuration, seconds: float) -> Receipt:
        """Bring an errand that we hold, and wait so long for the outcome.

        When the time is over the sending goes on, its outcome is recorded, and the receipt says `Fate.UNCERTAIN`.
        """
        task = self._send_off(errand, configuration, errand.held_until)
        done, _ = await asyncio.wait({task}, timeout=seconds)
        return task.result() if done else uncertain("The message is still on its way.")

    async def watch(self) -> None:
        """Look after the outbox until cancelled: what dead nodes have left is brought, or known to be uncertain."""
        rounds = 0
        while True:
            try:
                await self.take_up()
                if rounds % _ROUNDS == 0:
                    await self.clear()
            # Whatever it is, the next look is tried again: a chore that ended would be missed by nobody.
            except Exception as broken:  # noqa: BLE001
                log.warning("the outbox cannot be looked at: %s", type(broken).__name__)
            rounds += 1
            await asyncio.sleep(_EVERY)

    async def take_up(self) -> int:
        """Bring what waits and is held by nobody; how many there were. Does not wait for the outcome."""
        now = self._clock.now()
        async with self._store.glance() as view:
            due = await view.errands.due(now, _AT_ONCE)
        if due:
            configuration = (await self._snapshots.latest()).configuration
            for errand in due:
                self._send_off(errand, configuration, now + HELD)
        return len(due)

    async def clear(self) -> None:
        """Call uncertain what a dead node was sending, and forget what is old."""
        now = self._clock.now()
        async with self._store.unit() as unit:
            stranded = await unit.errands.strand(now)
            await unit.errands.sweep(now - _KEPT)
        if stranded:
            log.warning("the outcome of %d messages is not known: who sent them has ended", stranded)

    async def close(self, seconds: float = 10.0) -> None:
        """Wait for what is under way, but no longer than this; what then remains becomes uncertain."""
        if self._under_way:
            _, late = await asyncio.wait(self._under_way, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _send_off(
        self, errand: Errand, configuration: Configuration, held_until: int
    ) -> asyncio.Task[Receipt]:
        task = asyncio.create_task(self._carry(errand, configuration, held_until))
        self._under_way.add(task)
        task.add_done_callback(self._arrived)
        return task

    def _arrived(self, task: asyncio.Task[Receipt]) -> None:
        self._under_way.discard(task)
        if not task.cancelled() and (broken := task.exception()):
            log.warning("a message was not brought: %s", type(broken).__name__)

    async def _carry(self, errand: Errand, configuration: Configuration, held_until: int) -> Receipt:
        """Try the errand's providers in order until one has it, or may have it, or nobody shall."""
        try:
            message = unpacked(errand, self._ring)
        except WatchwordError as sealed:
            receipt = refused(sealed.message)
            if await self._begin(errand, "", held_until, after=None):
                await self._end(errand, receipt)
            return receipt
        names = self._resting.rested_first(message.channel, errand.providers)
        receipt = unavailable("No provider is configured for the message.")
        for place, name in enumerate(names):
            if not await self._begin(errand, name, held_until, after=receipt if place else None):
                late = "The message is not worth bringing any more, or another node brings it."
                return receipt if place else uncertain(late)
            config = configuration.provider(message.channel, name)
            receipt = replace(await self._try(config, name, message, held_until), provider=name)
            if receipt.fate in {Fate.ACCEPTED, Fate.UNCERTAIN} or receipt.final:
                break
        if names:
            await self._end(errand, receipt)
        return receipt

    async def _try(
        self, config: ProviderConfig | None, name: str, message: Message, held_until: int
    ) -> Receipt:
        """What one provider makes of it."""
        if config is None:
            return refused(f"There is no provider {name!r} for {message.channel}.")
        try:
            async with self._providers.using(config) as provider:
                receipt = await _asked_to_send(provider, message, (held_until - self._clock.now()) / 1000)
        except WatchwordError as unusable:
            return refused(f"The provider {name!r} cannot be used: {unusable.message}")
        if receipt.fate is Fate.UNAVAILABLE:
            self._resting.failed(message.channel, name)
        else:
            self._resting.answered(message.channel, name)
        return receipt

    async def _begin(self, errand: Errand, name: str, held_until: int, *, after: Receipt | None) -> bool:
        """Write down who is spoken to now, and what the one before said; False if it is not ours to bring."""
        async with self._store.unit() as unit:
            if after:
                await unit.errands.end(errand.reference, Stage.WAITING, reason=after.reason)
            return await unit.errands.begin(errand.reference, name, self._clock.now(), held_until)

    async def _end(self, errand: Errand, receipt: Receipt) -> None:
        """Write down the outcome. If the store is gone now, the errand becomes uncertain when it is back."""
        try:
            async with self._store.unit() as unit:
                await unit.errands.end(
                    errand.reference,
                    _STAGES[receipt.fate],
                    reason=receipt.reason,
                    their_reference=receipt.reference,
                )
        except WatchwordError as broken:
            log.warning("the outcome of a message could not be written down: %s", broken.message)


async def _asked_to_send(provider: Provider, message: Message, seconds: float) -> Receipt:
    """What the provider says. Whatever goes wrong in it, it may have sent the message before."""
    try:
        async with asyncio.timeout(seconds):
            return await provider.send(message)
    except NotSent as broken:
        return unavailable(broken.message)
    except TimeoutError:
        return uncertain("The provider took too long.")
    except Exception as broken:  # noqa: BLE001 - a plug-in may raise anything, and say anything in it
        log.warning("a provider's class failed: %s", type(broken).__name__)
        return uncertain(f"The provider's class failed: {type(broken).__name__}.")
