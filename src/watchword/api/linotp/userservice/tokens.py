"""``enable`` to ``setdescription``: people change their own tokens."""

from watchword.api.linotp.doors import Door
from watchword.api.linotp.envelope import Answer, Reply
from watchword.api.linotp.userservice.answering import changed
from watchword.selfservice import changing
from watchword.web.call import Call


async def enable(call: Call) -> Answer:
    """Let an own token be used again."""
    oneself, enrolment = call.oneself, call.house.enrolment
    oneself.permit(changing.ENABLE)
    serial = call.params.need("serial")
    return await changed(
        call, serial, lambda unit: changing.enable(unit, enrolment, oneself, serial), {"enable token": 1}
    )


async def disable(call: Call) -> Answer:
    """Let nobody use an own token until it is enabled."""
    oneself, enrolment = call.oneself, call.house.enrolment
    oneself.permit(changing.DISABLE)
    serial = call.params.need("serial")
    return await changed(
        call, serial, lambda unit: changing.disable(unit, enrolment, oneself, serial), {"disable token": 1}
    )


async def delete(call: Call) -> Answer:
    """Remove an own token."""
    oneself, enrolment = call.oneself, call.house.enrolment
    oneself.permit(changing.DELETE)
    serial = call.params.need("serial")
    return await changed(
        call, serial, lambda unit: changing.delete(unit, enrolment, oneself, serial), {"delete token": 1}
    )


async def reset(call: Call) -> Answer:
    """Forgive the failures of an own token, and those that were counted against the person."""
    oneself = call.oneself
    oneself.permit(changing.RESET)
    serial = call.params.need("serial")
    return await changed(
        call, serial, lambda unit: changing.reset(unit, oneself, serial), {"reset Failcounter": 1}
    )


async def setpin(call: Call) -> Answer:
    """Set the PIN of an own token (``userpin``)."""
    oneself, enrolment = call.oneself, call.house.enrolment
    oneself.permit(changing.SET_OTP_PIN)
    serial, said = call.params.need("serial"), call.params.need_sent("userpin")
    pin = await changing.prepare_pin(enrolment, oneself, said)
    return await changed(
        call, serial, lambda unit: changing.set_pin(unit, enrolment, oneself, serial, pin), {"set userpin": 1}
    )


async def setmpin(call: Call) -> Answer:
    """Set the PIN that an own token holds within its codes (``pin``)."""
    oneself, enrolment = call.oneself, call.house.enrolment
    oneself.permit(changing.SET_MOTP_PIN)
    serial, pin = call.params.need("serial"), call.params.need("pin")
    return await changed(
        call,
        serial,
        lambda unit: changing.set_inner_pin(unit, enrolment, oneself, serial, pin),
        {"set userpin": 1},
    )


async def setdescription(call: Call) -> Answer:
    """Describe an own token. A foreign one is an error here, as there is none at all."""
    oneself = call.oneself
    oneself.permit(changing.SET_DESCRIPTION)
    serial, description = call.params.need("serial"), call.params.need_sent("description")
    call.note.serial = serial
    async with call.unit() as unit:
        await changing.describe(unit, oneself, serial, description)
    return Reply({"set description": 1})


DOORS = (
    Door("/userservice/enable", "P", enable, guard="person"),
    Door("/userservice/disable", "P", disable, guard="person"),
    Door("/userservice/delete", "P", delete, guard="person"),
    Door("/userservice/reset", "P", reset, guard="person"),
    Door("/userservice/setpin", "P", setpin, guard="person"),
    Door("/userservice/setmpin", "P", setmpin, guard="person"),
    Door("/userservice/setdescription", "P", setdescription, guard="person"),
)
