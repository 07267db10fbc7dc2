"""Hands out what follows from a grant: codes, access tokens, refresh tokens, ID tokens."""

from typing import Any

from watchword.api.oidc import claims
from watchword.api.oidc.entering import SignedIn, sid_of, sub_of
from watchword.api.oidc.keys import Keys
from watchword.api.oidc.marks import fresh, half_hash, mark
from watchword.model.oidc import AuthorizationRequest, Client, Grant, Ticket
from watchword.model.person import Person
from watchword.storage.promises import Unit
from watchword.web.call import Call

CODE_LIFE = 60_000
ACCESS_LIFE = 600_000
REFRESH_LIFE = 30 * 86_400_000
"""Milliseconds; a refresh token lasts that long after each use."""


def granted(call: Call, request: AuthorizationRequest, who: SignedIn, *, sid: bool = True) -> Grant:
    """What somebody grants by signing in for this request."""
    return Grant(
        id=call.house.dice.bytes(16).hex(),
        client_id=request.client_id,
        subject=who.person.subject,
        realm=who.person.realm,
        sub=sub_of(who.person.subject),
        sid=sid_of(who.session) if sid else "",
        scopes=request.scopes,
        acr=who.acr,
        amr=who.amr,
        auth_time=who.auth_time,
        redirect_uri=request.redirect_uri,
        challenge=request.challenge,
        nonce=request.nonce,
        claims=request.claims,
        created=call.now,
        expires=call.now + REFRESH_LIFE,
    )


async def code_for(call: Call, unit: Unit, grant: Grant) -> str:
    """A code for this new grant."""
    code = fresh(call.house.dice)
    await unit.oidc.add_grant(grant)
    await unit.oidc.add_ticket(
        Ticket(
            id=mark(code), grant_id=grant.id, kind="code", scopes=grant.scopes, expires=call.now + CODE_LIFE
        )
    )
    return code


async def tokens_for(
    call: Call, unit: Unit, grant: Grant, scopes: tuple[str, ...], *, refreshed: tuple[str, ...] = ()
) -> dict[str, Any]:
    """The access token and the refresh token that comes after it. ``refreshed``: what the latter is good for."""
    access, refresh = fresh(call.house.dice), fresh(call.house.dice)
    await unit.oidc.add_ticket(
        Ticket(
            id=mark(access), grant_id=grant.id, kind="access", scopes=scopes, expires=call.now + ACCESS_LIFE
        )
    )
    await unit.oidc.add_ticket(
        Ticket(
            id=mark(refresh),
            grant_id=grant.id,
            kind="refresh",
            scopes=refreshed or scopes,
            expires=call.now + REFRESH_LIFE,
        )
    )
    return {
        "access_token": access,
        "token_type": "Bearer",
        "expires_in": ACCESS_LIFE // 1000,
        "refresh_token": refresh,
        "scope": " ".join(scopes),
    }


async def id_token(call: Call, client: Client, grant: Grant, person: Person, access: str) -> str:
    """The ID token (OpenID Connect Core section 2); `Keys.sign` may wait for the store."""
    oidc = call.house.web.oidc
    said: dict[str, Any] = {
        **claims.in_id_token(grant, person, verified_mail=oidc.email_verified),
        "iss": oidc.issuer,
        "sub": grant.sub,
        "aud": grant.client_id,
        "iat": call.now // 1000,
        "exp": (call.now + ACCESS_LIFE) // 1000,
        "auth_time": grant.auth_time // 1000,
        "acr": grant.acr,
        "amr": list(grant.amr),
        "at_hash": half_hash(access),
    }
    if grant.nonce is not None:
        said["nonce"] = grant.nonce
    if grant.sid:
        said["sid"] = grant.sid
    return await Keys(call.house).sign(said, client.algorithm)
