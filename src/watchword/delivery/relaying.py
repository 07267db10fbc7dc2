"""Brings the codes of others: what they ask for is taken once, and told the same however often they ask.

A commission is claimed and its errand is written down in one transaction; only then is anybody spoken to. Of several
nodes that are asked for the same, one claims it, and the others tell what became of it.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from watchword.clock import Clock, Dice
from watchword.crypto.keyring import KeyRing
from watchword.delivery.dispatch import Dispatch
from watchword.delivery.outbox import packed
from watchword.delivery.telling import accepted, refused, uncertain
from watchword.errors import WatchwordError
from watchword.model.audit import AuditEntry
from watchword.model.configuration import Configuration
from watchword.model.errand import Errand, Stage
from watchword.model.hook import Commission, HookEvent, Shape
from watchword.model.message import Message, Receipt
from watchword.model.spending import Charge
from watchword.storage.promises import Store

log = logging.getLogger(__name__)

_PURPOSE = "hook event"
_REMEMBERED = 3_600_000
"""Milliseconds for which an event is remembered after its code is over."""
_NAMELESS = 60_000
"""The same, from its beginning, for one without a name of its own: another with the same code may be meant."""
_LOOK_AGAIN = 0.1
"""Seconds between two looks whether somebody else has an answer."""


class Brought(Struct, frozen=True, kw_only=True):
    """What became of a commission."""

    receipt: Receipt
    reference: str = ""
    """Our name of the message."""


class Progress:
    """How far a commission has come: whether it may have been written down, and so may be brought."""

    def __init__(self) -> None:
        self.begun = False
        self.shape: Shape | None = None
        """Whose form the answer has; None as long as nobody knows who asks."""


Record = Callable[[Receipt, str], AuditEntry]
"""Makes the signed audit row of an event, given what became of it and our name of the message."""


class Relaying:
    """Takes commissions for this process."""

    def __init__(self, *, store: Store, ring: KeyRing, clock: Clock, dice: Dice, dispatch: Dispatch) -> None:
        self._store = store
        self._ring = ring
        self._clock = clock
        self._dice = dice
        self._dispatch = dispatch

    async def bring(
        self,
        hook: str,
        commission: Commission,
        providers: Sequence[str],
        configuration: Configuration,
        seconds: float,
        progress: Progress,
        record: Record,
        charges: Sequence[Charge] = (),
        *,
        enforce: bool = True,
    ) -> Brought:
        """Have it brought, unless it was before, and wait so long for the outcome. ``hook`` names who asks.

        It counts against ``charges`` first; where one is exceeded nothing is sent, or with ``enforce`` False that is
        only told.
        """
        now = self._clock.now()
        errand = self._packed(commission, providers, now)
        until = commission.expires + _REMEMBERED if commission.event else now + _NAMELESS
        event = HookEvent(key=self._key(hook, commission), errand=errand.reference, made=now, expires=until)
        progress.begun = True
        try:
            async with self._store.unit() as unit:
                ours = await unit.hooks.claim(event)
                exceeded = await unit.spendings.spend(charges) if ours else ()
                if exceeded and enforce:
                    raise _Exceeded(_exceeded(exceeded))
                if ours:
                    await unit.errands.add([errand])
        except _Exceeded as refusal:
            return await self._refused(event, refused(refusal.message, final=True), record)
        if not ours:
            return await self._told_before(event.key)
        receipt = await self._dispatch.bring(errand, configuration, seconds)
        if exceeded:
            would = f"{receipt.reason} Would have been refused. {_exceeded(exceeded)}".strip()
            receipt = replace(receipt, reason=would)
        async with self._store.unit() as unit:
            await unit.hooks.answer(event.key, msgspec.json.encode(receipt))
            await unit.audit.append(record(receipt, errand.reference))
        return Brought(receipt=receipt, reference=errand.reference)

    async def _refused(self, event: HookEvent, receipt: Receipt, record: Record) -> Brought:
        """Remember that it was refused: of what it would have counted nothing is left."""
        log.warning("a message of others was refused", extra={"why": receipt.reason})
        async with self._store.unit() as unit:
            if await unit.hooks.claim(replace(event, errand="", answer=msgspec.json.encode(receipt))):
                await unit.audit.append(record(receipt, ""))
        return Brought(receipt=receipt)

    def _packed(self, commission: Commission, providers: Sequence[str], now: int) -> Errand:
        message = Message(
            channel=commission.channel,
            to=commission.to,
            text=commission.text,
            code=commission.code,
            language=commission.language,
            seconds=max(1, (commission.expires - now) // 1000),
        )
        return packed(message, providers, self._ring, self._dice, now=now, expires=commission.expires)

    def _key(self, hook: str, commission: Commission) -> bytes:
        """The same for the same message only: a name that comes again with another message is another event."""
        wanted = (commission.event, commission.channel.value, commission.to, commission.text, commission.code)
        return self._ring.fingerprint(_PURPOSE, hook, *wanted)

    async def _told_before(self, key: bytes) -> Brought:
        """What was told, or what became of the message; waits while another is about to know."""
        while True:
            async with self._store.view() as view:
                event = await view.hooks.find(key)
                errand = await view.errands.find(event.errand) if event is not None else None
            if event is not None and event.answer:
                receipt = msgspec.json.decode(event.answer, type=Receipt)
                return Brought(receipt=receipt, reference=event.errand)
            if event is None or errand is None:
                return Brought(
                    receipt=uncertain("The message was taken before, and nobody knows it any more.")
                )
            if errand.stage not in {Stage.WAITING, Stage.UNDER_WAY}:
                return Brought(receipt=_receipt(errand), reference=event.errand)
            await asyncio.sleep(_LOOK_AGAIN)


class _Exceeded(WatchwordError):
    """A bound on messages is exceeded."""

    slug = "bound-exceeded"


def _exceeded(charges: Sequence[Charge]) -> str:
    return f"Too much was sent: {', '.join(charge.reason for charge in charges)}."


def _receipt(errand: Errand) -> Receipt:
    """What is known of an errand that somebody else has brought."""
    if errand.stage in {Stage.ACCEPTED, Stage.DELIVERED}:
        told = accepted(errand.their_reference, errand.reason)
    elif errand.stage is Stage.FAILED:
        told = refused(errand.reason)
    else:
        told = uncertain(errand.reason or "Who sent the message has ended while it did.")
    return replace(told, provider=errand.provider)
