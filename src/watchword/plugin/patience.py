"""Runs a stranger's code for so long and no longer.

Threat: a plug-in that hangs. Each call has a thread of its own, so that nobody waits longer than the limit. What is
overdue is told to end, and as long as it does not, its place stays taken: a type that hangs on and on is refused at
once, while all others go on. A thread is no wall: code that holds the interpreter's lock in one long instruction, or
means to break out, stops the process. Plug-ins are code that an operator trusts; this is for their mistakes.
"""

import threading
from collections.abc import Callable
from typing import Any

PLACES = 8
"""Calls of one plug-in that may be under way, hanging ones included."""


class Overdue(Exception):
    """It took too long, or too many calls before it still do."""


class _Stop(BaseException):
    """Raised within a thread that is overdue; no plug-in's ``except Exception`` keeps it."""


class Patience:
    """The time that one plug-in has for one call."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._overdue: list[threading.Thread] = []

    def run(self, function: Callable[[], Any]) -> Any:
        """What the function returns or raises; `Overdue` if that takes too long."""
        outcome: list[tuple[bool, Any]] = []

        def work() -> None:
            try:
                outcome.append((True, function()))
            except _Stop:
                pass
            # Whatever a stranger's code raises, SystemExit included, is told to whoever called it.
            except BaseException as broken:  # noqa: BLE001
                outcome.append((False, broken))

        thread = self._started(work)
        thread.join(self._seconds)
        if not outcome:
            with self._lock:
                self._overdue.append(thread)
            _stop(thread)
            raise Overdue(f"no answer within {self._seconds:g} s")
        well, value = outcome[0]
        if well:
            return value
        raise value

    def _started(self, work: Callable[[], None]) -> threading.Thread:
        """A thread for it, if there is a place. The dead have none, and what is overdue is told once more to end."""
        with self._lock:
            self._threads = [one for one in self._threads if one.is_alive()]
            self._overdue = [one for one in self._overdue if one.is_alive()]
            for one in self._overdue:
                _stop(one)
            if len(self._threads) >= PLACES:
                raise Overdue(f"{PLACES} calls before it have not ended")
            # A daemon: a hanging plug-in must not keep the server from ending.
            thread = threading.Thread(target=work, name="plug-in", daemon=True)
            thread.start()
            self._threads.append(thread)
        return thread


def _stop(thread: threading.Thread) -> None:
    """Raise `_Stop` in the thread as soon as it runs Python again (C API, PyThreadState_SetAsyncExc)."""
    import ctypes

    if thread.ident is not None and thread.is_alive():
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(_Stop))
