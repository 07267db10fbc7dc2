"""Few at once: work that costs tens of milliseconds of a core each, as password hashes do."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import BoundedSemaphore
from typing import TypeVar

from watchword.errors import Unreachable

Result = TypeVar("Result")


class CostlyWork:
    """Runs costly functions off the event loop.

    Threat: strangers who send passwords faster than they can be hashed. No more than ``workers`` are under way and
    ``queue`` wait; the next one, and whoever waits longer than ``seconds`` in all, gets `errors.Unreachable`. A
    place is free again only when its work has really ended, so that giving up early buys nobody a second one.
    """

    def __init__(self, *, workers: int = 2, queue: int = 200, seconds: float = 10.0) -> None:
        self.workers = workers
        self._seconds = seconds
        self._places = BoundedSemaphore(workers + queue)
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="costly")

    async def run(self, function: Callable[..., Result], *args: object) -> Result:
        """What the function returns; its errors pass through."""
        if not self._places.acquire(blocking=False):
            raise Unreachable("Too many passwords are waiting to be checked: try again shortly.")
        work = self._threads.submit(function, *args)
        work.add_done_callback(self._leave)
        try:
            async with asyncio.timeout(self._seconds) as limit:
                return await asyncio.wrap_future(work)
        except TimeoutError:
            if not limit.expired():
                raise
            raise Unreachable(f"Checking a password took more than {self._seconds:g} s: try again.") from None

    def close(self) -> None:
        """Take no more work and forget what has not begun."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _leave(self, _work: Future[Result]) -> None:
        self._places.release()
