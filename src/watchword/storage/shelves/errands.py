"""The shelf of errands: the outbox."""

# ruff: noqa: S608  statements are put together of names of ours; values go beside them

from collections.abc import Iterable
from typing import Any

from watchword.model.errand import Errand, Stage
from watchword.storage.lines import Line
from watchword.storage.promises import Page
from watchword.storage.rows import ERRAND, ERRAND_TYPES, columns, errand_fields, errand_of
from watchword.storage.shelves.searching import Where, listing
from watchword.storage.texts import kept

_SELECT = f"SELECT {columns(ERRAND)} FROM errand"
# Written out, not given as values, so that the indexes of few rows are used.
_IS_WAITING = f"stage = '{Stage.WAITING}'"
_IS_UNDER_WAY = f"stage = '{Stage.UNDER_WAY}'"


class ErrandShelf:
    def __init__(self, line: Line) -> None:
        self._line = line

    async def add(self, errands: Iterable[Errand]) -> None:
        await self._line.insert("errand", ERRAND_TYPES, [errand_fields(errand) for errand in errands])

    async def due(self, now: int, most: int) -> tuple[Errand, ...]:
        rows = await self._line.rows(
            f"{_SELECT} WHERE {_IS_WAITING} AND expires > $1 AND held_until <= $1"
            " ORDER BY made, reference LIMIT $2",
            now,
            most,
        )
        return tuple(map(errand_of, rows))

    async def begin(self, reference: str, provider: str, now: int, held_until: int) -> bool:
        return await self._changed(
            f"UPDATE errand SET stage = '{Stage.UNDER_WAY}', provider = $2, held_until = $4,"
            f" attempts = attempts + 1 WHERE reference = $1 AND {_IS_WAITING} AND expires > $3"
            " AND (held_until <= $3 OR held_until = $4)",
            reference,
            provider,
            now,
            held_until,
        )

    async def end(self, reference: str, stage: Stage, *, reason: str = "", their_reference: str = "") -> bool:
        return await self._changed(
            "UPDATE errand SET stage = $2, reason = $3, their_reference = $4"
            f" WHERE reference = $1 AND {_IS_UNDER_WAY}",
            reference,
            stage.value,
            reason,
            their_reference,
        )

    async def _changed(self, statement: str, *values: Any) -> bool:
        return await self._line.change(statement, *values) > 0

    async def strand(self, before: int) -> int:
        return await self._line.change(
            f"UPDATE errand SET stage = '{Stage.UNCERTAIN}' WHERE {_IS_UNDER_WAY} AND held_until < $1", before
        )

    async def find(self, reference: str) -> Errand | None:
        rows = await self._line.rows(f"{_SELECT} WHERE reference = $1", reference)
        return errand_of(rows[0]) if rows else None

    async def of(self, challenge: str) -> tuple[Errand, ...]:
        rows = await self._line.rows(
            f"{_SELECT} WHERE challenge = $1 AND challenge <> '' ORDER BY made, reference", kept(challenge)
        )
        return tuple(map(errand_of, rows))

    async def of_theirs(self, their_reference: str) -> tuple[Errand, ...]:
        rows = await self._line.rows(
            f"{_SELECT} WHERE their_reference = $1 AND their_reference <> '' ORDER BY made, reference",
            kept(their_reference),
        )
        return tuple(map(errand_of, rows))

    async def deliver(self, reference: str, before: Stage, after: Stage, reason: str) -> bool:
        return await self._changed(
            "UPDATE errand SET stage = $3, reason = $4 WHERE reference = $1 AND stage = $2",
            reference,
            before.value,
            after.value,
            reason,
        )

    async def search(self, page: Page) -> tuple[list[Errand], int]:
        [(total,)] = await self._line.scan("SELECT count(*) FROM errand")
        newest_first = Page(number=page.number, size=page.size, descending=True)
        statement, values = listing(_SELECT, Where(), ("made", "reference"), newest_first)
        return [errand_of(row) for row in await self._line.scan(statement, *values)], int(total)

    async def sweep(self, before: int) -> int:
        return await self._line.change(f"DELETE FROM errand WHERE made < $1 AND NOT {_IS_UNDER_WAY}", before)
