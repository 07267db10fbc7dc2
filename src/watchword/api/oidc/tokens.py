"""``/oidc/token``: codes, refresh tokens and device codes become tokens (RFC 6749, RFC 8628)."""

from typing import Any

from watchword.api.oidc.authenticating import client_of, form_only
from watchword.api.oidc.entering import sid_of
from watchword.api.oidc.issuing import REFRESH_LIFE, id_token, tokens_for
from watchword.api.oidc.marks import challenge_of, mark
from watchword.api.oidc.refusals import Refusal, json_answer
from watchword.model.oidc import Client, Grant, Ticket
from watchword.model.person import Person
from watchword.storage.promises import Unit
from watchword.web.answers import Raw
from watchword.web.call import Call
from watchword.web.person_sessions import PersonSessions

DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
GRANT_TYPES = ("authorization_code", "refresh_token", DEVICE_CODE)

_PAUSE = 5000
"""Milliseconds that a device waits between two questions."""


async def token(call: Call) -> Raw:
    """The token endpoint."""
    form_only(call)
    kind = call.params.text("grant_type")
    client = await client_of(call)
    if kind == "authorization_code":
        grant, person, answer = await _redeem(call, client)
    elif kind == "refresh_token":
        grant, person, answer = await _refresh(call, client)
    elif kind == DEVICE_CODE:
        grant, person, answer = await _after_device(call, client)
    elif kind:
        raise Refusal("unsupported_grant_type", "this grant_type is not supported")
    else:
        raise Refusal("invalid_request", "grant_type is missing")
    if "openid" in grant.scopes:
        answer["id_token"] = await id_token(call, client, grant, person, answer["access_token"])
    return json_answer(answer)


async def owner_of(call: Call, grant: Grant) -> Person | None:
    """Whose grant it is, as the directory knows them now; None, and the grant revoked, where they are gone.

    Threat: somebody who was removed from the directory goes on with what they were given before.
    """
    person = await call.house.directory.owner(grant.subject, call.snapshot.configuration, (grant.realm,))
    if person is not None and person.realm == grant.realm:
        _note(call, grant, person)
        return person
    async with call.house.store.unit() as unit:
        await unit.oidc.revoke(grant.id, call.now)
    return None


def _note(call: Call, grant: Grant, person: Person) -> None:
    call.note.user, call.note.realm, call.note.info = person.login, person.realm, grant.client_id


async def _redeem(call: Call, client: Client) -> tuple[Grant, Person, dict[str, Any]]:
    """A code, once. Who comes second has it from somewhere else: then nothing that followed from it is good."""
    code = call.params.text("code")
    if not code:
        raise Refusal("invalid_request", "code is missing")
    ticket, grant = await _found(call, code, "code")
    if ticket is None or grant is None or grant.client_id != client.id:
        raise Refusal("invalid_grant", "this code is not known")
    if call.params.text("redirect_uri") != grant.redirect_uri:
        raise Refusal("invalid_grant", "redirect_uri is not the one of the request")
    _check_verifier(call.params.sent("code_verifier"), grant)
    answer: dict[str, Any] = {}
    person = await owner_of(call, grant)
    async with call.house.store.unit() as unit:
        if person is not None and not grant.revoked and await unit.oidc.spend(ticket.id, call.now):
            await unit.oidc.prolong(grant.id, call.now + REFRESH_LIFE)
            answer = await tokens_for(call, unit, grant, grant.scopes)
            await _write_down(call, unit, "code redeemed")
        elif person is not None:
            await unit.oidc.revoke(grant.id, call.now)
    if person is None or not answer:
        raise Refusal("invalid_grant", "this code was used before, or its time is over")
    return grant, person, answer


def _check_verifier(verifier: str | None, grant: Grant) -> None:
    """RFC 7636 section 4.6; a verifier where there was no challenge is a downgrade (RFC 9700 section 4.8.2)."""
    if not grant.challenge:
        if verifier is not None:
            raise Refusal("invalid_grant", "there was no code_challenge for this code_verifier")
    elif not verifier or challenge_of(verifier) != grant.challenge:
        raise Refusal("invalid_grant", "code_verifier does not fit")


async def _refresh(call: Call, client: Client) -> tuple[Grant, Person, dict[str, Any]]:
    """A refresh token, once: who comes with a used one has stolen it, or was stolen from, and the family ends."""
    held = call.params.text("refresh_token")
    if not held:
        raise Refusal("invalid_request", "refresh_token is missing")
    ticket, grant = await _found(call, held, "refresh")
    if ticket is None or grant is None or grant.client_id != client.id or grant.revoked:
        raise Refusal("invalid_grant", "this refresh token is not known, or was revoked")
    asked = call.params.text("scope").split()
    if not set(asked) <= set(ticket.scopes):
        raise Refusal("invalid_scope", "only what was granted can be asked for again")
    scopes = tuple(one for one in ticket.scopes if one in asked) if asked else ticket.scopes
    person = await owner_of(call, grant)
    why, answer = "", dict[str, Any]()
    async with call.house.store.unit() as unit:
        if person is None or not await _may_go_on(call, unit, grant):
            why = "the session that it belongs to is over"
        elif not await unit.oidc.spend(ticket.id, call.now):
            why = "this refresh token was used before: all that followed from it is revoked"
        elif not await unit.oidc.prolong(grant.id, call.now + REFRESH_LIFE):
            why = "the grant was revoked"
        else:
            answer = await tokens_for(call, unit, grant, scopes, refreshed=ticket.scopes)
            await _write_down(call, unit, "tokens refreshed")
        if why:
            await unit.oidc.revoke(grant.id, call.now)
    if person is None or why:
        raise Refusal("invalid_grant", why)
    return grant, person, answer


async def _may_go_on(call: Call, unit: Unit, grant: Grant) -> bool:
    """Whether the session still stands, where the grant does not outlive it."""
    if grant.offline or not grant.sid:
        return True
    sessions = await PersonSessions(call.house.clock, call.house.dice).of(unit, grant.subject)
    return any(sid_of(one) == grant.sid for one in sessions)


async def _after_device(call: Call, client: Client) -> tuple[Grant, Person, dict[str, Any]]:
    """A device asks whether somebody has said yes (RFC 8628 section 3.5)."""
    value = call.params.text("device_code")
    async with call.house.store.unit() as unit:
        waiting = await unit.oidc.device(mark(value))
        if waiting is not None and waiting.client_id == client.id:
            await unit.oidc.device_asks(waiting.id, call.now)
    if waiting is None or waiting.client_id != client.id or waiting.state == "used":
        raise Refusal("invalid_grant", "this device code is not known")
    if waiting.expires <= call.now:
        raise Refusal("expired_token", "nobody has said yes in time")
    if waiting.state == "denied":
        raise Refusal("access_denied", "somebody has said no")
    if waiting.state == "waiting":
        too_soon = call.now - waiting.asked < _PAUSE
        raise Refusal("slow_down" if too_soon else "authorization_pending", "nobody has said yes yet")
    async with call.house.store.view() as view:
        grant = await view.oidc.grant(waiting.grant_id)
    answer: dict[str, Any] = {}
    person = await owner_of(call, grant) if grant is not None and not grant.revoked else None
    if grant is not None and person is not None:
        async with call.house.store.unit() as unit:
            if await unit.oidc.move_device(waiting.id, "granted", "used", grant.id):
                answer = await tokens_for(call, unit, grant, grant.scopes)
                await _write_down(call, unit, "device code redeemed")
    if grant is None or person is None or not answer:
        raise Refusal("invalid_grant", "this device code was used before, or was revoked")
    return grant, person, answer


async def _found(call: Call, value: str, kind: str) -> tuple[Ticket | None, Grant | None]:
    async with call.house.store.view() as view:
        ticket = await view.oidc.ticket(mark(value))
        if ticket is None or ticket.kind != kind:
            return None, None
        return ticket, await view.oidc.grant(ticket.grant_id)


async def _write_down(call: Call, unit: Unit, what: str) -> None:
    call.note.action_detail = what
    await unit.audit.append(call.entry(success=True))
