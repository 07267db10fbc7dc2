"""``auditlog/``: what happened, with named fields."""

from collections.abc import Mapping
from typing import Any

from watchword.api.linotp.audit import between
from watchword.api.linotp.doors import Door
from watchword.api.linotp.envelope import Answer
from watchword.api.linotp.v2.pages import paged, wanted_page
from watchword.audit.journal import Journal
from watchword.clock import iso
from watchword.errors import BadParameter
from watchword.model.audit import AuditEntry
from watchword.storage.promises import AuditFilter, Page
from watchword.web.administrators.rights import VIEW
from watchword.web.call import Call
from watchword.web.parameters import Params

_PAGE = 15
_FIELDS: Mapping[str, str] = {
    "id": "id",
    "timestamp": "at",
    "serial": "serial",
    "action": "action",
    "actionDetail": "action_detail",
    "success": "success",
    "tokenType": "token_type",
    "user": "user",
    "realm": "realm",
    "administrator": "administrator",
    "info": "info",
    "linotpServer": "server",
    "client": "client",
    "logLevel": "log_level",
    "clearanceLevel": "clearance",
}
"""Name on the wire -> field of the entry, in the order of an answer."""
_TRUTH = {"true": "1", "false": "0"}


async def auditlog(call: Call) -> Answer:
    """Rows that fit all filters, the newest first; ``*`` in a filter is any text."""
    call.permit(VIEW)
    sent = call.params
    by = sent.text("sortBy", "id")
    if by not in _FIELDS:
        raise BadParameter(f"The audit is not sorted by {by!r}, but by one of {', '.join(_FIELDS)}.")
    wanted = wanted_page(sent, _PAGE)
    page = Page(
        number=wanted.number,
        size=wanted.size,
        sort=_FIELDS[by],
        descending=sent.text("sortOrder", "desc").lower() != "asc",
    )
    async with call.view() as view:
        entries, total = await view.audit.search(_filter(sent), page)
    return paged(wanted, total, [_record(entry, call.house.journal) for entry in entries])


def _filter(sent: Params) -> AuditFilter:
    patterns = {name: sent.text(name).replace("*", "%") for name in _FIELDS if sent.text(name)}
    date = patterns.pop("timestamp", None)
    since, until = between(date) if date is not None else (None, None)
    if "success" in patterns:
        patterns["success"] = _TRUTH.get(patterns["success"].lower(), patterns["success"])
    like = {_FIELDS[name]: pattern for name, pattern in patterns.items()}
    return AuditFilter(like=like, since=since, until=until)


def _record(entry: AuditEntry, journal: Journal) -> dict[str, Any]:
    record = {name: getattr(entry, field) for name, field in _FIELDS.items()}
    record = {name: None if value == "" else value for name, value in record.items()}
    return {**record, "timestamp": iso(entry.at), "signatureCheck": journal.genuine(entry)}


DOORS = (Door("/api/v2/auditlog/", "G", auditlog),)
