"""``login``, ``auth`` and ``logout``: how people come in and go. The gate decides on each step.

Threat: guessing, and sessions of others. Failures are counted by person and address before the next one is looked at;
whoever is unknown, wrong or waiting gets the same answer; each step gives the session a new value, and none is given
to who has not come a step further.
"""

import base64
import binascii
from typing import Any

from msgspec.structs import replace

from watchword.api.linotp.admitting import AUTH_COOKIE, COOKIE, visit_of
from watchword.api.linotp.doors import Door
from watchword.api.linotp.envelope import JSON, NO, Answer, Cookie, Raw, Reply
from watchword.api.linotp.questions import SEVERAL
from watchword.api.linotp.userservice.answering import own_row
from watchword.api.linotp.userservice.proving import REPLY_MODE, flat_status, told
from watchword.challenges.identifiers import parent_of
from watchword.directory.names import split
from watchword.model.attempt import Attempt, Outcome
from watchword.model.configuration import Configuration
from watchword.model.session import PersonSession, State
from watchword.selfservice.logging_in import PATH
from watchword.web.call import Call
from watchword.web.journey import steps
from watchword.web.journey.steps import Step, portal_enough, sessions_of
from watchword.web.person_sessions import Opened

_VERIFIED = "credential verified - additional authentication parameter required"
_AGENT = b"user-agent"


async def login(call: Call) -> Answer:
    """Name and password, then a token where policy wants one: in this call, or in further ones with the session."""
    visit = await visit_of(call)
    if visit is not None and not visit.authenticated and not _begins_anew(call, visit):
        return await _go_on(call, visit)
    params = call.params
    step = await _begin(
        call, params.text("login") or params.text("username"), params.text("password"), params.text("otp")
    )
    if step is None or step.opened is None:
        return Raw(NO, JSON)
    if step.state is State.AUTHENTICATED:
        return Reply(True, id=0, cookies=(_cookie(COOKIE, step.opened),))
    async with call.view() as view:
        tokens = await view.tokens.of(step.opened.session.subject)
    rows = [own_row(call, token) for token in tokens if token.active]
    detail = {"message": _VERIFIED, "tokenList": rows}
    return Reply(False, detail, id=0, cookies=(_cookie(COOKIE, step.opened),))


async def auth(call: Call) -> Answer:
    """The older log-in in one step: ``password`` is the code and the password, each in base32."""
    otp, password = _parted(call.params.text("password"))
    step = await _begin(call, call.params.text("login"), password, otp)
    if step is None or step.opened is None:
        return Raw(NO, JSON)
    if step.state is State.AUTHENTICATED:
        return Reply(True, id=0, cookies=(_cookie(AUTH_COOKIE, step.opened),))
    async with call.house.store.unit() as unit:
        await sessions_of(call.house).end(unit, step.opened.session)
    return Raw(NO, JSON)


async def logout(call: Call) -> Answer:
    """End the session on every node. The cookie is enough."""
    values = [value for value in (call.cookies.get(COOKIE), call.cookies.get(AUTH_COOKIE)) if value]
    sessions = sessions_of(call.house)
    async with call.unit() as unit:
        for value in values:
            held = await sessions.find(unit, value, path=PATH)
            if held is not None:
                call.note.user, call.note.realm = held.login, held.realm
                await sessions.end(unit, held)
    gone = tuple(Cookie(name=name, value="", http_only=False) for name in (COOKIE, AUTH_COOKIE))
    return Reply(True, cookies=gone)


def _begins_anew(call: Call, visit: PersonSession) -> bool:
    """Whether the call brings a password for somebody else than whose log-in is under way."""
    name = call.params.text("login") or call.params.text("username")
    if not name or not call.params.text("password"):
        return False
    said = split(name, call.snapshot.configuration, realm=call.params.text("realm"))
    realm = said.realm or call.snapshot.configuration.default_realm
    return (said.login.casefold(), realm) != (visit.login.casefold(), visit.realm)


async def _begin(call: Call, name: str, password: str, otp: str) -> Step | None:
    """The first step; None (and an audit row) where name or password is missing."""
    params = call.params
    call.note.user = name
    if not name.strip() or not password:
        call.note.success, call.note.action_detail = False, "name or password is missing"
        return None

    def complete(attempt: Attempt, configuration: Configuration) -> Attempt:
        return replace(attempt, user=split(name, configuration, realm=params.text("realm")))

    attempt = Attempt(
        action=call.action,
        path=PATH,
        password=password,
        answer=otp,
        serial=params.text("serial") or None,
        client=call.client,
    )
    agent = call.headers.get(_AGENT, b"").decode("latin-1")
    step = await steps.begin(call.house, attempt, enough=portal_enough, complete=complete, agent=agent)
    await _recorded(call)
    return step


async def _go_on(call: Call, visit: PersonSession) -> Answer:
    """The second step, or the third: a code, the wish to be asked, or the question how it stands."""
    house, params = call.house, call.params
    serial, otp = params.text("serial"), params.text("otp")
    if otp:
        step = await steps.answer(house, visit, otp, action=call.action, client=call.client, serial=serial)
        await _recorded(call)
        if step.opened is None:
            return Raw(NO, JSON)
        return Reply(True, id=0, cookies=(_cookie(COOKIE, step.opened),))
    if visit.state is State.CHALLENGE_TRIGGERED and not serial:
        call.note.user, call.note.realm = visit.login, visit.realm
        return await _told(call, visit)
    step = await steps.ask(
        house, visit, action=call.action, client=call.client, serial=serial, said=params.text("data")
    )
    await _recorded(call)
    if step.opened is None:
        return Raw(NO, JSON)
    return Reply(False, _questions(step.outcome), id=0, cookies=(_cookie(COOKIE, step.opened),))


async def _recorded(call: Call) -> None:
    """The gate has written the row; the call goes on with a configuration that is not older than the gate's."""
    call.recorded = True
    call.snapshot = await call.house.snapshots.current()


async def _told(call: Call, visit: PersonSession) -> Answer:
    """How the question stands. Nobody comes in by asking."""
    for challenge in await steps.standing(call.house, visit):
        async with call.view() as view:
            token = await view.tokens.by_serial(challenge.serial)
        if token is not None:
            return Reply(False, flat_status(call, challenge, token), id=0)
    return Raw(NO, JSON)


def _questions(outcome: Outcome) -> dict[str, Any]:
    """One question, or several under their parent's id."""
    if not outcome.together:
        return told(outcome.questions[0])
    return {
        "message": SEVERAL,
        "replyMode": REPLY_MODE,
        "transactionId": parent_of(outcome.questions[0].id),
        "challenges": {one.serial: told(one) for one in outcome.questions},
    }


def _cookie(name: str, opened: Opened) -> Cookie:
    """Scripts of portals read it, to send the value as the parameter ``session``, too."""
    return Cookie(name=name, value=opened.value, http_only=False, seconds=opened.seconds)


def _parted(coded: str) -> tuple[str, str]:
    """Code and password of ``base32(code):base32(password)``; empty where that is not what was sent."""
    first, colon, second = coded.partition(":")
    if not colon:
        return "", ""
    try:
        return _plain(first), _plain(second)
    except (binascii.Error, ValueError):
        return "", ""


def _plain(coded: str) -> str:
    """What was coded, with or without the padding."""
    bare = coded.strip().rstrip("=")
    return base64.b32decode(bare + "=" * (-len(bare) % 8), casefold=True).decode()


DOORS = (
    Door("/userservice/login", "GP", login, guard="none"),
    Door("/userservice/auth", "GP", auth, guard="none"),
    Door("/userservice/logout", "GP", logout, guard="none"),
)
