"""Lists that are sent while they are read, so that none is held as a whole."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

import msgspec
from msgspec import Struct

from watchword.api.linotp.envelope import API_VERSION, PRODUCT, Streamed
from watchword.errors import BadPaging
from watchword.web.administrators.unanswered import Unanswered, told_unanswered
from watchword.web.parameters import Params

_ROWS = 16
_CHUNK = 100


class Window(Struct, frozen=True):
    """Which part of a list: without ``page`` all of it."""

    page: int | None
    rows: int

    @property
    def start(self) -> int:
        return (self.page or 0) * self.rows

    @property
    def end(self) -> int | None:
        return None if self.page is None else self.start + self.rows


def window_of(params: Params) -> Window:
    """``page`` from 0 with ``rp`` rows (16); ``rp`` alone is of no meaning. BadPaging for what is no number."""
    page = _whole(params, "page")
    rows = _whole(params, "rp")
    return Window(page, _ROWS if rows is None else rows)


Rows = AsyncGenerator[Mapping[str, Any]]


async def streamed(rows: Rows, window: Window, unanswered: Unanswered) -> Streamed:
    """The rows within the window. Errors before the first row are raised here; later ones cut the connection, so
    that nobody takes a part for the whole. What ``unanswered`` holds in the end stands behind the rows.
    """
    first = await anext(rows, None)
    return Streamed(_pieces(first, rows, window, unanswered))


async def _pieces(
    first: Mapping[str, Any] | None, rows: Rows, window: Window, unanswered: Unanswered
) -> AsyncGenerator[bytes]:
    yield b'{"jsonrpc": "%s", "result": {"status": true, "value": [' % API_VERSION.encode()
    read, separator, chunk = 0, b"", list[bytes]()
    async with aclosing(rows):
        row = None if window.end == 0 else first
        while row is not None:
            read += 1
            if read > window.start:
                chunk.append(msgspec.json.encode(row))
            if len(chunk) >= _CHUNK:
                yield separator + b",\n".join(chunk)
                separator, chunk = b",\n", []
            row = None if read == window.end else await anext(rows, None)
    if chunk:
        yield separator + b",\n".join(chunk)
    counted = {"queried": read} | ({"page": window.page} if window.page is not None else {})
    tail = msgspec.json.encode({**counted, **told_unanswered(unanswered)})[1:-1]
    yield b'], %s}, "version": "%s", "id": 1}' % (tail, PRODUCT.encode())


def _whole(params: Params, name: str) -> int | None:
    text = params.text(name).strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise BadPaging(f"{name} must be a whole number.")
    return int(text)
