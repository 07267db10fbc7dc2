"""What happened to somebody and their tokens: their own rows of the audit."""

from collections.abc import Mapping

from watchword.model.audit import AuditEntry
from watchword.selfservice.oneself import Oneself, right
from watchword.storage.promises import AuditFilter, Page, Unit

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
