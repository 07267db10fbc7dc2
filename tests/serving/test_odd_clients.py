"""Slow and odd clients on a real server, while others are served."""

import socket
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Self

import pytest

from tests.serving_process import DEMO, LIMIT, Server

pytestmark = pytest.mark.slow

FORM = b"POST /validate/check HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
PAIR = b"user=alice&pass=1"
WHOLE = FORM + b"Content-Length: %d\r\n\r\n" % len(PAIR) + PAIR
OK = b"GET /validate/ok HTTP/1.1\r\nHost: x\r\n"
ANSWERS = {
    "a request": (WHOLE, b"200"),
    "in chunks": (
        FORM + b"Transfer-Encoding: chunked\r\n\r\n5\r\nuser=\r\nc\r\nalice&pass=1\r\n0\r\n\r\n",
        b"200",
    ),
    "in chunks with a trailer": (
        FORM + b"Transfer-Encoding: chunked\r\n\r\n0\r\nCookie: a=b\r\n\r\n",
        b"200",
    ),
    "a longer address": (OK.replace(b" /", b" http://elsewhere.example/") + b"\r\n", b"200"),
    "without host": (b"GET /validate/ok HTTP/1.1\r\n\r\n", b"200"),
    "of 1996": (b"GET /validate/ok HTTP/1.0\r\n\r\n", b"200"),
    "an upgrade to HTTP/2": (
        FORM
        + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n"
        + WHOLE[len(FORM) :],
        b"200",
    ),
    "an upgrade to WebSocket": (OK + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n", b"200"),
    "many headers": (OK + b"".join(b"X-%d: y\r\n" % number for number in range(10_000)) + b"\r\n", b"200"),
    "a long header": (OK + b"X: " + b"y" * 200_000 + b"\r\n\r\n", b"200"),
    "a long cookie": (
        b"GET /admin/show HTTP/1.1\r\nHost: x\r\nCookie: access_token_cookie="
        + b"a.b." * 50_000
        + b"\r\n\r\n",
        b"401",
    ),
    "a long password": (
        b"GET /validate/check?user=alice&pass=" + b"%f0" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"200",
    ),
    "odd bytes in the path": (b"GET /%ff%00%0d%0a HTTP/1.1\r\nHost: x\r\n\r\n", b"404"),
    "the way to a list with line ends": (
        b"GET /api/v2/tokens?a=%0d%0aX:y HTTP/1.1\r\nHost: x\r\n\r\n",
        b"308",
    ),
    "TRACE": (b"TRACE /validate/check HTTP/1.1\r\nHost: x\r\nCookie: mine\r\n\r\n", b"405"),
    "a stranger's 3 MiB": (FORM + b"Content-Length: 3145728\r\n\r\n" + b"x" * 3145728, b"413"),
    "raw bytes in the path": (b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n", b"400"),
    "control characters in the query": (b"GET /api/v2/tokens?a=\x01\x7f HTTP/1.1\r\nHost: x\r\n\r\n", b"400"),
    "NUL in a header": (OK + b"X: a\0b\r\n\r\n", b"400"),
    "a header on two lines": (OK + b"X: a\r\n b\r\n\r\n", b"400"),
    "a blank before the colon": (b"GET /validate/ok HTTP/1.1\r\nHost : x\r\n\r\n", b"400"),
    "line feeds only": (b"GET /validate/ok HTTP/1.1\nHost: x\n\n", b"400"),
    "another protocol": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 300, b"400"),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"400"),
    "no method": (b"BREW /validate/ok HTTP/1.1\r\nHost: x\r\n\r\n", b"400"),
    "CONNECT": (b"CONNECT elsewhere.example:443 HTTP/1.1\r\nHost: x\r\n\r\n", b"400"),
    "two lengths": (FORM + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nuser=x", b"400"),
    "a length and chunks": (
        FORM + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + OK,
        b"400",
    ),
    "less than nothing": (FORM + b"Content-Length: -1\r\n\r\n", b"400"),
    "more than a number": (FORM + b"Content-Length: 99999999999999999999999\r\n\r\n", b"400"),
    "a chunk of no length": (FORM + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\nuser=\r\n", b"400"),
    "a chunk without end": (
        FORM + b"Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFFF\r\nuser=\r\n",
        b"400",
    ),
    "a head without end": (OK + b"X: " + b"y" * 3_000_000, b"400"),
}
"""What is sent -> the status of the answer."""


class Line:
    """A connection whose every byte is said."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=LIMIT)
        self.back = self.socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.back.close()
        self.socket.close()

    def say(self, what: bytes) -> None:
        try:
            self.socket.sendall(what)
        except (BrokenPipeError, ConnectionResetError):
            return  # the server has heard enough

    def answer(self) -> tuple[bytes, bytes]:
        """Status and body."""
        status = self.back.readline().split(b" ")[1]
        length = 0
        while (line := self.back.readline()) not in {b"\r\n", b""}:
            if line.lower().startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        return status, self.back.read(length)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home") / "home"


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[Server]:
    """One worker, so that whoever keeps it waiting keeps all waiting."""
    where = {**DEMO, "WATCHWORD_HOME": str(home)}
    server = Server("--listen", "127.0.0.1:0", "--demo", "--workers", "1", environment=where)
    server.port()
    yield server
    server.close()


def is_served(server: Server) -> bool:
    with Line(server.port()) as line:
        line.say(OK + b"\r\n")
        return line.answer()[0] == b"200"


def rows(home: Path) -> int:
    database = sqlite3.connect(f"file:{home / 'watchword.db'}?mode=ro", uri=True)
    [(number,)] = database.execute("SELECT max(id) FROM audit").fetchall()
    database.close()
    return int(number or 0)


@pytest.mark.parametrize("what", ANSWERS)
def test_an_odd_request_is_answered_and_others_are_served(server: Server, what: str) -> None:
    said, status = ANSWERS[what]
    with Line(server.port()) as line:
        line.say(said)
        assert line.answer()[0] == status
    assert is_served(server)


def test_requests_one_behind_the_other_are_answered_in_their_order(server: Server) -> None:
    with Line(server.port()) as line:
        line.say((WHOLE + OK + b"\r\n") * 100)
        values = [line.answer() for _ in range(200)]
    assert {status for status, _ in values} == {b"200"}
    assert [b"true" in body.partition(b'"value"')[2] for _, body in values] == [False, True] * 100


def test_a_request_that_comes_by_letters_is_answered(server: Server) -> None:
    with Line(server.port()) as line:
        line.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for letter in WHOLE:
            line.say(bytes([letter]))
        assert line.answer()[0] == b"200"


@pytest.mark.parametrize("part", [1, len(FORM), len(WHOLE) - len(PAIR), len(WHOLE) - 1])
def test_part_of_a_request_leaves_nothing(server: Server, home: Path, part: int) -> None:
    before = rows(home)
    with Line(server.port()) as line:
        line.say(WHOLE[:part])
    with Line(server.port()) as line:
        line.say(FORM + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n" % (len(PAIR), PAIR))
    with Line(server.port()) as line:
        line.say(FORM + b"Expect: 100-continue\r\nContent-Length: 9\r\n\r\n")
        assert line.answer()[0] == b"100"
    assert is_served(server)
    with Line(server.port()) as line:
        line.say(WHOLE)
        line.answer()
    assert rows(home) == before + 1


def test_a_hundred_clients_that_keep_their_connections_keep_nobody_else_out(server: Server) -> None:
    unfinished = (b"", b"G", OK, FORM + b"Content-Length: 1000000\r\n\r\nuser=", OK + b"\r\n" + OK)
    with ExitStack() as open_lines:
        for number in range(100):
            line = open_lines.enter_context(Line(server.port()))
            line.say(unfinished[number % len(unfinished)])
        for number in range(20):
            line = open_lines.enter_context(Line(server.port()))
            line.say((WHOLE + OK + b"\r\n") * 500)  # and never reads
            assert is_served(server), number


def test_no_request_is_worth_a_line_in_the_log_and_half_ones_keep_no_server_from_ending(
    server: Server,
) -> None:
    with Line(server.port()) as line, Line(server.port()) as other:
        line.say(FORM + b"Content-Length: 1000000\r\n\r\nuser=")
        other.say(OK)
        code, logged = server.end()
    assert code == 0
    assert [text for text in logged.splitlines() if text and not text.startswith("This is a demo")] == []
