"""Paths where no door stands, and methods that no door takes."""

from itertools import product

import pytest

from tests.hostile.knocking import DOORS, FORM, Store, Visitor, judge, path_of
from watchword.api.linotp.doors import Door

METHODS = ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get", "", "GET\0")
ABOVE = sorted({"/".join(door.path.split("/")[:depth]) for door in DOORS for depth in (2, 3)})
BELOW = (
    "/nothing",
    "/nothing/at/all",
    "/",
    "//",
    "/../admin/show",
    "/%2e%2e/show",
    "\0",
    "/\r\nX: y",
    ";jsessionid=1",
    "/\ud800",
    "/\u202e",
    "/" + "x" * 4096,
    "/" * 4096,
    "/{serial}",
)


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.path)
async def test_a_wrong_method_is_405_for_everybody_and_names_the_right_ones(
    administrator: Visitor, stranger: Visitor, store: Store, door: Door
) -> None:
    before = store.kept()
    wrong = [*METHODS, *(method for method in ("GET", "HEAD", "POST") if method[0] not in _first(door))]
    for method, visitor in product(wrong, (stranger, administrator)):
        got = await visitor.knock(method, path_of(door), headers=[FORM], body=b"serial=T1&pass=1&name=mine")
        assert got is not None
        assert got.status == 405, (method, got)
        assert got.header(b"allow").decode().split(", ")[0][0] in door.methods
        judge(door, got)
    assert store.kept() == before


async def test_an_unknown_path_is_404_for_everybody(
    administrator: Visitor, stranger: Visitor, store: Store
) -> None:
    before = store.kept()
    for above, below, visitor in product(ABOVE, BELOW, (stranger, administrator)):
        path = above + below
        if visitor.doors.knows(path):
            continue
        for method in ("GET", "POST", "BREW"):
            got = await visitor.knock(method, path, headers=[FORM], body=b"serial=T1&pass=1&name=mine")
            assert got is not None
            assert got.status == (308 if visitor.doors.knows(f"{path}/") else 404), (method, path)
    assert store.kept() == before


async def test_a_path_is_known_by_its_very_letters(stranger: Visitor) -> None:
    for door in DOORS:
        path = path_of(door)
        for other in (path.upper(), path.title(), path.replace("/", "//"), f"{path}\n", f"x{path}", path[1:]):
            got = await stranger.knock("GET", other)
            assert got is not None
            assert got.status in {404, 308} or stranger.doors.knows(other), other


@pytest.mark.parametrize(
    "segment",
    ["\0", "\ud800", "x" * 100_000, "%00", "' OR 1=1", "*", "\u202e", "\n", "..", "e" + "\u0301" * 5000],
)
async def test_no_segment_of_a_path_breaks_a_call(
    administrator: Visitor, stranger: Visitor, store: Store, segment: str
) -> None:
    before = store.kept()
    for door in DOORS:
        if "{" in door.path:
            path = path_of(door, segment)
            for visitor in (administrator, stranger):
                got = await visitor.knock("GET", path, query=b"page=0")
                assert got is not None
                judge(door, got)
                assert visitor is administrator or got.status == 401
    assert store.kept() == before


def _first(door: Door) -> str:
    """First letters of the methods that the door takes."""
    return door.methods.replace("G", "GH")
