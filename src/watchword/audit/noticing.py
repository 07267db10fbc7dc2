"""Rows about what the house noticed by itself: nobody called, so no call writes them."""

from collections.abc import Awaitable, Callable

from watchword.audit.journal import Journal
from watchword.model.audit import AuditEntry
from watchword.model.settlement import Settlement
from watchword.storage.promises import Store


def noticing(store: Store, journal: Journal, action: str) -> Callable[[str, str], Awaitable[None]]:
    """Writes a row of this action for what is amiss: which thing it is, and a sentence."""

    async def notice(thing: str, sentence: str) -> None:
        entry = AuditEntry(action=action, administrator="''", action_detail=sentence, info=thing)
        signed = journal.sign(entry)
        await store.settle(Settlement(at=signed.at, entry=signed))

    return notice
