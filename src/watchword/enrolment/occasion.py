"""When and for whom something is done: the rules in force, the hour, the caller's address."""

from collections.abc import Iterable

from msgspec import Struct

from watchword.directory.finding import realms_of
from watchword.model.configuration import Configuration
from watchword.model.person import Person
from watchword.policy.circumstances import Circumstances
from watchword.policy.snapshot import Snapshot


class Occasion(Struct, frozen=True, kw_only=True):
    """What every act here is told besides what to do. ``now`` is in milliseconds UTC."""

    snapshot: Snapshot
    now: int
    client: str = ""

    @property
    def configuration(self) -> Configuration:
        return self.snapshot.configuration

    def about(self, person: Person | None, realms: Iterable[str] = ()) -> Circumstances:
        """What policies are asked about this owner, or about a token of nobody in these realms."""
        if person is None:
            realm = min(realms, default=self.configuration.default_realm)
            return Circumstances(now=self.now, realm=realm, client=self.client)
        return self.about_owner(person, person.realm)

    def about_owner(self, person: Person, realm: str) -> Circumstances:
        """What policies are asked about this owner as somebody of that realm."""
        return Circumstances(
            now=self.now,
            login=person.login,
            realm=realm,
            resolver=person.subject.resolver,
            client=self.client,
            attributes=person.attributes,
        )

    def realms_of(self, person: Person) -> tuple[str, ...]:
        """The realms that the person belongs to, by name."""
        return realms_of(person.subject, self.configuration)
