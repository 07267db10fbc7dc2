"""Whether a caller may ask: by password, header, access token or signature."""

import asyncio
import base64
import binascii
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from watchword.clock import Clock
from watchword.crypto.keyring import KeyRing
from watchword.crypto.signatures import same, standard_is_right, standard_secret
from watchword.errors import WatchwordError
from watchword.model.hook import HookConfig, Proof, hook_context
from watchword.plugin.providers import Courier

if TYPE_CHECKING:
    from joserfc.jwk import KeySet

Headers = Mapping[bytes, bytes]

_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
"""With a public key only: a key that is published signs nothing."""
_LEEWAY = 60
"""Seconds by which clocks may differ."""
_STALE = 300
"""Seconds after or before which a signed request is none of now."""
_KEPT = 600_000
"""Milliseconds for which an issuer's keys are not asked for again."""
_AT_LEAST = 30_000
"""Milliseconds between two questions for keys of one issuer, whatever strangers send."""
_KEY_BYTES = 65_536
_SECONDS = (0.8, 0.8)
"""To reach who has the keys, and to wait: whoever calls us waits, too."""


class Prover:
    """Judges callers for this process."""

    def __init__(self, ring: KeyRing, courier: Courier, clock: Clock) -> None:
        self._ring = ring
        self._clock = clock
        self._keys = _IssuersKeys(courier, clock)

    async def proves(self, hook: HookConfig, headers: Headers, body: bytes) -> bool:
        """Whether the request is this caller's. A hook that lacks what its proof needs lets nobody in."""
        match hook.proof:
            case Proof.BASIC:
                return self._by_password(hook, headers)
            case Proof.HEADER:
                said = headers.get(hook.settings.get("header", "authorization").lower().encode(), b"")
                return bool(said) and self._is_secret(hook, said)
            case Proof.BEARER:
                return await self._by_token(hook, headers)
            case Proof.SIGNATURE:
                return self._by_signature(hook, headers, body)

    def _secrets(self, hook: HookConfig) -> list[bytes]:
        opened = [self._ring.open(hook_context(hook.name, key), one) for key, one in hook.secrets.items()]
        return [secret for secret in opened if secret]

    def _is_secret(self, hook: HookConfig, said: bytes) -> bool:
        found = False
        for secret in self._secrets(
            hook
        ):  # all of them, so that the time it takes does not tell which one it was
            found |= same(said, secret)
        return found

    def _by_password(self, hook: HookConfig, headers: Headers) -> bool:
        kind, _, coded = headers.get(b"authorization", b"").partition(b" ")
        try:
            user, colon, password = base64.b64decode(coded.strip(), validate=True).partition(b":")
        except binascii.Error:
            return False
        wanted = hook.settings.get("user", "").encode()
        right = self._is_secret(hook, password)
        return kind.lower() == b"basic" and bool(wanted and colon) and same(user, wanted) and right

    async def _by_token(self, hook: HookConfig, headers: Headers) -> bool:
        kind, _, token = headers.get(b"authorization", b"").partition(b" ")
        wanted = {name: hook.settings.get(name, "") for name in ("issuer", "audience", "scope", "keys")}
        if kind.lower() != b"bearer" or not all(wanted.values()):
            return False
        claims = await self._claims(token.strip(), wanted["keys"])
        return claims is not None and _is_meant(claims, wanted, self._clock.now() // 1000)

    async def _claims(self, token: bytes, where: str) -> Mapping[str, Any] | None:
        """What the token says, if a key that is found there has signed it; keys that are new are looked for."""
        from joserfc import jwt
        from joserfc.errors import JoseError

        for fresh in (False, True):
            keys = await self._keys.of(where, fresh=fresh)
            if keys is None:
                continue
            try:
                return dict(jwt.decode(token.decode("ascii"), keys, algorithms=_ALGORITHMS).claims)
            except (JoseError, ValueError, TypeError, RecursionError):
                continue
        return None

    def _by_signature(self, hook: HookConfig, headers: Headers, body: bytes) -> bool:
        identifier, timestamp, said = (
            headers.get(f"webhook-{name}".encode(), b"").decode("latin-1")
            for name in ("id", "timestamp", "signature")
        )
        if not identifier or not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 15):
            return False
        if abs(self._clock.now() // 1000 - int(timestamp)) > _STALE:
            return False
        keys = [standard_secret(secret.decode()) for secret in self._secrets(hook)]
        return standard_is_right(keys, identifier, timestamp, body, said)


def _is_meant(claims: Mapping[str, Any], wanted: Mapping[str, str], now: int) -> bool:
    """Whether the token is by the issuer, for us, of now, and for what is asked (RFC 9068 section 4)."""
    expires, begins = claims.get("exp"), claims.get("nbf", 0)
    if not isinstance(expires, int | float) or not isinstance(begins, int | float):
        return False
    if expires < now - _LEEWAY or begins > now + _LEEWAY:
        return False
    audience, scope = claims.get("aud"), claims.get("scp", claims.get("scope"))
    audiences = audience if isinstance(audience, list) else [audience]
    # Okta lists scopes under a name of its own; the standard has them as one text.
    scopes = scope if isinstance(scope, list) else scope.split() if isinstance(scope, str) else []
    return (
        claims.get("iss") == wanted["issuer"]
        and wanted["audience"] in audiences
        and wanted["scope"] in scopes
    )


class _IssuersKeys:
    """Public keys by where they are found, kept for some minutes."""

    def __init__(self, courier: Courier, clock: Clock) -> None:
        self._courier = courier
        self._clock = clock
        self._known: dict[str, tuple[int, KeySet]] = {}
        self._asked: dict[str, int] = {}

    async def of(self, where: str, *, fresh: bool) -> "KeySet | None":
        """The keys at ``https://...`` or ``file:PATH``; None if they cannot be had, or are the same as before."""
        now = self._clock.now()
        known = self._known.get(where)
        if known is not None and not fresh and now < known[0] + _KEPT:
            return known[1]
        if now < self._asked.get(where, -_AT_LEAST) + _AT_LEAST:
            return None if fresh else known and known[1]
        self._asked[where] = now
        keys = await self._read(where)
        if keys is not None:
            self._known[where] = (now, keys)
        return keys or (None if fresh else known and known[1])

    async def _read(self, where: str) -> "KeySet | None":
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        try:
            if where.startswith("file:"):
                text = await asyncio.to_thread(Path(where.removeprefix("file:")).read_bytes)
            else:
                answer = await self._courier.request("GET", where, seconds=_SECONDS)
                text = answer.body if answer.status == 200 else b""
            return KeySet.import_key_set(msgspec.json.decode(text[:_KEY_BYTES]))
        except (OSError, WatchwordError, JoseError, msgspec.DecodeError, ValueError, TypeError, KeyError):
            return None
