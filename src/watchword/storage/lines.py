"""The line to a database that a unit speaks over: the same words for both keepings.

Statements are written once, with the places ``$1``, ``$2`` ...; what the two databases spell differently is in
`Spelling`.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct

from watchword.storage.rows import Row


class CountedAudit:
    """How many rows of the audit a store has counted: rows are only ever added, so nobody counts them twice."""

    def __init__(self) -> None:
        self.oldest = 0
        self.until = 0
        self.rows = 0


class Traffic:
    """What has gone over a store's lines so far: for tests, for measurements, and to spare some of it."""

    def __init__(self) -> None:
        self.statements = 0
        self.round_trips = 0
        self.counted_audit = CountedAudit()


class Spelling(Struct, frozen=True, kw_only=True):
    """What the databases spell differently."""

    realms: str
    """An expression for the names of the realms of the token ``t``; `Line.realms` reads it."""
    numbers: str
    """A query for the next ``$1`` numbers of tokens."""
    pairs: str
    """A query for the pairs of texts in a JSON list of lists, at the place ``{}``."""
    listed: str
    """A query for the numbers in a JSON list, at the place ``{}``."""
    turn: str = ""
    """A query that waits for the turn of a name; empty where transactions that write take turns anyway."""


class Line(Protocol):
    """One transaction under way."""

    spelling: Spelling
    traffic: Traffic

    async def rows(self, statement: str, *values: Any) -> Sequence[Row]:
        """All rows of a query."""
        ...

    async def scan(self, statement: str, *values: Any) -> Sequence[Row]:
        """As `rows`, for queries that may take longer than some milliseconds."""
        ...

    async def change(self, statement: str, *values: Any) -> int:
        """Run a statement that changes something; how many rows it touched."""
        ...

    async def change_many(self, statement: str, values: Sequence[Sequence[Any]]) -> None:
        """Run it once for each list of values."""
        ...

    def each(self, statement: str, *values: Any) -> AsyncIterator[Row]:
        """The rows of a query, some at a time."""
        ...

    def realms(self, value: Any) -> Sequence[str]: ...

    async def insert(
        self, table: str, types: Mapping[str, str], rows: Sequence[Row], tail: str = ""
    ) -> Sequence[Row]:
        """Insert rows of columns with their types in PostgreSQL; what a ``tail`` RETURNING says."""
        ...

    async def add_token(self, row: Row, realms: Sequence[str]) -> int | None:
        """Insert a row of the columns `TOKEN_TYPES` and the token's realms; its number, None if the serial is taken."""
        ...

    async def load(self, table: str, names: Sequence[str], rows: Sequence[Row]) -> None:
        """Insert very many rows of these columns; `errors.Refused` if one is there already, and none is then kept."""
        ...
