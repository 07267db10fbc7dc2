"""The shelf of limits on subjects."""

from watchword.model.person import Subject
from watchword.storage.lines import Line
from watchword.storage.texts import short


class ThrottleShelf:
    def __init__(self, line: Line) -> None:
        self._line = line

    async def clear(self, subject: Subject) -> None:
        await self._line.change(
            "UPDATE throttle SET failures = 0, until = 0 WHERE resolver = $1 AND userid = $2",
            short(subject.resolver),
            short(subject.userid),
        )

    async def sweep(self, before: int) -> int:
        return await self._line.change("DELETE FROM throttle WHERE last < $1 AND until < $1", before)
