"""The shelf of questions."""

# ruff: noqa: S608  statements are put together of names of ours; values go beside them

from collections.abc import Iterable

from watchword.model.challenge import Challenge
from watchword.storage.lines import Line
from watchword.storage.rows import CHALLENGE, challenge_of, columns, newest_first
from watchword.storage.settling import transaction_of

_SELECT = (
    f"SELECT t.serial, t.kind, {columns(CHALLENGE, 'c')} FROM challenge c JOIN token t ON t.id = c.token_id"
)


class ChallengeShelf:
    def __init__(self, line: Line) -> None:
        self._line = line

    async def of(self, transaction: str) -> tuple[Challenge, ...]:
        rows = await self._line.rows(
            f"{_SELECT} WHERE c.parent = $1 AND (c.id = $2 OR $1 = $2) ORDER BY c.id",
            *transaction_of(transaction),
        )
        return tuple(challenge_of(row[2:], row[0], row[1]) for row in rows)

    async def of_tokens(self, token_ids: Iterable[int]) -> tuple[Challenge, ...]:
        found = [
            challenge_of(row[2:], row[0], row[1])
            for token_id in dict.fromkeys(token_ids)
            for row in await self._line.rows(f"{_SELECT} WHERE c.token_id = $1", token_id)
        ]
        return tuple(sorted(found, key=newest_first))

    async def sweep(self, before: int) -> int:
        return await self._line.change("DELETE FROM challenge WHERE expires < $1", before)
