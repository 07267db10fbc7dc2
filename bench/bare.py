"""The limit of HTTP: a bare Starlette route that reads the form and answers with the body of a yes.

With a file, it writes each log-in down in a transaction of its own first: the limit of a server on SQLite that lets
nobody share a commit.
"""

import socket
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.parse import parse_qsl

import uvicorn
import uvloop
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bench.limits import sqlite_log_ins
from watchword.api.linotp.envelope import YES


async def check(request: Request, write: Callable[[], None] | None = None) -> Response:
    form = dict(parse_qsl((await request.body()).decode()))
    assert form["pass"]
    if write is not None:
        write()
    return Response(YES, media_type="application/json")


def main() -> None:
    """Serve on a free port and say which."""
    listener = socket.socket(proto=socket.IPPROTO_TCP)  # named, so that answers leave without delay
    listener.bind(("127.0.0.1", 0))
    listener.listen(128)
    write = sqlite_log_ins(Path(sys.argv[1])) if len(sys.argv) > 1 else None
    app = Starlette(routes=[Route("/validate/check", partial(check, write=write), methods=["GET", "POST"])])
    server = uvicorn.Server(uvicorn.Config(app, access_log=False, log_level="warning"))
    sys.stdout.write(f"listening on http://127.0.0.1:{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    uvloop.run(server.serve(sockets=[listener]))


if __name__ == "__main__":
    main()
