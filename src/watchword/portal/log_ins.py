"""One's own last log-ins, and what to do about one that was somebody else's."""

import logging
from typing import Any

from watchword.model.audit import AuditEntry
from watchword.portal.cards import card_of
from watchword.portal.visit import Visit, moment, to, visited
from watchword.selfservice.alarm import raise_alarm
from watchword.selfservice.history import log_in, log_ins
from watchword.selfservice.oneself import own_tokens
from watchword.web.answers import PageDoor, Raw
from watchword.web.journey.steps import sessions_of
from watchword.web.translating import Phrase, _

log = logging.getLogger(__name__)

_LOG_INS = "/selfservice/log-ins"
_SHOWN = 30
_HERE = ("selfservice/", "userservice/")


@visited("log_ins")
async def recent(visit: Visit) -> Raw:
    """The last log-ins, each with the way to say that it was not one's own."""
    async with visit.call.view() as view:
        rows = await log_ins(view, visit.oneself, _SHOWN)
        tokens = await own_tokens(view, visit.oneself, rollout=True)
    names = {token.serial: card_of(visit.call.house.kinds, visit.oneself, token).name for token in tokens}
    return visit.show("portal/log-ins.html", "log_ins", rows=[_shown(row, names) for row in rows])


@visited("not_me", part="row", action="selfservice/not-me")
async def not_me(visit: Visit) -> Raw:
    """Asks once more, then locks and tells."""
    call, oneself = visit.call, visit.oneself
    said = call.parts["row"]
    row = int(said) if said.isascii() and said.isdigit() and len(said) < 18 else 0
    async with call.view() as view:
        entry = await log_in(view, oneself, row)
        tokens = await own_tokens(view, oneself, rollout=True)
    if entry is None:
        return to(_LOG_INS)
    names = {token.serial: card_of(call.house.kinds, oneself, token).name for token in tokens}
    shown = _shown(entry, names)
    if call.method != "POST":
        return visit.show("portal/not-me.html", "log_ins", row=shown, back=_LOG_INS)
    call.note.serial = entry.serial
    async with call.unit() as unit:
        alarm = await raise_alarm(unit, call.house.enrolment, oneself, row)
        ended = await sessions_of(call.house).end_all(unit, visit.held.subject, but=visit.held)
        locked = alarm.locked if alarm is not None else None
        call.note.action_detail = (
            f"says that log-in {row} from {entry.client} was not theirs; "
            f"disabled: {locked.serial if locked is not None else 'none'}; sessions ended: {ended}"
        )
    log.warning("a log-in was not theirs", extra={"user": oneself.person.login, "row": row})
    return visit.show(
        "portal/not-me-done.html",
        "log_ins",
        row=shown,
        locked=card_of(call.house.kinds, oneself, locked) if locked is not None else None,
    )


def _shown(row: AuditEntry, names: dict[str, str]) -> dict[str, Any]:
    return {
        "id": row.id,
        "yes": row.success,
        "at": moment(row.at),
        "client": row.client,
        "place": _place(row),
        "with": names.get(row.serial, ""),
    }


def _place(row: AuditEntry) -> Phrase:
    return _("This portal") if row.action.startswith(_HERE) else _("A service, such as the VPN")


DOORS = (
    PageDoor(_LOG_INS, "G", recent),
    PageDoor("/selfservice/log-ins/{row}", "GP", not_me),
)
