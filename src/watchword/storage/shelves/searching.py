"""How conditions and pages become SQL."""

from watchword.errors import BadParameter
from watchword.storage.promises import Page
from watchword.storage.texts import kept

LONGEST = 8000


class Where:
    """Conditions that add up to one ``WHERE``, and the values they speak of."""

    def __init__(self, *, any_of: bool = False) -> None:
        self._conditions: list[str] = []
        self._needed: list[str] = []
        self._joint = " OR " if any_of else " AND "
        self.values: list[object] = []

    def add(self, condition: str, *values: object) -> None:
        """One condition more; each ``{}`` in it stands for one of the values."""
        self._conditions.append(self._placed(condition, values))

    def need(self, condition: str, *values: object) -> None:
        """One that holds in any case, however the others are joined."""
        self._needed.append(self._placed(condition, values))

    def _placed(self, condition: str, values: tuple[object, ...]) -> str:
        start = len(self.values) + 1
        self.values.extend(values)
        return condition.format(*(f"${start + n}" for n in range(len(values))))

    @staticmethod
    def literal(text: str, *, keep: str = "") -> str:
        r"""The text for ``LIKE ... ESCAPE '\'``, in which only the wildcard ``keep`` has a meaning.

        `BadParameter` if it is longer than anything that is looked for: SQLite takes no more than 50,000 bytes.
        """
        if len(text) > LONGEST:
            raise BadParameter(
                f"What is searched for may have {LONGEST} characters at most, not {len(text)}."
            )
        text = kept(text)
        for special in "\\%_":
            if special != keep:
                text = text.replace(special, f"\\{special}")
        return text

    def __bool__(self) -> bool:
        return bool(self._conditions or self._needed)

    def __str__(self) -> str:
        joined = [f"({self._joint.join(self._conditions)})"] if self._conditions else []
        return f"WHERE {' AND '.join([*self._needed, *joined])}" if self else ""


def listing(
    select: str, where: Where, sort: tuple[str, ...], page: Page, total: int | None = None
) -> tuple[str, list[object]]:
    """The statement for one page, and its values. ``sort`` names columns that together leave no choice.

    With ``total``, the number of all rows, a page beyond the middle is counted from the end: its rows are the
    right ones, in reverse.
    """
    size, offset, descending = page.size, page.number * page.size, page.descending
    if total is not None and offset > total // 2:
        size = max(0, min(size, total - offset))
        offset, descending = max(0, total - offset - size), not descending
    direction = " DESC" if descending else ""
    order = ", ".join(f'"{key}"{direction}' for key in sort)
    statement = f"{select} {where} ORDER BY {order}"
    if not page.size:
        return statement, where.values
    first = len(where.values) + 1
    return f"{statement} LIMIT ${first} OFFSET ${first + 1}", [*where.values, size, offset]
