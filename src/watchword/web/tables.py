"""Lists as data: columns, rows and where in them the reader is. `parts/tables.html` shows them as a table or, on a phone, as
cards; sorting, searching and paging are links and one GET form.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias
from urllib.parse import urlencode

from msgspec import Struct

from watchword.web.parameters import Params

SEARCH, SORT, PAGE = "q", "sort", "page"
"""The parameters of a list's address."""
_LONGEST_SEARCH = 200
_LAST_PAGE = 1_000_000


class Column(Struct, frozen=True, kw_only=True):
    """One column. The first one of a table is the heading of a row's card."""

    key: str
    label: str
    sortable: bool = False
    numeric: bool = False
    code: bool = False
    """Shown in monospace: serials, addresses."""


class Cell(Struct, frozen=True, kw_only=True):
    """What stands in a row under a column, where it is more than a text."""

    text: str
    href: str = ""
    note: str = ""
    """A second, quieter line."""
    state: str | None = None
    """``yes``, ``no``, ``warn``, ``info`` or nothing: a dot before the text."""
    iso: str = ""
    """The text is this time."""


Row: TypeAlias = Mapping[str, str | Cell]


class Asked(Struct, frozen=True, kw_only=True):
    """What somebody wants to see of a list."""

    search: str = ""
    sort: str = ""
    """The key of a column; with ``-`` before it, the greatest first."""
    page: int = 1


class Table(Struct, frozen=True, kw_only=True):
    """A page of a list."""

    caption: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    path: str
    total: int
    asked: Asked = Asked()
    size: int = 25
    """Rows on a page."""
    searchable: str = ""
    """What the search looks at, as a label: ``Search by name or serial``. Empty: no search."""
    kept: Mapping[str, str] = {}
    """Other parameters of the address: filters."""

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))

    @property
    def first(self) -> int:
        """The number of the first row that is shown; 0 where there is none."""
        return min((self.asked.page - 1) * self.size + 1, self.total)

    @property
    def last(self) -> int:
        return min(self.first + len(self.rows) - 1, self.total) if self.rows else self.first

    def at(self, page: int) -> str:
        """The address of another page of it."""
        return self._address(self.asked.sort, page)

    def by(self, column: Column) -> str:
        """The address of the list in the order of this column; the other way round if it is so already."""
        return self._address(f"-{column.key}" if self.asked.sort == column.key else column.key, 1)

    def order(self, column: Column) -> str:
        """``ascending``, ``descending`` or ``none``, as ``aria-sort`` has it."""
        return {column.key: "ascending", f"-{column.key}": "descending"}.get(self.asked.sort, "none")

    def _address(self, sort: str, page: int) -> str:
        said = {**self.kept, SEARCH: self.asked.search, SORT: sort, PAGE: str(page) if page > 1 else ""}
        query = urlencode({name: value for name, value in said.items() if value})
        return f"{self.path}?{query}" if query else self.path


def asked(form: Params, columns: Iterable[Column]) -> Asked:
    """What the address says; what it cannot mean is passed over."""
    sort, page = form.text(SORT), form.text(PAGE)
    sortable = {column.key for column in columns if column.sortable}
    return Asked(
        search=form.text(SEARCH).strip()[:_LONGEST_SEARCH],
        sort=sort if sort.removeprefix("-") in sortable else "",
        page=min(max(int(page), 1), _LAST_PAGE) if page.isascii() and page.isdigit() and len(page) < 9 else 1,
    )
