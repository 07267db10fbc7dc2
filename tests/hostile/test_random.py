"""Requests that nobody has thought of."""

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.hostile.knocking import DOORS, FORM, LEAVES_ALONE, Visitor, judge, judge_silent, path_of
from tests.hostile.spellings import JSON, MULTIPART
from watchword.api.linotp.doors import Door

NAMES = (
    *("user", "pass", "serial", "realm", "name", "key", "value", "type", "action", "scope", "client"),
    *("page", "pageSize", "rp", "query", "qtype", "tokens[]", "session", "file", "filter", "resolver"),
)
values = st.text(st.characters(codec="utf-8"), max_size=40) | st.sampled_from(["T1", "alice", "demo", "mine"])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | values,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(values, inner, max_size=3),
    max_leaves=6,
)
bodies = st.binary(max_size=400) | st.lists(
    st.sampled_from(
        [b"&", b"=", b"%", b"%00", b"user", b"serial", b"T1", b"[]", b"--X", b"\r\n", b"{", b'"', b":"]
    ),
    max_size=40,
).map(b"".join)
headers = st.lists(
    st.sampled_from([FORM, JSON, MULTIPART])
    | st.tuples(
        st.sampled_from([b"content-type", b"x-csrf-token", b"authorization", b"x-forwarded-for", b"cookie"]),
        st.binary(max_size=60),
    ),
    max_size=3,
)


@settings(max_examples=200, derandomize=True, deadline=None)
@given(
    st.sampled_from(DOORS), st.sampled_from(["GET", "POST", "HEAD"]), st.binary(max_size=200), headers, bodies
)
async def test_no_bytes_break_a_call(
    administrator: Visitor,
    stranger: Visitor,
    door: Door,
    method: str,
    query: bytes,
    headers: list[tuple[bytes, bytes]],
    body: bytes,
) -> None:
    for visitor in (stranger, administrator):
        if visitor is administrator and door.path in LEAVES_ALONE:
            continue
        got = await visitor.knock(method, path_of(door), query=query, headers=headers, body=body)
        assert got is not None
        judge(door, got)
        assert got.status in {200, 400, 401, 403, 404, 405}
        if door.silent and method != "HEAD":
            judge_silent(door, got)


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.sampled_from(DOORS), st.dictionaries(st.sampled_from(NAMES), json_values, max_size=6))
async def test_no_json_breaks_a_call(administrator: Visitor, door: Door, sent: dict[str, object]) -> None:
    if door.path in LEAVES_ALONE:
        return
    got = await administrator.knock(
        "POST" if "P" in door.methods else "GET",
        path_of(door),
        headers=[JSON],
        body=msgspec.json.encode(sent),
    )
    assert got is not None
    judge(door, got)
    if door.silent:
        judge_silent(door, got)
