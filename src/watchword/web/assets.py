"""Style sheets, scripts and images under addresses that change with what they hold, so that they are kept for ever."""

import hashlib
from collections.abc import Awaitable, Callable, Iterable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

from msgspec import Struct

from watchword.errors import Misconfigured

PREFIX = "/static/"
OURS = Path(__file__).with_name("static")

_MEDIA = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/vnd.microsoft.icon",
    ".webp": "image/webp",
    ".jpg": "image/jpeg",
    ".woff2": "font/woff2",
}
_KEPT = b"public, max-age=31536000, immutable"
# An image that is opened by itself is a page of our origin: it may do nothing there.
_HARMLESS = b"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"


class Asset(Struct, frozen=True, kw_only=True):
    """One file."""

    body: bytes
    media: str


class Assets:
    """The files of some folders, a later folder's before an earlier one's; as an ASGI application too."""

    def __init__(self, folders: Iterable[Path], made: Mapping[str, bytes] = {}) -> None:
        """``made``: files that lie in no folder, by name; a folder's file of the same name is taken instead."""
        self._urls: dict[str, str] = {}
        self._by_url: dict[str, Asset] = {}
        for name, body in made.items():
            self._add(name, body)
        for path in (path for folder in folders for path in sorted(folder.glob("*"))):
            if path.suffix not in _MEDIA:
                continue
            try:
                body = path.read_bytes()
            except OSError as broken:
                raise Misconfigured(f"The file {path} cannot be read: {broken.strerror}.") from None
            self._add(path.name, body)

    def _add(self, name: str, body: bytes) -> None:
        url = f"{PREFIX}{hashlib.sha256(body).hexdigest()[:16]}/{name}"
        self._by_url[url] = Asset(body=body, media=_MEDIA[Path(name).suffix])
        self._urls[name] = url

    def url(self, name: str) -> str:
        """Where the file of this name is found; KeyError if there is none."""
        return self._urls[name]

    def body(self, name: str) -> bytes:
        """What the file of this name holds, for pages that have to stand alone; KeyError if there is none."""
        return self._by_url[self._urls[name]].body

    def has(self, name: str) -> bool:
        return name in self._urls

    async def __call__(
        self,
        scope: Mapping[str, Any],
        receive: Callable[[], Awaitable[Any]],
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        asset = self._by_url.get(scope["path"])
        if asset is None:
            await _send(send, HTTPStatus.NOT_FOUND, b"404 Not Found", b"text/plain", b"no-store")
        elif scope["method"] not in {"GET", "HEAD"}:
            await _send(send, HTTPStatus.METHOD_NOT_ALLOWED, b"", b"text/plain", b"no-store")
        else:
            body = asset.body if scope["method"] == "GET" else b""
            await _send(send, HTTPStatus.OK, body, asset.media.encode(), _KEPT, len(asset.body))


async def _send(
    send: Callable[[dict[str, Any]], Awaitable[None]],
    status: HTTPStatus,
    body: bytes,
    media: bytes,
    keeping: bytes,
    length: int | None = None,
) -> None:
    headers = [
        (b"content-type", media),
        (b"content-length", str(len(body) if length is None else length).encode()),
        (b"cache-control", keeping),
        (b"x-content-type-options", b"nosniff"),
        (b"content-security-policy", _HARMLESS),
        (b"cross-origin-resource-policy", b"same-origin"),
    ]
    if status is HTTPStatus.METHOD_NOT_ALLOWED:
        headers.append((b"allow", b"GET, HEAD"))
    await send({"type": "http.response.start", "status": int(status), "headers": headers})
    await send({"type": "http.response.body", "body": body})
