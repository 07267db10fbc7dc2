"""Opens the right door for a request: path, method, session, then the call, then the envelope.

The order is the dialect's: an unknown path is 404 and a wrong method 405 even for strangers; then the session
(401); then the right (410), the parameters (905) and the token, which are the endpoint's business.
"""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import quote

from watchword.api.linotp import envelope
from watchword.api.linotp.admitting import admit_person
from watchword.api.linotp.envelope import JSON, Answer, Cookie, Raw, Reply, Streamed
from watchword.errors import (
    NoSuchResolver,
    NoSuchUser,
    NotAllowed,
    NotAuthenticated,
    Unreachable,
    WatchwordError,
)
from watchword.policy.circumstances import Administrator
from watchword.web.address import Sender, networks
from watchword.web.bugs import without_values
from watchword.web.call import Call
from watchword.web.house import House
from watchword.web.parameters import BadRequest, Params, from_form, from_json, from_upload
from watchword.web.sessions import (
    ACCESS_COOKIE,
    CSRF_COOKIE,
    CSRF_FIELD,
    CSRF_HEADER,
    LEGACY_COOKIE,
    AdministratorSessions,
    Recognised,
)
from watchword.web.showing import reads_pages, trouble

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Endpoint = Callable[[Call], Awaitable[Answer]]
Said = TypeVar("Said")

log = logging.getLogger(__name__)

_STRANGERS_LIMIT = 2 * 1024 * 1024
"""Ten times a password of 100 kB, each byte of it as ``%xx``. Of more, strangers could fill the memory, or keep us busy
with reading it.
"""
_FORM_LIMIT = 8 * 1024 * 1024
_UPLOAD_LIMIT = 64 * 1024 * 1024
_WITH_BODY = frozenset(range(200, 600)) - {204, 205, 304}
"""The statuses that ``httperror`` may ask for; with any other, the client would not know where the page ends."""
_BY_STATUS = "/api/v2/"
"""Where refusals are told by the HTTP status, too."""
_STATUSES: Mapping[type[WatchwordError], HTTPStatus] = {
    NotAllowed: HTTPStatus.FORBIDDEN,
    NoSuchResolver: HTTPStatus.NOT_FOUND,
    NoSuchUser: HTTPStatus.NOT_FOUND,
    Unreachable: HTTPStatus.SERVICE_UNAVAILABLE,
}
_TROUBLES: Mapping[type[WatchwordError], str] = {NotAllowed: "refused", Unreachable: "unreachable"}
_METHODS = {
    "G": ("GET", "HEAD"),
    "P": ("POST",),
    "GP": ("GET", "HEAD", "POST"),
    "GO": ("GET", "HEAD", "OPTIONS"),
    "PO": ("POST", "OPTIONS"),
    "GPO": ("GET", "HEAD", "POST", "OPTIONS"),
}


class Gone(Exception):
    """The client went away before its request was here as a whole; half a request says nothing."""


class TooLarge(WatchwordError):
    """The request's body is larger than any use of this server needs."""

    slug = "too-large"


@dataclass(frozen=True, slots=True)
class Door:
    """One path of the dialect. ``{name}`` in the path stands for one segment, found in ``call.parts``.

    ``methods``: ``G``, ``P`` or ``GP``, with an ``O`` behind it where browsers may ask first whether scripts of other
    origins may call. ``guard``: ``administrator``, ``person``, ``beginner`` (a person
    whose log-in may be half-way) or ``none``. ``audited``: whether the
    door writes the row of the call, where the endpoint has not done so in its transaction.
    ``silent``: errors become a plain "no" instead of an error envelope. ``failed``: the HTTP status of errors
    below ``/api/v2`` that have none of their own. ``page``: people look at it, so that refusals and failures are
    pages too, with HTTP statuses that mean something.
    """

    path: str
    methods: str
    endpoint: Endpoint
    guard: str = "administrator"
    audited: bool = True
    silent: bool = False
    failed: HTTPStatus = HTTPStatus.OK
    page: bool = False


class Doors:
    """All doors of the dialect, as an ASGI application."""

    def __init__(self, house: House, doors: Iterable[Door]) -> None:
        self._house = house
        self._sessions = AdministratorSessions(house.ring, house.clock, house.dice, house.web.sessions)
        self._trusted = networks(house.web.proxies.trusted)
        self._plain: dict[str, Door] = {}
        self._patterns: list[tuple[re.Pattern[str], Door]] = []
        for door in doors:
            if "{" in door.path:
                pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", door.path)
                self._patterns.append((re.compile(pattern), door))
            else:
                self._plain[door.path] = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        door, parts = self._find(scope["path"])
        if door is None:
            await _send(send, self._elsewhere(scope), scope["method"])
            return
        try:
            answer = await self._answer(door, parts, scope, receive)
        except Gone:
            return
        # What goes wrong before the call is known, or while its refusal is written down, is no reason for less.
        except Exception as bug:
            number = self._number()
            log.exception(
                "call failed", extra={"action": _action(door), "number": number}, exc_info=without_values(bug)
            )
            answer = self._failure(door, scope, number)
        if isinstance(answer, Streamed):
            await _stream(send, receive, answer, scope["method"], secure=self._secure(scope))
        else:
            await _send(send, answer, scope["method"], secure=self._secure(scope))

    def knows(self, path: str) -> bool:
        """Whether some door stands at this path."""
        return self._find(path)[0] is not None

    def _find(self, path: str) -> tuple[Door | None, Mapping[str, str]]:
        door = self._plain.get(path)
        if door is not None:
            return door, {}
        for pattern, candidate in self._patterns:
            match = pattern.fullmatch(path)
            if match is not None:
                return candidate, match.groupdict()
        return None, {}

    def _elsewhere(self, scope: Scope) -> Raw:
        """No door stands there: 404, or the way to the list whose last slash was left out."""
        if not self.knows(f"{scope['path']}/"):
            if reads_pages(dict(scope["headers"])):
                return self._trouble("missing", scope, href="/" if self.knows("/") else "")
            return envelope.page(HTTPStatus.NOT_FOUND)
        query: bytes = scope["query_string"]
        there = quote(scope["path"]) + "/" + (f"?{query.decode('latin-1')}" if query else "")
        return envelope.page(HTTPStatus.PERMANENT_REDIRECT, {"location": there})

    def _trouble(self, kind: str, scope: Scope, **more: str) -> Raw:
        headers: dict[bytes, bytes] = dict(scope["headers"])
        cookies = _cookies(headers.get(b"cookie", b""))
        try:
            return trouble(self._house, kind, scope["path"], headers, cookies, **more)
        # An operator's template may be what failed in the first place.
        except Exception as bug:
            log.exception("no page for a trouble", extra={"kind": kind}, exc_info=without_values(bug))
            return envelope.page(HTTPStatus.INTERNAL_SERVER_ERROR)

    def _number(self) -> str:
        """What the log and the reader of a page call a failure by."""
        return self._house.dice.bytes(4).hex()

    def _failure(self, door: Door, scope: Scope, number: str) -> Raw:
        if door.page:
            return self._trouble("failed", scope, number=number, href=scope["path"])
        return _unanswered(door, "The server could not do this.")

    def _secure(self, scope: Scope) -> bool:
        return scope["scheme"] == "https" or self._house.web.sessions.secure_cookies == "always"

    async def _answer(
        self, door: Door, parts: Mapping[str, str], scope: Scope, receive: Receive
    ) -> Raw | Streamed:
        method: str = scope["method"]
        headers: dict[bytes, bytes] = dict(scope["headers"])
        cookies = _cookies(headers.get(b"cookie", b""))
        allowed = method in _METHODS[door.methods]
        if not allowed and not (method == "GET" and LEGACY_COOKIE in cookies):
            return _wrong_method(door)
        try:
            body = await self._body(receive, headers, cookies)
            params, unreadable = _params(scope["query_string"], body, headers)
        except TooLarge:
            return envelope.page(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        house = self._house
        try:
            snapshot = await self._snapshot(door)
        except WatchwordError as unusable:
            # A policy that was written past us, say: no answer is better than a generous one.
            log.error("no call is answered", extra={"why": unusable.message})  # noqa: TRY400 (no bug: no trace)
            if door.page:
                return self._trouble("unreachable", scope, href=scope["path"])
            return _unanswered(door, "The server could not do this: see its log.")
        sender = self._sender(scope, headers)
        call = Call(
            house=house,
            snapshot=snapshot,
            method=method,
            path=scope["path"],
            action=_action(door),
            params=params,
            parts=parts,
            sender=sender,
            client=sender.address(snapshot.configuration),
            headers=headers,
            cookies=cookies,
            secure=self._secure(scope),
            now=house.clock.now(),
        )
        renewed: tuple[Cookie, ...] = ()
        try:
            if door.guard == "administrator":
                renewed = await self._admit(call, legacy_only=not allowed)
            elif not allowed:
                return _wrong_method(door)
            elif door.guard != "none":
                await admit_person(call, half_way=door.guard == "beginner")
            if unreadable is not None:
                raise unreadable
            answer = _rendered(await door.endpoint(call))
            if door.audited and not call.recorded:
                await call.record()
        except NotAuthenticated as stranger:
            if not allowed and (not params.has("session") or ACCESS_COOKIE in cookies):
                return _wrong_method(door)
            if door.page:
                return self._trouble("ended", scope, href=scope["path"])
            return Raw(envelope.error_body(envelope.UNTYPED, stranger.message), JSON, HTTPStatus.UNAUTHORIZED)
        except BadRequest:
            answer = (
                self._trouble("impossible", scope) if door.page else envelope.page(HTTPStatus.BAD_REQUEST)
            )
        except WatchwordError as error:
            answer = await self._refused(door, call, error)
            if door.page:
                # The sentences of errors are for administrators: strangers learn nothing of hosts and rules.
                told = error.message if call.administrator is not None else ""
                kind = _by_family(_TROUBLES, error, "impossible")
                answer = self._trouble(kind, scope, told=told, href=scope["path"])
        # The last resort of the whole face: whatever a call runs into, the caller gets the dialect's error
        # and the log one line with the place, but no value that might be a secret.
        except Exception as bug:
            number = self._number()
            log.exception(
                "call failed", extra={"action": call.action, "number": number}, exc_info=without_values(bug)
            )
            answer = self._failure(door, scope, number)
            refused = await self._refused(door, call, WatchwordError("The server could not do this."))
            answer = answer if door.page else refused
        return replace(answer, cookies=(*renewed, *answer.cookies)) if renewed else answer

    async def _body(
        self, receive: Receive, headers: Mapping[bytes, bytes], cookies: Mapping[str, str]
    ) -> bytes:
        pieces: list[bytes] = []
        size, limit = 0, _STRANGERS_LIMIT
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Gone
            pieces.append(message.get("body", b""))
            size += len(pieces[-1])
            if size > limit and await self._holds_session(cookies):
                multipart = headers.get(b"content-type", b"").lower().startswith(b"multipart/")
                limit = _UPLOAD_LIMIT if multipart else _FORM_LIMIT
            if size > limit:
                raise TooLarge
            more = message.get("more_body", False)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    async def _holds_session(self, cookies: Mapping[str, str]) -> bool:
        """Whether the request may be an administrator's; what it asks for is not permitted yet."""
        access, legacy = cookies.get(ACCESS_COOKIE, ""), cookies.get(LEGACY_COOKIE, "")
        if access:
            return self._sessions.read(access) is not None
        if not legacy:
            return False
        async with self._house.store.glance() as view:
            return self._sessions.is_alive(
                await view.sessions.find(self._sessions.identifier(legacy)), "legacy"
            )

    def _sender(self, scope: Scope, headers: Mapping[bytes, bytes]) -> Sender:
        return Sender(
            peer=scope["client"][0] if scope.get("client") else "",
            forwarded_for=headers.get(b"x-forwarded-for", b"").decode("latin-1"),
            forwarded=headers.get(b"forwarded", b"").decode("latin-1"),
            trusted=self._trusted,
        )

    async def _snapshot(self, door: Door) -> Any:
        snapshots = self._house.snapshots
        try:
            return await (snapshots.latest() if door.guard != "none" else snapshots.current())
        except Unreachable:
            return await snapshots.current()

    async def _admit(self, call: Call, *, legacy_only: bool) -> tuple[Cookie, ...]:
        """Recognise the administrator or raise NotAuthenticated; cookies of a renewed session."""
        access = call.cookies.get(ACCESS_COOKIE, "")
        held = self._sessions.read(access) if access and not legacy_only else None
        if held is None:
            await self._admit_legacy(call)
            return ()
        if call.method == "POST":
            sent = call.headers.get(CSRF_HEADER, b"").decode("latin-1") or call.params.text(CSRF_FIELD)
            if not self._sessions.may_change(held, sent):
                raise NotAuthenticated
        async with call.glance() as view:
            known = await view.sessions.find(held.identifier)
        if not self._sessions.is_alive(known, "administrator"):
            raise NotAuthenticated
        call.session = held
        call.administrator = _administrator(call, held.holder)
        return await self._renewed(call, held)

    async def _renewed(self, call: Call, held: Recognised) -> tuple[Cookie, ...]:
        if not self._sessions.is_due(held):
            return ()
        async with self._house.store.unit() as unit:
            opened = await self._sessions.renew(unit, held, call.client)
        return session_cookies(opened.access, opened.csrf, opened.seconds)

    async def _admit_legacy(self, call: Call) -> None:
        """The older style: cookie and parameter hold the same value, which no stranger's page can send."""
        value = call.cookies.get(LEGACY_COOKIE, "")
        if not value or not self._house.web.sessions.legacy or call.params.text("session") != value:
            raise NotAuthenticated
        async with call.glance() as view:
            known = await view.sessions.find(self._sessions.identifier(value))
        if known is None or not self._sessions.is_alive(known, "legacy"):
            raise NotAuthenticated
        call.administrator = _administrator(call, known.holder)
        call.params = call.params.without("session")

    async def _refused(self, door: Door, call: Call, error: WatchwordError) -> Raw:
        if door.audited:
            try:
                await call.record(success=False, detail=error.message)
            except Unreachable:
                log.warning("audit row lost: the store does not answer", extra={"action": call.action})
        if door.silent:
            return Raw(envelope.NO, JSON)
        code = envelope.code_of(error)
        if call.params.has("httperror") and _convertible(call, code):
            return envelope.error_page(code, error.message, _asked_status(call.params.text("httperror")))
        by_status = call.path.startswith(_BY_STATUS)
        status = _by_family(_STATUSES, error, door.failed) if by_status else HTTPStatus.OK
        return Raw(envelope.error_body(code, error.message), JSON, status)


def _by_family(table: Mapping[type[WatchwordError], Said], error: WatchwordError, otherwise: Said) -> Said:
    """What the table says of this error, or of the nearest kind that it is one of."""
    for family in type(error).__mro__:
        if family in table:
            return table[family]
    return otherwise


def session_cookies(access: str, csrf: str, seconds: int) -> tuple[Cookie, ...]:
    """The two cookies of a session; scripts read only the value against forged requests."""
    return (
        Cookie(name=ACCESS_COOKIE, value=access, seconds=seconds),
        Cookie(name=CSRF_COOKIE, value=csrf, http_only=False, seconds=seconds),
    )


def _administrator(call: Call, holder: Mapping[str, str]) -> Administrator:
    return Administrator(
        login=holder["login"],
        realm=holder["realm"],
        resolver=holder["resolver"],
        client=call.client,
        now=call.now,
    )


def _action(door: Door) -> str:
    """``controller/method``; below ``/api`` the version and the noun."""
    fixed = door.path.partition("{")[0].strip("/").split("/")
    return "/".join(fixed[: 3 if fixed[0] == "api" else 2])


def _convertible(call: Call, code: int) -> bool:
    listed = call.snapshot.configuration.text("errors")
    return not listed or str(code) in {entry.strip() for entry in listed.split(",")}


def _asked_status(text: str) -> int:
    asked = int(text) if text.isascii() and text.isdigit() and len(text) == 3 else 0
    return asked if asked in _WITH_BODY else HTTPStatus.INTERNAL_SERVER_ERROR


def _unanswered(door: Door, message: str) -> Raw:
    return Raw(envelope.NO if door.silent else envelope.error_body(envelope.UNTYPED, message), JSON)


def _rendered(answer: Answer) -> Raw | Streamed:
    """The answer as it is sent: whatever is wrong with it shows while the call can still be refused."""
    if isinstance(answer, Reply):
        return Raw(envelope.body_of(answer), JSON, answer.status, cookies=answer.cookies)
    return answer


def _wrong_method(door: Door) -> Raw:
    """405, with the methods that are right (RFC 9110 section 15.5.6)."""
    return envelope.page(HTTPStatus.METHOD_NOT_ALLOWED, {"allow": ", ".join(_METHODS[door.methods])})


def _cookies(header: bytes) -> dict[str, str]:
    cookies: dict[str, str] = {}
    for piece in header.decode("latin-1").split(";"):
        name, equals, value = piece.strip().partition("=")
        if equals:
            cookies.setdefault(name, value.strip('"'))
    return cookies


def _params(query: bytes, body: bytes, headers: Mapping[bytes, bytes]) -> tuple[Params, BadRequest | None]:
    """The parameters; what cannot be read is told later, after the session was asked for."""
    content_type = headers.get(b"content-type", b"").decode("latin-1")
    media = content_type.partition(";")[0].strip().lower()
    try:
        if body and (media == JSON or (media.startswith("application/") and media.endswith("+json"))):
            return from_json(query, body), None
        if body and media.startswith("multipart/"):
            return from_upload(query, body, content_type), None
        return from_form(query, body), None
    except BadRequest as unreadable:
        return Params({}), unreadable


async def _send(send: Send, answer: Raw, method: str, *, secure: bool = False) -> None:
    headers = [(b"content-length", str(len(answer.body)).encode()), *_headers(answer, secure=secure)]
    await send({"type": "http.response.start", "status": int(answer.status), "headers": headers})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else answer.body})


async def _stream(send: Send, receive: Receive, answer: Streamed, method: str, *, secure: bool) -> None:
    """Send the pieces while somebody listens. An error on the way leaves the answer without its end, which cuts
    the connection.
    """
    await send({"type": "http.response.start", "status": 200, "headers": _headers(answer, secure=secure)})
    leaving = asyncio.ensure_future(receive())
    try:
        async with aclosing(answer.pieces) as pieces:
            if method != "HEAD":
                async for piece in pieces:
                    if leaving.done():
                        return
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
    # Whatever it is: the server below us would log what it quotes.
    except Exception as bug:
        log.exception("an answer was cut", exc_info=without_values(bug))
        return
    finally:
        leaving.cancel()
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def _headers(answer: Raw | Streamed, *, secure: bool) -> list[tuple[bytes, bytes]]:
    return [
        (b"content-type", answer.media.encode()),
        (b"cache-control", b"no-store"),
        *(
            (name.lower().encode(), value.encode("latin-1", "replace"))
            for name, value in answer.headers.items()
        ),
        *((b"set-cookie", _set_cookie(cookie, secure=secure)) for cookie in answer.cookies),
    ]


def _set_cookie(cookie: Cookie, *, secure: bool) -> bytes:
    pieces = [f"{cookie.name}={cookie.value}", "Path=/", "SameSite=Lax"]
    if not cookie.value:
        pieces.append("Max-Age=0")
    elif cookie.seconds is not None:
        pieces.append(f"Max-Age={cookie.seconds}")
    if cookie.http_only:
        pieces.append("HttpOnly")
    if secure:
        pieces.append("Secure")
    return "; ".join(pieces).encode()
