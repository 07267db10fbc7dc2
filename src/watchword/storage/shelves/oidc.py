"""The shelf of the OpenID provider."""

# ruff: noqa: S608  statements are put together of names of ours; values go beside them

from collections.abc import Iterable
from typing import Any, TypeVar

import msgspec

from watchword.crypto.sealing import Sealed
from watchword.model.oidc import DeviceRequest, Grant, Logout, Pending, SigningKey, Ticket
from watchword.model.person import Subject
from watchword.storage.lines import Line
from watchword.storage.texts import json_of, short

T = TypeVar("T")

_TICKET = "id, grant_id, kind, scopes, expires, used"
_LOGOUT = "id, client_id, sub, sid, due, attempts, expires"
_KEY = "id, algorithm, state, public, private, created, since"


class OidcShelf:
    def __init__(self, line: Line) -> None:
        self._line = line

    # ---------------------------------------------------------------- grants and tickets

    async def add_grant(self, grant: Grant) -> None:
        await self._line.change(
            "INSERT INTO oidc_grant (id, client_id, resolver, userid, sid, expires, revoked, facts)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            grant.id,
            grant.client_id,
            short(grant.subject.resolver),
            short(grant.subject.userid),
            grant.sid,
            grant.expires,
            grant.revoked,
            _json(grant),
        )

    async def grant(self, identifier: str) -> Grant | None:
        rows = await self._line.rows(
            "SELECT facts, expires, revoked FROM oidc_grant WHERE id = $1", identifier
        )
        if not rows:
            return None
        facts, expires, revoked = rows[0]
        return msgspec.structs.replace(_read(facts, Grant), expires=expires, revoked=revoked)

    async def prolong(self, identifier: str, expires: int) -> bool:
        return await self._changed(
            "UPDATE oidc_grant SET expires = $2 WHERE id = $1 AND revoked = 0", identifier, expires
        )

    async def revoke(self, identifier: str, now: int) -> bool:
        return await self._changed(
            "UPDATE oidc_grant SET revoked = $2 WHERE id = $1 AND revoked = 0", identifier, now
        )

    async def revoke_of_session(self, sid: str, now: int) -> tuple[Grant, ...]:
        rows = await self._line.rows(
            "SELECT facts FROM oidc_grant WHERE sid = $1 AND revoked = 0 AND expires > $2 ORDER BY id",
            sid,
            now,
        )
        grants = tuple(_read(facts, Grant) for (facts,) in rows)
        return tuple([one for one in grants if one.offline or await self.revoke(one.id, now)])

    async def add_ticket(self, ticket: Ticket) -> None:
        await self._line.change(
            f"INSERT INTO oidc_ticket ({_TICKET}) VALUES ($1, $2, $3, $4, $5, $6)",
            ticket.id,
            ticket.grant_id,
            ticket.kind,
            " ".join(ticket.scopes),
            ticket.expires,
            ticket.used,
        )

    async def ticket(self, identifier: bytes) -> Ticket | None:
        rows = await self._line.rows(f"SELECT {_TICKET} FROM oidc_ticket WHERE id = $1", identifier)
        if not rows:
            return None
        key, grant_id, kind, scopes, expires, used = rows[0]
        return Ticket(
            id=bytes(key),
            grant_id=grant_id,
            kind=kind,
            scopes=tuple(scopes.split()),
            expires=expires,
            used=used,
        )

    async def spend(self, identifier: bytes, now: int) -> bool:
        return await self._changed(
            "UPDATE oidc_ticket SET used = $2 WHERE id = $1 AND used = 0 AND expires > $2", identifier, now
        )

    # ---------------------------------------------------------------- requests under way

    async def put_pending(self, pending: Pending) -> None:
        await self._line.change(
            "INSERT INTO oidc_pending (id, expires, facts) VALUES ($1, $2, $3)"
            " ON CONFLICT (id) DO UPDATE SET expires = excluded.expires, facts = excluded.facts",
            pending.id,
            pending.expires,
            _json(pending),
        )

    async def pending(self, identifier: bytes) -> Pending | None:
        rows = await self._line.rows("SELECT facts FROM oidc_pending WHERE id = $1", identifier)
        return _read(rows[0][0], Pending) if rows else None

    async def take_pending(self, identifier: bytes) -> bool:
        return await self._changed("DELETE FROM oidc_pending WHERE id = $1", identifier)

    async def see(self, identifier: bytes, expires: int) -> bool:
        return await self._changed(
            "INSERT INTO oidc_seen (id, expires) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING",
            identifier,
            expires,
        )

    async def add_device(self, device: DeviceRequest) -> bool:
        return await self._changed(
            "INSERT INTO oidc_device (id, user_code, state, grant_id, asked, expires, facts)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
            device.id,
            device.user_code,
            device.state,
            device.grant_id,
            device.asked,
            device.expires,
            _json(device),
        )

    async def device(self, identifier: bytes) -> DeviceRequest | None:
        return await self._device("id", identifier)

    async def device_of(self, user_code: bytes) -> DeviceRequest | None:
        return await self._device("user_code", user_code)

    async def _device(self, column: str, value: bytes) -> DeviceRequest | None:
        rows = await self._line.rows(
            f"SELECT facts, state, grant_id, asked FROM oidc_device WHERE {column} = $1", value
        )
        if not rows:
            return None
        facts, state, grant_id, asked = rows[0]
        return msgspec.structs.replace(
            _read(facts, DeviceRequest), state=state, grant_id=grant_id, asked=asked
        )

    async def device_asks(self, identifier: bytes, now: int) -> None:
        await self._line.change("UPDATE oidc_device SET asked = $2 WHERE id = $1", identifier, now)

    async def move_device(self, identifier: bytes, before: str, after: str, grant_id: str = "") -> bool:
        return await self._changed(
            "UPDATE oidc_device SET state = $3, grant_id = $4 WHERE id = $1 AND state = $2",
            identifier,
            before,
            after,
            grant_id,
        )

    # ---------------------------------------------------------------- consents

    async def consented(self, subject: Subject, client_id: str) -> frozenset[str]:
        rows = await self._line.rows(
            "SELECT scopes FROM oidc_consent WHERE resolver = $1 AND userid = $2 AND client_id = $3",
            short(subject.resolver),
            short(subject.userid),
            client_id,
        )
        return frozenset(rows[0][0].split()) if rows else frozenset()

    async def put_consent(self, subject: Subject, client_id: str, scopes: frozenset[str], now: int) -> None:
        await self._line.change(
            "INSERT INTO oidc_consent (resolver, userid, client_id, scopes, given) VALUES ($1, $2, $3, $4, $5)"
            " ON CONFLICT (resolver, userid, client_id)"
            " DO UPDATE SET scopes = excluded.scopes, given = excluded.given",
            short(subject.resolver),
            short(subject.userid),
            client_id,
            " ".join(sorted(scopes)),
            now,
        )

    # ---------------------------------------------------------------- log-outs to be told

    async def add_logouts(self, logouts: Iterable[Logout]) -> None:
        await self._line.change_many(
            f"INSERT INTO oidc_logout ({_LOGOUT}) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            [
                (one.id, one.client_id, one.sub, one.sid, one.due, one.attempts, one.expires)
                for one in logouts
            ],
        )

    async def due_logouts(self, now: int, most: int) -> tuple[Logout, ...]:
        rows = await self._line.rows(
            f"SELECT {_LOGOUT} FROM oidc_logout WHERE due <= $1 AND expires > $1 ORDER BY due, id LIMIT $2",
            now,
            most,
        )
        return tuple(
            Logout(id=key, client_id=client_id, sub=sub, sid=sid, due=due, attempts=attempts, expires=expires)
            for key, client_id, sub, sid, due, attempts, expires in rows
        )

    async def hold_logout(self, logout: Logout, until: int) -> bool:
        return await self._changed(
            "UPDATE oidc_logout SET due = $3, attempts = attempts + 1 WHERE id = $1 AND due = $2",
            logout.id,
            logout.due,
            until,
        )

    async def end_logout(self, identifier: str) -> None:
        await self._line.change("DELETE FROM oidc_logout WHERE id = $1", identifier)

    # ---------------------------------------------------------------- signing keys

    async def keys(self) -> tuple[SigningKey, ...]:
        rows = await self._line.rows(f"SELECT {_KEY} FROM oidc_key ORDER BY algorithm, created, id")
        return tuple(
            SigningKey(
                id=key,
                algorithm=algorithm,
                state=state,
                public=public,
                private=Sealed(private),
                created=created,
                since=since,
            )
            for key, algorithm, state, public, private, created, since in rows
        )

    async def add_key(self, key: SigningKey) -> bool:
        return await self._changed(
            f"INSERT INTO oidc_key ({_KEY}) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
            key.id,
            key.algorithm,
            key.state,
            key.public,
            key.private,
            key.created,
            key.since,
        )

    async def move_key(self, identifier: str, before: str, after: str, now: int) -> bool:
        return await self._changed(
            "UPDATE oidc_key SET state = $3, since = $4 WHERE id = $1 AND state = $2",
            identifier,
            before,
            after,
            now,
        )

    async def forget_key(self, identifier: str) -> bool:
        return await self._changed("DELETE FROM oidc_key WHERE id = $1 AND state = 'old'", identifier)

    # ---------------------------------------------------------------- forgetting

    async def sweep(self, now: int) -> int:
        tickets = "DELETE FROM oidc_ticket WHERE expires <= $1 AND NOT EXISTS"
        alive = "(SELECT 1 FROM oidc_grant WHERE oidc_grant.id = grant_id AND oidc_grant.expires > $1)"
        gone = await self._line.change("DELETE FROM oidc_grant WHERE expires <= $1", now)
        gone += await self._line.change(f"{tickets} {alive}", now)
        for table in ("oidc_pending", "oidc_seen", "oidc_device", "oidc_logout"):
            gone += await self._line.change(f"DELETE FROM {table} WHERE expires <= $1", now)
        return gone

    async def _changed(self, statement: str, *values: Any) -> bool:
        return await self._line.change(statement, *values) > 0


def _json(noun: msgspec.Struct) -> str:
    return json_of(msgspec.to_builtins(noun))


def _read(facts: str, noun: type[T]) -> T:
    return msgspec.json.decode(facts, type=noun)
