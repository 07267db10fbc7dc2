"""One enrolled factor of one person."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from watchword.crypto.sealing import Sealed
from watchword.model.person import Subject

ENROLLED_BY = "enrolled_by"
"""In the token info: resolver and userid of whoever has enrolled the token for themselves."""

PENDING = "pending"
"""In the token info: ``until`` when its owner may finish enrolling it, and ``entered``, which log-in began it."""
PENDING_PATH = "enrolment"
"""The one path on which such a token may be used."""

_ROLLOUT_PATHS = frozenset({"userservice", "validate"})


class Token(Struct, frozen=True, kw_only=True):
    """A token as the store holds it. Times are milliseconds UTC; a limit of 0 means none."""

    id: int = 0
    serial: str
    kind: str
    """The token type's name, lower case; `label` of the type is its spelling in LinOTP's dialect."""
    owner: Subject | None = None
    realms: tuple[str, ...] = ()
    description: str = ""
    active: bool = True
    secret: Sealed
    pin: Sealed | None = None
    """Kept PIN (`crypto.pins`); None is the empty PIN."""
    digits: int = 6
    """Length of the one-time part (LinOTP: OtpLen); 0 if the whole answer is the PIN."""
    counter: int = 0
    """The lowest counter or time step that may still be used; it never falls."""
    failures: int = 0
    max_failures: int = 10
    window: int = 10
    sync_window: int = 1000
    attempts: int = 0
    """LinOTP: count_auth."""
    attempts_max: int = 0
    successes: int = 0
    """LinOTP: count_auth_success."""
    successes_max: int = 0
    valid_from: int = 0
    valid_until: int = 0
    info: Mapping[str, Any] = {}
    """What was said at enrolment or set by an administrator (LinOTP's token info)."""
    state: Mapping[str, Any] = {}
    """What the type remembers between two answers (drift, a half-done resync); only the gate writes it."""
    created: int = 0
    last_match: int = 0
    last_success: int = 0

    @property
    def paths(self) -> frozenset[str]:
        """The paths on which this token may be used; empty means all (a rollout token has some)."""
        scope = self.info.get("scope")
        return frozenset(scope.get("path", ())) if isinstance(scope, dict) else frozenset()

    @property
    def rollout(self) -> bool:
        """Whether it is limited to doors at which people get to their real token."""
        return not self.paths.isdisjoint(_ROLLOUT_PATHS)

    @property
    def pending(self) -> bool:
        """Whether its owner has not finished enrolling it: until then it is as good as none."""
        return PENDING in self.info

    @property
    def pending_until(self) -> int:
        """Until when that may be done."""
        said = self.info.get(PENDING)
        return int(said.get("until", 0)) if isinstance(said, dict) else 0

    @property
    def enrolled_by(self) -> Subject | None:
        """Who has enrolled it for themselves; None if somebody else has."""
        said = self.info.get(ENROLLED_BY)
        if not isinstance(said, dict):
            return None
        return Subject(str(said.get("resolver")), str(said.get("userid")))

    @property
    def locked(self) -> bool:
        return self.failures >= self.max_failures

    @property
    def subject(self) -> Subject:
        """Whom attempts with this token are counted for."""
        return self.owner or Subject("", self.serial)


def secret_context(serial: str) -> tuple[str, ...]:
    """What a token's secret is sealed for: it opens in no other row."""
    return ("token", serial, "secret")
