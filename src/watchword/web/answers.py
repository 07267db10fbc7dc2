"""What a door may answer with, whatever dialect it speaks."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from watchword.web.call import Call


@dataclass(frozen=True, slots=True, kw_only=True)
class Cookie:
    """One Set-Cookie; an empty value takes the cookie back."""

    name: str
    value: str
    http_only: bool = True
    seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Raw:
    """An answer as it is sent."""

    body: bytes
    media: str
    status: int = HTTPStatus.OK
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: tuple[Cookie, ...] = ()


@dataclass(frozen=True, slots=True)
class PageDoor:
    """One path of a face for people: what it answers is looked at, and so are refusals.

    ``methods``: ``G``, ``P`` or ``GP``. Who may come in is the endpoint's business.
    """

    path: str
    methods: str
    endpoint: Callable[[Call], Awaitable[Raw]]
