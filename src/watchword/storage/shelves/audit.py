"""The shelf of the audit."""

# ruff: noqa: S608  statements are put together of names of ours; values go beside them

from collections.abc import AsyncIterator

from watchword.errors import BadParameter
from watchword.model.audit import AuditEntry
from watchword.storage.lines import Line
from watchword.storage.promises import AuditFilter, Page
from watchword.storage.rows import AUDIT, audit_fields, audit_of, columns
from watchword.storage.shelves.searching import Where, listing
from watchword.storage.texts import kept

_NUMBERS = frozenset({"id", "at", "success", "clearance"})
_SEARCHABLE = frozenset(AUDIT) - {"nonce", "mark"}
_END = 2**63 - 1
_BETWEEN = "SELECT count(*) FROM audit WHERE id > $1 AND id <= $2"
_UNSETTLED = 10_000
"""So many of the newest rows are counted each time: a row may become visible later than one with a higher number."""
_STARTS_INDEXED = frozenset({"user", "serial"})

INSERT = (
    f"INSERT INTO audit ({columns(AUDIT[1:])}) VALUES ({', '.join(f'${n}' for n in range(1, len(AUDIT)))})"
)


class AuditShelf:
    def __init__(self, line: Line) -> None:
        self._line = line

    async def append(self, entry: AuditEntry) -> int:
        [(number,)] = await self._line.rows(f"{INSERT} RETURNING id", *audit_fields(entry))
        return int(number)

    async def search(self, wanted: AuditFilter, page: Page) -> tuple[list[AuditEntry], int]:
        where = _where(wanted)
        statement, values = _listing(where, page)
        found = await self._line.scan(statement, *values)
        if not page.size:
            return [audit_of(row) for row in found], len(found)
        return [audit_of(row) for row in found], await self._total(where)

    async def _total(self, where: Where) -> int:
        if where:
            [(total,)] = await self._line.scan(f"SELECT count(*) FROM audit {where}", *where.values)
            return int(total)
        [(oldest, newest)] = await self._line.rows("SELECT min(id), max(id) FROM audit")
        if newest is None:
            return 0
        counted = self._line.traffic.counted_audit
        if oldest != counted.oldest:
            counted.oldest, counted.until, counted.rows = oldest, 0, 0
        settled = newest - _UNSETTLED
        if settled > counted.until:
            [(more,)] = await self._line.scan(_BETWEEN, counted.until, settled)
            counted.until, counted.rows = settled, counted.rows + more
        [(rest,)] = await self._line.scan(_BETWEEN, counted.until, newest)
        return int(counted.rows + rest)

    async def each(self, wanted: AuditFilter, page: Page) -> AsyncIterator[AuditEntry]:
        statement, values = _listing(_where(wanted), page)
        async for row in self._line.each(statement, *values):
            yield audit_of(row)


def _listing(where: Where, page: Page) -> tuple[str, list[object]]:
    if page.sort and page.sort not in _SEARCHABLE:
        raise BadParameter(f"The audit cannot be sorted by {page.sort!r}.")
    # Rows are kept in the order of time, and only the order of numbers has an index.
    sort = ("id",) if page.sort in {"", "at", "id"} else (page.sort, "id")
    return listing(f"SELECT {columns(AUDIT)} FROM audit", where, sort, page)


def _where(wanted: AuditFilter) -> Where:
    where = Where(any_of=wanted.any)
    if wanted.since is not None or wanted.until is not None:
        until = _END if wanted.until is None else wanted.until
        where.add("(at >= {} AND at < {})", wanted.since or 0, until)
    for name, text in wanted.exact.items():
        where.need(*_equals(name, kept(text)))
    for name, pattern in wanted.like.items():
        pattern = kept(pattern)  # noqa: PLW2901  as the column was
        if "%" in pattern:
            where.add(f"{_column(name)} LIKE {{}} ESCAPE '\\'", where.literal(pattern, keep="%"))
        else:
            where.add(*_equals(name, pattern))
    return where


def _equals(name: str, text: str) -> tuple[str, *tuple[object, ...]]:
    """The condition that the column holds exactly this text, and its values."""
    if name in _STARTS_INDEXED:
        return f'(substr("{name}", 1, 100) = {{}} AND "{name}" = {{}})', text[:100], text
    if name == "id" and text.isascii() and text.isdigit() and len(text) < 19:
        return '"id" = {}', int(text)
    return f"{_column(name)} = {{}}", text


def _column(name: str) -> str:
    """The column as text."""
    if name not in _SEARCHABLE:
        raise BadParameter(f"The audit has no column {name!r}.")
    return f'CAST("{name}" AS TEXT)' if name in _NUMBERS else f'"{name}"'
