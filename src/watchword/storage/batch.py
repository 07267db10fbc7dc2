"""Calls that come while the database is busy leave together."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Generic, TypeVar

from watchword.errors import Unreachable

Item = TypeVar("Item")
Result = TypeVar("Result")
Lane = TypeVar("Lane")


class Batch(Generic[Item, Result, Lane]):
    """Gathers items only while all lanes are taken: who comes alone leaves at once.

    ``lane`` opens a way to the database, and what was asked over it is true when it closes. ``run`` takes at
    most ``most`` items over it and answers them in their order. Should it fail, each item goes alone, so that
    one with bad data harms nobody else; nothing of a failed run may have come true.
    """

    def __init__(
        self,
        lane: Callable[[], AbstractAsyncContextManager[Lane]],
        run: Callable[[Lane, Sequence[Item]], Awaitable[Sequence[Result]]],
        *,
        lanes: int,
        most: int,
    ) -> None:
        self._lane = lane
        self._run = run
        self._lanes = lanes
        self._most = most
        self._waiting: list[tuple[Item, asyncio.Future[Result]]] = []
        self._taken = 0
        self._under_way: set[asyncio.Task[None]] = set()

    async def __call__(self, item: Item) -> Result:
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._taken < self._lanes:
            self._taken += 1
            # A task of its own: a client that goes away must not take the others with it.
            task = asyncio.create_task(self._leave())
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        return await future

    async def close(self) -> None:
        """Wait for those who are under way."""
        while self._under_way:
            await asyncio.wait(self._under_way)

    async def _leave(self) -> None:
        try:
            while self._waiting:
                await self._take([])
        finally:
            # At once, not when the task is reported done: who comes in between would wait for nobody.
            self._taken -= 1

    async def _take(self, part: list[tuple[Item, asyncio.Future[Result]]]) -> None:
        """Take these, or, if there are none, those who wait when the lane is open."""
        try:
            async with self._lane() as lane:
                part = part or self._cut()
                results = await self._run(lane, [item for item, _ in part]) if part else []
        except Exception as broken:  # noqa: BLE001  whatever it was, those who wait are told
            part = part or self._cut()
            if len(part) > 1 and not isinstance(broken, Unreachable):
                for one in part:
                    await self._take([one])
                return
            for _, future in part:
                if not future.done():
                    future.set_exception(broken)
        else:
            for (_, future), result in zip(part, results, strict=True):
                if not future.done():
                    future.set_result(result)

    def _cut(self) -> list[tuple[Item, asyncio.Future[Result]]]:
        part, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
        return part
