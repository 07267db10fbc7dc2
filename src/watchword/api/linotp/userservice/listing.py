"""``usertokenlist``, ``userinfo`` and ``history``: what people see of themselves."""

from collections.abc import Mapping
from typing import Any

import msgspec

from watchword.api.linotp.audit import between, whole
from watchword.api.linotp.doors import Door
from watchword.api.linotp.envelope import JSON, Answer, Raw, Reply
from watchword.api.linotp.specs import spec
from watchword.api.linotp.userservice.answering import own_row
from watchword.clock import iso
from watchword.directory.finding import user_info
from watchword.errors import NotAuthenticated
from watchword.model.audit import AuditEntry
from watchword.selfservice import history as own_history
from watchword.storage.promises import Page
from watchword.web.call import Call

_COLUMNS: Mapping[str, str] = {
    "date": "at",
    "action": "action",
    "success": "success",
    "serial": "serial",
    "token_type": "token_type",
    "tokentype": "token_type",
    "administrator": "administrator",
    "action_detail": "action_detail",
    "info": "info",
    "number": "id",
}
"""The dialect's column -> the field of the entry; nobody's name is among them."""
_ROWS = 15
_MOST_ROWS = 1000


async def usertokenlist(call: Call) -> Answer:
    """The person's tokens, rollout ones too: the second step of a log-in may need them. With ``active``, active ones."""
    person = call.person
    assert person is not None, "the door asks for a person"
    async with call.view() as view:
        tokens = await view.tokens.of(person.subject)
    only_active = call.params.has("active")
    return Reply([own_row(call, token) for token in tokens if token.active or not only_active], id=0)


async def userinfo(call: Call) -> Answer:
    """The person as the directory knows them."""
    return Reply(own_info(call), id=0)


def own_info(call: Call) -> dict[str, Any]:
    """The person, with realm and resolver."""
    person = call.person
    if person is None:
        raise NotAuthenticated
    resolver = spec(call.house.kinds, call.snapshot.configuration, person.subject.resolver)
    return {**user_info(person), "realm": person.realm, "resolver": resolver}


async def history(call: Call) -> Answer:
    """The person's rows of the audit, one page of them; without envelope."""
    oneself, params = call.oneself, call.params
    oneself.permit(own_history.HISTORY)
    number = whole(params, "page", 1, least=1)
    page = Page(
        number=number - 1,
        size=min(whole(params, "rp", _ROWS, least=1), _MOST_ROWS),
        sort=_COLUMNS.get(params.text("sortname"), "id"),
        descending=params.text("sortorder").lower() == "desc",
    )
    column, query = _COLUMNS.get(params.text("qtype")), params.text("query")
    since, until, like = None, None, {}
    if column == "at" and query.strip("%"):
        since, until = between(query)
    elif column is not None and column != "at" and query:
        like = {column: query}
    async with call.view() as view:
        entries, total = await own_history.history(view, oneself, page, like=like, since=since, until=until)
    rows = [{"id": entry.id, "cell": _cells(entry)} for entry in entries]
    return Raw(msgspec.json.encode({"page": number, "total": total, "rows": rows}), JSON)


def _cells(entry: AuditEntry) -> list[str]:
    return [
        iso(entry.at),
        entry.action,
        "1" if entry.success else "0",
        entry.serial,
        entry.token_type,
        entry.administrator,
        entry.action_detail,
        entry.info,
    ]


DOORS = (
    Door("/userservice/usertokenlist", "GP", usertokenlist, guard="beginner"),
    Door("/userservice/userinfo", "GP", userinfo, guard="beginner"),
    Door("/userservice/history", "GP", history, guard="person"),
)
