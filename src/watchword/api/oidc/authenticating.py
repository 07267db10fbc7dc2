"""Who the client is that speaks: one way of showing it, the one that it is registered with (OpenID Connect Core 9)."""

import base64
import binascii
import json
from typing import Any
from urllib.parse import unquote_plus

from watchword.api.oidc.marks import mark
from watchword.api.oidc.refusals import Refusal
from watchword.model.oidc import CLIENT_SECRET, Client
from watchword.web.call import Call

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SIGNED_WITH = ("ES256", "RS256", "PS256", "EdDSA")

_SKEW = 60
_LONGEST = 600
"""Seconds that an assertion may be good for."""
_ONCE = frozenset({"client_id", "client_secret", "client_assertion", "client_assertion_type", "code"})


def form_only(call: Call) -> None:
    """`Refusal` unless everything came once, in a form (RFC 6749 section 3.2)."""
    media = call.headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if call.params.queried:
        raise Refusal("invalid_request", "parameters belong into the body")
    if media != b"application/x-www-form-urlencoded":
        raise Refusal("invalid_request", "the body must be a form, application/x-www-form-urlencoded")
    if call.params.repeated:
        raise Refusal("invalid_request", f"{min(call.params.repeated)[:40]} is given twice")


async def client_of(call: Call) -> Client:
    """The client that the form of this call comes from, surely; `Refusal` (401) where that is not shown."""
    params, header = call.params, call.headers.get(b"authorization", b"")
    basic = header[:6].lower() == b"basic "
    ways = [basic, params.has("client_secret"), params.has("client_assertion")]
    if sum(ways) > 1:
        raise Refusal("invalid_request", "the client shows who it is in more than one way")
    if basic:
        identifier, secret = _basic(header)
        if params.text("client_id", identifier) != identifier:
            raise Refusal("invalid_request", "header and body name different clients")
        way = "client_secret_basic"
    else:
        secret = params.text("client_secret")
        way = "client_secret_post" if ways[1] else "private_key_jwt" if ways[2] else "none"
        identifier = params.text("client_id") or _unproven_issuer(params.text("client_assertion"))
    client = call.snapshot.configuration.client(identifier)
    call.note.info = identifier[:100]
    # An unknown client costs the same look at a fingerprint.
    kept = client.secret if client is not None else b""
    is_right = call.house.ring.fingerprint_matches(CLIENT_SECRET, kept, identifier, secret)
    if client is None or client.authentication != way:
        raise _stranger(basic=basic)
    if way == "private_key_jwt":
        await _check_assertion(call, client)
    elif way != "none" and not (secret and is_right):
        raise _stranger(basic=basic)
    return client


def _stranger(*, basic: bool) -> Refusal:
    headers = {"www-authenticate": 'Basic realm="Watchword"'} if basic else {}
    return Refusal("invalid_client", "the client could not be authenticated", status=401, headers=headers)


def _basic(header: bytes) -> tuple[str, str]:
    """Id and secret, each form-encoded before they were joined (RFC 6749 section 2.3.1)."""
    try:
        text = base64.b64decode(header[6:].strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        raise _stranger(basic=True) from None
    identifier, _, secret = text.partition(":")
    return unquote_plus(identifier), unquote_plus(secret)


def _unproven_issuer(assertion: str) -> str:
    """Whom an assertion claims to come from, to know whose keys to try."""
    payload = assertion.split(".")[1] if assertion.count(".") == 2 else ""
    try:
        said: Any = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, RecursionError):
        return ""
    issuer = said.get("iss") if isinstance(said, dict) else ""
    return issuer if isinstance(issuer, str) else ""


async def _check_assertion(call: Call, client: Client) -> None:
    """RFC 7523 section 3: signed by the client, for us, not over yet, and never seen before."""
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    if call.params.text("client_assertion_type") != ASSERTION:
        raise Refusal("invalid_request", "client_assertion_type is not that of a JWT")
    try:
        keys = KeySet.import_key_set(json.loads(client.jwks or '{"keys": []}'))
        said = jwt.decode(call.params.text("client_assertion"), keys, algorithms=[*SIGNED_WITH]).claims
    except (JoseError, ValueError, TypeError, KeyError, IndexError, UnicodeError, RecursionError):
        raise _stranger(basic=False) from None
    now = call.now // 1000
    issuer = call.house.web.oidc.issuer
    audience = said.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    expires, begins, identifier = said.get("exp"), said.get("nbf", now), said.get("jti")
    is_ours = any(one in {issuer, f"{issuer}/oidc/token"} for one in audiences if isinstance(one, str))
    in_time = (
        isinstance(expires, int)
        and isinstance(begins, int)
        and now - _SKEW < expires <= now + _LONGEST + _SKEW
        and begins <= now + _SKEW
    )
    if not is_ours or not in_time or said.get("iss") != client.id or said.get("sub") != client.id:
        raise _stranger(basic=False)
    if not isinstance(identifier, str) or not identifier or not isinstance(expires, int):
        raise _stranger(basic=False)
    async with call.house.store.unit() as unit:
        first = await unit.oidc.see(mark(f"jti {client.id} {identifier}"), (expires + 2 * _SKEW) * 1000)
    if not first:
        raise _stranger(basic=False)
