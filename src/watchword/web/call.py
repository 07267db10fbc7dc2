"""One request on its way through a door: what it says, who asks, and the audit row it will leave."""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field

from watchword.enrolment.occasion import Occasion
from watchword.errors import NotAllowed
from watchword.model.audit import AuditEntry
from watchword.model.person import Person
from watchword.model.policy import Action
from watchword.model.session import PersonSession
from watchword.model.settlement import Settlement
from watchword.policy.circumstances import Administrator
from watchword.policy.snapshot import Snapshot
from watchword.selfservice.oneself import Oneself
from watchword.storage.promises import Unit
from watchword.web.address import Sender
from watchword.web.house import House
from watchword.web.parameters import Params
from watchword.web.sessions import Recognised


@dataclass(slots=True)
class Note:
    """What the audit row of this call will say; never a secret."""

    serial: str = ""
    token_type: str = ""
    user: str = ""
    realm: str = ""
    action_detail: str = ""
    info: str = ""
    success: bool = True


@dataclass(slots=True, kw_only=True)
class Call:
    """One request."""

    house: House
    snapshot: Snapshot
    method: str
    path: str
    action: str
    """The audit's name of the call (``admin/init``)."""
    params: Params
    sender: Sender
    client: str
    """The client's address, as the configuration of this call reads it."""
    headers: Mapping[bytes, bytes]
    cookies: Mapping[str, str]
    secure: bool
    now: int
    parts: Mapping[str, str] = field(default_factory=dict)
    """What stands for the ``{name}`` segments of the door's path."""
    administrator: Administrator | None = None
    session: Recognised | None = None
    person: Person | None = None
    """Who has logged in, or has begun to, at a door for people."""
    visit: PersonSession | None = None
    """Their session."""
    note: Note = field(default_factory=Note)
    recorded: bool = False

    @property
    def who(self) -> Administrator:
        """The administrator; only behind doors that ask for one."""
        if self.administrator is None:  # a door without guard asked for an administrator: nobody is one there
            raise NotAllowed
        return self.administrator

    @property
    def occasion(self) -> Occasion:
        """The rules, hour and address of this call."""
        return Occasion(snapshot=self.snapshot, now=self.now, client=self.client)

    @property
    def oneself(self) -> Oneself:
        """The person who looks after their own tokens; only behind doors that ask for one."""
        if self.person is None or self.visit is None or not self.visit.authenticated:
            raise NotAllowed
        return Oneself(
            person=self.person,
            occasion=self.occasion,
            since=self.visit.entered,
            by_rollout=self.visit.by_rollout,
        )

    def permit(self, action: Action[bool], realms: Iterable[str] | None = None) -> None:
        """NotAllowed unless policy gives the administrator this right (in one of these realms)."""
        answer = self.snapshot.rules.permits(action, self.who, realms)
        if not answer.value:
            where = f" in realm {', '.join(sorted(realms)) or '(none)'}" if realms is not None else ""
            raise NotAllowed(
                f"You do not have the right {action.scope.value}/{action.name}{where}. "
                "Ask an administrator for a policy that grants it."
            )

    @asynccontextmanager
    async def unit(self) -> AsyncIterator[Unit]:
        """A transaction that also holds this call's audit row: both become true, or neither."""
        async with self.house.store.unit() as unit:
            yield unit
            await unit.audit.append(self.entry())
        self.recorded = True

    async def record(self, *, success: bool | None = None, detail: str | None = None) -> None:
        """Write this call's audit row where nothing else is written."""
        entry = self.entry(success=success, detail=detail)
        await self.house.store.settle(Settlement(at=self.now, entry=entry))

    def view(self) -> AbstractAsyncContextManager[Unit]:
        """A transaction that only reads."""
        return self.house.store.view()

    def glance(self) -> AbstractAsyncContextManager[Unit]:
        """The same, for a single question."""
        return self.house.store.glance()

    def entry(self, *, success: bool | None = None, detail: str | None = None) -> AuditEntry:
        """The audit row as of now."""
        note = self.note
        return self.house.journal.sign(
            AuditEntry(
                at=self.now,
                action=self.action,
                success=note.success if success is None else success,
                serial=note.serial,
                token_type=note.token_type,
                user=note.user,
                realm=note.realm,
                administrator=self._administrator_text(),
                action_detail=note.action_detail if detail is None else detail,
                info=note.info,
                client=self.client,
            )
        )

    def _administrator_text(self) -> str:
        who = self.administrator
        return f"'{who.login}@{who.realm} ({who.resolver})'" if who is not None else "''"
