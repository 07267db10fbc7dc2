"""The operator's name, logo and colour on every page.

A colour that somebody likes is often too pale to be read: it is darkened for light pages and lightened for dark ones until
texts in it stand out as WCAG 2.2 wants it (success criterion 1.4.3).
"""

import logging
import re
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from watchword.errors import Misconfigured
from watchword.web.settings import PageSettings

log = logging.getLogger(__name__)

STYLE = "accent.css"
"""The style sheet that is written for the operator's colour."""
MARK = "mark.svg"
CONTRAST = 4.5
GROUNDS = (("#ffffff", "#f7f8fa", "#f1f3f6"), ("#161a20", "#0e1115", "#1d222a"))
"""On what the accent stands, on light pages and on dark ones: card, page and what the pointer is over."""
_INKS = ("#ffffff", "#0b0f14")
_TINTS = (0.1, 0.16)
_BEGINNINGS = {".svg": b"<", ".png": b"\x89PNG", ".webp": b"RIFF", ".jpg": b"\xff\xd8"}
_LARGEST_LOGO = 256 * 1024


class Brand(Struct, frozen=True, kw_only=True):
    """Whose pages these are."""

    name: str = "Watchword"
    logo: str = MARK
    """A static file."""
    footer: str = ""
    imprint: str = ""
    privacy: str = ""


class Accent(Struct, frozen=True, kw_only=True):
    """The accent on light pages, or on dark ones."""

    colour: str
    on: str
    """For letters on it."""
    tint: str
    """A ground with a breath of it."""


def brand_of(settings: PageSettings) -> tuple[Brand, dict[str, bytes]]:
    """The brand, and the static files that it needs; Misconfigured if the logo cannot be used."""
    files: dict[str, bytes] = {}
    logo = MARK
    if settings.logo:
        path = Path(settings.logo)
        logo = f"logo{path.suffix.lower()}"
        files[logo] = _logo(path)
    if settings.accent:
        files[STYLE] = style(settings.accent)
    brand = Brand(
        name=settings.name,
        logo=logo,
        footer=settings.footer,
        imprint=settings.imprint,
        privacy=settings.privacy,
    )
    return brand, files


def style(accent: str) -> bytes:
    """The style sheet for a colour (``#rrggbb``); what had to be changed is logged."""
    light, dark = (fitted(accent, scheme) for scheme in (0, 1))
    if light.colour != accent.lower():
        log.warning(
            "the accent is too pale for texts on white: a darker one is used there",
            extra={"setting": "pages.accent", "said": accent, "used": light.colour},
        )
    names = (("accent", "colour"), ("on-accent", "on"), ("tint", "tint"))
    lines = (
        f"  --{name}: light-dark({getattr(light, part)}, {getattr(dark, part)});\n" for name, part in names
    )
    return f":root {{\n{''.join(lines)}}}\n".encode()


def fitted(accent: str, scheme: int) -> Accent:
    """The colour as it is used on light (0) or dark (1) pages."""
    grounds, toward = GROUNDS[scheme], ("#000000", "#ffffff")[scheme]
    for part in range(101):
        colour = mixed(accent.lower(), toward, part / 100)
        tint = mixed(grounds[0], colour, _TINTS[scheme])
        if stands_out(colour, (*grounds, tint)):
            break
    return Accent(colour=colour, on=max(_INKS, key=lambda ink: contrast(ink, colour)), tint=tint)


def stands_out(colour: str, grounds: Iterable[str]) -> bool:
    return all(contrast(colour, ground) >= CONTRAST for ground in grounds)


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.2, from 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def mixed(one: str, other: str, part: float) -> str:
    """So much of the other colour in this one."""
    pairs = zip(_parts(one), _parts(other), strict=True)
    return "#" + "".join(f"{round(mine + (theirs - mine) * part):02x}" for mine, theirs in pairs)


def _luminance(colour: str) -> float:
    linear = (
        part / 255 / 12.92 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in _parts(colour)
    )
    red, green, blue = linear
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _parts(colour: str) -> list[int]:
    return [int(part, 16) for part in re.findall(r"[0-9a-fA-F]{2}", colour)]


def _logo(path: Path) -> bytes:
    kinds = ", ".join(_BEGINNINGS)
    try:
        body = path.read_bytes()
    except OSError as broken:
        raise Misconfigured(f"The logo {path} of pages.logo cannot be read: {broken.strerror}.") from None
    if not body.lstrip().startswith(_BEGINNINGS.get(path.suffix.lower(), b"\x00none")):
        raise Misconfigured(
            f"The logo {path} of pages.logo is no picture of the kinds {kinds}: name one that is."
        )
    if len(body) > _LARGEST_LOGO:
        raise Misconfigured(
            f"The logo {path} of pages.logo has {len(body) // 1024} kB: every page shows it, so make it smaller "
            f"than {_LARGEST_LOGO // 1024} kB."
        )
    return body
