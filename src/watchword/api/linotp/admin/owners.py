"""Whose a token is: ``assign``, ``unassign``, ``getTokenOwner``, ``tokenrealm``, ``copyTokenPin``, ``copyTokenUser``."""

from watchword.api.linotp.doors import Door
from watchword.api.linotp.envelope import Answer, Reply
from watchword.directory.finding import user_info
from watchword.enrolment import owning
from watchword.enrolment.changing import fetch
from watchword.errors import DirectorySilent, MissingParameter
from watchword.model.policy import Action
from watchword.model.token import Token
from watchword.selfservice.notification import ENROLLMENT, notify
from watchword.storage.promises import Unit
from watchword.web.administrators.choosing import need_user, note, occasion_of
from watchword.web.administrators.owners import owners_of
from watchword.web.administrators.rights import (
    ASSIGN,
    COPY_PIN,
    COPY_USER,
    MANAGE_TOKEN,
    TOKEN_OWNER,
    UNASSIGN,
)
from watchword.web.administrators.unanswered import told_unanswered
from watchword.web.call import Call


async def assign(call: Call) -> Answer:
    """Give one or several tokens to a user: all of them, or none."""
    call.permit(ASSIGN)
    serials = list(dict.fromkeys(call.params.list("serial")))
    if not serials:
        raise MissingParameter("serial")
    owner = await need_user(call)
    call.permit(ASSIGN, (owner.realm,) if owner.realm else ())
    house, occasion = call.house, occasion_of(call)
    pins = house.enrolment.pins
    about = occasion.about(owner)
    prepared = [await pins.prepare_first(occasion, about, call.params.sent("pin")) for _serial in serials]
    async with call.unit() as unit:
        tokens = [await _fetch(call, unit, serial, ASSIGN) for serial in serials]
        note(call, tokens)
        for token, pin in zip(tokens, prepared, strict=True):
            kind = house.kinds.token_type(token.kind)
            given = await owning.assign(unit, occasion, token, kind, owner, pins=pins, pin=pin)
            done = "given to you by an administrator"
            await notify(unit, house.enrolment, occasion, owner, given, ENROLLMENT, done)
    return Reply(True, id=len(serials))


async def unassign(call: Call) -> Answer:
    """Take a token from its owner."""
    call.permit(UNASSIGN)
    serial = call.params.need("serial")
    async with call.unit() as unit:
        token = await _fetch(call, unit, serial, UNASSIGN)
        note(call, [token])
        await owning.unassign(unit, token)
    return Reply(True)


async def token_owner(call: Call) -> Answer:
    """Whose a token is, as the directory knows the owner, or last did."""
    call.permit(TOKEN_OWNER)
    serial = call.params.need("serial")
    async with call.view() as view:
        token = await _fetch(call, view, serial, TOKEN_OWNER)
    note(call, [token])
    if token.owner is None:
        return Reply({})
    owners, unanswered = await owners_of(call, [token])
    owner = owners[token.owner]
    if owner is None and unanswered:
        raise DirectorySilent(" ".join(unanswered.values()))
    return Reply(user_info(owner) if owner is not None else {}, told_unanswered(unanswered))


async def token_realm(call: Call) -> Answer:
    """Put a token into exactly these realms; unknown ones are left out."""
    call.permit(MANAGE_TOKEN)
    serial = call.params.need("serial")
    named = {name.strip().lower() for name in call.params.need_sent("realms").split(",")}
    realms = sorted(named & call.snapshot.configuration.realms.keys())
    for realm in realms:
        call.permit(MANAGE_TOKEN, (realm,))
    async with call.unit() as unit:
        token = await fetch(unit, serial)
        for realm in token.realms:
            call.permit(MANAGE_TOKEN, (realm,))
        if not token.realms:
            call.permit(MANAGE_TOKEN, ())
        note(call, [token])
        await owning.set_realms(unit, occasion_of(call), token, realms)
    return Reply(1)


async def copy_pin(call: Call) -> Answer:
    """Give a token the PIN of another one."""
    call.permit(COPY_PIN)
    source, target = call.params.need("from"), call.params.need("to")
    async with call.unit() as unit:
        pair = [await _fetch(call, unit, serial, COPY_PIN) for serial in (source, target)]
        note(call, pair)
        await owning.copy_pin(unit, call.house.ring, *pair)
    return Reply(True)


async def copy_user(call: Call) -> Answer:
    """Give a token the owner and the realms of another one."""
    call.permit(COPY_USER)
    source, target = call.params.need("from"), call.params.need("to")
    async with call.unit() as unit:
        pair = [await _fetch(call, unit, serial, COPY_USER) for serial in (source, target)]
        note(call, pair)
        await owning.copy_owner(unit, occasion_of(call), *pair)
    return Reply(True)


async def _fetch(call: Call, unit: Unit, serial: str, permitted: Action[bool]) -> Token:
    """The token, where the administrator has this right on it."""
    token = await fetch(unit, serial)
    call.permit(permitted, token.realms)
    return token


DOORS = (
    Door("/admin/assign", "P", assign),
    Door("/admin/unassign", "P", unassign),
    Door("/admin/getTokenOwner", "GP", token_owner),
    Door("/admin/tokenrealm", "P", token_realm),
    Door("/admin/copyTokenPin", "P", copy_pin),
    Door("/admin/copyTokenUser", "P", copy_user),
)
