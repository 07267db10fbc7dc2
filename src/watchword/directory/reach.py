"""One directory at arm's length: so many questions at once, so long for an answer, and no surprise gets through."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import suppress
from typing import TypeVar

from msgspec import Struct

from watchword.errors import Unreachable, WatchwordError
from watchword.model.configuration import ResolverConfig
from watchword.plugin.shapes import Record, Resolver

Answer = TypeVar("Answer")


class Bounds(Struct, frozen=True, kw_only=True):
    """How much one directory is asked."""

    at_once: int = 16
    waiting: int = 500
    seconds: float = 5.0
    """For one answer, waiting included."""


class Reach:
    """A resolver behind bounds. Whatever goes wrong in it is "unknown": `errors.Unreachable`, with its name."""

    def __init__(self, resolver: Resolver, config: ResolverConfig, bounds: Bounds) -> None:
        self.resolver = resolver
        self.config = config
        self._bounds = bounds
        self._look_ups = asyncio.Semaphore(bounds.at_once)
        self._passwords = asyncio.Semaphore(bounds.at_once)
        self._asking = 0
        self._retired = False

    async def find(self, login: str) -> Record | None:
        return self._entry(await self._ask(self._look_ups, lambda: self.resolver.find(login)))

    async def get(self, userid: str) -> Record | None:
        return self._entry(await self._ask(self._look_ups, lambda: self.resolver.get(userid)))

    async def check_password(self, record: Record, password: str) -> bool:
        """In a queue of its own: costly checks must not keep look-ups waiting."""
        return (
            await self._ask(self._passwords, lambda: self.resolver.check_password(record, password)) is True
        )

    async def search(self, patterns: Mapping[str, str]) -> AsyncGenerator[Record]:
        """Not counted among the questions: a long list must not keep people waiting who want in."""
        self._asking += 1
        records = self.resolver.search(patterns)
        try:
            while record := self._entry(await self._answer(anext(records, None))):
                yield record
        finally:
            if isinstance(records, AsyncGenerator):
                await records.aclose()
            await self._leave()

    async def retire(self) -> None:
        """Close the resolver as soon as nobody asks it any more."""
        self._retired = True
        await self._close_if_idle()

    async def _ask(self, places: asyncio.Semaphore, question: Callable[[], Awaitable[Answer]]) -> Answer:
        async def in_turn() -> Answer:
            async with places:
                return await question()

        if self._asking >= self._bounds.at_once + self._bounds.waiting:
            raise Unreachable(f"Resolver {self.config.name!r} is asked too much at once: try again shortly.")
        self._asking += 1
        try:
            return await self._answer(in_turn())
        finally:
            await self._leave()

    async def _answer(self, coming: Awaitable[Answer]) -> Answer:
        try:
            async with asyncio.timeout(self._bounds.seconds):
                return await coming
        except WatchwordError:
            raise
        except TimeoutError:
            raise Unreachable(f"Resolver {self.config.name!r} did not answer in time.") from None
        except Exception as broken:  # a plug-in may raise anything, and then nothing is known
            raise Unreachable(f"Resolver {self.config.name!r} failed: {type(broken).__name__}.") from broken

    def _entry(self, answer: Record | None) -> Record | None:
        if answer is None or isinstance(answer, Record):
            return answer
        raise Unreachable(f"Resolver {self.config.name!r} gave a {type(answer).__name__} for an entry.")

    async def _leave(self) -> None:
        self._asking -= 1
        await self._close_if_idle()

    async def _close_if_idle(self) -> None:
        if self._retired and not self._asking:
            with suppress(Exception):  # a plug-in that cannot even close is gone all the same
                await self.resolver.close()
