"""Where people enrol tokens of classes of LinOTP's form, on the page that the class brings."""

from http import HTTPStatus

import msgspec

from watchword.errors import NotAllowed, WatchwordError
from watchword.plugin.bridge.adapting import Bridged
from watchword.plugin.shapes import TokenType
from watchword.portal.entrance import JOURNEY
from watchword.portal.visit import Visit, visited
from watchword.selfservice.enrolling import enrol_once, may_enrol, prepare
from watchword.web.answers import PageDoor, Raw
from watchword.web.frames import around, bridged_kind, frame, title_of
from watchword.web.journey.forms import FIELD
from watchword.web.showing import language_of

_AT = "/selfservice/types/{type}"


def own_page(kind: TokenType) -> str:
    """The address at which this type is enrolled, where it brings a page of LinOTP's form; else empty."""
    return _AT.format(type=kind.name) if isinstance(kind, Bridged) and "selfservice" in kind.pages else ""


def _kind(visit: Visit) -> Bridged:
    kind = bridged_kind(visit.call, "selfservice")
    if not may_enrol(visit.oneself, kind):
        raise NotAllowed(f"Tokens of type {kind.name} cannot be enrolled here.")
    return kind


@visited("enrol_one", part="type", action="selfservice/enroll")
async def enrol(visit: Visit) -> Raw:
    """The page, and the token that it asks for."""
    kind = _kind(visit)
    if visit.call.method == "POST":
        return await _enrolled(visit, kind)
    if await visit.must_prove():
        return JOURNEY.to_prove(f"enrol_one:{kind.name}")
    shown = visit.show(
        "portal/class.html",
        address=f"{visit.call.path}/frame",
        type=kind.name,
        title=title_of(kind, "selfservice", language_of(visit.call)),
        token=visit.hidden[FIELD],
    )
    return around(shown)


async def _enrolled(visit: Visit, kind: Bridged) -> Raw:
    call, enrolment = visit.call, visit.call.house.enrolment
    form = call.params.without(FIELD)
    try:
        prepared = await prepare(enrolment, visit.oneself, kind, form, pin=form.sent("pin"))
        async with call.unit() as unit:
            issued = await enrol_once(unit, enrolment, visit.oneself, prepared)
            call.note.serial, call.note.token_type = issued.token.serial, kind.label
    except WatchwordError as refused:
        await visit.refused(refused.message)
        return _json({"trouble": refused.message}, HTTPStatus.BAD_REQUEST)
    shown = [(one.description, one.value) for one in issued.shown]
    return _json({"serial": issued.token.serial, "shown": shown})


@visited("enrol_one", part="type")
async def enrol_frame(visit: Visit) -> Raw:
    """The class's own part of it."""
    return frame(visit.call, _kind(visit), "selfservice")


def _json(said: object, status: HTTPStatus = HTTPStatus.OK) -> Raw:
    return Raw(msgspec.json.encode(said), "application/json", status)


DOORS = (
    PageDoor(_AT, "GP", enrol),
    PageDoor(f"{_AT}/frame", "G", enrol_frame),
)
