"""People in a table or view of a SQL database; it is read, and changed only where ``writable`` says so."""

import asyncio
import base64
import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from msgspec import Struct

from watchword.directory.sql.address import ADDRESS
from watchword.directory.sql.columns import Field, Structure, described, is_, like, with_id
from watchword.directory.sql.database import STATEMENT, Database, Trouble
from watchword.directory.sql.plan import read_map, read_plan
from watchword.errors import (
    AmbiguousUser,
    BadParameter,
    Misconfigured,
    NoSuchUser,
    NotAllowed,
    Refused,
    Unreachable,
    WatchwordError,
)
from watchword.model.configuration import ResolverConfig
from watchword.plugin.patterns import matcher
from watchword.plugin.shapes import Record, Resolver, ResolverContext, Trial, Writing

if TYPE_CHECKING:
    from sqlalchemy import Connection

_PAGE = 1000
_ROUNDS = 200_000
"""Of SHA-512 crypt, the form in which a password is written: most programs read it."""
_BARE_DIGESTS = {32: "MD5", 40: "SHA", 64: "SHA256", 96: "SHA384", 128: "SHA512"}
"""Schemes of RFC 2307 by the length of their hexadecimal."""


class _Found(Struct, frozen=True):
    """Rows, and the structure that they were asked for by."""

    structure: Structure
    rows: Sequence[Any]


class Sql(Resolver, Writing):
    """Logins are compared as the database compares them: by case or not, as its column or collation has it."""

    kind = "sql"
    dialect_type = "sqlresolver"
    dialect_class = "SQLIdResolver"
    needs = ("Table", "Map")
    takes = (*ADDRESS, "Where", "Limit", "Encoding", "writable")
    secret_settings = ("Password",)
    reached_by = ADDRESS
    meanings: ClassVar[Mapping[str, str]] = {
        "Table": "The table or view, `schema.table` where it is not in the usual schema",
        "Map": 'JSON, which column is what: `{"userid": "id", "username": "login", "password": "hash", ...}`;'
        " besides these `salt`, `phone`, `mobile`, `email`, `surname`, `givenname`, and what else is to be shown",
        "Connect": "URL of the database without its password, `postgresql://reader@db.example.org/people`;"
        " or else the parts of one:",
        "Driver": "`postgresql`, `mysql`, `sqlite`, or a name of SQLAlchemy's; `mssql+pyodbc:///?odbc_connect=` takes"
        " ODBC's text from `conParams`",
        "Server": "Name or address of the server",
        "Port": "Its port, if not the usual one",
        "Database": "Name of the database; the file's path for SQLite",
        "User": "Our account there",
        "Password": "The password of `User`",
        "conParams": "Parameters of the connection, `name=value&name=value`; for PostgreSQL `sslmode`, `sslrootcert`",
        "ConnectionParams": "The same as `conParams`",
        "Where": "A condition that narrows the table to those who are meant",
        "Limit": "Where lists of people end; they are whole where it is 0 or not said",
        "Encoding": "How texts are written that the database holds as bytes; UTF-8 if not said",
        "writable": "`True`: people may change their attributes and passwords in the table",
    }

    def __init__(self, config: ResolverConfig, context: ResolverContext) -> None:
        super().__init__(config, context)
        self._plan = read_plan(config.settings)
        self._turn = asyncio.Lock()
        self._known: Structure | None = None
        self._database = Database(
            config.settings, context.secret("Password"), context.allow, writes=self._plan.writable
        )

    @classmethod
    def ids_of(cls, settings: Mapping[str, str]) -> str:
        return read_map(settings.get("Map", ""))["userid"]

    async def verify(self) -> None:
        try:
            await self._try(self._anybody)
        except Trouble as trouble:
            if trouble.about:
                raise BadParameter(f"{_sentence(trouble)}.") from None

    async def try_out(self) -> AsyncIterator[Trial]:
        """One step: whether table and columns are there, and how many people are meant."""

        def count(structure: Structure) -> Any:
            from sqlalchemy import func, select

            return self._narrowed(select(func.count()).select_from(structure.table))

        found, problem = 0, ""
        try:
            await self._try(self._anybody)
            found = (await self._try(count)).rows[0][0]
        except (Trouble, Misconfigured) as trouble:
            problem = f"{_sentence(trouble)}."
        yield Trial(step=self._plan.table, problem=problem, found=found)

    async def find(self, login: str) -> Record | None:
        found = await self._ask(
            lambda structure: self._people(structure).where(is_(structure.login, login)).limit(_PAGE)
        )
        records = {record.userid: record for record in reversed([*self._records(found)])}
        if len(records) > 1:
            raise AmbiguousUser(
                f"Table {self._plan.table} has several entries for {login!r}: {', '.join(records)}."
            )
        return next(iter(records.values()), None)

    async def get(self, userid: str) -> Record | None:
        found = await self._ask(
            lambda structure: with_id(self._people(structure), structure, userid).limit(1)
        )
        record = next(self._records(found), None)
        # Databases that pass over case or blanks must not give one person two ids.
        return record if record is not None and record.userid == userid else None

    async def check_password(self, record: Record, password: str) -> bool:
        def kept(structure: Structure) -> Any:
            from sqlalchemy import null, select

            columns = [field.shown if field else null() for field in (structure.password, structure.salt)]
            wanted = self._narrowed(select(structure.login.shown, *columns).select_from(structure.table))
            return with_id(wanted, structure, record.userid).limit(_PAGE)

        found = await self._ask(kept)
        texts = [[self._text(value) for value in row] for row in found.rows]
        # Two logins with one id are one person, who may have two passwords.
        own = [row for row in texts if len(texts) == 1 or row[0].rstrip() == record.login]
        stored, salt = (own[0][1].strip(), own[0][2]) if own else ("", "")
        scheme = _BARE_DIGESTS.get(len(stored)) if salt and re.fullmatch(r"[0-9A-Fa-f]+", stored) else None
        if scheme is None:
            return await self.context.password_matches(stored, password)
        digest = f"{{{scheme}}}{base64.b64encode(bytes.fromhex(stored)).decode()}"
        before = await self.context.password_matches(digest, salt + password)
        behind = await self.context.password_matches(digest, password + salt)
        return bool(password) and (before or behind)

    async def search(self, patterns: Mapping[str, str]) -> AsyncIterator[Record]:
        fits = matcher(patterns)
        unknown = {name: pattern for name, pattern in patterns.items() if name not in self._plan.columns}
        if not matcher(unknown)(Record(userid="", login="")):
            return
        left = self._plan.limit
        after: tuple[Any, Any] | None = None
        while True:
            found = await self._ask(partial(self._page, patterns=patterns, after=after))
            for record in self._records(found):
                if fits(record):
                    yield record
                    left -= 1
                    if not left:
                        return
            if len(found.rows) < _PAGE:
                return
            after = (found.rows[-1][1], found.rows[-1][0])

    @property
    def writable(self) -> bool:
        return self._plan.writable

    async def set_attributes(self, record: Record, values: Mapping[str, str]) -> None:
        structure = await self._structure()
        unknown = [name for name in values if name not in structure.attributes]
        if unknown:
            raise BadParameter(f"{self.config.name} has no {', '.join(unknown)}: map a column to it.")
        await self._change(record, {structure.attributes[name].name: value for name, value in values.items()})

    async def set_password(self, record: Record, password: str) -> None:
        structure = await self._structure()
        if not password:
            raise BadParameter("An empty password is none.")
        if structure.password is None or structure.salt is not None:
            raise Refused(f"{self.config.name} keeps no passwords that could be set here.")
        kept = await asyncio.to_thread(_hashed, password)
        await self._change(record, {structure.password.name: kept})

    async def close(self) -> None:
        await self._database.close()

    # ---- asking

    async def _structure(self) -> Structure:
        if self._known is not None:
            return self._known
        async with self._turn:
            if self._known is None:
                self._known = await self._database.run(lambda connection: described(connection, self._plan))
            return self._known

    async def _ask(self, wanted: Callable[[Structure], Any]) -> _Found:
        try:
            return await self._try(wanted)
        except (Trouble, Misconfigured) as trouble:
            raise Unreachable(f"Resolver {self.config.name!r}: {_sentence(trouble)}.") from None

    async def _try(self, wanted: Callable[[Structure], Any]) -> _Found:
        """All rows; `Trouble` about a setting if it is one."""
        structure = await self._structure()
        statement = wanted(structure)
        try:
            rows = await self._database.run(lambda connection: connection.execute(statement).all())
        except Trouble as trouble:
            if trouble.about != STATEMENT:
                raise
            self._known = None  # the table may have been altered
            raise Trouble(trouble.message, "Where" if self._plan.where else "Map") from None
        return _Found(structure, rows)

    async def _change(self, record: Record, values: Mapping[str, str]) -> None:
        if not self._plan.writable:
            raise Refused(f"{self.config.name} is read-only: set its parameter writable to change that.")
        structure = await self._structure()

        def write(connection: "Connection") -> int:
            from sqlalchemy import update

            change = update(structure.table).values({name: value or None for name, value in values.items()})
            return connection.execute(with_id(self._narrowed(change), structure, record.userid)).rowcount

        try:
            changed = await self._database.run(write)
        except Trouble as trouble:
            if trouble.forbidden:
                raise NotAllowed(f"{self.config.name}: {trouble.message}.") from None
            if trouble.about == STATEMENT:
                raise BadParameter(f"{self.config.name}: {trouble.message}.") from None
            raise
        if not changed:
            raise NoSuchUser(f"{record.login!r} is not in {self.config.name} any more.")

    # ---- statements

    def _anybody(self, structure: Structure) -> Any:
        return self._people(structure).limit(1)

    def _people(self, structure: Structure) -> Any:
        from sqlalchemy import select

        fields = (structure.userid, structure.login, *structure.attributes.values())
        return self._narrowed(select(*(field.shown for field in fields)).select_from(structure.table))

    def _narrowed(self, statement: Any) -> Any:
        """With the administrator's condition on lines of its own, between brackets."""
        from sqlalchemy import literal_column

        return statement.where(literal_column(f"(\n{self._plan.where}\n)")) if self._plan.where else statement

    def _page(self, structure: Structure, patterns: Mapping[str, str], after: tuple[Any, Any] | None) -> Any:
        from sqlalchemy import or_

        userid, login = structure.userid.shown, structure.login.shown
        page = self._people(structure).where(userid.is_not(None), login.is_not(None))
        for name, pattern in patterns.items():
            field = {"userid": structure.userid, "username": structure.login, **structure.attributes}.get(
                name
            )
            if field is not None and pattern.strip("*"):
                page = page.where(like(field, pattern))
        if after is not None:
            page = page.where(login >= after[0], or_(login > after[0], userid > after[1]))
        return page.order_by(login, userid).limit(_PAGE)

    # ---- answers

    def _records(self, found: _Found) -> Iterator[Record]:
        structure = found.structure
        for row in found.rows:
            userid, login = self._text(row[0], structure.userid), self._text(row[1], structure.login)
            if userid and login:
                yield Record(userid=userid, login=login, attributes=self._attributes(row, structure))

    def _attributes(self, row: Any, structure: Structure) -> dict[str, str]:
        return {
            name: self._text(value, field)
            for (name, field), value in zip(structure.attributes.items(), row[2:], strict=True)
        }

    def _text(self, value: Any, field: Field | None = None) -> str:
        if value is None:
            return ""
        if isinstance(value, str):
            return value.rstrip(" ") if field is not None and field.padded else value
        if isinstance(value, bytes | bytearray | memoryview):
            return bytes(value).decode(self._plan.encoding, "replace")
        return str(value)


def _sentence(trouble: WatchwordError) -> str:
    about = trouble.about if isinstance(trouble, Trouble) else ""
    return (f"{about}: {trouble.message}" if about else trouble.message).rstrip(".")


def _hashed(password: str) -> str:
    from passlib.registry import get_crypt_handler

    return str(get_crypt_handler("sha512_crypt").using(rounds=_ROUNDS).hash(password))
