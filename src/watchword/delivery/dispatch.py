"""Brings errands: writes down who is spoken to, speaks, writes down what became of it.

Whoever writes an errand down with a question writes the first of the three with it, and the last with the row of
the audit: `begun`, `bring_begun`.

No transaction is open while a provider is spoken to. What is UNDER_WAY is never taken up again, so that nothing is
sent twice: a node that dies while it speaks leaves an errand whose outcome is uncertain, and that is what it becomes.
"""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, TypeVar

from msgspec.structs import replace

from watchword.clock import Clock
from watchword.crypto.keyring import KeyRing
from watchword.delivery.outbox import HELD, unpacked
from watchword.delivery.providing import Providers
from watchword.delivery.resting import Resting
from watchword.delivery.telling import refused, unavailable, uncertain
from watchword.errors import WatchwordError
from watchword.model.configuration import Configuration, ProviderConfig
from watchword.model.errand import Ending, Errand, Stage
from watchword.model.message import Channel, Fate, Message, Receipt
from watchword.model.settlement import Asked, Settlement
from watchword.plugin.providers import NotSent, Provider
from watchword.policy.snapshot import Snapshots
from watchword.storage.promises import Store

log = logging.getLogger(__name__)

_T = TypeVar("_T")
_ON_ITS_WAY = "The message is still on its way."
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
        self._under_way: set[asyncio.Task[Any]] = set()

    async def bring(self, errand: Errand, configuration: Configuration, seconds: float) -> Receipt:
        """Bring an errand that we hold, and wait so long for the outcome.

        When the time is over the sending goes on, its outcome is recorded, and the receipt says `Fate.UNCERTAIN`.
        """
        task = self._send_off(self._carry(errand, configuration, errand.held_until))
        done, _ = await asyncio.wait({task}, timeout=seconds)
        return task.result() if done else uncertain(_ON_ITS_WAY)

    def begun(self, errand: Errand) -> Errand:
        """The errand as it is written down by whoever speaks to its first provider at once, with `bring_begun`."""
        first = self._resting.rested_first(Channel(errand.channel), errand.providers)[0]
        return replace(errand, stage=Stage.UNDER_WAY, provider=first, attempts=1)

    async def bring_begun(
        self, errand: Errand, configuration: Configuration, seconds: float
    ) -> tuple[Receipt, Ending | None]:
        """Bring an errand that is written down as begun; the outcome, for whoever asked to write it down.

        None where that is done here: when the time is over, the sending goes on.
        """
        task = self._send_off(self._try_all(errand, configuration, errand.held_until))
        try:
            done, _ = await asyncio.wait({task}, timeout=seconds)
        finally:
            if not task.done():
                self._send_off(self._end_late(task))
        return task.result() if done else (uncertain(_ON_ITS_WAY), None)

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
                self._send_off(self._carry(errand, configuration, now + HELD))
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

    def _send_off(self, work: Coroutine[Any, Any, _T]) -> asyncio.Task[_T]:
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._arrived)
        return task

    def _arrived(self, task: asyncio.Task[Any]) -> None:
        self._under_way.discard(task)
        if not task.cancelled() and (broken := task.exception()):
            log.warning("a message was not brought: %s", type(broken).__name__)

    async def _carry(self, errand: Errand, configuration: Configuration, held_until: int) -> Receipt:
        """Bring an errand and write down what became of it."""
        receipt, ending = await self._try_all(errand, configuration, held_until)
        if ending is not None:
            await self._end(ending)
        return receipt

    async def _end_late(self, task: asyncio.Task[tuple[Receipt, Ending | None]]) -> None:
        _, ending = await task
        if ending is not None:
            await self._end(ending)

    async def _try_all(
        self, errand: Errand, configuration: Configuration, held_until: int
    ) -> tuple[Receipt, Ending | None]:
        """Try the errand's providers in order until one has it, or may have it, or nobody shall; and what is to be
        written down of that, None if nothing.
        """
        is_begun = errand.stage is Stage.UNDER_WAY
        try:
            message = unpacked(errand, self._ring)
        except WatchwordError as sealed:
            receipt = refused(sealed.message)
            ours = is_begun or await self._begin(errand, "", held_until, after=None)
            return receipt, _ending(errand, receipt) if ours else None
        names = self._resting.rested_first(message.channel, errand.providers)
        if is_begun:
            names = (errand.provider, *(name for name in names if name != errand.provider))
        receipt = unavailable("No provider is configured for the message.")
        for place, name in enumerate(names):
            if not (is_begun and place == 0) and not await self._begin(
                errand, name, held_until, after=receipt if place else None
            ):
                late = "The message is not worth bringing any more, or another node brings it."
                return receipt if place else uncertain(late), None
            config = configuration.provider(message.channel, name)
            receipt = replace(await self._try(config, name, message, held_until), provider=name)
            if receipt.fate in {Fate.ACCEPTED, Fate.UNCERTAIN} or receipt.final:
                break
        return receipt, _ending(errand, receipt) if names else None

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

    async def _end(self, ending: Ending) -> None:
        """Write down the outcome. If the store is gone now, the errand becomes uncertain when it is back."""
        try:
            await self._store.settle(
                Settlement(at=self._clock.now(), asked=Asked(ended=(ending,)), entry=None)
            )
        except WatchwordError as broken:
            log.warning("the outcome of a message could not be written down: %s", broken.message)


def _ending(errand: Errand, receipt: Receipt) -> Ending:
    return Ending(
        reference=errand.reference,
        stage=_STAGES[receipt.fate],
        reason=receipt.reason,
        their_reference=receipt.reference,
    )


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
