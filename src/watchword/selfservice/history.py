"""What happened to somebody and their tokens: their own rows of the audit."""

from collections.abc import Mapping

from watchword.model.audit import AuditEntry
from watchword.selfservice.oneself import Oneself, right
from watchword.storage.promises import AuditFilter, Page, Unit

_LOG_INS = ("validate/", "auth/", "selfservice/login", "userservice/login", "userservice/auth")
"""How the audit's names of log-ins begin."""
_HALF_WAY = ("challenge created", "password verified")
"""How the audit's details of steps begin that let nobody in and refuse nobody."""
_LOOKED_AT = 300
"""The newest rows among which log-ins are looked for."""

HISTORY = right("history", "Read in the audit what happened to oneself")
ACTIONS = (HISTORY,)


async def history(
    unit: Unit,
    oneself: Oneself,
    page: Page,
    *,
    like: Mapping[str, str] | None = None,
    since: int | None = None,
    until: int | None = None,
) -> tuple[list[AuditEntry], int]:
    """One page of the rows about this person, and how many there are. Conditions are those of `AuditFilter`."""
    oneself.permit(HISTORY)
    about = {"user": oneself.person.login, "realm": oneself.person.realm}
    return await unit.audit.search(AuditFilter(exact=about, like=like or {}, since=since, until=until), page)


async def log_ins(unit: Unit, oneself: Oneself, most: int) -> list[AuditEntry]:
    """The person's last log-ins, right and refused ones, the newest first. Steps half-way are none."""
    page = Page(size=_LOOKED_AT, sort="id", descending=True)
    rows, _ = await history(unit, oneself, page)
    return [row for row in rows if _is_log_in(row)][:most]


async def log_in(unit: Unit, oneself: Oneself, number: int) -> AuditEntry | None:
    """The log-in whose row has this number, if it is one of the person's last ones."""
    return next((row for row in await log_ins(unit, oneself, _LOOKED_AT) if row.id == number), None)


def _is_log_in(row: AuditEntry) -> bool:
    half_way = not row.success and row.action_detail.startswith(_HALF_WAY)
    return row.action.startswith(_LOG_INS) and not half_way
