"""Serves an application: sockets, a supervisor, workers, and what they log."""

import gc
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from watchword.cli.serving.children import fork, wait_for
from watchword.cli.serving.sockets import listen, origin
from watchword.cli.serving.supervisor import Supervisor

if TYPE_CHECKING:
    from watchword.cli.serving.worker import App


def serve(at: str, workers: int, *, prepare: Callable[[], None], make_app: Callable[[], "App"]) -> None:
    """Serve at ``HOST:PORT`` with that many workers, until SIGTERM or SIGINT.

    ``prepare`` runs first, in a process of its own, so that what it needs is in nobody's memory later; meanwhile
    ``make_app`` imports and makes what all workers share. It must start no thread and no event loop. Prints the
    one line ``listening on http://HOST:PORT`` when all workers answer.
    """
    sockets = listen(at, workers)
    where = origin(sockets[0])
    preparing = fork(lambda _tell: prepare())
    try:
        from watchword.cli.serving.worker import answer

        app = make_app()
    finally:
        wait_for(preparing)
    gc.collect()
    gc.freeze()  # the workers' collectors leave alone, and so leave shared, what is there already
    supervisor = Supervisor(sockets, lambda listening, lifeline, ready: answer(app, listening, lifeline, ready))
    supervisor.run(lambda: print(f"listening on {where}", flush=True))


__all__ = ["serve"]
