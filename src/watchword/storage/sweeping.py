"""Forgets what is over: sessions, limits that nobody has met for long, questions that nobody answers any more."""

import asyncio
import logging

from watchword.clock import Clock
from watchword.storage.promises import Store

log = logging.getLogger(__name__)

_EVERY = 600.0
_LIMITS = 90 * 86_400_000
"""Milliseconds after which an address that was not seen counts as strange again."""
_QUESTIONS = 3_600_000
"""Milliseconds for which a question stays to be looked at after its time was over."""


async def sweep(store: Store, now: int) -> None:
    """Forget once. Any node may do it, and several at once do no harm."""
    async with store.unit() as unit:
        await unit.sessions.sweep(now)
        await unit.throttles.sweep(now - _LIMITS)
        await unit.challenges.sweep(now - _QUESTIONS)
        await unit.hooks.sweep(now)
        await unit.spendings.sweep(now)
        await unit.oidc.sweep(now)


async def keep_sweeping(store: Store, clock: Clock) -> None:
    """Forget every ten minutes, until cancelled."""
    while True:
        await asyncio.sleep(_EVERY)
        try:
            await sweep(store, clock.now())
        # Whatever it is, the next time is tried again: a chore that ended would be missed by nobody.
        except Exception as broken:  # noqa: BLE001
            log.warning("nothing was swept", extra={"why": type(broken).__name__})
