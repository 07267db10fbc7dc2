"""``assign``, ``unassign`` and ``getSerialByOtp``: people take tokens that nobody has, and give theirs back."""

from watchword.api.linotp.doors import Door
from watchword.api.linotp.envelope import Answer, Reply
from watchword.api.linotp.userservice.answering import changed
from watchword.selfservice import changing, owning
from watchword.web.administrators.choosing import note
from watchword.web.call import Call


async def assign(call: Call) -> Answer:
    """Take a token that nobody has."""
    oneself, enrolment, params = call.oneself, call.house.enrolment, call.params
    oneself.permit(owning.ASSIGN)
    serial = params.need("serial")
    call.note.serial = serial
    pin = await owning.prepare_assigned_pin(enrolment, oneself, params.sent("pin"))
    async with call.unit() as unit:
        token = await owning.assign(
            unit, enrolment, oneself, serial, pin=pin, description=params.text("description")
        )
        note(call, [token])
    return Reply({"assign token": True})


async def unassign(call: Call) -> Answer:
    """Give an own token back; with ``pin``, it has this one afterwards."""
    oneself, enrolment, params = call.oneself, call.house.enrolment, call.params
    oneself.permit(owning.UNASSIGN)
    serial, said = params.need("serial"), params.sent("pin")
    pin = None if said is None else await changing.prepare_pin(enrolment, oneself, said)
    return await changed(
        call,
        serial,
        lambda unit: owning.unassign(unit, enrolment, oneself, serial, pin=pin),
        {"unassign token": True},
    )


async def get_serial_by_otp(call: Call) -> Answer:
    """Which token that nobody has shows this code now; nothing is used up."""
    oneself, params = call.oneself, call.params
    oneself.permit(owning.GET_SERIAL)
    code = params.need("otp")
    async with call.view() as view:
        token = await owning.find_by_code(view, call.house.enrolment, oneself, code, params.text("type"))
    call.note.success = token is not None
    if token is None:
        return Reply({"serial": ""})
    note(call, [token])
    return Reply({"serial": token.serial})


DOORS = (
    Door("/userservice/assign", "P", assign, guard="person"),
    Door("/userservice/unassign", "P", unassign, guard="person"),
    Door("/userservice/getSerialByOtp", "GP", get_serial_by_otp, guard="person"),
)
