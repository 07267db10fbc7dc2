"""Bodies that are no form, or too much of one."""

from itertools import cycle
from urllib.parse import urlencode

import pytest

from tests.hostile.knocking import (
    DOORS,
    FORM,
    LEAVES_ALONE,
    USUAL,
    Store,
    Visitor,
    judge,
    judge_silent,
    path_of,
)
from tests.hostile.spellings import END, JSON, MULTIPART, READABLE, UNREADABLE, large, part
from watchword.api.linotp.doors import Door

TRIED = tuple(door for door in DOORS if door.path not in LEAVES_ALONE)
TAKING = tuple(door for door in TRIED if "P" in door.methods)
MIB = 2**20
OPEN = frozenset({"none", "administrator"})
"""Guards that let an administrator pass."""


def _some(body: bytes) -> tuple[Door, ...]:
    """All doors, but for a large body a few: it costs the reading of it, whatever door it comes to."""
    return TRIED if len(body) < 20_000 else TRIED[::9]


@pytest.mark.parametrize("what", UNREADABLE)
async def test_a_body_that_cannot_be_read_is_400_to_whoever_may_come_in_and_401_to_others(
    administrator: Visitor, stranger: Visitor, store: Store, what: str
) -> None:
    header, body = UNREADABLE[what]
    before = store.kept()
    for door in _some(body):
        method = "POST" if "P" in door.methods else "GET"
        got = await administrator.knock(method, path_of(door), headers=[header], body=body)
        assert got is not None
        assert got.status == (400 if door.guard in OPEN else 401), (door.path, got)
        judge(door, got)
        outside = await stranger.knock(method, path_of(door), headers=[header], body=body)
        assert outside is not None
        assert outside.status == (400 if door.guard == "none" else 401), (door.path, outside)
    assert store.kept() == before


@pytest.mark.parametrize("what", READABLE)
async def test_an_odd_body_gets_an_answer_at_every_door(
    administrator: Visitor, stranger: Visitor, store: Store, what: str
) -> None:
    header, body = READABLE[what]
    for door in _some(body):
        method = "POST" if "P" in door.methods else "GET"
        before = store.kept()
        outside = await stranger.knock(method, path_of(door), headers=[header], body=body)
        assert outside is not None
        assert store.kept() == before or door.guard == "none", "a wrong answer is counted, no more"
        got = await administrator.knock(method, path_of(door), headers=[header], body=body)
        assert got is not None
        judge(door, got)
        assert got.status != 400 or got.is_json, door.path
        if door.silent:
            judge_silent(door, outside)
            assert outside.body == got.body
        elif door.guard != "none":
            assert outside.status == 401


async def test_a_body_of_a_mebibyte_gets_the_usual_answer(administrator: Visitor, stranger: Visitor) -> None:
    for door, (header, body) in zip(TAKING[::6], cycle(large(MIB)), strict=False):
        got = await administrator.knock("POST", path_of(door), headers=[header], body=body)
        assert got is not None
        judge(door, got)
        assert got.status in {200, 401}, (door.path, got)
        if door.silent:
            judge_silent(door, got)
        outside = await stranger.knock("POST", path_of(door), headers=[header], body=body)
        assert outside is not None
        assert outside.status == (got.status if door.guard == "none" else 401), door.path


async def test_a_body_beyond_all_use_is_413_and_is_not_read_to_its_end(
    administrator: Visitor, stranger: Visitor, store: Store
) -> None:
    before = store.kept()
    for door in TAKING:
        for visitor, header in ((administrator, FORM), (administrator, JSON), (stranger, MULTIPART)):
            pieces = iter([b"x" * MIB] * 20)
            got = await visitor.knock("POST", path_of(door), headers=[header], body=pieces)
            assert got is not None
            assert got.status == 413, (door.path, got)
            assert len(list(pieces)) == (17 if visitor is stranger else 11)
    assert store.kept() == before


async def test_an_administrator_may_send_a_large_file_and_a_stranger_may_not(
    administrator: Visitor, stranger: Visitor
) -> None:
    body = part(b"resolver", b"none") + part(b"file", b"x" * 9 * MIB, b'; filename="x"') + END
    legacy = (b"cookie", b"admin_session=" + b"0" * 64)
    for visitor, more, status in (
        (administrator, (), 200),
        (stranger, (), 413),
        (stranger, (legacy,), 413),
        (stranger, ((b"cookie", b"access_token_cookie=a.b.c"),), 413),
    ):
        got = await visitor.knock("POST", "/system/importPolicy", headers=[MULTIPART, *more], body=body)
        assert got is not None
        assert got.status == status


@pytest.mark.parametrize("door", TAKING, ids=lambda door: door.path)
async def test_half_a_request_is_no_request(
    administrator: Visitor, stranger: Visitor, store: Store, door: Door
) -> None:
    """What came before the client went away reads like a whole request."""
    before = store.kept()
    newest = await administrator.household.last_row()
    for visitor in (administrator, stranger):
        fields = {name: value for name, value in USUAL.items() if name != "otpkey"}
        body = urlencode(fields | {"description": "he"}).encode()
        got = await visitor.knock("POST", path_of(door), headers=[FORM], body=body, leaves=True)
        assert got is None
    assert store.kept() == before
    assert await administrator.household.last_row() == newest
