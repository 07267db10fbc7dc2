"""Reads files of people: CSV, and lines in the form of passwd(5)."""

import csv
import io
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from watchword.crypto.passwords import MAX_PASSWORD_BYTES, is_password_hash
from watchword.directory.gecos import read_gecos
from watchword.directory.names import LONGEST_NAME, canonical, login_key
from watchword.errors import BadParameter

CSV_COLUMNS: Mapping[str, int] = {
    "username": 0,
    "userid": 1,
    "surname": 2,
    "givenname": 3,
    "email": 4,
    "phone": 5,
    "mobile": 6,
    "password": 7,
}
PASSWD_COLUMNS: Mapping[str, int] = {
    "username": 0,
    "password": 1,
    "userid": 2,
    "givenname": 4,
    "surname": 5,
    "mobile": 7,
    "phone": 8,
    "email": 9,
}
"""Columns once the fifth field of passwd(5) is parted into given name, surname, room, mobile, phone, e-mail."""

NO_PASSWORD = "*"  # noqa: S105 - the mark that no password matches
_ELSEWHERE = {"x", "*", "!"}  # passwd(5): the password is kept in another file, or there is none
_ATTRIBUTES = ("surname", "givenname", "email", "phone", "mobile")


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """How a file is written. ``delimiter`` and ``quotechar`` are of CSV alone; an empty quotechar quotes nothing."""

    format: str = "csv"
    """``csv``, ``passwd`` or ``password``."""
    delimiter: str = ","
    quotechar: str = '"'
    skip_header: bool = False
    columns: Mapping[str, int] | None = None
    """Where each field stands, from 0; None for `CSV_COLUMNS` or `PASSWD_COLUMNS`."""
    passwords_in_plaintext: bool = False


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """One person of a file. ``login`` is canonical; ``password`` is clear text or a hash, as `Form` says."""

    line: int
    userid: str
    login: str
    attributes: Mapping[str, str] = {}
    password: str = ""

    def __repr__(self) -> str:
        return f"Listed(line={self.line}, userid={self.userid!r}, login={self.login!r})"


def read_columns(text: str) -> Mapping[str, int] | None:
    """A mapping of fields to columns as JSON, ``{"username": 0, "userid": 1}``; None for an empty text."""
    if not text.strip():
        return None
    try:
        return msgspec.json.decode(text, type=dict[str, int], strict=False)
    except msgspec.DecodeError as broken:
        raise BadParameter(f"column_mapping is no JSON object of names and numbers: {broken}.") from None


def read_people(text: str, form: Form) -> tuple[Listed, ...]:
    """Everybody in the file, in its order.

    `BadParameter` names the line that cannot be used: no login or user id, control characters, a login or user id
    that an earlier line has (whatever their case and width), quotes that do not close. Empty lines say nothing;
    what is missing at the end of a line is empty. A password that should be a hash and is none becomes `NO_PASSWORD`,
    so that clear text is never kept.
    """
    passwd = form.format.lower() in {"passwd", "password"}
    if not passwd and form.format.lower() != "csv":
        raise BadParameter(f"format is {form.format!r}, and should be csv or passwd.")
    columns = _columns(form, PASSWD_COLUMNS if passwd else CSV_COLUMNS)
    rows = _passwd_rows(text) if passwd else _csv_rows(text, form)
    if form.skip_header:
        next(rows, None)
    people: list[Listed] = []
    seen: dict[tuple[str, str], int] = {}
    for row in rows:
        person = _person(row, columns, form)
        for mark in (("user id", person.userid), ("login", login_key(person.login))):
            if mark in seen:
                raise BadParameter(
                    f"Line {row.line}: the {mark[0]} {mark[1]!r} stands in line {seen[mark]} too."
                )
            seen[mark] = row.line
        people.append(person)
    return tuple(people)


class _Row(NamedTuple):
    line: int
    values: Sequence[str]


def _columns(form: Form, usual: Mapping[str, int]) -> Mapping[str, int]:
    if form.columns is None:
        return usual
    for name, column in form.columns.items():
        if name not in usual:
            raise BadParameter(f"column_mapping: {name!r} is none of {', '.join(usual)}.")
        if column < 0:
            raise BadParameter(f"column_mapping: {name!r} is in column {column}, and columns count from 0.")
    if not {"username", "userid"} <= form.columns.keys():
        raise BadParameter("column_mapping needs username and userid.")
    return form.columns


def _csv_rows(text: str, form: Form) -> Iterator[_Row]:
    if len(form.delimiter) != 1 or len(form.quotechar) > 1 or {form.delimiter, form.quotechar} & {"\r", "\n"}:
        raise BadParameter("delimiter and quotechar are one character each, and no line end.")
    if form.delimiter == form.quotechar:
        raise BadParameter("delimiter and quotechar are the same.")
    reader = csv.reader(
        io.StringIO(text.removeprefix("\ufeff"), newline=""),
        delimiter=form.delimiter,
        quotechar=form.quotechar or None,
        quoting=csv.QUOTE_MINIMAL if form.quotechar else csv.QUOTE_NONE,
        strict=True,
    )
    line = 1
    try:
        for values in reader:
            if values:
                yield _Row(line, values)
            line = reader.line_num + 1
    except csv.Error as broken:
        raise BadParameter(f"Line {line}: {broken}.") from None


def _passwd_rows(text: str) -> Iterator[_Row]:
    for line, content in enumerate(text.removeprefix("\ufeff").split("\n"), start=1):
        login, password, userid, group, gecos, *rest = (*content.strip("\r").split(":"), *4 * [""])
        if content.strip() and not content.startswith("#"):
            yield _Row(line, (login, password, userid, group, *read_gecos(gecos), *rest))


def _person(row: _Row, columns: Mapping[str, int], form: Form) -> Listed:
    values = {
        name: row.values[column] if column < len(row.values) else "" for name, column in columns.items()
    }
    for name, value in values.items():
        if name != "password" and not _is_plain(value):
            raise BadParameter(f"Line {row.line}: {name} holds control characters.")
    login, userid = canonical(values["username"]), canonical(values["userid"])
    if not login or not userid:
        what = "user id" if login else "login"
        raise BadParameter(
            f"Line {row.line}: no {what}, one of invisible characters, or one longer than {LONGEST_NAME}."
        )
    return Listed(
        line=row.line,
        userid=userid,
        login=login,
        attributes={name: value for name in _ATTRIBUTES if (value := values.get(name, ""))},
        password=_password(row.line, values.get("password", ""), form),
    )


def _password(line: int, password: str, form: Form) -> str:
    if form.passwords_in_plaintext:
        if form.format.lower() != "csv" and password in _ELSEWHERE:
            return ""
        if len(password.encode("utf-8", "surrogatepass")) > MAX_PASSWORD_BYTES:
            raise BadParameter(f"Line {line}: a password has at most {MAX_PASSWORD_BYTES} bytes.")
        return password
    return password if not password or is_password_hash(password) else NO_PASSWORD


def _is_plain(value: str) -> bool:
    return value.isprintable() or all(unicodedata.category(letter) not in {"Cc", "Cs"} for letter in value)
