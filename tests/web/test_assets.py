"""Static files: kept for ever under an address that changes with them, and nothing else is served."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from watchword.web.assets import OURS, Assets


@pytest.fixture
async def http() -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app=Assets([OURS]))
    async with httpx2.AsyncClient(transport=transport, base_url="http://watchword.example") as client:
        yield client


async def test_a_file_is_kept_for_ever(http: httpx2.AsyncClient) -> None:
    answer = await http.get(Assets([OURS]).url("watchword.css"))
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.content == (OURS / "watchword.css").read_bytes()


async def test_a_head_has_the_length_and_no_body(http: httpx2.AsyncClient) -> None:
    answer = await http.head(Assets([OURS]).url("watchword.js"))
    assert int(answer.headers["content-length"]) == (OURS / "watchword.js").stat().st_size
    assert answer.content == b""


@pytest.mark.parametrize(
    "path",
    [
        "/static/",
        "/static/watchword.css",
        "/static/0000000000000000/watchword.css",
        "/static/..%2f..%2fsettings.py",
        "/static/0000000000000000/../../pages.py",
    ],
)
async def test_whatever_is_no_file_of_ours_is_404_and_not_kept(http: httpx2.AsyncClient, path: str) -> None:
    answer = await http.get(path)
    assert answer.status_code == 404
    assert answer.headers["cache-control"] == "no-store"


async def test_nothing_can_be_sent_to_a_file(http: httpx2.AsyncClient) -> None:
    answer = await http.post(Assets([OURS]).url("mark.svg"))
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


def test_a_changed_file_has_another_address_and_a_later_folder_wins(tmp_path: Path) -> None:
    (tmp_path / "mark.svg").write_text("<svg/>", "utf-8")
    (tmp_path / "notes.txt").write_text("not for everybody", "utf-8")
    both = Assets([OURS, tmp_path])
    assert both.url("mark.svg") != Assets([OURS]).url("mark.svg")
    assert both.url("watchword.css") == Assets([OURS]).url("watchword.css")
    assert not both.has("notes.txt")
