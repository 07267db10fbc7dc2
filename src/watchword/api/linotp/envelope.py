"""The dialect's envelope, its error numbers, and the few other forms in which it answers."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from html import escape
from http import HTTPStatus
from typing import Any

import msgspec

from watchword import __version__, errors
from watchword.web import answers

PRODUCT = f"Watchword {__version__}"
API_VERSION = "2.0802"
JSON = "application/json"

UNTYPED = -311
CODES: Mapping[type[errors.WatchwordError], int] = {
    errors.MissingParameter: 905,
    errors.ConflictingParameters: 344,
    errors.NothingToDo: 77,
    errors.BadPaging: 9876,
    errors.IllegalPolicyName: 8888,
    errors.NotAllowed: 410,
    errors.UserLimitReached: 411,
    errors.UserTypeLimitReached: 412,
    errors.LimitReached: 410,
    errors.SeveralTokens: 1101,
    errors.NoSuchToken: 1102,
    errors.SeveralMatches: 1200,
    errors.NoSuchUser: 1112,
    errors.AmbiguousUser: 1205,
    errors.NoSuchTokenType: 1610,
    errors.TokenTypeMismatch: 10,
}
"""The dialect's numbers live here and nowhere else; an error that is not named has the untyped one."""


Cookie = answers.Cookie
Raw = answers.Raw


@dataclass(frozen=True, slots=True)
class Reply:
    """A value in the envelope."""

    value: Any
    detail: Mapping[str, Any] | None = None
    id: Any = 1
    status: int = HTTPStatus.OK
    cookies: tuple[Cookie, ...] = ()


@dataclass(frozen=True, slots=True)
class Streamed:
    """An answer in pieces, so that a long list is never held as a whole."""

    pieces: AsyncGenerator[bytes]
    media: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: tuple[Cookie, ...] = ()


Answer = Reply | Raw | Streamed


def enveloped(result: Any, *, detail: Mapping[str, Any] | None = None, identifier: Any = 1) -> bytes:
    """The JSON text of an answer, indented as the dialect does it; ``detail`` only where there is one."""
    answer: dict[str, Any] = {
        "jsonrpc": API_VERSION,
        "result": result,
        "version": PRODUCT,
        "versionNumber": __version__,
        "id": identifier,
    }
    if detail:
        answer["detail"] = detail
    return msgspec.json.format(msgspec.json.encode(answer), indent=3)


def body_of(reply: Reply) -> bytes:
    """A success."""
    return enveloped({"status": True, "value": reply.value}, detail=reply.detail, identifier=reply.id)


def code_of(error: errors.WatchwordError) -> int:
    """The dialect's number for an error of the family."""
    for family in type(error).__mro__:
        if family in CODES:
            return CODES[family]
    return UNTYPED


def error_body(code: int, message: str) -> bytes:
    """A failure: numbers of the dialect stand in front of the message, too."""
    text = message if code == UNTYPED else f"ERR{code}: {message}"
    return enveloped({"status": False, "error": {"code": code, "message": text}})


def error_page(code: int, message: str, status: int) -> Raw:
    """A failure as a small page with an HTTP status, for callers who sent ``httperror``."""
    text = escape(f"[{PRODUCT}] {code}: {message}")
    page = f"<!DOCTYPE html><html><head><title>LinOTP Error</title></head><body><p>{text}</p></body></html>"
    return Raw(page.encode(), "text/html; charset=utf-8", status)


def page(status: HTTPStatus, headers: Mapping[str, str] | None = None) -> Raw:
    """The framework's plain page for an unknown path or method."""
    text = f"{status.value} {status.phrase}"
    body = f"<!DOCTYPE html><html><head><title>{text}</title></head><body><h1>{text}</h1></body></html>"
    return Raw(body.encode(), "text/html; charset=utf-8", status, headers or {})


YES = enveloped({"status": True, "value": True}, identifier=0)
NO = enveloped({"status": True, "value": False}, identifier=0)
"""What ``/validate`` answers without detail: byte for byte the same, whatever the reason."""
