"""How a door answers with a page."""

from http import HTTPStatus
from typing import Any

from watchword.api.linotp.envelope import Cookie, Raw
from watchword.web.call import Call
from watchword.web.pages import HEADERS, HTML, LANGUAGE_COOKIE, THEME_COOKIE, THEMES
from watchword.web.translating import preferred, translations

_KEPT_SECONDS = 365 * 24 * 60 * 60


def page(call: Call, template: str, *, status: int = HTTPStatus.OK, **shown: Any) -> Raw:
    """The page in the caller's language and brightness; ``?language=de`` and ``?theme=dark`` choose them for this and
    the next pages. ``keep``: the parameters of the page's address that such a choice must not lose.
    """
    language, theme = call.params.text("language"), call.params.text("theme")
    chosen = language if language in translations() else call.cookies.get(LANGUAGE_COOKIE, "")
    seen = theme if theme in THEMES else call.cookies.get(THEME_COOKIE, "")
    spoken = preferred(call.headers.get(b"accept-language", b"").decode("latin-1"), chosen)
    shell = {
        "path": call.path,
        "theme": seen if seen in THEMES else "auto",
        "demo": call.house.inbox is not None,
    }
    body = call.house.pages.render(template, spoken, shell | shown)
    cookies = []
    if language in translations():
        cookies.append(Cookie(name=LANGUAGE_COOKIE, value=language, seconds=_KEPT_SECONDS))
    if theme in THEMES:
        cookies.append(Cookie(name=THEME_COOKIE, value=theme, seconds=_KEPT_SECONDS))
    return Raw(body, HTML, status, HEADERS, tuple(cookies))
