"""Serves an application: sockets, a supervisor, workers, and what they log."""

import gc
from collections.abc import Callable
from typing import TYPE_CHECKING

from watchword.cli.serving.children import fork, wait_for
from watchword.cli.serving.sockets import listen, origin
from watchword.cli.serving.supervisor import Supervisor

if TYPE_CHECKING:
    from watchword.cli.serving.worker import App


def serve(at: str, workers: int, *, prepare: Callable[[], None], make_app: Callable[[], "App"]) -> None:
    """Serve at ``HOST:PORT`` with that many workers, until SIGTERM or SIGINT.

    ``make_app`` makes what all workers share; it must start no thread and no event loop. Then ``prepare`` runs in
    a process of its own, so that what it needs is in nobody's memory later. Prints the one line
    ``listening on http://HOST:PORT`` when all workers answer.
    """
    sockets = listen(at, workers)
    where = origin(sockets[0])
    from watchword.cli.serving.worker import answer

    app = make_app()
    wait_for(fork(lambda _tell: prepare()))
    gc.freeze()  # the workers' collectors leave alone, and so leave shared, what is there already
    gc.enable()
    supervisor = Supervisor(
        sockets, lambda listening, lifeline, ready: answer(app, listening, lifeline, ready)
    )
    supervisor.run(lambda: print(f"listening on {where}", flush=True))


__all__ = ["serve"]
