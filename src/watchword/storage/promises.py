"""What any store promises. `sqlite` and `postgres` keep it; `watchword.testing.store_contract` judges both alike.

Promises that hold for every call:

- a `Unit` is one transaction: all of it becomes true when its ``async with`` ends, or nothing of it;
- what a call has answered survives ``kill -9`` and power loss;
- every change of the configuration moves its revision in the same transaction;
- a store that cannot answer raises `errors.Unreachable`, never an empty answer;
- texts are kept character by character; what the database cannot hold (NUL) is escaped on the way in and
  never raises.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from msgspec import Struct

from watchword.model.audit import AuditEntry
from watchword.model.challenge import Challenge
from watchword.model.configuration import Configuration, Entry, ProviderConfig, Realm, ResolverConfig
from watchword.model.errand import Errand, Stage
from watchword.model.hook import HookConfig, HookEvent
from watchword.model.message import Channel
from watchword.model.method import MethodConfig
from watchword.model.oidc import Client, DeviceRequest, Grant, Logout, Pending, SigningKey, Ticket
from watchword.model.person import Subject
from watchword.model.policy import Policy
from watchword.model.route import Route
from watchword.model.session import Session
from watchword.model.settlement import Held, Lookup, Settled, Settlement
from watchword.model.spending import Charge
from watchword.model.token import Token


class Page(Struct, frozen=True, kw_only=True):
    """Which part of a list: ``size`` 0 means all."""

    number: int = 0
    size: int = 0
    sort: str = ""
    descending: bool = False


class TokenFilter(Struct, frozen=True, kw_only=True):
    """Which tokens; every given field narrows. Texts with ``*`` are patterns in `serial`, else exact."""

    serial: str | None = None
    owners: tuple[Subject, ...] | None = None
    resolver: str | None = None
    """Owned by somebody of this resolver."""
    assigned: bool | None = None
    realms: frozenset[str] | None = None
    """In one of these realms; ``""`` among them means tokens in no realm."""
    kinds: frozenset[str] = frozenset()
    active: bool | None = None
    contains: str = ""
    """Somewhere in serial, description, type, user id or resolver; wildcards have no meaning here."""


class AuditFilter(Struct, frozen=True, kw_only=True):
    """Which rows: column name of `AuditEntry` -> SQL LIKE pattern (only ``%`` is a wildcard); ``any`` joins by or."""

    like: Mapping[str, str] = {}
    exact: Mapping[str, str] = {}
    """Column name -> text; all of these hold beside the rest, also where ``any`` joins that by or."""
    since: int | None = None
    """Not before this moment (milliseconds UTC)."""
    until: int | None = None
    """Before this moment."""
    any: bool = False


class ManagedPerson(Struct, frozen=True, kw_only=True):
    """A person kept here, in the resolver ``resolver``."""

    resolver: str
    userid: str
    login: str
    attributes: Mapping[str, str] = {}
    password: str = ""
    """Kept form (`crypto.passwords`), or a hash as it was imported."""


class Tokens(Protocol):
    """Tokens within one transaction."""

    async def add(self, token: Token) -> Token:
        """Keep a new token; returns it with its id. `errors.Refused` if the serial is taken."""
        ...

    async def add_all(self, tokens: Sequence[Token]) -> tuple[Token, ...]:
        """Keep many at once (an import); if a serial is taken, `errors.Refused`, and the unit is to be given up."""
        ...

    async def by_serial(self, serial: str) -> Token | None: ...

    async def of(self, subject: Subject) -> tuple[Token, ...]:
        """All tokens of one owner, by serial."""
        ...

    async def change(self, before: Token, after: Token) -> bool:
        """Write the fields in which the two differ, if the store still holds them as in ``before``.

        Fields that are the same in both are left as they are in the store, so that an administrator's change
        never turns a counter back. False: somebody else was first, nothing was written.
        """
        ...

    async def remove(self, token: Token) -> bool: ...

    async def take_turn(self, name: str) -> None:
        """Wait for whoever has the turn of this name, and keep it until the unit ends: to count before adding."""
        ...

    async def search(self, wanted: TokenFilter, page: Page) -> tuple[list[Token], int]:
        """One page and how many there are in all. Sort keys are field names of `Token`."""
        ...

    def each(self, wanted: TokenFilter) -> AsyncIterator[Token]:
        """All of them, without holding all in memory."""
        ...

    async def count(self, wanted: TokenFilter) -> int: ...


class People(Protocol):
    """Managed people within one transaction."""

    async def find(self, resolver: str, login: str) -> ManagedPerson | None:
        """By login, compared without regard to case."""
        ...

    async def get(self, resolver: str, userid: str) -> ManagedPerson | None: ...

    async def put(self, people: Iterable[ManagedPerson]) -> None:
        """Add or overwrite by (resolver, userid)."""
        ...

    async def remove(self, resolver: str, userids: Iterable[str] | None = None) -> int:
        """Remove some, or all of a resolver; how many there were."""
        ...

    def each(self, resolver: str) -> AsyncIterator[ManagedPerson]:
        """All of a resolver, by login."""
        ...


class Configurations(Protocol):
    """The configuration within one transaction. Every write moves the revision once per unit."""

    async def load(self) -> Configuration: ...
    async def held(self) -> Configuration:
        """As it stands, and stands still until the unit ends: whoever else asks for it so waits for their turn."""
        ...

    async def put_entries(self, entries: Mapping[str, Entry]) -> None: ...
    async def remove_entries(self, names: Iterable[str]) -> None: ...
    async def put_resolver(self, resolver: ResolverConfig) -> None: ...
    async def remove_resolver(self, name: str) -> None: ...
    async def put_realm(self, realm: Realm) -> None: ...
    async def remove_realm(self, name: str) -> None:
        """Also takes the realm off its tokens, and the default off it."""
        ...

    async def set_default_realm(self, name: str) -> None:
        """``""`` clears it."""
        ...

    async def put_policies(self, policies: Iterable[Policy]) -> None: ...
    async def remove_policies(self, names: Iterable[str]) -> None: ...

    async def put_provider(self, provider: ProviderConfig) -> None:
        """Add or overwrite by (channel, name). One that is the default takes that from the channel's others."""
        ...

    async def remove_provider(self, channel: Channel, name: str) -> None: ...

    async def put_hook(self, hook: HookConfig) -> None:
        """Add or overwrite by name."""
        ...

    async def remove_hook(self, name: str) -> None: ...

    async def put_routes(self, routes: Sequence[Route]) -> None:
        """These are the routes, in this order, and no others."""
        ...

    async def put_client(self, client: Client) -> None:
        """Add or overwrite an OpenID client by its id."""
        ...

    async def remove_client(self, identifier: str) -> None: ...

    async def put_method(self, method: MethodConfig) -> None:
        """Add or overwrite by name."""
        ...

    async def remove_method(self, name: str) -> None: ...

    async def touch(self) -> None:
        """Move the revision: something that snapshots depend on has changed (people were imported)."""
        ...


class Audits(Protocol):
    """The audit within one transaction. Rows are only ever added."""

    async def append(self, entry: AuditEntry) -> int:
        """Keep a row; its number, which only grows."""
        ...

    async def search(self, wanted: AuditFilter, page: Page) -> tuple[list[AuditEntry], int]:
        """One page and how many match. Sort keys are field names of `AuditEntry`."""
        ...

    def each(self, wanted: AuditFilter, page: Page) -> AsyncIterator[AuditEntry]: ...


class Sessions(Protocol):
    """Sessions within one transaction."""

    async def open(self, session: Session) -> None: ...
    async def find(self, identifier: bytes) -> Session | None: ...
    async def of(self, kind: str, subject: Subject) -> tuple[Session, ...]:
        """Those of this kind whose holder has this resolver and user id, the newest first."""
        ...

    async def close(self, identifier: bytes) -> bool:
        """False: it was closed before. Of several who close it at once, one has done so."""
        ...

    async def close_all(self, kind: str, holder: Mapping[str, str]) -> int: ...
    async def sweep(self, now: int) -> int:
        """Forget sessions that have expired."""
        ...


class Throttles(Protocol):
    """Limits on subjects within one transaction."""

    async def clear(self, subject: Subject) -> None:
        """An administrator forgives the subject's failures; known addresses stay known."""
        ...

    async def sweep(self, before: int) -> int:
        """Forget buckets in which nothing has happened since ``before`` (milliseconds UTC) and that block nothing."""
        ...


class Challenges(Protocol):
    """Questions within one transaction, for looking; they change by `Store.settle`."""

    async def of(self, transaction: str) -> tuple[Challenge, ...]:
        """Those with this id, or with this parent id (14 digits), by id."""
        ...

    async def of_tokens(self, token_ids: Iterable[int]) -> tuple[Challenge, ...]:
        """All that are kept, newest first."""
        ...

    async def sweep(self, before: int) -> int:
        """Remove those whose time was over before this moment; how many."""
        ...


class Errands(Protocol):
    """The outbox within one transaction."""

    async def add(self, errands: Iterable[Errand]) -> None: ...

    async def due(self, now: int, most: int) -> tuple[Errand, ...]:
        """WAITING ones that nobody holds and that are still worth bringing, oldest first."""
        ...

    async def begin(self, reference: str, provider: str, now: int, held_until: int) -> bool:
        """WAITING -> UNDER_WAY with this provider; False if it is not WAITING, not worth bringing or held by others.

        ``held_until`` is until when it is then held. Who holds it already names the same moment again, and is
        known by that. Conditional: of several who try, one gets it.
        """
        ...

    async def end(self, reference: str, stage: Stage, *, reason: str = "", their_reference: str = "") -> bool:
        """UNDER_WAY -> this stage (WAITING again: the next provider may try)."""
        ...

    async def strand(self, before: int) -> int:
        """UNDER_WAY ones whose holder's time was over before this moment become UNCERTAIN; how many."""
        ...

    async def find(self, reference: str) -> Errand | None: ...

    async def of_theirs(self, their_reference: str) -> tuple[Errand, ...]:
        """Those that a provider knows by this name."""
        ...

    async def deliver(self, reference: str, before: Stage, after: Stage, reason: str) -> bool:
        """From one stage to another, by a delivery receipt. False: it is in another stage, and stays there."""
        ...

    async def of(self, challenge: str) -> tuple[Errand, ...]:
        """Those that bring the question with this id, the oldest first."""
        ...

    async def search(self, page: Page) -> tuple[list[Errand], int]:
        """One page, newest first, and how many there are in all. How the page is sorted is not for choosing."""
        ...

    async def sweep(self, before: int) -> int:
        """Forget those made before this moment that are not UNDER_WAY; how many."""
        ...


class Oidc(Protocol):
    """What the OpenID provider keeps, within one transaction. Clients are configuration (`Configurations`).

    Whatever is good for once is spent by a conditional change: of several who try, one gets it.
    """

    async def add_grant(self, grant: Grant) -> None: ...
    async def grant(self, identifier: str) -> Grant | None: ...
    async def prolong(self, identifier: str, expires: int) -> bool:
        """Tokens of a later hour follow from this grant. False: it was revoked."""
        ...

    async def revoke(self, identifier: str, now: int) -> bool:
        """No token of this grant is good any more. False: somebody else did so before."""
        ...

    async def revoke_of_session(self, sid: str, now: int) -> tuple[Grant, ...]:
        """The session is over: its grants are revoked, but for those that outlive it. All of them are told."""
        ...

    async def add_ticket(self, ticket: Ticket) -> None: ...
    async def ticket(self, identifier: bytes) -> Ticket | None: ...
    async def spend(self, identifier: bytes, now: int) -> bool:
        """Use a ticket that is good for once. False: it was used, is over, or never was."""
        ...

    async def put_pending(self, pending: Pending) -> None: ...
    async def pending(self, identifier: bytes) -> Pending | None: ...
    async def take_pending(self, identifier: bytes) -> bool:
        """End a request that waited. False: somebody else did so before."""
        ...

    async def see(self, identifier: bytes, expires: int) -> bool:
        """Note something that may be shown once until then. False: it was shown before."""
        ...

    async def add_device(self, device: DeviceRequest) -> bool:
        """False: the user code is taken."""
        ...

    async def device(self, identifier: bytes) -> DeviceRequest | None: ...
    async def device_of(self, user_code: bytes) -> DeviceRequest | None: ...
    async def device_asks(self, identifier: bytes, now: int) -> None:
        """Note that the device has asked."""
        ...

    async def move_device(self, identifier: bytes, before: str, after: str, grant_id: str = "") -> bool:
        """From one state to another. False: it was in none such."""
        ...

    async def consented(self, subject: Subject, client_id: str) -> frozenset[str]:
        """The scopes that the person has let this client have."""
        ...

    async def put_consent(
        self, subject: Subject, client_id: str, scopes: frozenset[str], now: int
    ) -> None: ...

    async def add_logouts(self, logouts: Iterable[Logout]) -> None: ...
    async def due_logouts(self, now: int, most: int) -> tuple[Logout, ...]: ...
    async def hold_logout(self, logout: Logout, until: int) -> bool:
        """Try it alone until then. False: somebody else does, or it is done."""
        ...

    async def end_logout(self, identifier: str) -> None: ...

    async def keys(self) -> tuple[SigningKey, ...]: ...
    async def add_key(self, key: SigningKey) -> bool:
        """False: there is one in this state for the algorithm; ``current`` and ``next`` are there once."""
        ...

    async def move_key(self, identifier: str, before: str, after: str, now: int) -> bool: ...
    async def forget_key(self, identifier: str) -> bool:
        """Only an old one."""
        ...

    async def sweep(self, now: int) -> int:
        """Forget what is over. A spent code is remembered for as long as a token of its grant may be good."""
        ...


class Hooks(Protocol):
    """What callers of our hooks have asked for, within one transaction."""

    async def claim(self, event: HookEvent) -> bool:
        """Keep an event that nobody has kept, or whose time was over. False: it was taken before, maybe elsewhere."""
        ...

    async def find(self, key: bytes) -> HookEvent | None: ...
    async def answer(self, key: bytes, answer: bytes) -> None:
        """Keep what was told."""
        ...

    async def sweep(self, now: int) -> int:
        """Forget events whose time is over; how many."""
        ...


class Spendings(Protocol):
    """What was spent on messages, within one transaction."""

    async def spend(self, charges: Sequence[Charge]) -> tuple[Charge, ...]:
        """Count one message against each; those whose bound is exceeded by it. Who then gives the unit up has spent
        nothing.
        """
        ...

    async def sweep(self, now: int) -> int:
        """Forget counts that have ended; how many."""
        ...


class Unit(Protocol):
    """One transaction over all shelves."""

    tokens: Tokens
    people: People
    configuration: Configurations
    audit: Audits
    sessions: Sessions
    throttles: Throttles
    challenges: Challenges
    errands: Errands
    hooks: Hooks
    spendings: Spendings
    oidc: Oidc


class Traffic(Protocol):
    """How much a store has asked of its database since it was opened."""

    statements: int
    round_trips: int


class Store(Protocol):
    """The whole store."""

    @property
    def traffic(self) -> Traffic: ...

    async def look_up(self, wanted: Lookup) -> Held:
        """First round trip of a log-in; calls that arrive while the store is busy leave together."""
        ...

    async def settle(self, settlement: Settlement) -> Settled:
        """Second round trip of a log-in: the atomic conditional change, shared like `look_up`."""
        ...

    def unit(self) -> AbstractAsyncContextManager[Unit]:
        """A transaction that may write."""
        ...

    def view(self) -> AbstractAsyncContextManager[Unit]:
        """A transaction that only reads, and never waits for a writer."""
        ...

    def glance(self) -> AbstractAsyncContextManager[Unit]:
        """As a view, for one question that is answered by one statement: nothing is opened and closed for it."""
        ...

    async def revision(self) -> int: ...

    async def check_value(self, fresh: str) -> str:
        """The key ring's check value: the kept one, or ``fresh`` which is then kept."""
        ...

    async def close(self) -> None: ...
