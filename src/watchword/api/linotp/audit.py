"""``/audit/search``: what happened, as rows for a grid or as CSV."""

import re
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from datetime import UTC, datetime, timedelta

import msgspec

from watchword.api.linotp.doors import Door
from watchword.api.linotp.envelope import JSON, Answer, Raw, Streamed
from watchword.audit.journal import Journal
from watchword.clock import iso
from watchword.errors import BadParameter
from watchword.model.audit import AuditEntry
from watchword.storage.promises import AuditFilter, Page
from watchword.web.administrators.rights import VIEW
from watchword.web.call import Call
from watchword.web.parameters import Params

COLUMNS = (
    "number",
    "date",
    "sig_check",
    "missing_line",
    "action",
    "success",
    "serial",
    "token_type",
    "user",
    "realm",
    "administrator",
    "action_detail",
    "info",
    "linotp_server",
    "client",
    "log_level",
    "clearance_level",
)
_FIELDS: Mapping[str, str] = {
    "number": "id",
    "id": "id",
    "action": "action",
    "success": "success",
    "serial": "serial",
    "token_type": "token_type",
    "tokentype": "token_type",
    "user": "user",
    "realm": "realm",
    "administrator": "administrator",
    "action_detail": "action_detail",
    "info": "info",
    "linotp_server": "server",
    "client": "client",
    "log_level": "log_level",
    "clearance_level": "clearance",
}
"""The dialect's column -> the field of the entry."""
_DATE = "date"
_ROWS = 15
_MOST_ROWS = 100_000
"""A page is held as a whole; CSV without pages is not."""
_MOST = 10**9

_PERIODS = ("years", "months", "days", "hours", "minutes", "seconds", "milliseconds")
_PREFIX = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[T ](\d\d)(?::(\d\d)(?::(\d\d)(?:\.(\d{3}))?)?)?)?)?)?", re.ASCII
)
_REST = re.compile(r"[-T :.]?(?:\+00:00)?%*")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_UNSEEN = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""What ends a line, turns it round or rules a terminal, and needs no escape in JSON."""


async def search(call: Call) -> Answer:
    """Rows that fit, one page of them; without envelope."""
    call.permit(VIEW)
    sent = call.params
    wanted = _wanted(sent)
    if sent.text("outform").lower() == "csv":
        return await _csv(call, wanted)
    number = whole(sent, "page", 1, least=1)
    page = _page(sent, number, whole(sent, "rp", _ROWS, least=1))
    async with call.view() as view:
        entries, total = await view.audit.search(wanted, page)
    rows = [{"id": entry.id, "cell": _cells(entry, call.house.journal)} for entry in entries]
    return Raw(msgspec.json.encode({"page": number, "rows": rows, "total": total}), JSON)


def whole(sent: Params, name: str, default: int, *, least: int = 0) -> int:
    """A number of a page; what is none, or is too small or too large, counts as not given."""
    text = sent.text(name).strip()
    number = int(text) if text.isascii() and text.isdigit() and len(text) < len(str(_MOST)) else default
    return number if least <= number else default


def between(pattern: str) -> tuple[int, int]:
    """From which moment to before which one (milliseconds UTC) a date lies that begins like this."""
    match = _PREFIX.match(pattern)
    if match is None or not _REST.fullmatch(pattern, match.end()):
        raise BadParameter("A date is searched by its beginning: 2026-01-31% or 2026-01-31T10%, in UTC.")
    given = [int(part) for part in match.groups() if part is not None]
    year, month, day, hour, minute, second, milli = (*given, *(0, 1, 1, 0, 0, 0, 0)[len(given) :])
    try:
        start = datetime(year, month, day, hour, minute, second, milli * 1000, UTC)
        end = _after(start, _PERIODS[len(given) - 1])
    except (ValueError, OverflowError):
        raise BadParameter(f"There is no date {match[0]}.") from None
    return _millis(start), _millis(end)


def _after(start: datetime, period: str) -> datetime:
    if period == "years":
        return start.replace(year=start.year + 1)
    if period == "months":
        return (start + timedelta(days=31)).replace(day=1)
    return start + timedelta(**{period: 1})


def _millis(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def _wanted(sent: Params) -> AuditFilter:
    patterns = dict(_patterns(sent))
    date = patterns.pop(_DATE, None)
    since, until = between(date) if date is not None else (None, None)
    like = {_FIELDS[name]: pattern for name, pattern in patterns.items()}
    return AuditFilter(like=like, since=since, until=until, any=sent.text("or").lower() == "true")


def _patterns(sent: Params) -> Iterator[tuple[str, str]]:
    """Column and pattern: one by ``qtype`` and ``query``, several by ``qtype=extsearch``, or by columns' names."""
    column, query = sent.text("qtype"), sent.text("query")
    if column == "extsearch":
        pairs = [part.partition("=") for part in query.split(";")]
        yield from (
            (name.strip(), pattern.strip()) for name, _, pattern in pairs if _known(name.strip()) and pattern
        )
    elif query and _known(column):
        yield column, query
    yield from ((name, value) for name, value in sent.items() if value and _known(name))


def _known(name: str) -> bool:
    return name in _FIELDS or name == _DATE


def _page(sent: Params, number: int, size: int) -> Page:
    """``number`` counts from 1; a ``size`` of 0 is everything."""
    size = min(size, _MOST_ROWS)
    sort = _FIELDS.get(sent.text("sortname"), "id")
    return Page(number=number - 1, size=size, sort=sort, descending=sent.text("sortorder").lower() == "desc")


def _cells(entry: AuditEntry, journal: Journal) -> list[str | int]:
    return [
        entry.id,
        iso(entry.at),
        "OK" if journal.genuine(entry) else "FAIL",
        "",
        entry.action,
        "1" if entry.success else "0",
        entry.serial,
        entry.token_type,
        entry.user,
        entry.realm,
        entry.administrator,
        entry.action_detail,
        entry.info,
        entry.server,
        entry.client,
        entry.log_level,
        entry.clearance,
    ]


async def _csv(call: Call, wanted: AuditFilter) -> Answer:
    """All rows that fit, or one page of them if one is asked for; a line of names first if ``headers`` is sent."""
    sent, journal = call.params, call.house.journal
    paged = sent.has("page") or sent.has("rp")
    page = _page(sent, whole(sent, "page", 1, least=1), whole(sent, "rp", _ROWS, least=1))
    newest = Page(size=1, sort="id", descending=True)
    async with call.view() as view:
        found, _ = await view.audit.search(*((wanted, page) if paged else (AuditFilter(), newest)))
    rows = _given(found) if paged else _whole_list(call, wanted, last=found[0].id if found else 0)

    async def lines() -> AsyncGenerator[bytes]:
        if sent.has("headers"):
            yield _line(COLUMNS)
        async for entry in rows:
            yield _line(_cells(entry, journal))

    headers = {"content-disposition": "attachment; filename=linotp-audit.csv"}
    return Streamed(lines(), "text/csv; charset=utf-8", headers)


async def _whole_list(call: Call, wanted: AuditFilter, *, last: int) -> AsyncIterator[AuditEntry]:
    """All that fit up to a number: this very search has left its row before the list is read."""
    async with call.view() as view:
        async for entry in view.audit.each(wanted, _page(call.params, 1, 0)):
            if entry.id <= last:
                yield entry


async def _given(entries: list[AuditEntry]) -> AsyncIterator[AuditEntry]:
    for entry in entries:
        yield entry


def _line(cells: tuple[str, ...] | list[str | int]) -> bytes:
    text = b",".join(msgspec.json.encode(_harmless(cell)) for cell in cells).decode()
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text).encode() + b"\n"


def _harmless(cell: str | int) -> str | int:
    """The cell as no spreadsheet takes it for a formula: what strangers typed stands in it."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


DOORS = (Door("/audit/search", "GP", search),)
