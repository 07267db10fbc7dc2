"""The shelf of what was spent on messages, by what they have in common."""

from collections.abc import Sequence

from watchword.model.spending import Charge
from watchword.storage.lines import Line
from watchword.storage.texts import short


class SpendingShelf:
    def __init__(self, line: Line) -> None:
        self._line = line

    async def spend(self, charges: Sequence[Charge]) -> tuple[Charge, ...]:
        # In one order, so that two who spend at once do not wait for each other in a circle.
        exceeded = []
        for charge in sorted(charges, key=lambda one: (one.key, one.until)):
            rows = await self._line.rows(
                "INSERT INTO spending (name, until, messages, cost) VALUES ($1, $2, 1, $3)"
                " ON CONFLICT (name, until) DO UPDATE SET messages = spending.messages + 1,"
                " cost = spending.cost + excluded.cost RETURNING messages, cost",
                short(charge.key),
                charge.until,
                charge.cost,
            )
            [(messages, cost)] = rows
            if (charge.most and messages > charge.most) or (charge.most_cost and cost > charge.most_cost):
                exceeded.append(charge)
        return tuple(exceeded)

    async def sweep(self, now: int) -> int:
        return await self._line.change("DELETE FROM spending WHERE until <= $1", now)
