"""Sessions of people who log in for themselves, at the portal and at LinOTP's ``/userservice``.

Threat: somebody else's session. What the client holds is 32 random bytes, of which the store has a hash; each step
of a log-in gives a new value and the old one is dead in the same transaction, so whoever planted or overheard a
value has nothing after the step; and a session counts for the one face that opened it. A log-out on one node ends
the session on all, as there is nothing but the row.

No password and no code is ever kept in one: that the password was right is a proof in the row.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from watchword.clock import Clock, Dice
from watchword.errors import BadParameter, NotAuthenticated
from watchword.model.configuration import Configuration
from watchword.model.person import Person, Subject
from watchword.model.session import PersonSession, Proof, Session, State
from watchword.policy.notation.durations import read_duration
from watchword.storage.promises import Unit

EXPIRY = "selfservice.auth_expiry"
"""LinOTP's setting: how long a session lasts, as a duration (``30m``, ``2h``)."""

_KIND = "user"
_HOUR = 3_600_000
_HALF_WAY = 600_000
"""Milliseconds for which a log-in may stand half-way: as long as a code that was sent is ever good for."""
_LONGEST_AGENT = 200


class Opened(Struct, frozen=True, kw_only=True):
    """A session as its client is given it."""

    value: str
    """What the client holds, for its cookie; nobody else ever sees it."""
    session: PersonSession
    seconds: int
    """How long the session lasts."""

    def __repr__(self) -> str:
        return f"Opened({self.session.name!r})"


class PersonSessions:
    """Opens, recognises, moves on and ends them. Every word takes the unit in which it happens."""

    def __init__(self, clock: Clock, dice: Dice) -> None:
        self._clock = clock
        self._dice = dice

    async def open(
        self,
        unit: Unit,
        person: Person,
        *,
        path: str,
        state: State,
        proofs: tuple[Proof, ...],
        client: str,
        configuration: Configuration,
        agent: str = "",
        transaction: str = "",
        asked: str = "",
    ) -> Opened:
        """A new session, in whatever state the first step of the log-in has come to."""
        now = self._clock.now()
        return await self._keep(
            unit,
            PersonSession(
                id=b"",
                subject=person.subject,
                login=person.login,
                realm=person.realm,
                path=path,
                state=state,
                proofs=proofs,
                opened=now,
                expires=0,
                client=client,
                agent=agent[:_LONGEST_AGENT],
                transaction=transaction,
                asked=asked,
            ),
            configuration,
        )

    async def advance(
        self,
        unit: Unit,
        held: PersonSession,
        *,
        state: State,
        configuration: Configuration,
        proof: Proof | None = None,
        transaction: str | None = None,
        asked: str | None = None,
    ) -> Opened:
        """The session one step on, under a new value; the old value is dead.

        ``transaction`` and ``asked`` None stay as they are. NotAuthenticated if the session was ended, or moved on
        by another request, in the meantime: of several at once one gets on.
        """
        if not await unit.sessions.close(held.id):
            raise NotAuthenticated
        after = msgspec.structs.replace(
            held,
            state=state,
            proofs=_with(held.proofs, proof) if proof is not None else held.proofs,
            transaction=held.transaction if transaction is None else transaction,
            asked=held.asked if asked is None else asked,
        )
        return await self._keep(unit, after, configuration)

    async def find(
        self, unit: Unit, value: str, *, path: str, client: str | None = None
    ) -> PersonSession | None:
        """The session of which the client holds this value, in whatever state; None if there is none any more.

        ``client``: the address that it must have been opened from, for faces that bind a session to it.
        """
        if not value:
            return None
        row = await unit.sessions.find(_fingerprint(value))
        session = _read(row) if row is not None else None
        if session is None or session.path != path or session.expires <= self._clock.now():
            return None
        return session if client is None or session.client == client else None

    async def of(self, unit: Unit, subject: Subject) -> tuple[PersonSession, ...]:
        """The sessions in which this person is logged in now, the newest first."""
        now = self._clock.now()
        read = [_read(row) for row in await unit.sessions.of(_KIND, subject)]
        return tuple(one for one in read if one is not None and one.authenticated and one.expires > now)

    async def end(self, unit: Unit, held: PersonSession) -> bool:
        """End this session on every node; False if it had ended already."""
        return await unit.sessions.close(held.id)

    async def end_named(self, unit: Unit, subject: Subject, name: str) -> bool:
        """End one of this person's sessions by the name that the list has for it; False if none has it."""
        found = [row for row in await unit.sessions.of(_KIND, subject) if row.id.hex().startswith(name)]
        return len(found) == 1 and len(name) >= _NAME and await unit.sessions.close(found[0].id)

    async def end_all(self, unit: Unit, subject: Subject, *, but: PersonSession | None = None) -> int:
        """End all sessions of this person, half-way ones too, but for one; how many there were."""
        kept = but.id if but is not None else b""
        rows = [row for row in await unit.sessions.of(_KIND, subject) if row.id != kept]
        return sum([await unit.sessions.close(row.id) for row in rows])

    async def _keep(self, unit: Unit, session: PersonSession, configuration: Configuration) -> Opened:
        now = self._clock.now()
        value = self._dice.bytes(32).hex()
        life = lifetime(configuration) if session.authenticated else min(_HALF_WAY, lifetime(configuration))
        entered = (session.entered or now) if session.authenticated else 0
        # Whoever goes on in a session (proves another factor, say) does not prolong it.
        expires = session.expires if session.entered else now + life
        session = msgspec.structs.replace(session, id=_fingerprint(value), entered=entered, expires=expires)
        await unit.sessions.open(_row(session))
        return Opened(value=value, session=session, seconds=max(1, (expires - now) // 1000))


def _with(proofs: tuple[Proof, ...], proof: Proof) -> tuple[Proof, ...]:
    """The same thing shown again is one proof, of now."""
    others = (one for one in proofs if (one.how, one.serial) != (proof.how, proof.serial))
    return (*others, proof)


def lifetime(configuration: Configuration) -> int:
    """Milliseconds for which a session lasts from the last step of its log-in on: an hour unless set otherwise."""
    said = configuration.text(EXPIRY)
    try:
        return int(read_duration(said).total_seconds() * 1000) or _HOUR if said else _HOUR
    except BadParameter:
        return _HOUR


def _fingerprint(value: str) -> bytes:
    """Under which name the store knows the session: a plain hash will do for 32 random bytes."""
    return hashlib.sha256(value.encode("utf-8", "replace")).digest()


class _Facts(Struct, frozen=True, kw_only=True):
    """What the row keeps besides who and when."""

    path: str
    state: State
    proofs: tuple[Proof, ...]
    entered: int = 0
    agent: str = ""
    transaction: str = ""
    asked: str = ""


_NAME = 20
"""Letters of `PersonSession.name`."""


def _row(session: PersonSession) -> Session:
    facts: Mapping[str, Any] = msgspec.to_builtins(
        _Facts(
            path=session.path,
            state=session.state,
            proofs=session.proofs,
            entered=session.entered,
            agent=session.agent,
            transaction=session.transaction,
            asked=session.asked,
        )
    )
    return Session(
        id=session.id,
        kind=_KIND,
        holder={
            "login": session.login,
            "realm": session.realm,
            "resolver": session.subject.resolver,
            "userid": session.subject.userid,
        },
        opened=session.opened,
        expires=session.expires,
        client=session.client,
        facts=facts,
    )


def _read(row: Session) -> PersonSession | None:
    if row.kind != _KIND:
        return None
    try:
        facts = msgspec.convert(row.facts, _Facts)
    except msgspec.ValidationError:
        return None  # of another version of this server: the person logs in anew
    return PersonSession(
        id=row.id,
        subject=Subject(row.holder["resolver"], row.holder["userid"]),
        login=row.holder["login"],
        realm=row.holder["realm"],
        path=facts.path,
        state=facts.state,
        proofs=facts.proofs,
        opened=row.opened,
        entered=facts.entered,
        expires=row.expires,
        client=row.client,
        agent=facts.agent,
        transaction=facts.transaction,
        asked=facts.asked,
    )
