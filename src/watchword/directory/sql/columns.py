"""What a table holds, and how it is asked about: whatever strangers say is bound, and never part of a statement."""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from msgspec import Struct

from watchword.directory.sql.plan import Plan
from watchword.errors import BadParameter

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

_NO_ATTRIBUTES = ("userid", "username", "password", "salt")


class Field(Struct, frozen=True):
    """A column as it is asked for, and how a text becomes what it holds (None: nothing that it can hold)."""

    name: str
    shown: Any
    wanted: Callable[[str], Any]
    padded: bool = False


class Structure(Struct, frozen=True):
    """The table as the database describes it."""

    table: Any
    userid: Field
    login: Field
    attributes: Mapping[str, Field]
    password: Field | None
    salt: Field | None


def described(connection: "Connection", plan: Plan) -> Structure:
    """Which columns there are, and of which types; column names count in the case that the database has."""
    from sqlalchemy import column, inspect, table

    types = {
        str(described["name"]): described["type"]
        for described in inspect(connection).get_columns(plan.table, schema=plan.schema)
    }
    named: dict[str, str] = {}
    for attribute, said in plan.columns.items():
        known = next((name for name in (said, said.lower(), said.upper()) if name in types), None)
        if known is None:
            raise BadParameter(
                f"Map: {attribute} is said to be in column {said!r}, but {plan.table} has {', '.join(types)}."
            )
        named[attribute] = known
    columns = {name: column(name, types[name]) for name in dict.fromkeys(named.values())}
    people = table(plan.table, *columns.values(), schema=plan.schema)
    fields = {attribute: _field(columns[name], plan.encoding) for attribute, name in named.items()}
    return Structure(
        table=people,
        userid=fields["userid"],
        login=fields["username"],
        attributes={name: field for name, field in fields.items() if name not in _NO_ATTRIBUTES},
        password=fields.get("password"),
        salt=fields.get("salt"),
    )


def _field(column: Any, encoding: str) -> Field:
    """Texts, whole numbers and UUIDs are compared as what they are, so that an index serves; all else as text."""
    from sqlalchemy import CHAR, Enum, String, cast

    try:
        python_type = column.type.python_type
    except NotImplementedError:
        python_type = object
    if issubclass(python_type, str) and not isinstance(column.type, Enum):
        return Field(column.name, column, _as_text, isinstance(column.type, CHAR))
    if python_type is bytes:
        return Field(column.name, column, partial(_as_bytes, encoding=encoding))
    if python_type is int:
        return Field(column.name, column, _as_number)
    if python_type is UUID:
        return Field(column.name, column, _as_uuid)
    return Field(column.name, cast(column, String), _as_text)


def _as_text(text: str) -> str | None:
    return None if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text) else text


def _as_bytes(text: str, encoding: str) -> bytes | None:
    try:
        return text.encode(encoding)
    except UnicodeEncodeError:
        return None


def _as_number(text: str) -> int | None:
    if not re.fullmatch(r"0|-?[1-9][0-9]{0,18}", text, re.ASCII):
        return None
    number = int(text)
    return number if -(2**63) <= number < 2**63 else None


def _as_uuid(text: str) -> UUID | None:
    try:
        found = UUID(text)
    except ValueError:
        return None
    return found if str(found) == text else None


def is_(field: Field, text: str) -> "ColumnElement[bool]":
    """The column has this value, which is always bound, and never part of the statement's text."""
    from sqlalchemy import BigInteger, String, bindparam, false

    value = field.wanted(text)
    if value is None:
        return false()
    kind = field.shown.type
    if isinstance(value, int):
        kind = BigInteger()
    elif isinstance(kind, String):
        kind = String()  # of any length: a longer text must not be cut to fit
    return field.shown == bindparam(None, value, type_=kind)  # type: ignore[no-any-return]


def with_id(statement: Any, structure: Structure, userid: str) -> Any:
    return statement.where(is_(structure.userid, userid))


def like(field: Field, pattern: str) -> "ColumnElement[bool]":
    """What surely holds for all that fits: letters beyond ASCII are left to be judged here, as databases fold them
    each in its own way.
    """
    from sqlalchemy import String, cast, func

    signs = {"*": "%", ".": "_", "%": "!%", "_": "!_", "!": "!!", "[": "_"}
    shape = "".join(
        signs.get(letter, letter) if letter.isascii() and letter.isprintable() else "%"
        for letter in pattern.lower()
    )
    shown = field.shown if isinstance(field.shown.type, String) else cast(field.shown, String)
    return func.lower(cast(shown, String)).like(shape, escape="!")
