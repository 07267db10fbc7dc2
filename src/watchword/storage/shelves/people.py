"""The shelf of managed people."""

# ruff: noqa: S608  statements are put together of names of ours; values go beside them

from collections.abc import AsyncIterator, Iterable

from watchword.errors import AmbiguousUser
from watchword.storage.lines import Line
from watchword.storage.promises import ManagedPerson
from watchword.storage.rows import Row, mapping_of
from watchword.storage.texts import folded, json_of

_COLUMNS = "resolver, userid, login, attributes, password"

_TYPES = dict.fromkeys(("resolver", "userid", "login", "folded", "attributes", "password"), "text")
_OVERWRITE = (
    "ON CONFLICT (resolver, userid) DO UPDATE SET login = excluded.login, folded = excluded.folded,"
    " attributes = excluded.attributes, password = excluded.password"
)


class PersonShelf:
    def __init__(self, line: Line) -> None:
        self._line = line

    async def find(self, resolver: str, login: str) -> ManagedPerson | None:
        rows = await self._line.rows(
            f"SELECT {_COLUMNS} FROM person WHERE resolver = $1 AND folded = $2",
            resolver,
            folded(login),
        )
        if len(rows) > 1:
            rows = [row for row in rows if row[2] == login]
            if not rows:
                raise AmbiguousUser(
                    f"Several people of {resolver!r} have the login {login!r}, in capitals or not: "
                    "write it exactly as one of them does."
                )
        return _person(rows[0]) if rows else None

    async def get(self, resolver: str, userid: str) -> ManagedPerson | None:
        rows = await self._line.rows(
            f"SELECT {_COLUMNS} FROM person WHERE resolver = $1 AND userid = $2",
            resolver,
            userid,
        )
        return _person(rows[0]) if rows else None

    async def put(self, people: Iterable[ManagedPerson]) -> None:
        rows = {
            (one.resolver, one.userid): (
                one.resolver,
                one.userid,
                one.login,
                folded(one.login),
                json_of(one.attributes),
                one.password,
            )
            for one in people
        }
        await self._line.insert("person", _TYPES, list(rows.values()), _OVERWRITE)

    async def remove(self, resolver: str, userids: Iterable[str] | None = None) -> int:
        if userids is None:
            return await self._line.change("DELETE FROM person WHERE resolver = $1", resolver)
        removed = 0
        for userid in userids:
            removed += await self._line.change(
                "DELETE FROM person WHERE resolver = $1 AND userid = $2", resolver, userid
            )
        return removed

    async def each(self, resolver: str) -> AsyncIterator[ManagedPerson]:
        rows = self._line.each(
            f"SELECT {_COLUMNS} FROM person WHERE resolver = $1 ORDER BY login, userid",
            resolver,
        )
        async for row in rows:
            yield _person(row)


def _person(row: Row) -> ManagedPerson:
    resolver, userid, login, attributes, password = row
    return ManagedPerson(
        resolver=resolver, userid=userid, login=login, attributes=mapping_of(attributes), password=password
    )
