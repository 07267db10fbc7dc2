"""``/admin/login``, ``logout`` and the older ``getsession``: how administrators come in and go.

Threat: guessing an administrator's password. Failures are counted by name and address in the store before the
next one is looked at, and every refusal is the same to the letter and costs one password hash.
"""

import base64
import binascii
from http import HTTPStatus

from watchword.api.linotp.doors import Door, session_cookies
from watchword.api.linotp.envelope import JSON, UNTYPED, Answer, Cookie, Raw, Reply, error_body
from watchword.model.person import Person
from watchword.web.call import Call
from watchword.web.sessions import ACCESS_COOKIE, CSRF_COOKIE, LEGACY_COOKIE, AdministratorSessions


async def login(call: Call) -> Answer:
    """Name and password of an administrator open a session, with the code (``otp``) of a token where policy wants one."""
    name, password = call.params.text("username"), call.params.text("password")
    person = await _administrator(call, name, password, call.params.text("otp"))
    if person is None:
        return Reply(
            False,
            detail={"message": "Bad username or password"},
            status=HTTPStatus.UNAUTHORIZED,
        )
    async with call.house.store.unit() as unit:
        opened = await _sessions(call).open(unit, person, call.client)
    return Reply(
        True,
        detail={"message": f"Login successful for {person.login}"},
        cookies=session_cookies(opened.access, opened.csrf, opened.seconds),
    )


async def logout(call: Call) -> Answer:
    """End this session on every node."""
    async with call.unit() as unit:
        if call.session is not None:
            await unit.sessions.close(call.session.identifier)
        else:
            await unit.sessions.close(_sessions(call).identifier(call.cookies[LEGACY_COOKIE]))
    gone = (
        Cookie(name=ACCESS_COOKIE, value=""),
        Cookie(name=CSRF_COOKIE, value="", http_only=False),
        Cookie(name=LEGACY_COOKIE, value=""),
    )
    return Reply(True, detail={"message": f"Logout successful for {call.who.login}"}, cookies=gone)


async def getsession(call: Call) -> Answer:
    """The older style: HTTP Basic opens a session whose value goes along as cookie and parameter."""
    name, password = _basic(call.headers.get(b"authorization", b""))
    asked = bool(name) and call.house.web.sessions.legacy
    person = await _administrator(call, name, password) if asked else None
    if person is None:
        return Raw(
            error_body(UNTYPED, "Not authenticated"),
            JSON,
            HTTPStatus.UNAUTHORIZED,
            {"www-authenticate": 'Basic realm="Watchword administrators", charset="UTF-8"'},
        )
    async with call.house.store.unit() as unit:
        value = await _sessions(call).open_legacy(unit, person, call.client)
    life = call.house.web.sessions.administrator_minutes * 60
    return Reply(True, cookies=(Cookie(name=LEGACY_COOKIE, value=value, seconds=life),))


async def _administrator(call: Call, name: str, password: str, answer: str = "") -> Person | None:
    """Who this is, if name and password are an administrator's. The gate writes the audit row."""
    outcome = await call.house.gate.administrator(
        name, password, answer, action=call.action, client=call.client
    )
    return outcome.person if outcome.accepted else None


def _sessions(call: Call) -> AdministratorSessions:
    house = call.house
    return AdministratorSessions(house.ring, house.clock, house.dice, house.web.sessions)


def _basic(header: bytes) -> tuple[str, str]:
    scheme, _, coded = header.partition(b" ")
    if scheme.lower() != b"basic":
        return "", ""
    try:
        name, _, password = base64.b64decode(coded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return name, password


DOORS = (
    Door("/admin/login", "P", login, guard="none", audited=False),
    Door("/admin/logout", "GP", logout),
    Door("/admin/getsession", "GP", getsession, guard="none", audited=False),
)
