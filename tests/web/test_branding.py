"""The operator's brand: any colour can be read, and what cannot be used is refused by name."""

import logging
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.web.test_pages import TOKEN, rendered
from watchword.errors import Misconfigured
from watchword.settings import load
from watchword.web.assets import OURS
from watchword.web.branding import CONTRAST, GROUNDS, contrast, fitted, stands_out, style
from watchword.web.pages import Pages
from watchword.web.settings import PageSettings

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"/>'


@given(st.from_regex(r"#[0-9a-f]{6}", fullmatch=True), st.sampled_from([0, 1]))
@example("#ffff00", 0)
@example("#000000", 1)
@example("#777777", 0)
def test_any_colour_can_be_read_where_it_is_used(colour: str, scheme: int) -> None:
    accent = fitted(colour, scheme)
    assert stands_out(accent.colour, (*GROUNDS[scheme], accent.tint))
    assert contrast(accent.on, accent.colour) >= CONTRAST


def test_a_colour_that_can_be_read_stays_as_it_is(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert b"--accent: light-dark(#7a1fa2, " in style("#7A1FA2")
    assert caplog.records == []


def test_a_colour_too_pale_for_white_is_told_of(caplog: pytest.LogCaptureFixture) -> None:
    style("#ffcc00")
    (record,) = caplog.records
    assert vars(record)["setting"] == "pages.accent"


def test_the_grounds_are_those_of_the_style() -> None:
    css = (OURS / "watchword.css").read_text("utf-8")
    colours = {match[1]: (match[2], match[3]) for match in TOKEN.finditer(css)}
    assert tuple(zip(*(colours[name] for name in ("card", "page", "hover")), strict=True)) == GROUNDS


def test_name_logo_colour_and_foot_are_on_every_page(tmp_path: Path) -> None:
    (tmp_path / "ours.SVG").write_bytes(SVG)
    (tmp_path / "watchword.toml").write_text(
        '[pages]\nname = "Example & Sons"\nlogo = "ours.SVG"\naccent = "#7a1fa2"\nfooter = "Help: 4711"\n'
        'imprint = "https://example.com/imprint"\nprivacy = "/privacy"\n'
    )
    page = rendered(Pages(load({"home": tmp_path}, {}).pages))
    for part in (
        "Example &amp; Sons",
        "/logo.svg",
        "/accent.css",
        "Help: 4711",
        "https://example.com/imprint",
    ):
        assert part in page
    assert 'href="/privacy"' in page
    assert "<title>Inbox of the demo – Example &amp; Sons</title>" in page


@pytest.mark.parametrize(
    ("name", "body", "told"),
    [
        ("missing.png", None, "cannot be read"),
        ("logo.png", SVG, "no picture of the kinds"),
        ("logo.gif", b"GIF89a", "no picture of the kinds"),
        ("logo.svg", SVG + b" " * 300_000, "make it smaller than 256 kB"),
    ],
)
def test_a_logo_that_cannot_be_used_is_refused_at_the_start(
    tmp_path: Path, name: str, body: bytes | None, told: str
) -> None:
    if body is not None:
        (tmp_path / name).write_bytes(body)
    with pytest.raises(Misconfigured, match=told):
        Pages(PageSettings(logo=str(tmp_path / name)))


@pytest.mark.parametrize(
    "line",
    [
        'accent = "teal"',
        'accent = "#fff"',
        'imprint = "javascript:alert(1)"',
        'privacy = "example.com"',
        'name = ""',
        f'footer = "{"x" * 301}"',
    ],
)
def test_what_cannot_stand_on_a_page_is_no_setting(tmp_path: Path, line: str) -> None:
    (tmp_path / "watchword.toml").write_text(f"[pages]\n{line}\n")
    with pytest.raises(Misconfigured, match=r"pages\."):
        load({"home": tmp_path}, {})
