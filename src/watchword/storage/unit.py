"""One transaction over all shelves, the same for both keepings."""

from watchword.storage.lines import Line
from watchword.storage.promises import (
    Audits,
    Challenges,
    Configurations,
    Errands,
    Hooks,
    Oidc,
    People,
    Sessions,
    Spendings,
    Throttles,
    Tokens,
)
from watchword.storage.shelves.audit import AuditShelf
from watchword.storage.shelves.challenges import ChallengeShelf
from watchword.storage.shelves.configuration import ConfigurationShelf
from watchword.storage.shelves.errands import ErrandShelf
from watchword.storage.shelves.hooks import HookShelf
from watchword.storage.shelves.oidc import OidcShelf
from watchword.storage.shelves.people import PersonShelf
from watchword.storage.shelves.sessions import SessionShelf
from watchword.storage.shelves.spendings import SpendingShelf
from watchword.storage.shelves.throttles import ThrottleShelf
from watchword.storage.shelves.tokens import TokenShelf


class SqlUnit:
    """All shelves on one line."""

    def __init__(self, line: Line) -> None:
        self.tokens: Tokens = TokenShelf(line)
        self.people: People = PersonShelf(line)
        self._configuration = ConfigurationShelf(line)
        self.configuration: Configurations = self._configuration
        self.audit: Audits = AuditShelf(line)
        self.sessions: Sessions = SessionShelf(line)
        self.throttles: Throttles = ThrottleShelf(line)
        self.challenges: Challenges = ChallengeShelf(line)
        self.errands: Errands = ErrandShelf(line)
        self.hooks: Hooks = HookShelf(line)
        self.spendings: Spendings = SpendingShelf(line)
        self.oidc: Oidc = OidcShelf(line)

    async def finish(self) -> None:
        """The last words of the transaction before it becomes true."""
        await self._configuration.move_revision()
