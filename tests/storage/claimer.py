"""A process of its own that answers questions: ``python claimer.py URL SERIAL HOW_MANY``; prints those it was right on."""

import asyncio
import sys

from watchword.model.settlement import Asked, Lookup, Move, Settlement, Step
from watchword.storage import open_store


async def claim(url: str, serial: str, many: int) -> None:
    store = open_store(url)
    [token] = (await store.look_up(Lookup(serial=serial))).tokens
    for number in range(many):
        settled = await store.settle(
            Settlement(
                at=1,
                moves=(Move(token_id=token.id, step=Step.SPEND),),
                asked=Asked(claim=f"{number:017}"),
                entry=None,
            )
        )
        if settled.won:
            print(number, flush=True)  # noqa: T201
    await store.close()


asyncio.run(claim(sys.argv[1], sys.argv[2], int(sys.argv[3])))
