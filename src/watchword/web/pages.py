"""Pages: templates, their language, and the headers that bind a browser to them.

Threat: what somebody types (a name, a serial, a message's text) that becomes script in somebody else's browser.
Templates escape whatever they are given, and should one forget it, the browser runs no script and applies no style
that is not a file of ours.
"""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from watchword.errors import Misconfigured
from watchword.web.assets import OURS, Assets
from watchword.web.settings import PageSettings
from watchword.web.translating import translations

if TYPE_CHECKING:
    from jinja2 import Environment

HTML = "text/html; charset=utf-8"
TEMPLATES = Path(__file__).with_name("templates")
LANGUAGE_COOKIE = "language"

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
        self.assets = Assets([OURS, *([theirs / "static"] if theirs is not None else [])])
        if theirs is not None:
            self._look_at(theirs)

    def render(self, template: str, language: str, shown: Mapping[str, Any]) -> bytes:
        """The page. ``_`` of the template translates and fills in: ``_("Hello, {name}", name=login)``."""
        spoken = translations()[language]

        def translate(text: str, **named: object) -> str:
            said = spoken.gettext(text)
            return said.format(**named) if named else said

        page = self._environment.get_template(template)
        text = page.render(
            {**shown, "_": translate, "language": language, "languages": tuple(translations())}
        )
        return text.encode("utf-8", "replace")

    @cached_property
    def _environment(self) -> "Environment":
        from jinja2 import Environment, FileSystemLoader, StrictUndefined

        environment = Environment(
            loader=FileSystemLoader(self._folders),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        environment.globals["asset"] = self.assets.url
        environment.globals["has_asset"] = self.assets.has
        return environment

    def _look_at(self, folder: Path) -> None:
        """Better now than when somebody wants to log in."""
        from jinja2 import TemplateSyntaxError

        for path in sorted(folder.rglob("*.html")):
            name = path.relative_to(folder).as_posix()
            try:
                self._environment.get_template(name)
            except TemplateSyntaxError as wrong:
                raise Misconfigured(
                    f"The template {path} cannot be read, line {wrong.lineno}: {wrong.message}"
                ) from None
            except (OSError, UnicodeDecodeError):
                raise Misconfigured(
                    f"The template {path} cannot be read: it must be a text in UTF-8."
                ) from None
