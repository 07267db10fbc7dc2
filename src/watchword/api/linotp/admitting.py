"""Recognises people at LinOTP's doors for them: a cookie, and the same value as the parameter ``session``.

Threat: a page elsewhere that sends a form in somebody's name. It cannot read the cookie, and so cannot say the parameter.
"""

import hmac

from watchword.errors import NotAuthenticated
from watchword.model.session import PersonSession
from watchword.selfservice.logging_in import PATH
from watchword.web.call import Call
from watchword.web.person_sessions import PersonSessions

COOKIE = "user_selfservice"
AUTH_COOKIE = "userauthcookie"
"""Of the older log-in by one value; it opens the same doors."""
NO_SESSION = "No valid session"


async def visit_of(call: Call) -> PersonSession | None:
    """The session that the request proves to hold, however far its log-in has come."""
    sent = call.params.text("session")
    held = [value for value in (call.cookies.get(COOKIE), call.cookies.get(AUTH_COOKIE)) if value]
    if not sent or not any(hmac.compare_digest(_bytes(sent), _bytes(value)) for value in held):
        return None
    sessions = PersonSessions(call.house.clock, call.house.dice)
    async with call.glance() as view:
        return await sessions.find(view, sent, path=PATH, client=call.client)


async def admit_person(call: Call, *, half_way: bool) -> None:
    """Recognise the person, or raise NotAuthenticated; ``half_way`` lets in whose log-in is not complete, too."""
    visit = await visit_of(call)
    if visit is None or not (half_way or visit.authenticated):
        raise NotAuthenticated(NO_SESSION)
    call.note.user, call.note.realm = visit.login, visit.realm
    configuration = call.snapshot.configuration
    person = await call.house.directory.owner(visit.subject, configuration, (visit.realm,))
    if person is None or person.realm != visit.realm:
        raise NotAuthenticated(NO_SESSION)
    call.person, call.visit = person, visit
    call.params = call.params.without("session")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")
