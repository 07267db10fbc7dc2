"""Pages: what an operator may replace, and what a template can never do by mistake."""

import re
from pathlib import Path

import pytest

from watchword.errors import Misconfigured
from watchword.web.assets import OURS
from watchword.web.pages import TEMPLATES, Pages
from watchword.web.settings import PageSettings

EMPTY = {"path": "/dev/inbox", "messages": []}


def rendered(pages: Pages) -> str:
    return pages.render("development/inbox.html", "en", EMPTY).decode()


def test_an_operators_template_is_taken_instead_of_ours(tmp_path: Path) -> None:
    (tmp_path / "brand.html").write_text("<b>Example Ltd</b>", "utf-8")
    page = rendered(Pages(PageSettings(templates=str(tmp_path))))
    assert "<b>Example Ltd</b>" in page
    assert "Inbox of the demo" in page
    assert "Example Ltd" not in rendered(Pages(PageSettings()))


def test_an_operators_style_comes_after_ours(tmp_path: Path) -> None:
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "brand.css").write_text(":root { --accent: #7a1fa2 }", "utf-8")
    page = rendered(Pages(PageSettings(templates=str(tmp_path))))
    assert 0 < page.index("/watchword.css") < page.index("/brand.css")


def test_a_folder_or_template_that_cannot_be_used_is_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"pages\.templates"):
        Pages(PageSettings(templates=str(tmp_path / "missing")))
    (tmp_path / "brand.html").write_text("\n{% if %}", "utf-8")
    with pytest.raises(Misconfigured, match=r"brand\.html .*line 2"):
        Pages(PageSettings(templates=str(tmp_path)))


def test_no_template_switches_escaping_off_or_carries_script_or_style() -> None:
    for path in TEMPLATES.rglob("*.html"):
        text = path.read_text("utf-8")
        for word in (
            "|safe",
            "| safe",
            "autoescape",
            "<style",
            "style=",
            "javascript:",
            " onclick",
            " onload",
            "//",
        ):
            assert word not in text, (path, word)
        assert text.count("<script") == text.count('<script src="{{ asset('), path


MACRO = re.compile(r"\{% macro ([a-z]\w*)(\(.*?\)) -?%\}")


@pytest.mark.parametrize("path", sorted((TEMPLATES / "parts").glob("*.html")), ids=lambda path: path.stem)
def test_the_head_of_a_file_tells_of_each_macro_as_it_is(path: Path) -> None:
    head, _, body = path.read_text("utf-8").partition("#}")
    told = set(re.findall(r"^ {3}([a-z]\w*)(\(.*?\))(?=\s)", head, re.MULTILINE)) | set(
        re.findall(r"^\{# ([a-z]\w*)(\(.*?\)):", head)
    )
    assert told == set(MACRO.findall(body))


def test_no_file_of_ours_speaks_to_another_origin() -> None:
    for path in OURS.glob("*"):
        text = path.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "http" not in text, path
        assert "@import" not in text, path
        assert "eval(" not in text, path


TOKEN = re.compile(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)")
TEXTS = (
    ("ink", "page"),
    ("ink", "card"),
    ("ink", "field"),
    ("quiet", "page"),
    ("quiet", "card"),
    ("accent", "page"),
    ("accent", "card"),
    ("accent", "tint"),
    ("on-accent", "accent"),
    ("yes", "yes-tint"),
    ("no", "no-tint"),
    ("warn", "warn-tint"),
    *((text, ground) for text in ("yes", "no", "warn") for ground in ("page", "card")),
    *((text, "hover") for text in ("ink", "quiet", "accent")),
    *(("ink", f"{kind}tint") for kind in ("", "yes-", "no-", "warn-")),
)


@pytest.mark.parametrize("scheme", [1, 2], ids=["light", "dark"])
def test_texts_and_edges_stand_out_as_wcag_wants_it(scheme: int) -> None:
    css = (OURS / "watchword.css").read_text("utf-8")
    colours = {match[1]: match[1 + scheme] for match in TOKEN.finditer(css)}
    for text, ground in TEXTS:
        assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
    for ground in ("field", "card"):
        assert contrast(colours["edge"], colours[ground]) >= 3, ground


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, "contrast ratio"."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
