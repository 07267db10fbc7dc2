"""Sessions of administrators: a signed token in a cookie, a value against forged requests, a row in the store.

The signature alone opens nothing: the row must be there too, so that a log-out on one node ends the session on
all, and neither a restart nor another worker ends any. The store holds only fingerprints.
"""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from watchword.clock import Clock, Dice
from watchword.crypto.keyring import KeyRing
from watchword.model.person import Person
from watchword.model.session import Session
from watchword.storage.promises import Unit
from watchword.web.settings import SessionSettings

ACCESS_COOKIE = "access_token_cookie"
CSRF_COOKIE = "csrf_access_token"
CSRF_HEADER = b"x-csrf-token"
CSRF_FIELD = "csrf_token"
LEGACY_COOKIE = "admin_session"

_PURPOSE = "session"
_REFRESH_BELOW = 300_000
_MOST_PROVEN = 500


class Opened(Struct, frozen=True, kw_only=True):
    """What the client is given."""

    access: str
    csrf: str
    seconds: int


class Recognised(Struct, frozen=True, kw_only=True):
    """A session that a request proved to hold."""

    holder: Mapping[str, str]
    """``login``, ``realm``, ``resolver``."""
    identifier: bytes
    csrf: str
    jti: str
    expires: int


class AdministratorSessions:
    """Opens, recognises, renews and closes them."""

    def __init__(self, ring: KeyRing, clock: Clock, dice: Dice, settings: SessionSettings) -> None:
        self._ring = ring
        self._clock = clock
        self._dice = dice
        self._life = settings.administrator_minutes * 60_000
        self._proven: dict[str, Mapping[str, Any]] = {}

    async def open(self, unit: Unit, person: Person, client: str) -> Opened:
        """A new session, for cookies and the header against forged requests."""
        jti, csrf = self._dice.bytes(24).hex(), self._dice.bytes(24).hex()
        return await self._keep(unit, holder_of(person), client, jti, csrf)

    async def renew(self, unit: Unit, held: Recognised, client: str) -> Opened:
        """The same session with a fresh life; its old token still works until it ends."""
        await unit.sessions.close(held.identifier)
        return await self._keep(unit, held.holder, client, held.jti, self._dice.bytes(24).hex())

    def read(self, access: str) -> Recognised | None:
        """Whose token this is, judged by signature and time alone; the store must still know the session."""
        claims = self._claims(access)
        if claims is None:
            return None
        try:
            identity, jti, csrf, expires = (
                claims["sub"],
                claims["jti"],
                claims["csrf"],
                int(claims["exp"]) * 1000,
            )
            holder = {
                "login": str(identity["username"]),
                "realm": str(identity["realm"]),
                "resolver": str(identity["resolver"]),
            }
        except (KeyError, TypeError, ValueError):
            return None
        if expires <= self._clock.now() or not isinstance(jti, str) or not isinstance(csrf, str):
            return None
        return Recognised(holder=holder, identifier=self.identifier(jti), csrf=csrf, jti=jti, expires=expires)

    def is_due(self, held: Recognised) -> bool:
        """Whether little of its life is left."""
        return held.expires - self._clock.now() < _REFRESH_BELOW

    @staticmethod
    def may_change(held: Recognised, sent: str) -> bool:
        """Whether the request carries the session's value against forged requests."""
        return bool(sent) and hmac.compare_digest(held.csrf.encode(), sent.encode("utf-8", "replace"))

    async def open_legacy(self, unit: Unit, person: Person, client: str) -> str:
        """A session of the older style: one value, sent back as cookie and as parameter."""
        value = self._dice.bytes(32).hex()
        await unit.sessions.open(
            Session(
                id=self.identifier(value),
                kind="legacy",
                holder=holder_of(person),
                opened=self._clock.now(),
                expires=self._clock.now() + self._life,
                client=client,
            )
        )
        return value

    @staticmethod
    def identifier(value: str) -> bytes:
        """Under which name the store knows the session with this value.

        The value is 24 or 32 random bytes, so a plain hash keeps it, and rotating keys ends no session.
        """
        return hashlib.sha256(value.encode()).digest()

    def is_alive(self, session: Session | None, kind: str) -> bool:
        """Whether the store still knows the session, as one of this kind."""
        return session is not None and session.kind == kind and session.expires > self._clock.now()

    async def _keep(self, unit: Unit, holder: Mapping[str, str], client: str, jti: str, csrf: str) -> Opened:
        now = self._clock.now()
        expires = now + self._life
        await unit.sessions.open(
            Session(
                id=self.identifier(jti),
                kind="administrator",
                holder=holder,
                opened=now,
                expires=expires,
                client=client,
            )
        )
        identity = {
            "username": holder["login"],
            "realm": holder["realm"],
            "resolver": holder["resolver"],
        }
        claims = {"sub": identity, "jti": jti, "csrf": csrf, "exp": expires // 1000}
        return Opened(access=self._signed(claims), csrf=csrf, seconds=self._life // 1000)

    def _signed(self, claims: dict[str, Any]) -> str:
        from joserfc import jwt
        from joserfc.jwk import OctKey

        key = OctKey.import_key(self._ring.derived_key(_PURPOSE))
        return jwt.encode({"alg": "HS256", "kid": self._ring.current}, claims, key)

    def _claims(self, access: str) -> Mapping[str, Any] | None:
        """What a token says, if one of our keys has signed it. Remembered, since a session sends it each time."""
        known = self._proven.get(access)
        if known is not None:
            return known
        claims = self._verified(access)
        if claims is not None:
            if len(self._proven) >= _MOST_PROVEN:
                self._proven.clear()
            self._proven[access] = claims
        return claims

    def _verified(self, access: str) -> Mapping[str, Any] | None:
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import OctKey

        for key_id in self._ring.key_ids:
            key = OctKey.import_key(self._ring.derived_key(_PURPOSE, key_id))
            try:
                claims: Mapping[str, Any] = jwt.decode(access, key, algorithms=["HS256"]).claims
            except (JoseError, ValueError, TypeError, UnicodeError):
                continue
            return claims
        return None


def holder_of(person: Person) -> dict[str, str]:
    """Who will hold the session."""
    return {"login": person.login, "realm": person.realm, "resolver": person.subject.resolver}
