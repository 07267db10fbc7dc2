"""Calls that arrive together leave together, and nobody is left behind."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from watchword.storage.batch import Batch


@asynccontextmanager
async def _lane() -> AsyncIterator[None]:
    yield


async def _double(_lane: None, items: Sequence[int]) -> Sequence[int]:
    return [item * 2 for item in items]


async def test_who_comes_just_when_a_lane_is_left_is_taken_all_the_same() -> None:
    batch: Batch[int, int, None] = Batch(_lane, _double, lanes=1, most=8)
    async with asyncio.timeout(5):
        assert [await batch(number) for number in range(50)] == [number * 2 for number in range(50)]
