"""The settings of a SQL resolver, read: which columns are what, and whom a condition leaves."""

import codecs
import re
from collections.abc import Mapping

import msgspec
from msgspec import Struct

from watchword.errors import BadParameter

_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|`[^`]*`")


class Plan(Struct, frozen=True):
    """The settings, read."""

    schema: str | None
    table: str
    columns: Mapping[str, str]
    where: str
    limit: int
    """Where a list ends; 0: it is whole."""
    encoding: str
    writable: bool


def read_plan(settings: Mapping[str, str]) -> Plan:
    """BadParameter names the setting that cannot be read."""
    schema, _, table = settings.get("Table", "").strip().rpartition(".")
    if not table:
        raise BadParameter("Table: name a table, as table or schema.table.")
    writable = settings.get("writable", "").strip().lower()
    if writable not in {"", "0", "1", "true", "false"}:
        raise BadParameter(f"writable: {writable!r} is neither True nor False.")
    limit = settings.get("Limit", "").strip() or "0"
    if not (limit.isascii() and limit.isdigit() and len(limit) <= 9):
        raise BadParameter(f"Limit: {limit!r} is no number of people.")
    encoding = settings.get("Encoding", "").strip() or "utf-8"
    try:
        b"a".decode(encoding)
        codecs.lookup(encoding)
    except (LookupError, ValueError):
        raise BadParameter(f"Encoding: {encoding!r} is not known; say utf-8 or latin-1.") from None
    return Plan(
        schema=schema or None,
        table=table,
        columns=read_map(settings.get("Map", "")),
        where=_read_where(settings.get("Where", "")),
        limit=int(limit),
        encoding=encoding,
        writable=writable in {"1", "true"},
    )


def read_map(text: str) -> dict[str, str]:
    try:
        columns = msgspec.json.decode(text.strip().strip("'\"") or "{}", type=dict[str, str])
    except msgspec.DecodeError as broken:
        raise BadParameter(f"Map: this is no JSON object of names and columns: {broken}.") from None
    columns = {name.strip(): column.strip() for name, column in columns.items() if column.strip()}
    for name in ("userid", "username"):
        if name not in columns:
            raise BadParameter(f"Map: it must say in which column the {name} is.")
    secret = {columns[name].lower() for name in ("password", "salt") if name in columns}
    for name, column in columns.items():
        if name not in {"password", "salt"} and column.lower() in secret:
            raise BadParameter(f"Map: {name} would show the column of passwords, {column}.")
    return columns


def _read_where(text: str) -> str:
    """The condition; BadParameter for one that would not stay within the brackets that are put around it."""
    where = text.strip()
    bare = _QUOTED.sub("''", where)
    depth = 0
    for sign in re.findall(r"[()]", bare):
        depth += 1 if sign == "(" else -1
        if depth < 0:
            break
    if depth or re.search(r";|--|/\*|\0", bare) or re.search(r"['\"`]", bare.replace("''", "")):
        raise BadParameter(
            "Where: write one condition with its brackets and quotes closed, and without comments or semicolons."
        )
    return where
