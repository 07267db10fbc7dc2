"""The keys that ID tokens are signed with: made, published, changed over, and forgotten.

The next key is published long before it signs, so that clients that keep the list for a day know it; the old one stays
for a while, since hints that it has signed come back at log-outs.
"""

import asyncio
import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from msgspec.structs import replace

from watchword.errors import BadParameter
from watchword.model.oidc import Algorithm, SigningKey
from watchword.web.house import House

ALGORITHMS: tuple[Algorithm, ...] = ("ES256", "RS256")

_DAY = 86_400_000
_KEPT = 30 * _DAY
"""Milliseconds for which an old key still verifies."""


def _context(kid: str) -> tuple[str, ...]:
    return ("oidc", kid, "key")


class Keys:
    """The signing keys of one house."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def published(self) -> tuple[SigningKey, ...]:
        """All that verify, the next ones too; those that are missing or due are made first."""
        async with self._house.store.view() as view:
            keys = await view.oidc.keys()
        return keys if self._is_in_order(keys) else await self._put_in_order(keys)

    async def sign(self, claims: dict[str, Any], algorithm: Algorithm, kind: str = "JWT") -> str:
        """The claims as a JWT (RFC 7519) of the key that is current; ``kind`` is its ``typ``."""
        from joserfc import jwt

        keys = await self.published()
        key = next(one for one in keys if one.algorithm == algorithm and one.state == "current")
        private = self._house.ring.open(_context(key.id), key.private)
        header = {"alg": algorithm, "kid": key.id, "typ": kind}
        return jwt.encode(header, claims, _imported(private), algorithms=[algorithm])

    async def verified(self, token: str) -> dict[str, Any]:
        """What an ID token of ours says, however old it is; BadParameter if no key of ours has signed it.

        What is told at log-outs is signed by the same keys, and is none.
        """
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        known = [json.loads(one.public) for one in await self.published()]
        try:
            keys = KeySet.import_key_set({"keys": known})
            read = jwt.decode(token, keys, algorithms=[*ALGORITHMS])
        except (JoseError, ValueError, TypeError, KeyError, UnicodeError, RecursionError):
            raise BadParameter("no key of this server has signed this") from None
        if read.header.get("typ") != "JWT":
            raise BadParameter("this is no ID token")
        claims: dict[str, Any] = read.claims
        return claims

    def _is_in_order(self, keys: Sequence[SigningKey], algorithms: Sequence[Algorithm] = ALGORITHMS) -> bool:
        states = {(one.algorithm, one.state) for one in keys}
        there = all((algorithm, state) in states for algorithm in algorithms for state in ("current", "next"))
        return there and not any(self._is_due(one) for one in keys)

    def _is_due(self, key: SigningKey) -> bool:
        now = self._house.clock.now()
        if key.state == "current":
            return now - key.since >= self._house.web.oidc.key_days * _DAY
        return key.state == "old" and now - key.since >= _KEPT

    async def _put_in_order(self, keys: tuple[SigningKey, ...]) -> tuple[SigningKey, ...]:
        store, now = self._house.store, self._house.clock.now()
        for algorithm in ALGORITHMS:
            if self._is_in_order([one for one in keys if one.algorithm == algorithm], (algorithm,)):
                continue
            # Made outside of the transaction: of several nodes that do so at once, one is heard.
            fresh = [await asyncio.to_thread(self._made, algorithm, now) for _ in range(2)]
            async with store.unit() as unit:
                for key in await unit.oidc.keys():
                    if key.algorithm == algorithm and self._is_due(key):
                        await self._step(unit.oidc, key, now)
                for key, state in zip(fresh, ("current", "next"), strict=True):
                    held = {one.state for one in await unit.oidc.keys() if one.algorithm == algorithm}
                    if state not in held:
                        await unit.oidc.add_key(_in_state(key, state))
        async with store.view() as view:
            return await view.oidc.keys()

    async def _step(self, shelf: Any, key: SigningKey, now: int) -> None:
        if key.state == "old":
            await shelf.forget_key(key.id)
            return
        following = [
            one for one in await shelf.keys() if one.algorithm == key.algorithm and one.state == "next"
        ]
        if following and await shelf.move_key(key.id, "current", "old", now):
            await shelf.move_key(following[0].id, "next", "current", now)

    def _made(self, algorithm: Algorithm, now: int) -> SigningKey:
        from joserfc.jwk import ECKey, RSAKey

        kid = self._house.dice.bytes(12).hex()
        parameters: Any = {"use": "sig", "alg": algorithm, "kid": kid}
        key: ECKey | RSAKey = (
            ECKey.generate_key("P-256", parameters)
            if algorithm == "ES256"
            else RSAKey.generate_key(2048, parameters)
        )
        private = json.dumps(key.as_dict(private=True)).encode()
        return SigningKey(
            id=kid,
            algorithm=algorithm,
            state="next",
            public=json.dumps(key.as_dict(private=False)),
            private=self._house.ring.seal(_context(kid), private),
            created=now,
            since=now,
        )


def _in_state(key: SigningKey, state: Any) -> SigningKey:
    return replace(key, state=state)


@lru_cache(maxsize=16)
def _imported(private: bytes) -> Any:
    from joserfc.jwk import import_key

    return import_key(json.loads(private))
