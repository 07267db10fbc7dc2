"""The shelf of what callers of our hooks have asked for."""

from watchword.model.hook import HookEvent
from watchword.storage.lines import Line
from watchword.storage.texts import kept


class HookShelf:
    def __init__(self, line: Line) -> None:
        self._line = line

    async def claim(self, event: HookEvent) -> bool:
        # One that is over counts as none, whether it was swept or not.
        changed = await self._line.change(
            "INSERT INTO hook_event (key, errand, made, expires, answer) VALUES ($1, $2, $3, $4, $5)"
            " ON CONFLICT (key) DO UPDATE SET errand = excluded.errand, made = excluded.made,"
            " expires = excluded.expires, answer = excluded.answer WHERE hook_event.expires <= excluded.made",
            event.key,
            kept(event.errand),
            event.made,
            event.expires,
            event.answer,
        )
        return changed > 0

    async def find(self, key: bytes) -> HookEvent | None:
        rows = await self._line.rows(
            "SELECT errand, made, expires, answer FROM hook_event WHERE key = $1", key
        )
        if not rows:
            return None
        errand, made, expires, answer = rows[0]
        return HookEvent(key=key, errand=errand, made=made, expires=expires, answer=bytes(answer))

    async def answer(self, key: bytes, answer: bytes) -> None:
        await self._line.change("UPDATE hook_event SET answer = $2 WHERE key = $1", key, answer)

    async def sweep(self, now: int) -> int:
        return await self._line.change("DELETE FROM hook_event WHERE expires <= $1", now)
