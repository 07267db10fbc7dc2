"""One directory at arm's length: so many questions at once, so long for an answer, and no surprise gets through."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import TypeVar

from watchword.clock import Clock
from watchword.directory.absences import Absences
from watchword.directory.health import Health, Meter
from watchword.directory.memory import Memory
from watchword.directory.resting import Rest
from watchword.directory.settings import DirectorySettings
from watchword.errors import DirectorySilent, Unreachable, WatchwordError
from watchword.model.configuration import ResolverConfig
from watchword.plugin.shapes import Record, Resolver, Trial

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")


class Reach:
    """A resolver behind bounds. Whatever goes wrong in it is "unknown": `errors.DirectorySilent`, with its name.

    Who asks what is being asked already shares the answer. A directory that leaves questions unanswered is left alone
    for a while; look-ups say so, not passwords, which may be slow for reasons of ours.
    """

    def __init__(
        self, resolver: Resolver, config: ResolverConfig, settings: DirectorySettings, clock: Clock
    ) -> None:
        self.resolver = resolver
        self.config = config
        self.absences = Absences(clock, settings.brake)
        self.last_known = Memory(clock, settings.remembered)
        """By id, for lists to show when it does not answer."""
        self._settings = settings
        self._clock = clock
        self._rest = Rest(
            clock, settings.rest_after if resolver.rests else None, settings.rest_seconds * 1000
        )
        self._meter = Meter()
        self._look_ups = asyncio.Semaphore(settings.at_once)
        self._passwords = asyncio.Semaphore(settings.at_once)
        self._under_way: dict[tuple[str, str], asyncio.Task[Record | None]] = {}
        self._told_rest = False
        self._asking = 0
        self._retired = False

    async def find(self, login: str) -> Record | None:
        record = await self._shared(("find", login), lambda: self.resolver.find(login))
        if record is not None:
            self.absences.note(record.userid, there=True)
        return record

    async def get(self, userid: str) -> Record | None:
        record = await self._shared(("get", userid), lambda: self.resolver.get(userid))
        self.absences.note(userid, there=record is not None)
        return record

    async def check_password(self, record: Record, password: str) -> bool:
        """In a queue of its own: costly checks must not keep look-ups waiting."""

        async def in_turn() -> bool:
            async with self._passwords:
                return await self.resolver.check_password(record, password)

        self._expect_answers()
        async with self._counted():
            return await self._answer(in_turn()) is True

    async def search(self, patterns: Mapping[str, str]) -> AsyncGenerator[Record]:
        """Not counted among the questions: a long list must not keep people waiting who want in."""
        self._expect_answers()
        self._asking += 1
        records = self.resolver.search(patterns)
        try:
            while record := self._entry(await self._answer(anext(records, None))):
                yield record
        finally:
            if isinstance(records, AsyncGenerator):
                await records.aclose()
            await self._leave()

    async def try_out(self) -> list[Trial]:
        """All steps, each within the time of an answer."""
        trials: list[Trial] = []
        steps = self.resolver.try_out()
        try:
            while trial := await self._answer(anext(steps, None)):
                trials.append(trial)
        finally:
            if isinstance(steps, AsyncGenerator):
                await steps.aclose()
        return trials

    def health(self) -> Health:
        """How it is doing."""
        return Health(
            resolver=self.config.name,
            answers=self._meter.answers,
            unanswered=self._meter.unanswered,
            last_answer=self._meter.last_answer,
            latency=self._meter.latency,
            resting=self._rest.begun,
            people=self.absences.people,
            missing=self.absences.missing,
            brake=self.absences.brake,
        )

    async def retire(self) -> None:
        """Close the resolver as soon as nobody asks it any more."""
        self._retired = True
        await self._close_if_idle()

    async def end(self) -> None:
        """Close the resolver now, whoever still asks."""
        questions = [*self._under_way.values()]
        for question in questions:
            question.cancel()
        await asyncio.gather(*questions, return_exceptions=True)
        await self.retire()

    async def _shared(
        self, key: tuple[str, str], question: Callable[[], Awaitable[Record | None]]
    ) -> Record | None:
        """The answer to a question that is asked once, however many wait for it, and to its end if all have gone."""
        task = self._under_way.get(key)
        if task is None:
            task = self._under_way[key] = asyncio.create_task(self._look_up(question))
            task.add_done_callback(partial(self._answered, key))
        return await asyncio.shield(task)

    def _answered(self, key: tuple[str, str], task: "asyncio.Task[Record | None]") -> None:
        del self._under_way[key]
        if not task.cancelled():
            task.exception()  # an error is seen also where nobody waits for it any more

    async def _look_up(self, question: Callable[[], Awaitable[Record | None]]) -> Record | None:
        if not self._rest.admits():
            raise self._rests()
        time, begun = asyncio.get_running_loop().time, 0.0

        async def in_turn() -> Record | None:
            nonlocal begun
            async with self._look_ups:
                begun = time()
                return await question()

        try:
            async with self._counted():
                record = self._entry(await self._answer(in_turn()))
        except DirectorySilent as silent:
            in_vain = isinstance(silent, _Late) and time() - begun < self._settings.seconds / 2
            if begun and not in_vain and not isinstance(silent, _Failed):
                self._meter.unanswered += 1
                self._rest.unanswered()
            raise
        except WatchwordError:  # two entries, say: that is an answer
            self._note_answer(1000 * (time() - begun))
            raise
        else:
            self._note_answer(1000 * (time() - begun))
            return record
        finally:
            self._rest.told()
            self._tell()

    def _note_answer(self, millis: float) -> None:
        self._meter.answered(self._clock.now(), millis)
        self._rest.answered()

    def _tell(self) -> None:
        if self._rest.begun != self._told_rest:
            self._told_rest = self._rest.begun
            news = "does not answer and is left alone" if self._told_rest else "answers again"
            log.warning("resolver %s", news, extra={"resolver": self.config.name})

    @asynccontextmanager
    async def _counted(self) -> AsyncIterator[None]:
        if self._asking >= self._settings.at_once + self._settings.waiting:
            raise _Failed(f"Resolver {self.config.name!r} is asked too much at once: try again shortly.")
        self._asking += 1
        try:
            yield
        finally:
            await self._leave()

    async def _answer(self, coming: Awaitable[Answer]) -> Answer:
        name = self.config.name
        try:
            async with asyncio.timeout(self._settings.seconds):
                return await coming
        except Unreachable as unknown:
            raise DirectorySilent(unknown.message) from None
        except WatchwordError:
            raise
        except TimeoutError:
            raise _Late(f"Resolver {name!r} did not answer in time.") from None
        except Exception as broken:  # a plug-in may raise anything, and then nothing is known
            raise _Failed(f"Resolver {name!r} failed: {type(broken).__name__}.") from broken

    def _entry(self, answer: Record | None) -> Record | None:
        if answer is None or isinstance(answer, Record):
            return answer
        raise _Failed(f"Resolver {self.config.name!r} gave a {type(answer).__name__} for an entry.")

    def _expect_answers(self) -> None:
        if self._rest.lasts:
            raise self._rests()

    def _rests(self) -> DirectorySilent:
        return DirectorySilent(
            f"Resolver {self.config.name!r} did not answer and is left alone for some seconds."
        )

    async def _leave(self) -> None:
        self._asking -= 1
        await self._close_if_idle()

    async def _close_if_idle(self) -> None:
        if self._retired and not self._asking:
            with suppress(Exception):  # a plug-in that cannot even close is gone all the same
                await self.resolver.close()


class _Late(DirectorySilent):
    """The time for an answer was over; much of it may have gone by before the question had its turn."""


class _Failed(DirectorySilent):
    """Nothing is known, for a reason that says nothing of the directory: it may answer the next question."""
