"""Reads a request for sign-in: what it must say, what it may, and what is wrong with it (OpenID Connect Core 3.1.2)."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from watchword.api.oidc.claims import SCOPES, asked_of, is_essential, values_of
from watchword.api.oidc.refusals import Astray, Refusal
from watchword.model.oidc import AuthorizationRequest, Client
from watchword.web.parameters import Params

PROMPTS = ("none", "login", "consent", "select_account")

_CHALLENGE = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_LOOPBACK = ("127.0.0.1", "::1")
_LONGEST = 4096
_LONGEST_CLAIMS = 16_384
_LONGEST_AGE = 10**9


def redirect_uri_of(params: Params, client: Client) -> str:
    """Where the answer goes; `Astray` unless the client is registered with it, character by character.

    Native clients may name any port of the loopback address (RFC 8252 section 7.3).
    """
    wanted = params.text("redirect_uri")
    if "redirect_uri" in params.repeated or not wanted:
        raise Astray("The request must say one redirect_uri.")
    if not is_registered(wanted, client.redirect_uris, native=client.public):
        raise Astray(f"The redirect_uri is none that the client {client.id!r} is registered with.")
    return wanted


def is_registered(wanted: str, registered: tuple[str, ...], *, native: bool) -> bool:
    """Whether this very address is one of the registered."""
    if wanted in registered:
        return True
    return native and any(_differ_in_port(wanted, one) for one in registered)


def _differ_in_port(wanted: str, registered: str) -> bool:
    try:
        one, other = urlsplit(wanted), urlsplit(registered)
        ports = one.port, other.port
    except ValueError:
        return False
    if one.scheme != "http" or one.hostname not in _LOOPBACK or ports[0] == 0:
        return False
    host = f"[{one.hostname}]" if one.hostname == "::1" else one.hostname
    # What stands there must be what was read, or it reads differently elsewhere.
    netlocs = {host, f"{host}:{one.port}"}
    return (
        one.netloc in netlocs
        and one._replace(netloc="") == other._replace(netloc="")
        and (other.scheme == "http" and other.hostname == one.hostname and not other.username)
        and wanted.count("\\") == 0
    )


def read_request(params: Params, client: Client, redirect_uri: str, now: int) -> AuthorizationRequest:
    """The request; `Refusal` with what the client is told. Whatever is not known is ignored."""
    if params.repeated:
        raise Refusal("invalid_request", f"{min(params.repeated)[:40]} is given twice")
    if params.has("request"):
        raise Refusal("request_not_supported", "say what you ask for in parameters")
    if params.has("request_uri"):
        raise Refusal("request_uri_not_supported", "only what was pushed to this server can be named")
    kind = params.text("response_type")
    if not kind:
        raise Refusal("invalid_request", "response_type is missing")
    if kind != "code":
        raise Refusal("unsupported_response_type", "only code is supported")
    if params.text("response_mode", "query") != "query":
        raise Refusal("invalid_request", "only the response_mode query is supported")
    for name, text in params.items():
        if len(text) > (_LONGEST_CLAIMS if name == "claims" else _LONGEST):
            raise Refusal("invalid_request", f"{name[:40]} is too long")
    prompts = _prompts(params.text("prompt"))
    claims = _claims(params.text("claims"))
    asked = asked_of(claims, "id_token")
    acr_values = tuple(params.text("acr_values").split())
    essential = values_of(asked, "acr") if is_essential(asked, "acr") else ()
    return AuthorizationRequest(
        client_id=client.id,
        redirect_uri=redirect_uri,
        asked=now,
        scopes=scopes_of(params.text("scope"), client, offline="consent" in prompts or not client.consent),
        state=params.sent("state"),
        nonce=params.sent("nonce"),
        challenge=_challenge(params, client),
        prompts=prompts,
        max_age=_max_age(params, client),
        acr_values=acr_values or values_of(asked, "acr") or client.default_acr_values,
        essential_acr=essential,
        login_hint=params.text("login_hint")[:320],
        subject=next(iter(values_of(asked, "sub")), ""),
        ui_locales=tuple(params.text("ui_locales").split())[:10],
        claims=claims,
    )


def scopes_of(text: str, client: Client, *, offline: bool) -> tuple[str, ...]:
    """Those of the scopes that are known and allowed, in our order. ``offline``: whether ``offline_access`` counts."""
    asked = set(text.split())
    if "openid" not in asked:
        raise Refusal("invalid_scope", "scope must contain openid")
    allowed = {"openid", *(client.scopes or SCOPES)}
    if not offline:
        allowed.discard("offline_access")
    return tuple(scope for scope in SCOPES if scope in asked & allowed)


def _prompts(text: str) -> tuple[str, ...]:
    prompts = tuple(dict.fromkeys(text.split()))
    if any(one not in PROMPTS for one in prompts):
        raise Refusal("invalid_request", "prompt is one of none, login, consent and select_account")
    if "none" in prompts and len(prompts) > 1:
        raise Refusal("invalid_request", "prompt=none goes with no other prompt")
    return prompts


def _max_age(params: Params, client: Client) -> int | None:
    text = params.text("max_age")
    if not text:
        return client.default_max_age
    if not (text.isascii() and text.isdigit()):
        raise Refusal("invalid_request", "max_age is a number of seconds")
    return min(int(text), _LONGEST_AGE)


def _challenge(params: Params, client: Client) -> str:
    challenge = params.text("code_challenge")
    if not challenge:
        if params.has("code_challenge_method") or client.pkce or client.public:
            raise Refusal("invalid_request", "code_challenge is missing: use PKCE with S256")
        return ""
    if params.text("code_challenge_method") != "S256":
        raise Refusal("invalid_request", "code_challenge_method must be S256")
    if not _CHALLENGE.fullmatch(challenge):
        raise Refusal("invalid_request", "code_challenge has 43 to 128 characters")
    return challenge


def _claims(text: str) -> Mapping[str, Any]:
    if not text:
        return {}
    try:
        claims = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        raise Refusal("invalid_request", "claims is no JSON") from None
    if not isinstance(claims, dict):
        raise Refusal("invalid_request", "claims is no JSON object")
    return claims
