"""The list of one's own sessions."""

from typing import Any

from watchword.model.session import PersonSession
from watchword.portal.visit import Visit, moment, to, visited
from watchword.web.answers import PageDoor, Raw
from watchword.web.journey.steps import sessions_of

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


@visited("sessions")
async def sessions(visit: Visit) -> Raw:
    """One's own sessions, each with a button that ends it."""
    async with visit.call.view() as view:
        found = await sessions_of(visit.call.house).of(view, visit.held.subject)
    shown = [_shown(one, visit.held) for one in found]
    shown.sort(key=lambda one: not one["here"])
    return visit.show("portal/sessions.html", "sessions", sessions=shown)


@visited("sessions", action="selfservice/end-sessions")
async def end_sessions(visit: Visit) -> Raw:
    """End one of one's own sessions by its name, or all but this one."""
    call, held = visit.call, visit.held
    name = call.params.text("name")
    async with call.unit() as unit:
        if name:
            ended = int(await sessions_of(call.house).end_named(unit, held.subject, name))
        else:
            ended = await sessions_of(call.house).end_all(unit, held.subject, but=held)
        call.note.action_detail = f"sessions ended: {ended}"
    return to(_SESSIONS, "ended" if ended else "")


def _shown(one: PersonSession, held: PersonSession) -> dict[str, Any]:
    return {
        "name": one.name,
        "here": one.id == held.id,
        "client": one.client,
        "agent": browser_of(one.agent),
        "since": moment(one.entered),
        "until": moment(one.expires),
    }


def browser_of(agent: str) -> str:
    """Browser and system in what a browser calls itself (User-Agent), as far as people know them; empty if none.

    The order counts: most browsers claim to be others, too.
    """
    found = (next((name for sign, name in signs if sign in agent), "") for signs in (_BROWSERS, _SYSTEMS))
    return ", ".join(filter(None, found))


DOORS = (
    PageDoor(_SESSIONS, "G", sessions),
    PageDoor("/selfservice/sessions/end", "P", end_sessions),
)
