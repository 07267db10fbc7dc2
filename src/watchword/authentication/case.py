"""One attempt on its way through the gate, with all that is known about it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from watchword.authentication.candidates import Candidate, Dropped
from watchword.model.attempt import Attempt
from watchword.model.configuration import Configuration
from watchword.model.person import Person, Subject
from watchword.model.policy import Action
from watchword.model.settlement import Held, Throttle
from watchword.model.token import PENDING_PATH
from watchword.policy.circumstances import Circumstances
from watchword.policy.snapshot import Snapshot

T = TypeVar("T")

Completing = Callable[[Attempt, Configuration], Attempt]
"""Adds to an attempt what settings decide how to read: where a name is parted, whose word on the address counts."""

OWN_DOORS = frozenset({"userservice", "manage", PENDING_PATH})
"""Doors at which people look after their own tokens, and administrators after the house."""

NOBODY = Subject("-", "-")
"""Owns nothing: resolver names are longer. Asked for where nobody was recognised, so that the work is the same."""


@dataclass(slots=True)
class Case:
    """One attempt with all that is known about it."""

    attempt: Attempt
    snapshot: Snapshot
    now: int
    who: Circumstances
    held: Held
    bucket: Throttle
    subject: Subject
    person: Person | None = None
    problem: str = ""
    candidates: list[Candidate] = field(default_factory=list)
    dropped: list[Dropped] = field(default_factory=list)
    spoke: dict[str, str] = field(default_factory=dict)
    waited: bool = False

    @property
    def authorizes(self) -> bool:
        """Whether policies of the scope authorization count: they guard other services. The portal has a scope of
        its own, and a policy for the VPN shall not keep people from enrolling what it asks for.
        """
        return self.attempt.path not in OWN_DOORS

    def ask(self, action: Action[T]) -> T:
        """What the rules say, noting which policy said it."""
        answer = self.snapshot.rules.ask(action, self.who)
        if answer.policy is not None:
            self.spoke[action.name] = answer.policy
        return answer.value


Enough = Callable[[Case], bool]
"""Whether the right password of the directory is the whole log-in of this case."""


def circumstances_of(person: Person, client: str, now: int) -> Circumstances:
    """What policies are asked about this person."""
    return Circumstances(
        login=person.login,
        realm=person.realm,
        resolver=person.subject.resolver,
        client=client or None,
        now=now,
        attributes=person.attributes,
    )
