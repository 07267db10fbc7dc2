"""Locks and tells when somebody says of a log-in that it was not them."""

from msgspec import Struct

from watchword.enrolment import changing
from watchword.enrolment.issuing import Enrolment
from watchword.model.audit import AuditEntry
from watchword.model.token import Token
from watchword.selfservice.history import log_in
from watchword.selfservice.notification import STRANGER, notify_oneself
from watchword.selfservice.oneself import Oneself
from watchword.storage.promises import Unit


class Alarm(Struct, frozen=True, kw_only=True):
    """What was done."""

    entry: AuditEntry
    locked: Token | None
    """The token that the stranger had; None where none was used, or the log-in was refused."""


async def raise_alarm(unit: Unit, enrolment: Enrolment, oneself: Oneself, row: int) -> Alarm | None:
    """Disable the token by which that log-in came in, and tell its owner; None if the person has no such log-in.

    No proof is asked for: whoever sees a stranger come in shall lose no time. Nothing can be won by it, as disabled
    tokens keep people out as others do.
    """
    entry = await log_in(unit, oneself, row)
    if entry is None:
        return None
    tokens = await unit.tokens.of(oneself.person.subject)
    used = next((one for one in tokens if one.serial == entry.serial and entry.success), None)
    if used is not None:
        used = await changing.disable(unit, used)
        await notify_oneself(unit, enrolment, oneself, used, STRANGER, "disabled, as a log-in was not yours,")
    return Alarm(entry=entry, locked=used)
