"""``losttoken``: a substitute for some days."""

from watchword.api.linotp.admin.dates import short
from watchword.api.linotp.doors import Door
from watchword.api.linotp.envelope import Answer, Reply
from watchword.enrolment.changing import fetch
from watchword.enrolment.losing import prepare_substitute, replace_lost
from watchword.errors import Refused
from watchword.web.administrators.choosing import note, occasion_of
from watchword.web.administrators.rights import LOST_TOKEN
from watchword.web.call import Call


async def losttoken(call: Call) -> Answer:
    """Issue a substitute and disable the lost token."""
    call.permit(LOST_TOKEN)
    params, house, occasion = call.params, call.house, occasion_of(call)
    serial = params.need("serial")
    async with call.view() as view:
        lost = await fetch(view, serial)
    call.permit(LOST_TOKEN, lost.realms)
    if lost.owner is None:
        raise Refused(f"Token {serial} belongs to nobody: assign it, or enrol a new one.")
    owner = await house.directory.owner(lost.owner, call.snapshot.configuration, lost.realms)
    if owner is None:
        raise Refused(f"The owner of token {serial} is not in the directory any more.")
    substitute = await prepare_substitute(
        house.enrolment,
        occasion,
        owner,
        wanted=params.text("type", "password").lower(),
        email=params.text("email"),
        mobile=params.text("mobile"),
    )
    async with call.unit() as unit:
        lost = await fetch(unit, serial)
        replaced = await replace_lost(unit, house.enrolment, occasion, lost, owner, substitute)
        note(call, [lost, replaced.token])
        call.note.user, call.note.realm = owner.login, owner.realm
    return Reply(
        {
            "serial": replaced.token.serial,
            "init": True,
            "user": 1,
            "pin": int(replaced.pin_copied),
            "valid_to": "xxxx",
            "password": substitute.password or f"Codes are sent by {substitute.kind.replaces_lost}.",
            "end_date": short(substitute.until),
            "token_typ": substitute.kind.label,
            "disable": 1,
        }
    )


DOORS = (Door("/admin/losttoken", "P", losttoken),)
