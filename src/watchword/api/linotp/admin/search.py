"""``check_serial``, ``getSerialByOtp`` and ``totp_lookup``: questions about serials and codes."""

import re

from msgspec.structs import replace

from watchword.api.linotp.admin.dates import plain
from watchword.api.linotp.doors import Door
from watchword.api.linotp.envelope import Answer, Reply
from watchword.api.linotp.specs import spec
from watchword.enrolment.changing import fetch
from watchword.enrolment.recognising import recognise
from watchword.errors import BadParameter, SeveralMatches
from watchword.plugin.shapes import Timed
from watchword.policy.notation.durations import read_duration
from watchword.storage.promises import TokenFilter
from watchword.web.administrators.choosing import kind_of, note, occasion_of, shown_owner_of
from watchword.web.administrators.rights import GET_SERIAL, TOTP_LOOKUP
from watchword.web.call import Call


async def check_serial(call: Call) -> Answer:
    """Whether a serial is free, and one like it that is. Any administrator may ask."""
    serial = call.params.need("serial")
    async with call.view() as view:
        free, number = serial, 0
        while await view.tokens.by_serial(free) is not None:
            number += 1
            free = f"{serial}_{number:02}"
    return Reply({"unique": number == 0, "new_serial": free})


async def get_serial_by_otp(call: Call) -> Answer:
    """Which token has this code now; nothing is used up."""
    call.permit(GET_SERIAL)
    params, kinds = call.params, call.house.kinds
    code = params.need("otp")
    wanted = TokenFilter(
        kinds=frozenset({kinds.token_type(params.text("type")).name}) if params.text("type") else frozenset(),
        assigned=params.flag("assigned") if params.text("assigned") else None,
        realms=frozenset({params.text("realm").strip().lower()}) if params.text("realm") else None,
    )
    own = call.snapshot.rules.realms_of(GET_SERIAL, call.who, call.snapshot.configuration.realms)
    if own is not None:
        wanted = replace(wanted, realms=own if wanted.realms is None else own & wanted.realms)
    async with call.view() as view:
        found = await recognise(view, call.house.enrolment, occasion_of(call), wanted, code)
    if len(found) > 1:
        raise SeveralMatches(f"{len(found)} tokens have this code now: ask again with the next code.")
    note(call, found)
    call.note.success = bool(found)
    answer: dict[str, object] = {"success": True, "serial": "", "user_login": "", "user_resolver": ""}
    for token in found:
        owner = await shown_owner_of(call, token)
        answer["serial"] = token.serial
        answer["user_login"] = owner.login if owner is not None else ""
        if token.owner is not None:
            answer["user_resolver"] = spec(kinds, call.snapshot.configuration, token.owner.resolver)
    return Reply(answer)


async def totp_lookup(call: Call) -> Answer:
    """When a code of the past was current."""
    call.permit(TOTP_LOOKUP)
    params, house = call.params, call.house
    serial, code = params.need("serial"), params.need("otp")
    span = _seconds(params.text("window", "24h"))
    async with call.view() as view:
        token = await fetch(view, serial)
    call.permit(TOTP_LOOKUP, token.realms)
    note(call, [token])
    kind = kind_of(house.kinds, token)
    if not isinstance(kind, Timed):
        raise BadParameter(f"Token {serial} has no codes that depend on the time.")
    tools = house.enrolment.tools(occasion_of(call))
    moment = await house.pool.run(kind.moment_of, token, code, span, tools)
    if moment is None:
        call.note.success = False
        return Reply(False)
    detail = {
        "serial": serial,
        "otp": code,
        "counter": moment.counter,
        "time": plain(moment.at),
        "seconds": moment.at // 1000,
        "span": moment.step,
    }
    return Reply(True, detail)


def _seconds(window: str) -> int:
    """A duration such as ``24h``, ``2h 30m`` or ``PT2H``, or a number of seconds."""
    if re.fullmatch(r"\d{1,9}", window.strip(), re.ASCII):
        return int(window)
    return int(read_duration(window).total_seconds())


DOORS = (
    Door("/admin/check_serial", "GP", check_serial),
    Door("/admin/getSerialByOtp", "GP", get_serial_by_otp),
    Door("/admin/totp_lookup", "GP", totp_lookup),
)
