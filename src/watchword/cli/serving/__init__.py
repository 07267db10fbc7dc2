"""Serves an application: sockets, a supervisor, workers, and what they log."""

import gc
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from watchword.cli.serving.children import fork, wait_for
from watchword.cli.serving.sockets import Listener, listen, make_room, origin
from watchword.cli.serving.supervisor import Supervisor

if TYPE_CHECKING:
    from watchword.cli.serving.worker import App


def serve(
    listeners: Sequence[Listener],
    workers: int,
    *,
    prepare: Callable[[], None],
    make_app: Callable[[], "App"],
) -> None:
    """Serve at all these addresses with that many workers, until SIGTERM or SIGINT.

    ``make_app`` makes what all workers share; it must start no thread and no event loop. Then ``prepare`` runs in
    a process of its own, so that what it needs is in nobody's memory later. Prints for each
    listener one line such as ``listening on http://HOST:PORT`` when all workers answer.
    """
    make_room()
    sockets = [listen(listener, workers) for listener in listeners]
    lines = [
        f"{listener.name} on {origin(listener, first)}"
        for listener, (first, *_) in zip(listeners, sockets, strict=True)
    ]
    from watchword.cli.serving.worker import answer

    app = make_app()
    wait_for(fork(lambda _tell: prepare()))
    gc.freeze()  # the workers' collectors leave alone, and so leave shared, what is there already
    gc.enable()
    supervisor = Supervisor(
        list(zip(*sockets, strict=True)),
        lambda listening, lifeline, ready: answer(
            app, list(zip(listeners, listening, strict=True)), lifeline, ready
        ),
    )
    supervisor.run(lambda: print(*lines, sep="\n", flush=True))


__all__ = ["Listener", "serve"]
