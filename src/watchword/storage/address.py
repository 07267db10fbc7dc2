"""Where a store is: the URLs that an operator writes."""

from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from msgspec import Struct

from watchword.errors import Misconfigured


class Address(Struct, frozen=True, kw_only=True):
    """Which keeping, and where. ``shown`` is what may be said in messages: it holds no password."""

    kind: Literal["sqlite", "postgresql"]
    shown: str
    path: Path = Path()
    """SQLite's file."""
    url: str = ""
    """PostgreSQL's address with its password."""

    def __repr__(self) -> str:
        return f"Address({self.shown!r})"


def parse(url: str) -> Address:
    """``sqlite:///path`` (``sqlite:////path`` is absolute) or ``postgresql://user:password@host:port/name``.

    Misconfigured, naming the URL without its password, for anything else.
    """
    try:
        parts = urlsplit(url)
        shown = f"{parts.scheme}://{_host(parts.netloc)}{parts.path}"
    except ValueError:
        raise Misconfigured(f"The database URL cannot be read; {_FORMS}") from None
    if parts.scheme == "sqlite" and not parts.netloc and len(parts.path) > 1 and ":memory:" not in parts.path:
        return Address(kind="sqlite", shown=shown, path=Path(url.removeprefix("sqlite:///")))
    if parts.scheme in {"postgresql", "postgres"} and len(parts.path) > 1:
        return Address(kind="postgresql", shown=shown, url=url)
    raise Misconfigured(f"The database URL {shown!r} cannot be used; {_FORMS}")


_FORMS = "write sqlite:///path/to/file or postgresql://user:password@host:port/name."


def _host(netloc: str) -> str:
    user, at, host = netloc.rpartition("@")
    return user.partition(":")[0] + at + host
