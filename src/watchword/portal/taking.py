"""Takes a device that the help desk has laid out: by its serial, or found by the code that it shows."""

from watchword.errors import LimitReached, NoSuchToken, Refused, SeveralMatches
from watchword.portal.entrance import HOME, JOURNEY
from watchword.portal.visit import Visit, to, visited
from watchword.selfservice import owning
from watchword.web.answers import PageDoor, Raw
from watchword.web.fields import Field, faulty, read, refuse
from watchword.web.translating import Phrase, _

_NONE = _("There is no such device that you could take.")


@visited("take", action="selfservice/assign")
async def take(visit: Visit) -> Raw:
    """Make a token one's own that nobody has."""
    call, oneself = visit.call, visit.oneself
    if not oneself.may(owning.ASSIGN):
        return to(HOME)
    if call.method != "POST":
        if await visit.must_prove():
            return JOURNEY.to_prove("take")
        return visit.show("portal/take.html", fields=_fields(visit))
    fields = read(_fields(visit), call.params)
    if faulty(fields):
        return visit.show("portal/take.html", fields=fields)
    serial, by_code = call.params.text("serial").strip(), oneself.may(owning.GET_SERIAL)
    if not serial and not (by_code and call.params.text("code").strip()):
        return visit.show("portal/take.html", fields=refuse(fields, "serial", _("This is needed.")))
    try:
        serial = serial or await _found(visit)
        call.note.serial = serial
        async with call.unit() as unit:
            token = await owning.assign(unit, call.house.enrolment, oneself, serial)
            call.note.token_type = call.house.kinds.token_type(token.kind).label
    except NoSuchToken as none:
        return await _refused(visit, fields, none.message, _NONE)
    except SeveralMatches as several:
        return await _refused(
            visit, fields, several.message, _("Several devices show this code: try the next one.")
        )
    except LimitReached as full:
        return await _refused(
            visit, fields, full.message, _("There are as many factors as your organisation allows.")
        )
    except Refused as refused:
        return await _refused(
            visit, fields, refused.message, _("This was not possible at this very moment. Please try again.")
        )
    return to(JOURNEY.face.place(f"factor:{token.serial}"), "taken")


async def _found(visit: Visit) -> str:
    async with visit.call.view() as view:
        code = visit.call.params.text("code").strip()
        token = await owning.find_by_code(view, visit.call.house.enrolment, visit.oneself, code)
    if token is None:
        raise NoSuchToken("No token without owner has this code.")
    return token.serial


async def _refused(visit: Visit, fields: tuple[Field, ...], why: str, told: Phrase) -> Raw:
    await visit.refused(why)
    where = "serial" if visit.call.params.text("serial").strip() else "code"
    return visit.show("portal/take.html", fields=refuse(fields, where, told))


def _fields(visit: Visit) -> tuple[Field, ...]:
    by_code = visit.oneself.may(owning.GET_SERIAL)
    serial = Field(
        name="serial",
        label=_("Serial"),
        help=_("It stands on the back of the device."),
        required=not by_code,
        longest=64,
        focus=True,
    )
    code = Field(
        name="code",
        label=_("Or the code that it shows"),
        kind="code",
        help=_("Where no serial is printed on it."),
        longest=100,
    )
    return (serial, code) if by_code else (serial,)


DOORS = (PageDoor("/selfservice/take", "GP", take),)
