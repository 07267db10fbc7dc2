"""How a door answers with a page."""

from http import HTTPStatus
from typing import Any

from watchword.api.linotp.envelope import Cookie, Raw
from watchword.web.call import Call
from watchword.web.pages import HEADERS, HTML, LANGUAGE_COOKIE
from watchword.web.translating import preferred, translations


def page(call: Call, template: str, *, status: int = HTTPStatus.OK, **shown: Any) -> Raw:
    """The page in the caller's language; ``?language=de`` chooses one for this and the next pages."""
    asked = call.params.text("language")
    chosen = asked if asked in translations() else call.cookies.get(LANGUAGE_COOKIE, "")
    language = preferred(call.headers.get(b"accept-language", b"").decode("latin-1"), chosen)
    shown |= {"path": call.path, "demo": call.house.inbox is not None}
    body = call.house.pages.render(template, language, shown)
    cookies = (Cookie(name=LANGUAGE_COOKIE, value=asked),) if asked in translations() else ()
    return Raw(body, HTML, status, HEADERS, cookies)
