"""A small application in our supervisor, run as a program: ``trial.py HOST:PORT WORKERS [start-failure]``."""

import asyncio
import os
import sys
from typing import Any

from watchword.cli.serving import Listener, serve
from watchword.cli.serving.logs import log_to_stderr
from watchword.errors import Misconfigured, WatchwordError

FAILURE = sys.argv[3] if len(sys.argv) > 3 else ""
begun = 0


async def application(scope: Any, receive: Any, send: Any) -> None:
    global begun  # noqa: PLW0603 (the whole state of this application)
    if scope["type"] == "lifespan":
        await receive()
        if FAILURE == "refusal":
            raise Misconfigured("The trial is not to be.")
        if FAILURE == "bug":
            raise ZeroDivisionError
        if FAILURE == "death":
            os.kill(os.getpid(), 9)
        scope["state"]["opened"] = "yes"
        await send({"type": "lifespan.startup.complete"})
        await receive()
        sys.stderr.write("closed\n")
        await send({"type": "lifespan.shutdown.complete"})
        return
    path = scope["path"]
    body = str(os.getpid())
    if path == "/begun":
        body = str(begun)
    elif path == "/state":
        body = scope["state"]["opened"]
    elif path.startswith("/slow/"):
        begun += 1
        await asyncio.sleep(float(path.removeprefix("/slow/")))
    elif path == "/broken":
        raise ZeroDivisionError
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body.encode()})


def prepare() -> None:
    if FAILURE == "unprepared":
        raise Misconfigured("The ground is not prepared.")


log_to_stderr("info")
try:
    serve([Listener(at=sys.argv[1])], int(sys.argv[2]), prepare=prepare, make_app=lambda: application)
except WatchwordError as refused:
    sys.exit(f"{type(refused).__name__}: {refused.message}")
