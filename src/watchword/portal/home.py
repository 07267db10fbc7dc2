"""The portal's first page, and the list of one's own sessions."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from watchword.model.person import Person
from watchword.model.session import PersonSession
from watchword.portal.entrance import HOME, JOURNEY
from watchword.web.answers import PageDoor, Raw
from watchword.web.call import Call
from watchword.web.journey.forms import FIELD
from watchword.web.journey.steps import sessions_of
from watchword.web.showing import page

_SESSIONS = "/selfservice/sessions"
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


async def start(_call: Call) -> Raw:
    """Whoever comes to the server's address is led to the portal."""
    return Raw(b"", "text/plain", HTTPStatus.SEE_OTHER, {"location": HOME})


async def home(call: Call) -> Raw:
    """The first page of who is logged in."""
    entered = await JOURNEY.entered(call)
    if entered is None:
        return JOURNEY.turned_back()
    held, person = entered
    return _page(call, "portal/home.html", held, person, by_password_only=held.second_factor is None)


async def sessions(call: Call) -> Raw:
    """One's own sessions, each with a button that ends it."""
    entered = await JOURNEY.entered(call)
    if entered is None:
        return JOURNEY.turned_back("sessions")
    held, person = entered
    async with call.view() as view:
        found = await sessions_of(call.house).of(view, held.subject)
    shown = [_shown(one, held) for one in found]
    return _page(call, "portal/sessions.html", held, person, sessions=shown)


async def end_sessions(call: Call) -> Raw:
    """End one of one's own sessions by its name, or all but this one."""
    entered = await JOURNEY.entered(call)
    if entered is None or not JOURNEY.is_own_form(call):
        return JOURNEY.turned_back("sessions", "stale" if entered else "")
    held, person = entered
    name = call.params.text("name")
    call.note.user, call.note.realm = person.login, person.realm
    async with call.unit() as unit:
        if name:
            ended = int(await sessions_of(call.house).end_named(unit, held.subject, name))
        else:
            ended = await sessions_of(call.house).end_all(unit, held.subject, but=held)
        call.note.action_detail = f"sessions ended: {ended}"
    return Raw(b"", "text/plain", HTTPStatus.SEE_OTHER, {"location": _SESSIONS})


def _page(call: Call, template: str, held: PersonSession, person: Person, **shown: Any) -> Raw:
    name = " ".join(filter(None, (person.attributes.get("givenname"), person.attributes.get("surname"))))
    return page(
        call,
        template,
        person_name=name or person.login,
        login=person.login,
        realm=person.realm,
        hidden={FIELD: JOURNEY.form_token(call)},
        since=_moment(held.entered),
        **shown,
    )


def _shown(one: PersonSession, held: PersonSession) -> dict[str, Any]:
    return {
        "name": one.name,
        "here": one.id == held.id,
        "client": one.client,
        "agent": browser_of(one.agent),
        "since": _moment(one.entered),
        "until": _moment(one.expires),
    }


def browser_of(agent: str) -> str:
    """Browser and system in what a browser calls itself (User-Agent), as far as people know them; empty if none.

    The order counts: most browsers claim to be others, too.
    """
    found = (next((name for sign, name in signs if sign in agent), "") for signs in (_BROWSERS, _SYSTEMS))
    return ", ".join(filter(None, found))


def _moment(at: int) -> tuple[str, str]:
    moment = datetime.fromtimestamp(at / 1000, UTC)
    return moment.isoformat(timespec="seconds"), moment.strftime("%Y-%m-%d %H:%M UTC")


DOORS = (
    PageDoor("/", "G", start),
    PageDoor(HOME, "G", home),
    PageDoor(_SESSIONS, "G", sessions),
    PageDoor("/selfservice/sessions/end", "P", end_sessions),
)
