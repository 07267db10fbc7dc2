"""Session cookies that nobody was given, and headers that nobody should send."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.hostile.knocking import DOORS, FORM, Headers, Store, Visitor, judge, path_of
from watchword.api.linotp.doors import Door

GUARDED = tuple(door for door in DOORS if door.guard != "none")
LONG = 200_000


def coded(value: Any) -> bytes:
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=")


def forged(session: Headers) -> Iterator[tuple[str, Headers]]:
    """Sessions that are none, made of one that is."""
    cookie, csrf = dict(session)[b"cookie"], dict(session)[b"x-csrf-token"]
    token = cookie.partition(b"access_token_cookie=")[2].partition(b";")[0]
    head, claims, signature = token.split(b".")
    header = json.loads(base64.urlsafe_b64decode(head + b"=="))
    known = json.loads(base64.urlsafe_b64decode(claims + b"=="))
    tokens = {
        "empty": b"",
        "a word": b"admin",
        "dots": b"..",
        "many dots": b"." * 1000,
        "no signature": b"%b.%b." % (head, claims),
        "alg none": b"%b.%b." % (coded({"alg": "none"}), claims),
        "alg None with the signature": b"%b.%b.%b" % (coded({"alg": "None"}), claims, signature),
        "alg of keys in pairs": b"%b.%b.%b" % (coded(header | {"alg": "RS256"}), claims, signature),
        "alg that is no text": b"%b.%b.%b" % (coded(header | {"alg": ["HS256"]}), claims, signature),
        "another key's name": b"%b.%b.%b" % (coded(header | {"kid": "../../dev/null"}), claims, signature),
        "a key of its own": b"%b.%b.%b"
        % (coded(header | {"jwk": {"kty": "oct", "k": "AA"}, "jku": "http://192.0.2.1/"}), claims, signature),
        "critical": b"%b.%b.%b" % (coded(header | {"crit": ["exp"], "b64": False}), claims, signature),
        "a header that is a list": b"%b.%b.%b" % (coded([header]), claims, signature),
        "nested header": b"%b.%b.%b" % (coded(b"[" * 50_000), claims, signature),
        "signed anew": b"%b.%b.%b" % (head, claims, coded(b"\0" * 32)),
        "a letter less": token[:-1],
        "half": token[: len(token) // 2],
        "another name": b"%b.%b.%b" % (head, coded(known | {"sub": {"username": "root"}}), signature),
        "claims that are a list": b"%b.%b.%b" % (head, coded([known]), signature),
        "claims that never end": b"%b.%b.%b" % (head, coded(b'{"exp":1e309}'), signature),
        "five segments": b".".join([head, claims, signature, claims, signature]),
        "padded": b"%b==.%b.%b" % (head, claims, signature),
        "no letters": b"\xff\xfe.\x80.\x81",
        "long": head + b"." + b"A" * LONG + b"." + signature,
        "quoted": b'"' + token[:-4] + b'"',
        "blanks": b" " + token.replace(b".", b" . "),
    }
    for what, made in tokens.items():
        yield (
            what,
            [
                (b"cookie", b"access_token_cookie=%b; csrf_access_token=%b" % (made, csrf)),
                (b"x-csrf-token", csrf),
            ],
        )
    yield "the header without cookie", [(b"x-csrf-token", csrf)]
    yield "the other cookie alone", [(b"cookie", b"csrf_access_token=" + csrf), (b"x-csrf-token", csrf)]
    yield "the older cookie", [(b"cookie", b"admin_session=" + token)]
    yield "an empty older cookie", [(b"cookie", b"admin_session=")]
    yield "a thousand cookies", [(b"cookie", b"; ".join(b"access_token_cookie=%d" % n for n in range(1000)))]
    yield "a long cookie", [(b"cookie", b"access_token_cookie=" + b"x" * LONG)]
    yield "cookies that are none", [(b"cookie", b";;; = ;\0=\xff;=" + b"=" * 1000)]


async def test_no_forged_session_opens_a_door(stranger: Visitor, store: Store) -> None:
    session = await stranger.log_in()
    before = store.kept()
    for what, headers in forged(session):
        visitor = Visitor(stranger.household, stranger.doors, headers)
        for door in GUARDED:
            for method in _methods(door):
                got = await visitor.knock(
                    method, path_of(door), headers=[FORM], body=b"session=&serial=T1&name=mine"
                )
                assert got is not None
                assert got.status == 401, (what, door.path, got)
                if method != "HEAD":
                    assert got.result["error"]["code"] == -311
                judge(door, got)
    assert store.kept() == before


async def test_a_session_changes_nothing_without_its_own_value_against_forged_requests(
    stranger: Visitor, store: Store
) -> None:
    session, other = await stranger.log_in(), await stranger.log_in()
    cookie, csrf = session[0], dict(session)[b"x-csrf-token"]
    before = store.kept()
    wrong = (b"", b" ", csrf[:-1], csrf + b"0", b"\xff\xfe", b"x" * LONG, dict(other)[b"x-csrf-token"])
    for value in (None, *wrong):
        sent = [cookie] if value is None else [cookie, (b"x-csrf-token", value)]
        visitor = Visitor(stranger.household, stranger.doors, sent)
        for door in GUARDED:
            if "P" in door.methods:
                got = await visitor.knock("POST", path_of(door), headers=[FORM], body=b"serial=T1&name=mine")
                assert got is not None
                assert got.status == 401, (door.path, value)
    assert store.kept() == before


@pytest.mark.parametrize(
    "header",
    [
        (b"content-type", b"\xff\xfe\0" * 100),
        (b"content-type", b"application/json" * 10_000),
        (b"content-length", b"-1"),
        (b"x-forwarded-for", b"\xff, ::::, 999.1.1.1, " + b"1," * 100_000),
        (b"forwarded", b'for="[::";for=' + b"for=;" * 50_000),
        (b"authorization", b"Basic"),
        (b"authorization", b"Basic " + b"=" * LONG),
        (b"authorization", b"Basic \xff\xfe"),
        (b"authorization", b"Basic " + base64.b64encode(b"\xff\xfe:\xff")),
        (b"authorization", b"Basic " + base64.b64encode(b"a" * LONG)),
        (b"authorization", b"Basic " + base64.b64encode(b"\0:\0")),
        (b"authorization", b"Bearer " + b"a." * 1000),
        (b"accept-language", b"\xff;q=nan, " * 1000),
        (b"accept", b"*/*;q=" + b"9" * LONG),
        (b"origin", b"null\0"),
        (b"host", b"evil\xff:99999999"),
        (b"range", b"bytes=0-,-1,5-2"),
        (b"if-none-match", b"*"),
        (b"x-http-method-override", b"DELETE"),
        (b"transfer-encoding", b"chunked, identity"),
    ],
    ids=lambda header: f"{header[0].decode()} {header[1][:20]!r}",
)
async def test_no_header_breaks_a_call(
    administrator: Visitor, stranger: Visitor, header: tuple[bytes, bytes]
) -> None:
    for door in DOORS:
        if door.path == "/admin/logout":
            continue
        for visitor in (stranger, administrator):
            got = await visitor.knock(
                "GET" if "G" in door.methods else "POST", path_of(door), headers=[header]
            )
            assert got is not None
            judge(door, got)
            if visitor is stranger and door.guard != "none":
                assert got.status == 401


def _methods(door: Door) -> tuple[str, ...]:
    return ("GET", "HEAD") * ("G" in door.methods) + ("POST",) * ("P" in door.methods)
