"""A process of its own that spends codes: ``python racer.py URL SERIAL FROM TO``; prints the counters it has won."""

import asyncio
import sys

from watchword.model.audit import AuditEntry
from watchword.model.settlement import Lookup, Move, Settlement, Step
from watchword.storage import open_store


async def race(url: str, serial: str, first: int, last: int) -> None:
    store = open_store(url)
    [token] = (await store.look_up(Lookup(serial=serial))).tokens
    for counter in range(first, last):
        settled = await store.settle(
            Settlement(
                at=1,
                moves=(Move(token_id=token.id, step=Step.SPEND, counter=counter),),
                entry=AuditEntry(action="race", success=True, info=str(counter)),
                entry_if_lost=AuditEntry(action="race", info=str(counter)),
            )
        )
        if settled.won:
            print(counter, flush=True)  # noqa: T201
    await store.close()


asyncio.run(race(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
