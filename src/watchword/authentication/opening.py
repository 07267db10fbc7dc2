"""Whom an attempt is about, and what is held: the first of the two round trips."""

import msgspec

from watchword.authentication import actions
from watchword.authentication.case import NOBODY, OWN_DOORS, Case, Completing, circumstances_of
from watchword.clock import Clock
from watchword.directory.finding import Directory
from watchword.errors import AmbiguousUser, DirectorySilent, Unreachable
from watchword.limits.throttling import Throttling
from watchword.model.attempt import Attempt
from watchword.model.person import UserName
from watchword.model.settlement import Held, Lookup
from watchword.model.token import PENDING_PATH
from watchword.policy.circumstances import Circumstances
from watchword.policy.snapshot import Snapshot, Snapshots
from watchword.storage.promises import Store

_MOST_REVISIONS = 50
"""Changes of the configuration during one attempt; more is no work of people."""


class Opening:
    """Opens cases. Unknown, ambiguous and unreachable people get one, too, with a problem in it."""

    def __init__(
        self, store: Store, snapshots: Snapshots, directory: Directory, clock: Clock, throttling: Throttling
    ) -> None:
        self._store = store
        self._snapshots = snapshots
        self._directory = directory
        self._clock = clock
        self._throttling = throttling

    async def open(self, attempt: Attempt, complete: Completing | None) -> Case:
        """The case of an attempt: one revision of the configuration, one moment of the store.

        `Unreachable` if the store does not answer, or the configuration never rests.
        """
        snapshot = await self._snapshots.current()
        for _ in range(_MOST_REVISIONS):
            case = await self._open_by(snapshot, attempt, complete)
            if case.held.revision <= snapshot.revision:
                return case
            # Somebody changed the configuration since: start anew, so that one revision holds throughout.
            snapshot = await self._snapshots.at_least(case.held.revision)
        raise Unreachable("The configuration changes faster than an answer can be judged: try again.")

    async def _open_by(self, snapshot: Snapshot, attempt: Attempt, complete: Completing | None) -> Case:
        if complete is not None:
            attempt = complete(attempt, snapshot.configuration)
        if attempt.user is not None:
            return await self._open_user(attempt, snapshot)
        return await self._open_token(attempt, snapshot)

    async def _open_user(self, attempt: Attempt, snapshot: Snapshot) -> Case:
        name = attempt.user
        assert name is not None
        now = self._clock.now()
        configuration = snapshot.configuration
        realm = name.realm or configuration.default_realm
        who = Circumstances(login=name.login, realm=realm, client=attempt.client or None, now=now)
        person, problem, setrealm = None, "", None
        try:
            if attempt.path not in OWN_DOORS and snapshot.rules.governs(actions.SETREALM):
                name, setrealm = await self._moved(name, attempt, snapshot, who)
            person = await self._directory.find(name, configuration)
        except AmbiguousUser as ambiguous:
            problem = several_entries(ambiguous)
        except DirectorySilent as unknown:
            problem = directory_unknown(unknown)
        subject = person.subject if person is not None else NOBODY
        held = _finished(
            await self._store.look_up(Lookup(subject=subject, client=attempt.client)), attempt, now
        )
        if person is not None:
            held = await self._with_line(held, attempt)
            who = circumstances_of(person, attempt.client, now)
        case = Case(
            attempt=attempt,
            snapshot=snapshot,
            now=now,
            who=who,
            held=held,
            bucket=self._throttling.bucket(held.throttles, attempt.client),
            subject=subject,
            person=person,
            problem=problem,
        )
        if setrealm is not None:
            case.spoke[actions.SETREALM.name] = setrealm
        if person is None and not problem and not configuration.flag("PassOnUserNotFound"):
            case.problem = "User not found"
        governed = case.authorizes and snapshot.rules.governs(actions.AUTHORIZE)
        if governed and not case.ask(actions.AUTHORIZE):
            case.problem = case.problem or "no policy authorizes this user from this client"
        return case

    async def _with_line(self, held: Held, attempt: Attempt) -> Held:
        """With the token that stands for the person's number in the directory, and its questions."""
        if not attempt.route.line:
            return held
        line = await self._store.look_up(Lookup(serial=attempt.route.line, client=attempt.client))
        own = tuple(token for token in line.tokens if token.owner is None)
        challenges = (*held.challenges, *line.challenges)
        return msgspec.structs.replace(held, tokens=(*held.tokens, *own), challenges=challenges)

    async def _moved(
        self, name: UserName, attempt: Attempt, snapshot: Snapshot, who: Circumstances
    ) -> tuple[UserName, str | None]:
        """The name in the realm where policy looks for it, and which policy says so.

        The policy is asked about the person as named, or about the bare name where nobody has it.
        """
        person = await self._directory.find(name, snapshot.configuration)
        if person is not None:
            who = circumstances_of(person, attempt.client, who.now)
        moved = snapshot.rules.ask(actions.SETREALM, who)
        if not moved.value:
            return name, None
        return msgspec.structs.replace(name, realm=moved.value.strip().lower()), moved.policy

    async def _open_token(self, attempt: Attempt, snapshot: Snapshot) -> Case:
        """Whom an attempt is about that names a serial, or only the question that it answers."""
        now = self._clock.now()
        configuration = snapshot.configuration
        if attempt.serial is not None or not attempt.transaction:
            wanted = Lookup(serial=attempt.serial or "", client=attempt.client)
        else:
            wanted = Lookup(transaction=attempt.transaction, client=attempt.client)
        held = _finished(await self._store.look_up(wanted), attempt, now)
        token = held.tokens[0] if held.tokens else None
        person, problem = None, "" if token else "no such token or transaction"
        if token is not None and token.owner is not None:
            try:
                person = await self._directory.owner(token.owner, configuration, token.realms)
            except (AmbiguousUser, DirectorySilent) as unknown:
                problem = f"owner unknown: {unknown.message}"
            else:
                problem = "" if person else "the owner is not in the directory any more"
        elif token is not None and len(token.realms) > 1:
            problem = "the token has no owner and several realms"
        if person is not None:
            who = circumstances_of(person, attempt.client, now)
        else:
            realm = token.realms[0] if token is not None and token.realms else configuration.default_realm
            who = Circumstances(realm=realm, client=attempt.client or None, now=now)
        return Case(
            attempt=attempt,
            snapshot=snapshot,
            now=now,
            who=who,
            held=held,
            bucket=self._throttling.bucket(held.throttles, attempt.client),
            subject=token.subject if token is not None else NOBODY,
            person=person,
            problem=problem,
        )


def _finished(held: Held, attempt: Attempt, now: int) -> Held:
    """Without the tokens that their owner has not finished enrolling: these are as good as none, also for whoever is
    let in because they have none. Only the code that finishes one is judged by it, and only in time.
    """
    if not any(token.pending for token in held.tokens):
        return held
    finishing = attempt.path == PENDING_PATH
    tokens = [one for one in held.tokens if not one.pending or (finishing and now <= one.pending_until)]
    return msgspec.structs.replace(held, tokens=tuple(tokens))


def directory_unknown(unknown: DirectorySilent) -> str:
    """The reason of a refusal that decided nothing about the person."""
    return f"directory unknown: {unknown.message}"


def several_entries(ambiguous: AmbiguousUser) -> str:
    """The reason of a refusal for whoever has to mend the directory."""
    return f"several directory entries answer to this name: {ambiguous.message}"
