"""Keeps workers alive: forks them, hears when they are ready, brings back the dead, and stops them in order.

The supervisor has no event loop and no thread, so that it may fork at any time; it only reads pipes and notes
signals. A worker that is told to stop, or whose supervisor has died, finds its lifeline cut.
"""

import logging
import os
import selectors
import signal
import socket
import time
from collections.abc import Callable, Sequence

from msgspec import Struct

from watchword.cli.serving.children import Tell, fork, refusal_of
from watchword.errors import WatchwordError

Work = Callable[[Sequence[socket.socket], int, Callable[[], object]], None]
"""What a worker does: answer on its sockets, call the function once it does, end when the pipe is cut."""

PATIENCE = 13.0
"""Seconds after which a worker that was told to stop is killed: more than it takes itself (`worker.FINISHING`)."""

_BRAKES = (0.0, 0.25, 0.5, 1.0, 2.0, 5.0)
"""Seconds before the first, second, ... restart in a row; the last counts for all that follow."""
_STEADY = 30.0
"""Seconds of life after which a worker's death is the first in a row again."""

_STOP = frozenset({signal.SIGTERM, signal.SIGINT})
_HEARD = _STOP | {signal.SIGCHLD}
_READY = b"ready"

log = logging.getLogger(__name__)


class _Slot(Struct):
    """A worker's place: its sockets, and who sits there."""

    number: int
    listening: Sequence[socket.socket]
    pid: int = 0
    report: int = -1
    """Read end of the pipe in which the worker says that it is ready, or why it cannot be."""
    ready: bool = False
    refusal: WatchwordError | None = None
    began: float = 0.0
    deaths: int = 0
    """In a row."""
    again: float = 0.0
    """When the empty place is filled."""

    def close(self) -> None:
        for one in self.listening:
            one.close()


class Supervisor:
    """Keeps one worker on each group of its sockets."""

    def __init__(self, sockets: Sequence[Sequence[socket.socket]], work: Work) -> None:
        self._slots = [_Slot(number, listening) for number, listening in enumerate(sockets)]
        self._work = work
        self._lifeline, self._held = os.pipe()
        self._selector = selectors.DefaultSelector()
        self._announced = False
        self._deadline: float | None = None
        """When those who were told to stop are killed; None while the house is open."""
        self._failure: WatchwordError | None = None

    def run(self, announce: Callable[[], None]) -> None:
        """Call ``announce`` once, when all workers are ready; return when all were told to stop, and have.

        Raises what kept a worker from becoming ready the first time. Later deaths are logged and mended.
        """
        signals, noted = socket.socketpair()
        signals.setblocking(False)
        noted.setblocking(False)
        self._selector.register(signals, selectors.EVENT_READ)
        before = {number: signal.signal(number, _note) for number in _HEARD}
        signal.set_wakeup_fd(noted.fileno(), warn_on_full_buffer=False)
        try:
            while not self._closed():
                self._fill_places()
                for key, _ in self._selector.select(self._idle_time()):
                    if key.fileobj is signals:
                        self._obey(signals.recv(4096))
                    else:
                        self._hear(key.data)
                self._bury()
                if not self._announced and self._deadline is None and all(slot.ready for slot in self._slots):
                    self._announced = True
                    announce()
        finally:
            self._kill()
            signal.set_wakeup_fd(-1)
            for number, handler in before.items():
                signal.signal(number, handler)
        if self._failure is not None:
            raise self._failure

    def _closed(self) -> bool:
        return self._deadline is not None and not any(slot.pid for slot in self._slots)

    def _idle_time(self) -> float | None:
        if self._deadline is not None:
            return max(0.0, self._deadline - time.monotonic())
        due = [slot.again for slot in self._slots if not slot.pid]
        return max(0.0, min(due) - time.monotonic()) if due else None

    def _fill_places(self) -> None:
        for slot in self._slots:
            if self._deadline is None and not slot.pid and slot.again <= time.monotonic():
                self._fork(slot)

    def _fork(self, slot: _Slot) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, _HEARD)  # none may find the child in its parent's clothes
        slot.pid, slot.report = fork(lambda tell: self._become(slot, tell))
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _HEARD)
        os.set_blocking(slot.report, False)
        slot.ready, slot.refusal, slot.began = False, None, time.monotonic()
        self._selector.register(slot.report, selectors.EVENT_READ, slot)

    def _become(self, slot: _Slot, tell: Tell) -> None:
        """In the child: let go of all that is the supervisor's, and work."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to all; the supervisor decides
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _HEARD)
        self._selector.close()
        os.close(self._held)
        for other in self._slots:
            if other is not slot:
                other.close()  # else the kernel sends connections to whoever has stopped
        self._work(slot.listening, self._lifeline, lambda: tell(_READY))

    def _hear(self, slot: _Slot) -> None:
        """Read what the worker has told, if anything."""
        try:
            said = os.read(slot.report, 65_536)
        except BlockingIOError:
            return
        if not said:
            self._hear_no_more(slot)
        elif said.startswith(_READY):
            slot.ready = True
            said = said.removeprefix(_READY)
        if said:
            slot.refusal = refusal_of(said)

    def _hear_no_more(self, slot: _Slot) -> None:
        self._selector.unregister(slot.report)
        os.close(slot.report)
        slot.report = -1

    def _bury(self) -> None:
        """Find out who has died and of what; past the deadline, see to it that all do."""
        if self._deadline is not None and time.monotonic() >= self._deadline:
            self._kill()
        for slot in self._slots:
            if not slot.pid:
                continue
            pid, status = os.waitpid(slot.pid, os.WNOHANG)
            if pid:
                if slot.report >= 0:
                    self._hear(slot)
                if slot.report >= 0:
                    self._hear_no_more(slot)
                self._mourn(slot, os.waitstatus_to_exitcode(status))

    def _mourn(self, slot: _Slot, code: int) -> None:
        """The worker's place is empty: fill it again, sooner or later, or give up if nobody was ever ready."""
        pid, slot.pid = slot.pid, 0
        if self._deadline is not None:
            return
        reason = f"killed by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"
        if slot.refusal is not None:
            reason = slot.refusal.message
        if not self._announced:
            self._failure = slot.refusal or WatchwordError(f"A worker did not become ready: {reason}.")
            self._stop()
            return
        now = time.monotonic()
        slot.deaths = 1 if now - slot.began > _STEADY else slot.deaths + 1
        brake = _BRAKES[min(slot.deaths, len(_BRAKES)) - 1]
        slot.again = now + brake
        log.error("A worker died", extra={"worker": pid, "reason": reason, "restart_in_seconds": brake})

    def _obey(self, signals: bytes) -> None:
        for number in signals:
            if number in _STOP:
                if self._deadline is None:
                    self._stop()
                else:
                    self._deadline = 0.0  # said twice: at once

    def _stop(self) -> None:
        self._deadline = time.monotonic() + PATIENCE
        os.close(self._held)
        for slot in self._slots:
            slot.close()
            if slot.pid and not slot.ready:
                os.kill(slot.pid, signal.SIGTERM)

    def _kill(self) -> None:
        for slot in self._slots:
            if slot.pid:
                os.kill(slot.pid, signal.SIGKILL)
                os.waitpid(slot.pid, 0)
                slot.pid = 0


def _note(_number: int, _frame: object) -> None:
    """Signals are read from the wake-up socket."""
