"""The shelf of sessions."""

# ruff: noqa: S608  statements are put together of names of ours; values go beside them

from collections.abc import Mapping

from watchword.model.person import Subject
from watchword.model.session import Session
from watchword.storage.lines import Line
from watchword.storage.rows import Row, mapping_of
from watchword.storage.texts import json_of, kept, short

_COLUMNS = "id, kind, holder, opened, expires, client, facts"


class SessionShelf:
    def __init__(self, line: Line) -> None:
        self._line = line

    async def open(self, session: Session) -> None:
        await self._line.change(
            f"INSERT INTO session ({_COLUMNS}, login, resolver, userid)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
            " ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, holder = excluded.holder,"
            " opened = excluded.opened, expires = excluded.expires, client = excluded.client,"
            " facts = excluded.facts, login = excluded.login, resolver = excluded.resolver,"
            " userid = excluded.userid",
            session.id,
            session.kind,
            json_of(session.holder),
            session.opened,
            session.expires,
            session.client,
            json_of(session.facts),
            short(session.holder.get("login", "")),
            short(session.holder.get("resolver", "")),
            short(session.holder.get("userid", "")),
        )

    async def find(self, identifier: bytes) -> Session | None:
        rows = await self._line.rows(f"SELECT {_COLUMNS} FROM session WHERE id = $1", identifier)
        return _session(rows[0]) if rows else None

    async def of(self, kind: str, subject: Subject) -> tuple[Session, ...]:
        rows = await self._line.rows(
            f"SELECT {_COLUMNS} FROM session WHERE resolver = $1 AND userid = $2 AND kind = $3"
            " ORDER BY opened DESC, id",
            short(subject.resolver),
            short(subject.userid),
            kept(kind),
        )
        return tuple(map(_session, rows))

    async def close(self, identifier: bytes) -> bool:
        return await self._line.change("DELETE FROM session WHERE id = $1", identifier) > 0

    async def close_all(self, kind: str, holder: Mapping[str, str]) -> int:
        wanted = {name: kept(value) for name, value in holder.items()}.items()
        if "login" in holder:
            rows = await self._line.rows(
                f"SELECT {_COLUMNS} FROM session WHERE login = $1 AND kind = $2",
                short(holder["login"]),
                kind,
            )
        else:
            rows = await self._line.scan(f"SELECT {_COLUMNS} FROM session WHERE kind = $1", kind)
        theirs = [session for session in map(_session, rows) if wanted <= session.holder.items()]
        return sum([await self.close(session.id) for session in theirs])

    async def sweep(self, now: int) -> int:
        return await self._line.change("DELETE FROM session WHERE expires <> 0 AND expires <= $1", now)


def _session(row: Row) -> Session:
    identifier, kind, holder, opened, expires, client, facts = row
    return Session(
        id=bytes(identifier),
        kind=kind,
        holder=mapping_of(holder),
        opened=opened,
        expires=expires,
        client=client,
        facts=mapping_of(facts),
    )
