"""The nouns of the OpenID provider: who asks, for what, and what was granted. Times are milliseconds UTC."""

from collections.abc import Mapping
from typing import Any, Literal

from msgspec import Struct

from watchword.crypto.sealing import Sealed
from watchword.model.person import Subject

CLIENT_SECRET = "oidc-client"  # noqa: S105  the purpose of a fingerprint
Authentication = Literal["client_secret_basic", "client_secret_post", "private_key_jwt", "none"]
"""How a client shows at the token endpoint that it is itself (OpenID Connect Core section 9)."""
Algorithm = Literal["ES256", "RS256"]


class Client(Struct, frozen=True, kw_only=True):
    """One application that people sign in to."""

    id: str
    name: str = ""
    """What people read on the consent page; empty: the id."""
    secret: bytes = b""
    """A fingerprint of it."""
    redirect_uris: tuple[str, ...] = ()
    post_logout_redirect_uris: tuple[str, ...] = ()
    authentication: Authentication = "client_secret_basic"
    jwks: str = ""
    """The public keys of a client that signs its assertions, as a JSON text (RFC 7517)."""
    algorithm: Algorithm = "ES256"
    """What its ID tokens are signed with."""
    pkce: bool = True
    """Whether a request needs a code challenge (RFC 7636); an old application with a secret may go without."""
    scopes: tuple[str, ...] = ()
    """What it may ask for beyond ``openid``; empty: all that there are."""
    consent: bool = False
    """Whether people are asked before it learns of them for the first time."""
    require_pushed: bool = False
    """Whether it has to push its requests (RFC 9126)."""
    default_acr_values: tuple[str, ...] = ()
    default_max_age: int | None = None
    """Seconds."""
    backchannel_logout_uri: str = ""
    """Where it is told that a session has ended; empty: it is not."""

    @property
    def public(self) -> bool:
        """Whether it can keep no secret."""
        return self.authentication == "none"

    @property
    def title(self) -> str:
        return self.name or self.id

    def __repr__(self) -> str:
        return f"Client({self.id!r})"


class AuthorizationRequest(Struct, frozen=True, kw_only=True):
    """What a client asks for at the authorization endpoint, as it was found valid (OpenID Connect Core 3.1.2)."""

    client_id: str
    redirect_uri: str
    asked: int
    """When. With ``prompt=login``, only what people prove after this moment counts."""
    scopes: tuple[str, ...]
    """Those that are known and allowed, ``openid`` among them."""
    state: str | None = None
    nonce: str | None = None
    challenge: str = ""
    """The S256 code challenge (RFC 7636)."""
    prompts: tuple[str, ...] = ()
    max_age: int | None = None
    """Seconds; the client's default where it asks for none."""
    acr_values: tuple[str, ...] = ()
    """In order of preference, voluntary: unknown ones are not there to be refused."""
    essential_acr: tuple[str, ...] = ()
    """One of these must be reached, or the request fails (``claims.id_token.acr`` essential)."""
    login_hint: str = ""
    subject: str = ""
    """Nobody but the person with this ``sub`` may answer (``id_token_hint``, ``claims.id_token.sub``)."""
    ui_locales: tuple[str, ...] = ()
    claims: Mapping[str, Any] = {}
    """The ``claims`` parameter (section 5.5)."""

    @property
    def silent(self) -> bool:
        """Whether no page may be shown (``prompt=none``)."""
        return "none" in self.prompts

    def oldest(self, now: int) -> int:
        """The moment before which a proof does not count any more; 0 where any will do."""
        if {"login", "select_account"} & {*self.prompts} or self.max_age == 0:
            return self.asked
        return max(0, now - self.max_age * 1000) if self.max_age is not None else 0


class Pending(Struct, frozen=True, kw_only=True):
    """A request that waits for somebody: pushed by a client, or taken from a browser that is signing in."""

    id: bytes
    """A fingerprint of what stands in the address."""
    pushed: bool
    client_id: str
    browser: bytes = b""
    """A fingerprint of the cookie of the browser that may go on; empty for a pushed one."""
    consented: bool = False
    """Whether the person has said yes to just this request."""
    device: bytes = b""
    """The id of the device that waits for the answer, instead of a client in the browser."""
    request: AuthorizationRequest
    expires: int


class Grant(Struct, frozen=True, kw_only=True):
    """What a person has granted to a client by signing in: the family of all tokens that follow from it."""

    id: str
    client_id: str
    subject: Subject
    realm: str
    sub: str
    sid: str
    """Of the browser's session (`entering.sid_of`); empty where there is none any more, for a device."""
    scopes: tuple[str, ...]
    acr: str
    amr: tuple[str, ...]
    auth_time: int
    redirect_uri: str = ""
    challenge: str = ""
    nonce: str | None = None
    claims: Mapping[str, Any] = {}
    tell_auth_time: bool = True
    created: int
    expires: int
    """When the last token that can follow from it is over."""
    revoked: int = 0

    @property
    def offline(self) -> bool:
        """Whether its refresh tokens outlive the session."""
        return "offline_access" in self.scopes


class Ticket(Struct, frozen=True, kw_only=True):
    """A code, access token or refresh token as the store knows it: by a fingerprint alone."""

    id: bytes
    grant_id: str
    kind: Literal["code", "access", "refresh"]
    scopes: tuple[str, ...]
    expires: int
    used: int = 0
    """When it was spent; codes and refresh tokens are good for once."""


class Logout(Struct, frozen=True, kw_only=True):
    """A client is still to be told that somebody's session has ended (OpenID Connect Back-Channel Logout 1.0)."""

    id: str
    client_id: str
    sub: str
    sid: str
    due: int
    """When it is tried next; whoever tries moves it on first."""
    attempts: int = 0
    expires: int


class SigningKey(Struct, frozen=True, kw_only=True):
    """A key that ID tokens are signed with: known to everybody before it is used, and until it is forgotten."""

    id: str
    """Its ``kid``."""
    algorithm: Algorithm
    state: Literal["next", "current", "old"]
    public: str
    """JSON (RFC 7517), without private members."""
    private: Sealed
    created: int
    since: int
    """When it came into this state."""


class DeviceRequest(Struct, frozen=True, kw_only=True):
    """A device without a keyboard waits for somebody who says yes elsewhere (RFC 8628)."""

    id: bytes
    """A fingerprint of the device code."""
    user_code: bytes
    """A fingerprint of what people type."""
    client_id: str
    scopes: tuple[str, ...]
    expires: int
    asked: int = 0
    """When the device asked last."""
    grant_id: str = ""
    """What was granted."""
    state: Literal["waiting", "granted", "denied", "used"] = "waiting"
