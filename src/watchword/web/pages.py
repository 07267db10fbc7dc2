"""Pages: templates, their language, and the headers that bind a browser to them.

Threat: what somebody types (a name, a serial, a message's text) that becomes script in somebody else's browser.
Templates escape whatever they are given, and should one forget it, the browser runs no script and applies no style
that is not a file of ours.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from watchword.errors import Misconfigured
from watchword.web.assets import OURS, Assets
from watchword.web.branding import brand_of
from watchword.web.fields import Choice, Field
from watchword.web.settings import PageSettings
from watchword.web.translating import SOURCE, Phrase, phrase, said, translations

if TYPE_CHECKING:
    from jinja2 import Environment

HTML = "text/html; charset=utf-8"
TEMPLATES = Path(__file__).with_name("templates")
LANGUAGE_COOKIE = "language"
THEME_COOKIE = "theme"
THEMES = ("auto", "light", "dark")
"""How bright pages are: as the reader's system wants it, or always so."""

_SHELL: Mapping[str, Any] = {"path": "/", "theme": "auto", "keep": {}, "demo": False}
"""What every page is shown with, unless it says otherwise."""

HEADERS: Mapping[str, str] = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=()",
    "vary": "accept-language, cookie",
}
"""What every page is sent with, beside ``no-store``, which every door says."""


class Pages:
    """All pages of this server. What an operator's folder holds under the same name is taken instead of ours.

    Misconfigured if that folder, or a template in it, cannot be used.
    """

    def __init__(self, settings: PageSettings) -> None:
        theirs = Path(settings.templates) if settings.templates else None
        if theirs is not None and not theirs.is_dir():
            raise Misconfigured(
                f"The folder {theirs} of the setting pages.templates is not there: make it, or unset the setting."
            )
        self._folders = [folder for folder in (theirs, TEMPLATES) if folder is not None]
        self._environments: dict[str, Environment] = {}
        self.brand, made = brand_of(settings)
        self.assets = Assets([OURS, *([theirs / "static"] if theirs is not None else [])], made)
        if theirs is not None:
            self._look_at(theirs)

    def render(self, template: str, language: str, shown: Mapping[str, Any]) -> bytes:
        """The page. ``_`` of the template translates and fills in: ``_("Hello, {name}", name=login)``."""
        page = self._environment(language).get_template(template)
        return page.render({"brand": self.brand, **_SHELL, **shown}).encode("utf-8", "replace")

    def has(self, template: str) -> bool:
        """Whether there is a template of this name, ours or the operator's."""
        return any((folder / template).is_file() for folder in self._folders)

    def _environment(self, language: str) -> "Environment":
        """One for each language, so that the macros of a file are made once and need no context."""
        if language not in self._environments:
            self._environments[language] = self._opened(language)
        return self._environments[language]

    def _opened(self, language: str) -> "Environment":
        from jinja2 import Environment, FileSystemLoader, StrictUndefined

        spoken = translations()[language]
        environment = Environment(
            loader=FileSystemLoader(self._folders),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            finalize=lambda value: said(value, spoken) if isinstance(value, Phrase) else value,
        )
        environment.globals |= {
            "_": lambda text, **named: said(text, spoken, **named),
            "language": language,
            "languages": tuple(translations()),
            "asset": self.assets.url,
            "has_asset": self.assets.has,
            "Field": Field,
            "Choice": Choice,
            "phrase": phrase,
        }
        return environment

    def _look_at(self, folder: Path) -> None:
        """Better now than when somebody wants to log in."""
        from jinja2 import TemplateSyntaxError

        for path in sorted(folder.rglob("*.html")):
            name = path.relative_to(folder).as_posix()
            try:
                self._environment(SOURCE).get_template(name)
            except TemplateSyntaxError as wrong:
                raise Misconfigured(
                    f"The template {path} cannot be read, line {wrong.lineno}: {wrong.message}"
                ) from None
            except (OSError, UnicodeDecodeError):
                raise Misconfigured(
                    f"The template {path} cannot be read: it must be a text in UTF-8."
                ) from None
