"""One worker: answers requests on its sockets until it is told to stop, and finishes what it began."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import uvicorn
import uvicorn.lifespan.off
import uvloop

from watchword.cli.serving.connections import Connection, look_over
from watchword.cli.serving.sockets import Listener

Message = dict[str, Any]
App = Callable[[Message, Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Awaitable[None]]
"""An ASGI application."""

FINISHING = 10
"""Seconds that requests under way have when the worker is told to stop."""

_KEEP_ALIVE = 75  # more than the minute for which proxies keep a connection, so that the proxy closes first
_LOOK_EVERY = 50
"""Ticks of uvicorn, a tenth of a second each."""


Listening = Sequence[tuple[Listener, socket.socket]]


def answer(app: App, listening: Listening, lifeline: int, ready: Callable[[], object]) -> None:
    """Serve ``app`` until SIGTERM, or until the other end of the pipe ``lifeline`` is closed.

    ``ready`` is called when requests are accepted. What the application raises while it starts passes through.
    """
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(app, listening, lifeline, ready))


async def _serve(app: App, listening: Listening, lifeline: int, ready: Callable[[], object]) -> None:
    configs = [_config(app, listener) for listener, _ in listening]
    async with _open(app) as state:
        starting = len(listening)

        def started() -> None:
            nonlocal starting
            starting -= 1
            if not starting:
                ready()

        servers = [
            _Server(config, {**state, "listener": listener.name}, started)
            for config, (listener, _) in zip(configs, listening, strict=True)
        ]
        loop = asyncio.get_running_loop()

        def stop() -> None:
            for server in servers:
                server.should_exit = True
            loop.remove_reader(lifeline)

        loop.add_signal_handler(signal.SIGTERM, stop)
        loop.add_reader(lifeline, stop)
        await asyncio.gather(
            *(server.serve(sockets=[one]) for server, (_, one) in zip(servers, listening, strict=True))
        )


def _config(app: App, listener: Listener) -> uvicorn.Config:
    tls = listener.tls() if listener.tls else None
    return uvicorn.Config(
        app,
        http=Connection,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE,
        timeout_graceful_shutdown=FINISHING,
        ssl_context_factory=(lambda _config, _usual: tls) if tls else None,
    )


@asynccontextmanager
async def _open(app: App) -> AsyncIterator[dict[str, Any]]:
    """Open the application and close it again: ASGI's lifespan protocol 2.0, where errors pass through."""
    state: dict[str, Any] = {}
    to_app: asyncio.Queue[Message] = asyncio.Queue()
    from_app: asyncio.Queue[Message] = asyncio.Queue()
    scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": state}
    life = asyncio.ensure_future(app(scope, to_app.get, from_app.put))

    async def ask(for_what: str) -> None:
        await to_app.put({"type": f"lifespan.{for_what}"})
        reply = asyncio.ensure_future(from_app.get())
        await asyncio.wait((life, reply), return_when=asyncio.FIRST_COMPLETED)
        if not reply.done() or reply.result()["type"] != f"lifespan.{for_what}.complete":
            reply.cancel()
            await life
            raise RuntimeError(f"The application gave no reason why its {for_what} failed.")

    await ask("startup")
    yield state
    await ask("shutdown")


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, state: dict[str, Any], ready: Callable[[], object]) -> None:
        super().__init__(config)
        self._state = state
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self.lifespan.state.update(self._state)
        await super().startup(sockets=sockets)
        self._ready()

    async def on_tick(self, counter: int) -> bool:
        if counter % _LOOK_EVERY == 0:
            look_over(self.server_state.connections, asyncio.get_running_loop().time())
        return await super().on_tick(counter)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone: only what the supervisor says counts."""
        yield
