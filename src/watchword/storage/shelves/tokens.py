"""The shelf of tokens."""

# ruff: noqa: S608  statements are put together of names of ours; values go beside them

from collections.abc import AsyncIterator, Sequence
from functools import cache

import msgspec
from msgspec.structs import replace

from watchword.errors import BadParameter, Refused
from watchword.model.person import Subject
from watchword.model.token import Token
from watchword.storage.lines import Line
from watchword.storage.promises import Page, TokenFilter
from watchword.storage.rows import TOKEN, TOKEN_REALM_TYPES, Row, columns, token_fields, token_of
from watchword.storage.shelves.searching import Where, listing
from watchword.storage.texts import kept

_SORTS = {name: (name, "serial") for name in TOKEN if name not in {"secret", "pin", "info", "state"}} | {
    "": ("serial",),
    "id": ("id",),
    "serial": ("serial",),
    "owner": ("resolver", "userid", "serial"),
}
_FEW = 1000


class TokenShelf:
    def __init__(self, line: Line) -> None:
        self._line = line
        self._select = _select(line.spelling.realms)

    async def add(self, token: Token) -> Token:
        realms = [kept(realm) for realm in dict.fromkeys(token.realms)]
        number = await self._line.add_token(_row(token)[1:], realms)
        if number is None:
            raise Refused(f"The serial {token.serial!r} is taken: choose another one.")
        return replace(token, id=number)

    async def add_all(self, tokens: Sequence[Token]) -> tuple[Token, ...]:
        numbers = await self._line.rows(self._line.spelling.numbers, len(tokens)) if tokens else ()
        added = tuple(replace(token, id=number) for token, (number,) in zip(tokens, numbers, strict=True))
        try:
            await self._line.load("token", TOKEN, [_row(token) for token in added])
        except Refused:
            raise Refused("The serial of one of the tokens is taken: none of them is kept.") from None
        realms = [row for token in added for row in _realm_rows(token)]
        await self._line.load("token_realm", tuple(TOKEN_REALM_TYPES), realms)
        return added

    async def by_serial(self, serial: str) -> Token | None:
        rows = await self._line.rows(f"{self._select} WHERE t.serial = $1", serial)
        return self._token(rows[0]) if rows else None

    async def of(self, subject: Subject) -> tuple[Token, ...]:
        rows = await self._line.rows(
            f"{self._select} WHERE t.resolver = $1 AND t.userid = $2 ORDER BY t.serial",
            subject.resolver,
            subject.userid,
        )
        return tuple(map(self._token, rows))

    async def change(self, before: Token, after: Token) -> bool:
        old, new = token_fields(before), token_fields(after)
        differing = [name for name in TOKEN[1:] if old[name] != new[name]]
        if set(before.realms) == set(after.realms):
            return not differing or await self._write(before, old, new, differing)
        # The row is locked before its realms are compared, so that of two changes one waits for the other.
        if not await self._line.change("UPDATE token SET serial = serial WHERE id = $1", before.id):
            return False
        if await self._realms(before) != {kept(realm) for realm in before.realms}:
            return False
        if differing and not await self._write(before, old, new, differing):
            return False
        await self._line.change("DELETE FROM token_realm WHERE token_id = $1", before.id)
        await self._line.insert("token_realm", TOKEN_REALM_TYPES, _realm_rows(replace(after, id=before.id)))
        return True

    async def _write(
        self, before: Token, old: dict[str, object], new: dict[str, object], names: Sequence[str]
    ) -> bool:
        values = [before.id, *(new[name] for name in names)]
        assignments = [f'"{name}" = ${place}' for place, name in enumerate(names, 2)]
        conditions = []
        for name in names:
            if old[name] is None:
                conditions.append(f'"{name}" IS NULL')
            else:
                values.append(old[name])
                conditions.append(f'"{name}" = ${len(values)}')
        touched = await self._line.change(
            f"UPDATE token SET {', '.join(assignments)} WHERE id = $1 AND {' AND '.join(conditions)}",
            *values,
        )
        return touched > 0

    async def _realms(self, token: Token) -> set[str]:
        rows = await self._line.rows("SELECT realm FROM token_realm WHERE token_id = $1", token.id)
        return {realm for (realm,) in rows}

    async def remove(self, token: Token) -> bool:
        return await self._line.change("DELETE FROM token WHERE id = $1", token.id) > 0

    async def take_turn(self, name: str) -> None:
        if self._line.spelling.turn:
            await self._line.rows(self._line.spelling.turn, kept(name))

    async def search(self, wanted: TokenFilter, page: Page) -> tuple[list[Token], int]:
        if page.sort not in _SORTS:
            raise BadParameter(f"Tokens cannot be sorted by {page.sort!r}.")
        where = self._where(wanted)
        if not page.size:
            statement, values = listing(self._select, where, _SORTS[page.sort], page)
            rows = await self._line.scan(statement, *values)
            return [self._token(row) for row in rows], len(rows)
        narrowed, total = await self._narrowed(where, wanted)
        # The page is found in an index alone, from the nearer end, and only its rows are then fetched.
        inner, values = listing("SELECT id FROM token", narrowed, _SORTS[page.sort], page, total)
        order, _ = listing("", Where(), _SORTS[page.sort], replace(page, size=0))
        rows = await self._line.scan(f"{self._select} WHERE id IN ({inner}) {order}", *values)
        return [self._token(row) for row in rows], total

    async def _narrowed(self, where: Where, wanted: TokenFilter) -> tuple[Where, int]:
        """The condition that finds a page soonest, and how many tokens meet it.

        Where few meet it, all may have to be read for them, but only once. Where many do, the order of an index
        soon leads to a page of them, and only the count reads all.
        """
        if not where:
            return where, await self._count(where)
        few = await self._line.scan(f"SELECT id FROM token {where} LIMIT {_FEW + 1}", *where.values)
        if len(few) > _FEW:
            return self._where(wanted, many=True), await self._count(where)
        these = Where()
        these.add(
            f"id IN ({self._line.spelling.listed})", msgspec.json.encode([row[0] for row in few]).decode()
        )
        return these, len(few)

    async def each(self, wanted: TokenFilter) -> AsyncIterator[Token]:
        statement, values = listing(self._select, self._where(wanted), ("serial",), Page())
        async for row in self._line.each(statement, *values):
            yield self._token(row)

    async def count(self, wanted: TokenFilter) -> int:
        return await self._count(self._where(wanted))

    async def _count(self, where: Where) -> int:
        if where:
            [(number,)] = await self._line.scan(f"SELECT count(*) FROM token {where}", *where.values)
        else:
            [(number,)] = await self._line.rows("SELECT coalesce(sum(tokens), 0) FROM tally")
        return int(number)

    def _token(self, row: Row) -> Token:
        return token_of(row[:-1], self._line.realms(row[-1]))

    def _where(self, wanted: TokenFilter, *, many: bool = False) -> Where:
        where = Where()
        if wanted.serial is not None and "*" in wanted.serial:
            where.add("serial LIKE {} ESCAPE '\\'", where.literal(wanted.serial).replace("*", "%"))
        elif wanted.serial is not None:
            where.add("serial = {}", wanted.serial)
        if wanted.owners is not None:
            pairs = [(kept(owner.resolver), kept(owner.userid)) for owner in wanted.owners]
            where.add(
                f"(resolver, userid) IN ({self._line.spelling.pairs})", msgspec.json.encode(pairs).decode()
            )
        if wanted.resolver is not None:
            where.add("resolver = {}", wanted.resolver)
        if wanted.assigned is not None:
            where.add("resolver IS NOT NULL" if wanted.assigned else "resolver IS NULL")
        if wanted.realms is not None:
            self._within_realms(where, wanted.realms, many=many)
        if wanted.kinds:
            where.add(f"kind IN ({', '.join(['{}'] * len(wanted.kinds))})", *sorted(wanted.kinds))
        if wanted.active is not None:
            where.add("active = {}", int(wanted.active))
        if wanted.contains:
            # As the column is folded: ASCII only, in both databases.
            text = "".join(one.lower() if one.isascii() else one for one in wanted.contains)
            where.add("searched LIKE {} ESCAPE '\\'", f"%{where.literal(text)}%")
        return where

    @staticmethod
    def _within_realms(where: Where, realms: frozenset[str], *, many: bool) -> None:
        named = sorted(realms - {""})
        choices = []
        if named:
            theirs = f"realm IN ({', '.join(['{}'] * len(named))})"
            choices.append(
                f"EXISTS (SELECT 1 FROM token_realm WHERE token_id = id AND {theirs})"
                if many
                else f"id IN (SELECT token_id FROM token_realm WHERE {theirs})"
            )
        if "" in realms:
            choices.append("NOT EXISTS (SELECT 1 FROM token_realm WHERE token_id = id)")
        where.add(f"({' OR '.join(choices) or '1 = 0'})", *named)


@cache
def _select(realms: str) -> str:
    return f"SELECT {columns(TOKEN, 't')}, {realms} FROM token t"


def _row(token: Token) -> Row:
    return tuple(token_fields(token).values())


def _realm_rows(token: Token) -> list[Row]:
    return [(token.id, kept(realm)) for realm in dict.fromkeys(token.realms)]
