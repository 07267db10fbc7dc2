"""``/oidc/userinfo``, ``/oidc/introspect`` and ``/oidc/revoke``: what a token is good for, and that it is no more."""

from http import HTTPStatus

from watchword.api.oidc import claims
from watchword.api.oidc.authenticating import client_of, form_only
from watchword.api.oidc.marks import mark
from watchword.api.oidc.refusals import OPEN, Refusal, json_answer
from watchword.api.oidc.tokens import owner_of
from watchword.model.oidc import Grant, Ticket
from watchword.web.answers import Raw
from watchword.web.call import Call


async def userinfo(call: Call) -> Raw:
    """What the directory says of whoever granted this (OpenID Connect Core 5.3)."""
    header = call.headers.get(b"authorization", b"")
    value = header[7:].strip().decode("latin-1") if header[:7].lower() == b"bearer " else ""
    in_form = call.params.text("access_token") if "access_token" not in call.params.queried else ""
    if value and in_form:
        raise Refusal("invalid_request", "the token is sent in more than one way")
    ticket, grant = await _live(call, value or in_form)
    if ticket is None or grant is None or ticket.kind != "access":
        said = ', error="invalid_token"' if value or in_form else ""
        headers = {"www-authenticate": f'Bearer realm="Watchword"{said}'}
        raise Refusal(
            "invalid_token", "the token is not good", status=HTTPStatus.UNAUTHORIZED, headers=headers
        )
    person = await owner_of(call, grant)
    if person is None:
        headers = {"www-authenticate": 'Bearer realm="Watchword", error="invalid_token"'}
        raise Refusal("invalid_token", "the person is gone", status=HTTPStatus.UNAUTHORIZED, headers=headers)
    verified = call.house.web.oidc.email_verified
    return json_answer(claims.told(grant, person, scopes=ticket.scopes, verified_mail=verified))


async def introspect(call: Call) -> Raw:
    """What a token is good for, told to clients that can keep a secret (RFC 7662, with the members of RFC 9470)."""
    form_only(call)
    client = await client_of(call)
    if client.public:
        raise Refusal("invalid_client", "only clients with a secret or key may ask", status=401)
    ticket, grant = await _live(call, call.params.text("token"))
    if ticket is None or grant is None or ticket.kind == "code":
        return json_answer({"active": False})
    # A refresh token is nobody's business but its client's.
    if ticket.kind == "refresh" and grant.client_id != client.id:
        return json_answer({"active": False})
    person = await owner_of(call, grant)
    if person is None:
        return json_answer({"active": False})
    return json_answer(
        {
            "active": True,
            "scope": " ".join(ticket.scopes),
            "client_id": grant.client_id,
            "username": person.login,
            "token_type": "Bearer" if ticket.kind == "access" else "refresh_token",
            "exp": ticket.expires // 1000,
            "sub": grant.sub,
            "aud": grant.client_id,
            "iss": call.house.web.oidc.issuer,
            "acr": grant.acr,
            "amr": list(grant.amr),
            "auth_time": grant.auth_time // 1000,
        }
    )


async def revoke(call: Call) -> Raw:
    """A client gives tokens back: with one, all of its family go (RFC 7009); for unknown ones it is the same answer."""
    form_only(call)
    client = await client_of(call)
    if not call.params.text("token"):
        raise Refusal("invalid_request", "token is missing")
    ticket, grant = await _live(call, call.params.text("token"))
    if ticket is not None and grant is not None and grant.client_id == client.id:
        call.note.action_detail = "revoked by the client"
        async with call.unit() as unit:
            await unit.oidc.revoke(grant.id, call.now)
    return Raw(b"", "text/plain", HTTPStatus.OK, OPEN)


async def _live(call: Call, value: str) -> tuple[Ticket | None, Grant | None]:
    """The token, if it is good now, and what it follows from."""
    if not value:
        return None, None
    async with call.house.store.view() as view:
        ticket = await view.oidc.ticket(mark(value))
        grant = await view.oidc.grant(ticket.grant_id) if ticket is not None else None
    if ticket is None or grant is None or ticket.used or ticket.expires <= call.now or grant.revoked:
        return None, None
    return ticket, grant
