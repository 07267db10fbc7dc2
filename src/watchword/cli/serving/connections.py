"""A client's connection: no client may make a worker wait, or remember, without end.

Threat: many connections that say nothing, say it a byte at a time, or never read their answers, until the worker
has no file or no memory left for others. Nothing here costs a request anything: connections are looked over from
time to time.
"""

import asyncio
from collections.abc import Iterable
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

HEAD_SECONDS = 30.0
"""Within which the first line and the headers of a request are here."""
SLOWEST = 4096
"""Bytes a second at which the rest comes, once those seconds are over."""
STALLED_SECONDS = 60.0
"""After which a client that takes nothing of its answer has gone."""
HALF_SECONDS = 2.0
"""That half a request has for its other half when the worker is told to stop."""
HEAD_BYTES = 256 * 1024
"""Of which the first line may have 64 KiB: the parser's own limit."""
MOST_BYTES = 80 * 1024 * 1024
"""More than the largest upload; what was refused early is read up to here, so that the client sees the refusal."""


class Connection(HttpToolsProtocol):
    """uvicorn's, which knows no limit but the one between two requests."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._since = self.loop.time()  # since when the client is expected to speak
        self._received = 0
        self._in_head = True
        self._unread = 0
        self._read_at = self._since
        self._running: RequestResponseCycle | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the request that is being answered, too: uvicorn tells the last that has come, which may be another."""
        if self._running is not None and not self._running.response_complete:
            self._running.disconnected = True
            self._running.message_event.set()
        super().connection_lost(exc)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._since = self.loop.time()
        self._received = 0
        self._in_head = True

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self._in_head = False

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._received += len(data)
        if self._received > (HEAD_BYTES if self._in_head else MOST_BYTES) and not self.transport.is_closing():
            self.send_400_response("This is too long for a request.")

    def shutdown(self) -> None:
        super().shutdown()
        self.loop.call_later(HALF_SECONDS, self._leave_half)

    def _leave_half(self) -> None:
        if not self.transport.is_closing() and not self._is_our_turn():
            self.transport.close()

    def look(self, now: float) -> None:
        """Close the connection if the client is too slow; ``now`` by the clock of the loop."""
        unread = self.transport.get_write_buffer_size()
        if not unread or unread != self._unread:
            self._unread, self._read_at = unread, now
        elif now - self._read_at > STALLED_SECONDS:
            self.transport.abort()
        if not self.transport.is_closing() and self._is_overdue(now):
            self.transport.close()

    def _is_overdue(self, now: float) -> bool:
        if self._is_our_turn() or self.timeout_keep_alive_task is not None:
            return False
        extra = 0.0 if self._in_head else self._received / SLOWEST
        return now - self._since > HEAD_SECONDS + extra

    def _is_our_turn(self) -> bool:
        """Whether a request is here as a whole, and not answered yet."""
        running = self._running
        return running is not None and not running.response_complete and not running.more_body


def look_over(connections: Iterable[asyncio.Protocol], now: float) -> None:
    """Close those whose clients are too slow."""
    for connection in tuple(connections):
        if isinstance(connection, Connection):
            connection.look(now)
