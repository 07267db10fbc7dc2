"""Clients of the OpenID provider: what may be said of them, and how they are kept."""

import json
import re
from collections.abc import Mapping
from typing import Any, get_args
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from watchword.crypto.keyring import KeyRing
from watchword.errors import BadParameter
from watchword.model.oidc import CLIENT_SECRET, Algorithm, Authentication, Client

_ID = re.compile(r"[A-Za-z0-9._~-]{1,100}")
_VISIBLE = re.compile(r"[\x21-\x7e]{1,2000}")
_SHORTEST_SECRET = 16
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_SCRIPTS = frozenset({"javascript", "data", "vbscript", "about", "blob", "file"})
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "k"})


class WantedClient(Struct, frozen=True, kw_only=True):
    """A client as an administrator says it. ``secret`` None keeps the one that is kept."""

    id: str
    secret: str | None = None
    name: str = ""
    redirect_uris: tuple[str, ...] = ()
    post_logout_redirect_uris: tuple[str, ...] = ()
    authentication: str = "client_secret_basic"
    jwks: str = ""
    algorithm: str = "ES256"
    pkce: bool = True
    scopes: tuple[str, ...] = ()
    consent: bool = False
    require_pushed: bool = False
    default_acr_values: tuple[str, ...] = ()
    default_max_age: int | None = None
    backchannel_logout_uri: str = ""

    def __repr__(self) -> str:
        return f"WantedClient({self.id!r})"


class Clients:
    """Makes clients of what administrators say."""

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring

    def made(self, wanted: WantedClient, before: Client | None) -> Client:
        """The client as it is kept; `BadParameter` says what is wrong with it.

        A secret that stays the same leaves what is kept as it is, so that nothing has changed.
        """
        _check(wanted)
        said: dict[str, Any] = {
            name: getattr(wanted, name) for name in WantedClient.__struct_fields__ if name != "secret"
        }
        made = Client(**said)
        with_secret = made.authentication in {"client_secret_basic", "client_secret_post"}
        if not with_secret:
            if wanted.secret:
                raise BadParameter(f"a client with {made.authentication} has no secret")
            return made
        if wanted.secret is None:
            if before is None or not before.secret:
                raise BadParameter("no secret is stored here: write env:NAME or file:PATH")
            return replace(made, secret=before.secret)
        if len(wanted.secret) < _SHORTEST_SECRET:
            raise BadParameter(f"the secret must have {_SHORTEST_SECRET} characters or more")
        if before is not None and self._ring.fingerprint_matches(
            CLIENT_SECRET, before.secret, wanted.id, wanted.secret
        ):
            return replace(made, secret=before.secret)
        return replace(made, secret=self._ring.fingerprint(CLIENT_SECRET, wanted.id, wanted.secret))


def _check(wanted: WantedClient) -> None:
    if not _ID.fullmatch(wanted.id):
        raise BadParameter("the id of a client has 1 to 100 letters, digits and . _ ~ -")
    if wanted.authentication not in get_args(Authentication):
        raise BadParameter(f"authentication is one of {', '.join(get_args(Authentication))}")
    if wanted.algorithm not in get_args(Algorithm):
        raise BadParameter(f"algorithm is one of {', '.join(get_args(Algorithm))}")
    if not wanted.pkce and wanted.authentication == "none":
        raise BadParameter("a client without a secret needs pkce")
    if any(not _VISIBLE.fullmatch(word) for word in (*wanted.scopes, *wanted.default_acr_values)):
        raise BadParameter("scopes and default_acr_values are lists of words")
    if wanted.default_max_age is not None and wanted.default_max_age < 0:
        raise BadParameter("default_max_age is a number of seconds")
    for uri in (*wanted.redirect_uris, *wanted.post_logout_redirect_uris):
        _check_address(uri, native=wanted.authentication == "none")
    if wanted.backchannel_logout_uri:
        _check_address(wanted.backchannel_logout_uri, native=False)
    if (wanted.authentication == "private_key_jwt") != bool(wanted.jwks):
        raise BadParameter("jwks holds the public keys of a client with private_key_jwt")
    if wanted.jwks:
        _check_keys(wanted.jwks)


def _check_address(uri: str, *, native: bool) -> None:
    """Threat: an address that leads elsewhere than it seems to, or runs a script here."""
    try:
        parts = urlsplit(uri)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise BadParameter(f"{uri!r} is no address") from None
    if not _VISIBLE.fullmatch(uri) or "#" in uri or "*" in uri or "\\" in uri or parts.username is not None:
        raise BadParameter(f"{uri!r} must be a whole address, without fragment, star and user name")
    if parts.scheme == "https" and host:
        return
    if parts.scheme == "http" and host in _LOOPBACK:
        return
    if native and "." in parts.scheme and parts.scheme not in _SCRIPTS:
        return  # of an app on a telephone, in the reversed name of a domain (RFC 8252 section 7.1)
    raise BadParameter(
        f"{uri!r} must begin with https://, or with http:// and the loopback address; "
        "apps without a secret may have a scheme of their own such as org.example.app:/callback"
    )


def _check_keys(text: str) -> None:
    try:
        keys: Any = json.loads(text)["keys"]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise BadParameter('jwks is a JSON object with the list "keys" (RFC 7517)') from None
    if not isinstance(keys, list) or not all(isinstance(one, Mapping) for one in keys):
        raise BadParameter('jwks is a JSON object with the list "keys" (RFC 7517)')
    if any(_PRIVATE & one.keys() for one in keys):
        raise BadParameter("jwks holds a private key: give only the public one")
