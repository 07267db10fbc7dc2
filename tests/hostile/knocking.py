"""A stranger's hands on the dialect's doors: requests to the byte, and what may come back."""

import asyncio
import json
import logging
import re
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlencode

from tests.api.caller import ADMIN, ADMIN_PASSWORD
from tests.household import Household
from watchword.api.linotp import doors as all_doors
from watchword.api.linotp.admitting import COOKIE
from watchword.api.linotp.doors import Door, Doors
from watchword.api.linotp.envelope import YES
from watchword.web.call import Call
from watchword.web.parameters import Params

Headers = Sequence[tuple[bytes, bytes]]

DOORS = all_doors()
LEAVES_ALONE = frozenset({"/admin/logout", "/userservice/logout"})
"""Doors that end the very session with which the others are tried."""
FOR_PEOPLE = "/userservice/"
FORM = (b"content-type", b"application/x-www-form-urlencoded")
USUAL = {
    **dict.fromkeys(("name", "key", "value"), "mine"),
    **dict.fromkeys(("serial", "from", "tokens"), "T1"),
    **dict.fromkeys(("otp", "otp1", "otp2", "pass", "password"), "123456"),
    **dict.fromkeys(("realm", "realms"), "demo"),
    "to": "T2",
    "user": "alice",
    "username": "alice",
    "type": "hmac",
    "otpkey": "31" * 20,
    "action": "otppin=1",
    "scope": "authentication",
    "client": "*",
    "resolver": "people",
    "resolvers": "useridresolver.SQLIdResolver.IdResolver.people",
}
_SEGMENTS = {"realm": "demo", "resolver": "people", "serial": "T1", "userid": "alice"}
_BARE = ("/audit/search", "/userservice/history", "/system/policies_flexi", "/healthcheck/")
"""Doors whose JSON has no envelope."""
_FLEETING = frozenset({"audit", "session", "throttle", "revision", "sqlite_sequence"})
"""Tables that a refused request may leave a trace in."""


@dataclass(frozen=True)
class Got:
    """An answer."""

    status: int
    headers: Headers
    body: bytes
    whole: bool = True
    """Whether the answer has its end."""

    def header(self, name: bytes) -> bytes:
        return dict(self.headers).get(name, b"")

    @property
    def is_json(self) -> bool:
        return self.header(b"content-type").startswith(b"application/json")

    @property
    def result(self) -> Any:
        answer = json.loads(self.body)
        return answer.get("result", answer) if isinstance(answer, dict) else answer

    @property
    def refuses(self) -> bool:
        """Whether the answer says that nothing was done."""
        return self.status >= 400 or (self.is_json and self.result.get("status") is False)


@dataclass
class Visitor:
    """Knocks at the doors of one house, with or without a session."""

    household: Household
    doors: Doors
    session: Headers = ()
    visit: str = ""
    """The value of a person's session, which doors for people are told."""

    async def log_in(self) -> Headers:
        """The headers of a new session of the administrator."""
        fields = {"username": ADMIN, "password": ADMIN_PASSWORD}
        got = await self.knock("POST", "/admin/login", headers=[FORM], body=urlencode(fields).encode())
        assert got is not None
        cookies = dict(
            value.partition(b";")[0].partition(b"=")[::2]
            for name, value in got.headers
            if name == b"set-cookie"
        )
        jar = b"; ".join(b"%b=%b" % cookie for cookie in cookies.items())
        return [(b"cookie", jar), (b"x-csrf-token", cookies[b"csrf_access_token"])]

    async def knock(
        self,
        method: str,
        path: str,
        *,
        query: bytes = b"",
        headers: Headers = (),
        body: bytes | Iterable[bytes] = b"",
        leaves: bool = False,
        leaves_after: int | None = None,
    ) -> Got | None:
        """One request, in one piece or several; None if nothing was answered.

        Who ``leaves`` does so after the last piece, but before the end; ``leaves_after``: after so many pieces of
        the answer.
        """
        if self.visit and path.startswith(FOR_PEOPLE):
            jar = dict(self.session).get(b"cookie", b"")
            headers = [(b"cookie", b"%b; %b=%b" % (jar, COOKIE.encode(), self.visit.encode())), *headers]
            query = f"session={self.visit}".encode() + (b"&" + query if query else b"")
        pieces = iter([body] if isinstance(body, bytes) else body)
        over = asyncio.Event()
        ended = False
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            nonlocal ended
            piece = next(pieces, None)
            if piece is not None:
                return {"type": "http.request", "body": piece, "more_body": True}
            if ended:
                await over.wait()
            if ended or leaves:
                return {"type": "http.disconnect"}
            ended = True
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)
            if len(sent) - 1 == leaves_after:
                over.set()
            await asyncio.sleep(0)

        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": query,
            "headers": [*self.session, *headers],
            "scheme": "http",
            "client": ("192.0.2.7", 4711),
        }
        await self.doors(scope, receive, send)
        over.set()
        if not sent:
            return None
        start, *rest = sent
        assert start["type"] == "http.response.start"
        whole = bool(rest) and not rest[-1].get("more_body", False)
        return Got(start["status"], start["headers"], b"".join(piece["body"] for piece in rest), whole)

    async def send(self, door: Door, fields: Mapping[str, str], segment: str | None = None) -> Got:
        """A form to a door that takes one, else a query."""
        sent = urlencode(fields).encode()
        if "P" in door.methods:
            got = await self.knock("POST", path_of(door, segment), headers=[FORM], body=sent)
        else:
            got = await self.knock("GET", path_of(door, segment), query=sent)
        assert got is not None
        return got

    async def names(self, door: Door) -> list[str]:
        """The parameters that the door asks for, as far as usual ones lead."""
        asked: set[str] = set()
        listening = replace(door, endpoint=_overheard(door, asked))
        visitor = replace(self, doors=Doors(self.household.house, (listening,)))
        for without in ("nothing", "user", "serial", "name"):
            await visitor.send(listening, {k: v for k, v in USUAL.items() if k != without})
        await visitor.send(listening, {})
        return sorted(asked)


def judge(door: Door, got: Got, *, asked_status: bool = False) -> None:
    """Whatever was sent: an answer of the dialect, well-formed, without anything of ours that broke."""
    what = (door.path, got.status, got.body[:300])
    assert got.whole, what
    assert got.status < 500 or asked_status or got.status == getattr(door, "failed", 0), what
    assert b"could not do this" not in got.body, what
    assert b"database did not answer" not in got.body, what
    for name, value in got.headers:
        assert not re.search(rb"[\x00-\x1f\x7f]", name + value), (what, name, value)
    length = got.header(b"content-length")
    assert not length or not got.body or int(length) == len(got.body)
    if got.is_json and got.body:
        text = got.body.decode()  # strictly
        if not door.path.startswith(_BARE):
            assert "result" in json.loads(text, parse_constant=_no_number), what


def judge_silent(door: Door, got: Got) -> None:
    """A plain no, or 400 for what cannot be read."""
    if got.status != 200:
        assert got.status in {400, 405, 413}, (door.path, got)
        return
    if door.path == "/validate/ok":
        assert got.body == YES
    elif got.is_json:
        value = got.result["value"]
        assert (value.get("auth", value.get("value")) if isinstance(value, dict) else value) is False, got
    else:
        assert got.body == b":-("


def path_of(door: Door, segment: str | None = None) -> str:
    """The door's path; a segment stands for all of its ``{name}``."""

    def spelled(found: re.Match[str]) -> str:
        if segment is None:
            return _SEGMENTS.get(found[1], "x")
        return unquote(quote(segment[:2000], safe="", errors="replace")).replace("/", "") or "x"

    return re.sub(r"\{(\w+)\}", spelled, door.path)


class Store:
    """Reads the store past the server."""

    def __init__(self, home: Path) -> None:
        self._database = sqlite3.connect(f"file:{home / 'watchword.db'}?mode=ro", uri=True)
        names = self._database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        self._tables = [name for (name,) in names if name not in _FLEETING]

    def kept(self) -> list[Any]:
        """All that it holds, but for traces."""
        return [self._database.execute(f'SELECT * FROM "{name}"').fetchall() for name in self._tables]

    def audit(self) -> str:
        """All that any row of it says."""
        return repr(self._database.execute("SELECT * FROM audit").fetchall())

    def longest_text_of_audit(self) -> int:
        """Characters of the longest text in any row."""
        names = [name for _, name, *_ in self._database.execute("PRAGMA table_info(audit)")]
        longest = ", ".join(f'max(length("{name}"))' for name in names)
        [lengths] = self._database.execute(f"SELECT {longest} FROM audit").fetchall()
        return max(int(length) for length in lengths)

    def close(self) -> None:
        self._database.close()


class Ear(logging.Handler):
    """Hears all that is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.heard.append(record)


def _no_number(text: str) -> None:
    raise AssertionError(f"{text} is no JSON")


def _overheard(door: Door, asked: set[str]) -> Any:
    class Overheard(Params):
        def text(self, name: str, default: str = "") -> str:
            asked.add(name)
            return super().text(name, default)

        def sent(self, name: str) -> str | None:
            asked.add(name)
            return super().sent(name)

        def need(self, name: str) -> str:
            asked.add(name)
            return super().need(name)

        def need_sent(self, name: str) -> str:
            asked.add(name)
            return super().need_sent(name)

        def number(self, name: str, default: int) -> int:
            asked.add(name)
            return super().number(name, default)

        def flag(self, name: str) -> bool:
            asked.add(name)
            return super().flag(name)

        def list(self, name: str) -> list[str]:
            asked.add(name)
            return super().list(name)

        def has(self, name: str) -> bool:
            asked.add(name)
            return super().has(name)

        def folded(self) -> Params:
            return overheard(super().folded())

        def without(self, *names: str) -> Params:
            return overheard(super().without(*names))

    def overheard(params: Params) -> Params:
        return Overheard(params._texts, params._lists, params.files)

    async def endpoint(call: Call) -> Any:
        call.params = overheard(call.params)
        return await door.endpoint(call)

    return endpoint
