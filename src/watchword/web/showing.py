"""How a door answers with a page."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from msgspec import structs

from watchword.model.policy import Action
from watchword.policy.circumstances import Circumstances
from watchword.selfservice.logging_in import FOOTER_TEXT, IMPRINT_URL, PRIVACY_NOTICE_URL
from watchword.web.answers import Cookie, Raw
from watchword.web.branding import Brand
from watchword.web.call import Call
from watchword.web.house import House
from watchword.web.pages import HEADERS, HTML, LANGUAGE_COOKIE, THEME_COOKIE, THEMES
from watchword.web.settings import is_link
from watchword.web.translating import preferred, translations

_KEPT_SECONDS = 365 * 24 * 60 * 60
_STATUSES: Mapping[str, HTTPStatus] = {
    "missing": HTTPStatus.NOT_FOUND,
    "ended": HTTPStatus.UNAUTHORIZED,
    "refused": HTTPStatus.FORBIDDEN,
    "impossible": HTTPStatus.BAD_REQUEST,
    "unreachable": HTTPStatus.SERVICE_UNAVAILABLE,
    "failed": HTTPStatus.INTERNAL_SERVER_ERROR,
}
"""The kinds of trouble that ``errors/trouble.html`` knows."""


def page(call: Call, template: str, *, status: int = HTTPStatus.OK, **shown: Any) -> Raw:
    """The page in the caller's language and brightness; ``?language=de`` and ``?theme=dark`` choose them for this and
    the next pages. ``keep``: the parameters of the page's address that such a choice must not lose.
    """
    language, theme = call.params.text("language"), call.params.text("theme")
    cookies = dict(call.cookies)
    chosen = []
    if language in translations():
        chosen.append(Cookie(name=LANGUAGE_COOKIE, value=language, seconds=_KEPT_SECONDS))
    if theme in THEMES:
        chosen.append(Cookie(name=THEME_COOKIE, value=theme, seconds=_KEPT_SECONDS))
    cookies |= {cookie.name: cookie.value for cookie in chosen}
    body = _rendered(call.house, template, call.path, call.headers, cookies, {"brand": _brand(call), **shown})
    return Raw(body, HTML, status, HEADERS, tuple(chosen))


def language_of(call: Call) -> str:
    """The language in which `page` shows this caller a page."""
    chosen = call.params.text("language")
    if chosen not in translations():
        chosen = call.cookies.get(LANGUAGE_COOKIE, "")
    return preferred(call.headers.get(b"accept-language", b"").decode("latin-1"), chosen)


def _brand(call: Call) -> Brand:
    """The operator's, with what policies for everybody say of the foot."""
    brand = call.house.pages.brand
    everybody = Circumstances(
        now=call.now, realm=call.snapshot.configuration.default_realm, client=call.client
    )

    def said(action: Action[str | None]) -> str:
        return call.snapshot.rules.ask(action, everybody).value or ""

    imprint, privacy = said(IMPRINT_URL), said(PRIVACY_NOTICE_URL)
    return structs.replace(
        brand,
        footer=said(FOOTER_TEXT) or brand.footer,
        imprint=imprint if is_link(imprint) else brand.imprint,
        privacy=privacy if is_link(privacy) else brand.privacy,
    )


def trouble(
    house: House,
    kind: str,
    path: str,
    headers: Mapping[bytes, bytes],
    cookies: Mapping[str, str],
    *,
    told: str = "",
    number: str = "",
    href: str = "",
) -> Raw:
    """The page instead of one that cannot be shown: what is the matter, and a link to the next step.

    ``told`` is a sentence more, ``number`` what the log knows the failure by.
    """
    shown = {"kind": kind, "told": told, "number": number, "href": href}
    body = _rendered(house, "errors/trouble.html", path, headers, cookies, shown)
    return Raw(body, HTML, _STATUSES[kind], HEADERS)


def reads_pages(headers: Mapping[bytes, bytes]) -> bool:
    """Whether a browser asks for something to look at, not a program (RFC 9110 section 12.5.1)."""
    return re.search(rb"\btext/html\b", headers.get(b"accept", b"")) is not None


def _rendered(
    house: House,
    template: str,
    path: str,
    headers: Mapping[bytes, bytes],
    cookies: Mapping[str, str],
    shown: Mapping[str, Any],
) -> bytes:
    accepted = headers.get(b"accept-language", b"").decode("latin-1")
    theme = cookies.get(THEME_COOKIE, "")
    shell = {
        # Two slashes at the beginning would lead to another host.
        "path": f"/{quote(path.lstrip('/'))}",
        "theme": theme if theme in THEMES else "auto",
        "demo": house.inbox is not None,
    }
    return house.pages.render(
        template, preferred(accepted, cookies.get(LANGUAGE_COOKIE, "")), {**shell, **shown}
    )
