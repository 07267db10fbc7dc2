"""The gate: the only code that turns an answer into "yes".

Every door hands its attempt to `Gate.check`. The gate recognises the person, reads what is held in one round
trip, lets token types judge, and settles in one more. What it thinks is only a proposal: the settlement's
conditional update is the decision, so one code opens one door once on any number of nodes.

A stranger learns nothing: whoever is unknown, locked, waiting or wrong gets the same answer after the same order
of work. The reason goes into the audit row that is settled together with the counters.
"""

import dataclasses
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from watchword.audit.journal import Journal
from watchword.authentication import actions
from watchword.authentication.candidates import (
    IGNORE_PIN,
    PASSWORD,
    TOKEN_PIN,
    WRONG,
    Candidate,
    Dropped,
    candidate,
    counted,
    dropped_reason,
    mode_of,
)
from watchword.authentication.telling import details
from watchword.challenges.desk import Desk, Wanted
from watchword.challenges.identifiers import parent_of
from watchword.clock import Clock, Dice
from watchword.crypto.keyring import KeyRing
from watchword.crypto.otp import canonical_code
from watchword.crypto.passwords import burn_password_time
from watchword.crypto.pins import is_costly, keep_pin, pin_matches
from watchword.delivery.carriers import carriers
from watchword.directory.finding import Directory
from watchword.errors import AmbiguousUser, Misconfigured, NoSuchToken, Unreachable
from watchword.limits.pool import CostlyWork
from watchword.limits.throttling import Throttling
from watchword.model.attempt import Attempt, Consideration, Outcome, Posed, Result, Trace, Verdict
from watchword.model.audit import AuditEntry
from watchword.model.challenge import Challenge
from watchword.model.configuration import ADMIN_REALM, Configuration
from watchword.model.person import Person, Subject, UserName
from watchword.model.policy import Action
from watchword.model.settlement import Asked, Held, Lookup, Move, Settlement, Step, Throttle
from watchword.model.token import Token, secret_context
from watchword.plugin.loading import Kinds
from watchword.plugin.shapes import Asking, Challenging, Judging, Resyncing, Tools
from watchword.plugin.tools import tools_for
from watchword.policy.circumstances import Circumstances
from watchword.policy.notation.patterns import expression
from watchword.policy.snapshot import Snapshot, Snapshots
from watchword.storage.promises import Store

T = TypeVar("T")
log = logging.getLogger(__name__)

Completing = Callable[[Attempt, Configuration], Attempt]
"""Adds to an attempt what settings decide how to read: where a name is parted, whose word on the address counts."""
_json = msgspec.json.Encoder().encode

NOBODY = Subject("-", "-")
"""Owns nothing: resolver names are longer. Asked for where nobody was recognised, so that the work is the same."""

_LONGEST_LIST = 30
_MOST_REVISIONS = 5


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

    def ask(self, action: Action[T]) -> T:
        """What the rules say, noting which policy said it."""
        answer = self.snapshot.rules.ask(action, self.who)
        if answer.policy is not None:
            self.spoke[action.name] = answer.policy
        return answer.value


class Gate:
    """Lets somebody in, or says why not."""

    def __init__(
        self,
        *,
        store: Store,
        snapshots: Snapshots,
        directory: Directory,
        kinds: Kinds,
        ring: KeyRing,
        clock: Clock,
        dice: Dice,
        journal: Journal,
        pool: CostlyWork,
        throttling: Throttling,
        desk: Desk,
    ) -> None:
        self._store = store
        self._snapshots = snapshots
        self._directory = directory
        self._kinds = kinds
        self._ring = ring
        self._clock = clock
        self._dice = dice
        self._journal = journal
        self._pool = pool
        self._throttling = throttling
        self._desk = desk
        self._decoy = self._make_decoy()

    async def check(self, attempt: Attempt, *, complete: Completing | None = None) -> Outcome:
        """Judge one answer and settle what follows from it. Never raises for what a client can send.

        ``complete`` is asked again where the configuration has moved, so that one revision holds throughout.
        """
        try:
            case = await self._open(attempt, complete)
            if case.problem:
                self._judge_decoy(case)
                return await self._refuse(case, case.problem)
            if not case.held.tokens:
                return await self._without_token(case)
            self._sort_out(case)
            if case.waited:
                self._judge_decoy(case)
                return await self._refuse(case, "too many failures: the next attempt has to wait")
            await self._judge(case)
            return await self._conclude(case)
        except (Unreachable, Misconfigured) as unknown:
            # The store is down or full, or holds a policy that nobody can read: nothing is let in.
            log.warning("refused without audit", extra={"action": attempt.action, "why": unknown.message})
            return Outcome(result=Result.NO, why=unknown.message)

    async def resync(
        self, serial: str, first: str, second: str, *, entry: AuditEntry, entry_if_refused: AuditEntry
    ) -> bool:
        """Move a token to its place by two consecutive codes, which are spent by that.

        The audit row is settled with it. NoSuchToken if there is none; False also for a token whose type has no
        place to lose.
        """
        snapshot = await self._snapshots.current()
        held = await self._store.look_up(Lookup(serial=serial))
        if not held.tokens:
            raise NoSuchToken(f"No token has the serial {serial!r}.")
        token = held.tokens[0]
        kind = self._kinds.token_type(token.kind)
        verdict = Verdict(accepted=False)
        if isinstance(kind, Resyncing):
            verdict = kind.resync(token, first, second, self._tools(snapshot.configuration))
        if not verdict.accepted or verdict.counter is None:
            await self._store.settle(Settlement(at=self._clock.now(), entry=entry_if_refused))
            return False
        move = Move(token_id=token.id, step=Step.RESYNC, counter=verdict.counter, state=verdict.state)
        settled = await self._store.settle(
            Settlement(at=self._clock.now(), moves=(move,), entry=entry, entry_if_lost=entry_if_refused)
        )
        return settled.won

    async def administrator(self, name: str, password: str, *, action: str, client: str) -> Outcome:
        """Judge an administrator's password; the name is taken literally. Costs one password hash in any case."""
        now = self._clock.now()
        configuration = (await self._snapshots.latest()).configuration
        person, why = None, "unknown administrator"
        try:
            person = await self._directory.find(UserName(login=name, realm=ADMIN_REALM), configuration)
            subject = person.subject if person is not None else NOBODY
            held = await self._store.look_up(Lookup(subject=subject, client=client))
            bucket = self._throttling.bucket(held.throttles, client)
            waits = self._throttling.must_wait(bucket, now)
            if person is None or waits or not password:
                await self._pool.run(burn_password_time, self._ring, password)
                accepted = False
                why = "too many failures: the next attempt has to wait" if waits else why
            else:
                accepted = await self._directory.check_password(person, password, configuration)
                why = "" if accepted else "wrong password"
        except (AmbiguousUser, Unreachable) as unknown:
            return Outcome(result=Result.NO, why=f"directory unknown: {unknown.message}")
        step = None
        if accepted:
            step = self._throttling.success(subject, bucket, client)
        elif person is not None and not waits:
            step = self._throttling.failure(subject, bucket)
        entry = AuditEntry(
            at=now,
            action=action,
            success=accepted,
            user=name[:255],
            realm=ADMIN_REALM,
            administrator="''",
            action_detail=why,
            client=client,
        )
        await self._store.settle(Settlement(at=now, throttle=step, entry=self._journal.sign(entry)))
        return Outcome(result=Result.YES if accepted else Result.NO, why=why, person=person)

    async def holds_pin(self, token: Token, answer: str, *, user: UserName | None, client: str) -> bool:
        """Whether this is the PIN alone of a token: what lets somebody ask how a question stands.

        With ``user``, the token must be that user's, and policy says what the PIN is. Nothing is counted.
        """
        snapshot = await self._snapshots.latest()
        mode, person = TOKEN_PIN, None
        if user is not None:
            person = await self._directory.find(user, snapshot.configuration)
            if person is None or token.owner != person.subject:
                return False
            who = _circumstances(person, Attempt(action="", client=client), self._clock.now())
            mode = mode_of(snapshot.rules.ask(actions.OTPPIN, who).value)
        if mode == PASSWORD:
            return await self._directory.check_password(person, answer, snapshot.configuration)
        if mode == TOKEN_PIN:
            return await self._pool.run(pin_matches, self._ring, token.serial, token.pin, answer)
        return mode == IGNORE_PIN or not answer

    # ---------------------------------------------------------------- who, and what is held

    async def _open(self, attempt: Attempt, complete: Completing | None) -> Case:
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
            if snapshot.rules.governs(actions.SETREALM):
                name, setrealm = await self._moved(name, attempt, snapshot, who)
            person = await self._directory.find(name, configuration)
        except AmbiguousUser:
            problem = "several directory entries answer to this name"
        except Unreachable as unknown:
            problem = f"directory unknown: {unknown.message}"
        subject = person.subject if person is not None else NOBODY
        held = await self._store.look_up(Lookup(subject=subject, client=attempt.client))
        if person is not None:
            who = _circumstances(person, attempt, now)
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
        if snapshot.rules.governs(actions.AUTHORIZE) and not case.ask(actions.AUTHORIZE):
            case.problem = case.problem or "no policy authorizes this user from this client"
        return case

    async def _moved(
        self, name: UserName, attempt: Attempt, snapshot: Snapshot, who: Circumstances
    ) -> tuple[UserName, str | None]:
        """The name in the realm where policy looks for it, and which policy says so.

        The policy is asked about the person as named, or about the bare name where nobody has it.
        """
        person = await self._directory.find(name, snapshot.configuration)
        if person is not None:
            who = _circumstances(person, attempt, who.now)
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
        held = await self._store.look_up(wanted)
        token = held.tokens[0] if held.tokens else None
        person, problem = None, "" if token else "no such token or transaction"
        if token is not None and token.owner is not None:
            try:
                person = await self._directory.owner(token.owner, configuration, token.realms)
            except (AmbiguousUser, Unreachable) as unknown:
                problem = f"owner unknown: {unknown.message}"
            else:
                problem = "" if person else "the owner is not in the directory any more"
        elif token is not None and len(token.realms) > 1:
            problem = "the token has no owner and several realms"
        if person is not None:
            who = _circumstances(person, attempt, now)
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

    # ---------------------------------------------------------------- judging

    def _sort_out(self, case: Case) -> None:
        """Part the tokens into those that are judged and those that are not, and why."""
        attempt = case.attempt
        mode = mode_of(case.ask(actions.OTPPIN))
        pin_first = case.snapshot.configuration.flag("PrependPin", default=True)
        realm = case.person.realm if case.person is not None else None
        for token in case.held.tokens:
            if attempt.serial is not None and token.serial != attempt.serial:
                continue
            if attempt.kinds and token.kind not in attempt.kinds:
                continue
            dropped = dropped_reason(token, path=attempt.path, realm=realm, now=case.now)
            if dropped is not None:
                case.dropped.append(dropped)
                continue
            kind = self._kinds.token_type(token.kind)
            if not isinstance(kind, (Judging, Challenging)):
                case.dropped.append(Dropped(token, "this type takes no answers"))
                continue
            case.candidates.append(candidate(token, kind, attempt.answer, mode, pin_first=pin_first))
        if attempt.transaction:
            self._keep_asked(case)
        case.waited = self._throttling.must_wait(case.bucket, case.now)

    def _keep_asked(self, case: Case) -> None:
        """Only tokens that were asked under the transaction's id, or parent id, take its answer."""
        parent = parent_of(case.attempt.transaction)
        under = [one for one in case.held.challenges if one.parent == parent]
        under.sort(
            key=lambda one: (one.open, one.asked, one.id)
        )  # the newest open question to a token is the last
        asked = {one.token_id: one for one in under}
        for one in case.candidates:
            one.challenge = asked.get(one.token.id)
        case.candidates = [one for one in case.candidates if one.challenge is not None]
        case.dropped = [
            dataclasses.replace(one, counts=True) for one in case.dropped if one.token.id in asked
        ]

    async def _judge(self, case: Case) -> None:
        """Cheap judgements first; slow ones in the bounded pool, and only if nothing cheap was accepted."""
        tools = self._tools(case.snapshot.configuration)
        slow: list[Candidate] = []
        for one in case.candidates:
            if _is_costly(one):
                slow.append(one)
                continue
            one.pin_matches, one.verdict = self._judged(case, one, tools)
        if not any(one.accepted for one in case.candidates):
            # Judged whether or not the PIN matched: how long a refusal takes must not tell.
            for one in slow:
                one.pin_matches, one.verdict = await self._pool.run(self._judged, case, one, tools)
        await self._check_passwords(case)

    async def _check_passwords(self, case: Case) -> None:
        """Where policy puts the directory's password in the PIN's place: asked last, once for one password."""
        known: dict[str, bool] = {}
        for one in case.candidates:
            if one.mode != PASSWORD or not one.verdict.accepted or one.pin_matches:
                continue
            if case.person is None:
                one.pin_matches = False
                continue
            if one.pin not in known:
                known[one.pin] = await self._directory.check_password(
                    case.person, one.pin, case.snapshot.configuration
                )
            one.pin_matches = known[one.pin]

    def _pin_matches(self, one: Candidate) -> bool:
        if not one.pin and not one.otp:
            return False  # an empty answer proves nothing, also to a token without PIN that is a PIN only
        if one.mode == TOKEN_PIN:
            return pin_matches(self._ring, one.token.serial, one.token.pin, one.pin)
        return one.mode != PASSWORD

    def _judged(self, case: Case, one: Candidate, tools: Tools) -> tuple[bool, Verdict]:
        """Whether the PIN matches, and what is thought of the rest."""
        if one.challenge is not None:
            return self._judged_by_question(case, one, one.challenge, tools)
        if isinstance(one.kind, Challenging) and one.kind.only_asked:
            return self._pin_matches(one), self._code_of_some_question(case, one)
        return self._pin_matches(one), self._verdict(one, tools)

    def _judged_by_question(
        self, case: Case, one: Candidate, challenge: Challenge, tools: Tools
    ) -> tuple[bool, Verdict]:
        """An answer that names its question: the bare code, or the PIN and the code where the type takes that."""
        assert isinstance(one.kind, Challenging)
        if not challenge.open:
            return True, Verdict(accepted=False, why="the question was answered before")
        if not self._desk.takes_answers(
            challenge, one.token, one.kind, case.now, case.snapshot.configuration
        ):
            return True, Verdict(accepted=False, why="the time of the question is over")
        if not challenge.fingerprint:
            answer = case.attempt.answer
            one.otp = (
                canonical_code(answer) if isinstance(one.kind, Judging) and one.kind.canonical else answer
            )
            return True, self._verdict(one, tools) if answer else WRONG
        if self._desk.is_right(challenge, case.attempt.answer):
            return True, Verdict(accepted=True)
        if one.kind.pin_with_answer and one.pin and self._desk.is_right(challenge, one.otp):
            return self._pin_matches(one), Verdict(accepted=True)
        return True, WRONG

    def _code_of_some_question(self, case: Case, one: Candidate) -> Verdict:
        """PIN and code without naming the question: the code of any question to this token that is open."""
        assert isinstance(one.kind, Challenging)
        configuration = case.snapshot.configuration
        for challenge in case.held.challenges:
            if challenge.token_id != one.token.id or not challenge.open or not challenge.fingerprint:
                continue
            if not self._desk.takes_answers(challenge, one.token, one.kind, case.now, configuration):
                continue
            if self._desk.is_right(challenge, one.otp):
                one.challenge = challenge
                return Verdict(accepted=True)
        return WRONG

    def _verdict(self, one: Candidate, tools: Tools) -> Verdict:
        kind = one.kind
        assert isinstance(kind, Judging)
        try:
            return kind.judge(one.token, one.otp, tools)
        # A type is a plug-in: whatever it raises is a refusal with its name in the trace, and harms no other type.
        except Exception as broken:  # noqa: BLE001
            log.warning("token type failed", extra={"type": kind.name, "error": type(broken).__name__})
            return Verdict(accepted=False, why=f"token type {kind.name} failed: {type(broken).__name__}")

    def _judge_decoy(self, case: Case) -> None:
        """The work of a judgement for somebody who has nothing to judge."""
        decoy = self._decoy
        one = candidate(decoy, self._kinds.default, case.attempt.answer, TOKEN_PIN, pin_first=True)
        self._pin_matches(one)
        self._verdict(one, self._tools(case.snapshot.configuration))

    def _make_decoy(self) -> Token:
        """A token of the commonest type that nobody has."""
        serial = "-"
        return Token(
            serial=serial,
            kind=self._kinds.default.name,
            secret=self._ring.seal(secret_context(serial), self._dice.bytes(20)),
            pin=keep_pin(self._ring, serial, self._dice.bytes(8).hex(), "keyed", self._dice),
        )

    # ---------------------------------------------------------------- what follows

    async def _without_token(self, case: Case) -> Outcome:
        """The person has no token at all (or is nobody, and the house lets nobodies in)."""
        configuration = case.snapshot.configuration
        self._judge_decoy(case)
        if case.person is None:
            return await self._let_in_without(case, "user not found, passed by PassOnUserNotFound")
        if self._throttling.must_wait(case.bucket, case.now):
            return await self._refuse(case, "too many failures: the next attempt has to wait")
        if configuration.flag("PassOnUserNoToken"):
            return await self._let_in_without(case, "no token, passed by PassOnUserNoToken")
        if case.ask(actions.PASSTHRU):
            right = await self._directory.check_password(case.person, case.attempt.answer, configuration)
            if right:
                return await self._let_in_without(case, "no token, password of the directory")
            return await self._refuse(case, "no token, wrong password of the directory", guessed=True)
        if case.ask(actions.PASS_ON_NO_TOKEN):
            return await self._let_in_without(case, "no token, passed by policy")
        return await self._refuse(case, "User has no tokens assigned")

    async def _conclude(self, case: Case) -> Outcome:
        accepted = [one for one in case.candidates if one.accepted]
        if len(accepted) > 1:
            moves = tuple(
                Move(token_id=one.token.id, step=Step.ADVANCE, counter=one.verdict.counter)
                for one in accepted
                if one.verdict.counter is not None
            )
            return await self._refuse(case, "several tokens accept this answer", moves=moves)
        if accepted:
            return await self._accept(case, accepted[0])
        if case.attempt.transaction:
            if not case.candidates and not case.dropped:
                return await self._refuse(case, "no such transaction")
            return await self._refuse_guess(case)
        wanted = await self._to_be_asked(case)
        if wanted:
            return await self._ask(case, wanted)
        return await self._refuse_guess(case)

    # ---------------------------------------------------------------- questions

    async def _to_be_asked(self, case: Case) -> list[Candidate]:
        """The tokens whose PIN, and nothing else, the answer is, and whose type asks.

        Where no PIN is needed, a wrong code is not taken for one: whoever guesses would be asked instead of counted.
        """
        said = case.ask(actions.CHALLENGE_RESPONSE)
        named = {word.lower() for word in said}
        wanted = []
        right: bool | None = None
        guess = any(one.is_guess for one in case.candidates)
        for one in case.candidates:
            kind = one.kind
            if not isinstance(kind, Challenging):
                continue
            if not (kind.only_asked or kind.name in named or "*" in named):
                continue
            if one.mode == PASSWORD and right is None:
                right = await self._directory.check_password(
                    case.person, case.attempt.answer, case.snapshot.configuration
                )
            if self._is_only_the_pin(case, one, password=bool(right), guess=guess):
                wanted.append(one)
        return wanted

    def _is_only_the_pin(self, case: Case, one: Candidate, *, password: bool, guess: bool) -> bool:
        answer = case.attempt.answer
        assert isinstance(one.kind, Challenging)
        if self._needs_no_pin(case, one.kind) and not guess:
            return True
        if one.mode == TOKEN_PIN:
            return pin_matches(self._ring, one.token.serial, one.token.pin, answer)
        if one.mode == PASSWORD:
            return password
        return not answer or (one.mode == IGNORE_PIN and not guess)

    def _needs_no_pin(self, case: Case, kind: Challenging) -> bool:
        """Where policy lets a request that names the token, and brings a text, be enough."""
        named = case.attempt.asks and case.attempt.user is None
        return named and kind.asks_without_pin is not None and case.ask(kind.asks_without_pin)

    async def _ask(self, case: Case, wanted: list[Candidate]) -> Outcome:
        """Ask each of these tokens; a refusal if none could be asked."""
        posed, why = await self._posed(case, wanted)
        if not posed:
            return self._outcome(case, accepted=False, why=why)
        alone = len(wanted) == 1
        return Outcome(
            result=Result.QUESTION,
            why="challenge created",
            person=case.person,
            trace=_trace(case),
            questions=posed,
            together=not alone,
        )

    async def _posed(self, case: Case, wanted: list[Candidate]) -> tuple[tuple[Posed, ...], str]:
        asking = Asking(
            rules=case.ask,
            attributes=case.person.attributes if case.person is not None else {},
            said=case.attempt.said,
        )
        said: list[str] = []

        def record(asked: bool, why: str) -> AuditEntry:
            said.append(why)
            outcome = self._outcome(
                case, accepted=False, why="; ".join(filter(None, ("challenge created" if asked else "", why)))
            )
            return self._journal.sign(self._entry(case, outcome, tuple(one.token for one in wanted)))

        posed = await self._desk.ask(
            [
                Wanted(
                    token=one.token,
                    kind=one.kind,
                    asking=asking,
                    providers=self._carriers(case, one),
                )
                for one in wanted
            ],
            case.held.challenges,
            self._tools(case.snapshot.configuration),
            case.snapshot.configuration,
            record,
        )
        return posed, said[-1] if said else ""

    def _carriers(self, case: Case, one: Candidate) -> tuple[str, ...]:
        assert isinstance(one.kind, Challenging)
        channel = one.kind.channel
        return carriers(channel, case.ask, case.snapshot.configuration) if channel is not None else ()

    async def _ask_again(self, case: Case, winner: Candidate) -> None:
        """Where policy sends the next code at once after a log-in."""
        kind = winner.kind
        if isinstance(kind, Challenging) and kind.asks_again is not None and case.ask(kind.asks_again):
            held = msgspec.structs.replace(case.held, challenges=())
            try:
                await self._posed(dataclasses.replace(case, held=held), [winner])
            except (Unreachable, Misconfigured) as unknown:
                # The code is spent and its row written: whoever gave it is in.
                log.warning("no further question could be asked", extra={"why": unknown.message})

    async def _accept(self, case: Case, winner: Candidate) -> Outcome:
        """Spend the code; only if the store says so has it opened anything."""
        token = winner.token
        unauthorized = self._unauthorized(case, winner)
        moves = (
            Move(
                token_id=token.id,
                step=Step.SPEND,
                counter=winner.verdict.counter,
                state=winner.verdict.state,
            ),
            *(
                Move(token_id=one.token.id, step=Step.CLEAR)
                for one in case.candidates
                if one is not winner and one.token.failures
            ),
        )
        why = unauthorized or winner.verdict.why or "access granted"
        lost = "the code was used, or the token locked, at the same moment"
        outcome = self._outcome(case, accepted=not unauthorized, why=why, winner=winner)
        entry = self._entry(case, outcome, (token,))
        challenge = winner.challenge
        settled = await self._store.settle(
            Settlement(
                at=case.now,
                moves=moves,
                guard=self._throttling.guard(case.subject, case.bucket),
                throttle=self._throttling.success(case.subject, case.bucket, case.attempt.client),
                asked=_claimed(case, challenge) if challenge is not None else None,
                entry=self._journal.sign(entry),
                entry_if_lost=self._journal.sign(
                    msgspec.structs.replace(entry, success=False, action_detail=lost)
                ),
            )
        )
        if not settled.won:
            return self._outcome(case, accepted=False, why=lost, winner=winner)
        if outcome.accepted and challenge is not None:
            await self._ask_again(case, winner)
        return outcome

    def _unauthorized(self, case: Case, winner: Candidate) -> str:
        """Why policy lets nobody in with this token although the answer was right, if so."""
        if case.attempt.user is None:
            return ""
        types = case.ask(actions.TOKENTYPE).lower().split()
        if types and winner.kind.name not in types and "*" not in types:
            return "no policy authorizes this token type"
        pattern = case.ask(actions.SERIAL)
        if pattern and not expression(pattern).matches(winner.token.serial):
            return "no policy authorizes this serial"
        return ""

    async def _refuse_guess(self, case: Case) -> Outcome:
        """Nothing was accepted: count it for the tokens whose PIN matched, or else for all, and for the person."""
        blamed = counted(case.candidates)
        moves = [
            Move(
                token_id=one.token.id,
                step=Step.REPLAY if one.pin_matches and one.verdict.replayed else Step.FAIL,
                state=one.verdict.state if one.pin_matches else None,
            )
            for one in blamed
        ]
        replays_only = bool(blamed) and all(move.step is Step.REPLAY for move in moves)
        if blamed:
            why = blamed[0].why
        elif case.dropped:
            why = case.dropped[-1].why
        else:
            why = "no matching token found"
        return await self._refuse(case, why, moves=tuple(moves), guessed=bool(blamed) and not replays_only)

    async def _refuse(
        self, case: Case, why: str, *, moves: tuple[Move, ...] = (), guessed: bool = False
    ) -> Outcome:
        """Settle a refusal. Tokens that were dropped for being locked or exceeded count it, too."""
        steps = list(moves)
        if case.waited:
            steps += [Move(token_id=one.token.id, step=Step.FAIL) for one in case.candidates]
        for dropped in case.dropped:
            if dropped.counts:
                steps.append(Move(token_id=dropped.token.id, step=Step.FAIL))
            if dropped.exceeded:
                steps += self._exceeded(case, dropped.token)
        outcome = self._outcome(case, accepted=False, why=why)
        tokens = tuple(one.token for one in case.candidates) or tuple(one.token for one in case.dropped)
        await self._store.settle(
            Settlement(
                at=case.now,
                moves=tuple(steps),
                throttle=self._throttling.failure(case.subject, case.bucket) if guessed else None,
                asked=self._missed(case) if case.attempt.transaction and not case.waited else None,
                entry=self._journal.sign(self._entry(case, outcome, tokens)),
            )
        )
        if case.attempt.transaction and tokens:
            failures = tokens[0].failures + any(one.step is Step.FAIL for one in steps)
            return msgspec.structs.replace(outcome, token=tokens[0], failures=failures)
        return outcome

    def _missed(self, case: Case) -> Asked:
        """A wrong answer came to these questions; those whose time is over are forgotten by it."""
        late: list[str] = []
        missed: list[str] = []
        for one in case.candidates:
            if one.challenge is not None:
                (late if self._is_late(case, one, one.challenge) else missed).append(one.challenge.id)
        return Asked(missed=tuple(missed), forget=tuple(late))

    def _is_late(self, case: Case, one: Candidate, challenge: Challenge) -> bool:
        if not challenge.open:
            return challenge.expires < case.now
        configuration = case.snapshot.configuration
        return not self._desk.takes_answers(challenge, one.token, one.kind, case.now, configuration)

    def _exceeded(self, case: Case, token: Token) -> list[Move]:
        if case.ask(actions.DELETE_ON_EXCEED):
            return [Move(token_id=token.id, step=Step.REMOVE)]
        if case.ask(actions.DISABLE_ON_EXCEED):
            return [Move(token_id=token.id, step=Step.DISABLE)]
        return []

    async def _let_in_without(self, case: Case, why: str) -> Outcome:
        outcome = self._outcome(case, accepted=True, why=why)
        await self._store.settle(
            Settlement(at=case.now, entry=self._journal.sign(self._entry(case, outcome, ())))
        )
        return outcome

    def _outcome(self, case: Case, *, accepted: bool, why: str, winner: Candidate | None = None) -> Outcome:
        token = winner.token if winner is not None else None
        asked = actions.DETAIL_ON_SUCCESS if accepted else actions.DETAIL_ON_FAIL
        told = case.ask(asked)
        label = winner.kind.label if winner is not None else ""
        return Outcome(
            result=Result.YES if accepted else Result.NO,
            why=why,
            person=case.person,
            token=token,
            parts=(len(winner.pin), len(winner.otp)) if winner is not None else (0, 0),
            trace=_trace(case),
            detail=details(case.person, token, label, case.who.realm, accepted=accepted, why=why)
            if told
            else {},
        )

    def _entry(self, case: Case, outcome: Outcome, tokens: tuple[Token, ...]) -> AuditEntry:
        attempt = case.attempt
        named = attempt.user
        person = case.person
        return AuditEntry(
            at=case.now,
            action=attempt.action,
            success=outcome.accepted,
            serial=" ".join(token.serial for token in tokens)[:_LONGEST_LIST]
            if len(tokens) > 1
            else "".join(token.serial for token in tokens),
            token_type=self._kinds.token_type(tokens[0].kind).label if len(tokens) == 1 else "",
            user=person.login if person is not None else named.login if named is not None else "",
            realm=person.realm if person is not None else case.who.realm,
            administrator="''",
            action_detail=outcome.why,
            client=attempt.client,
            trace=_json(outcome.trace).decode(),
        )

    # ---------------------------------------------------------------- tools

    def _tools(self, configuration: Configuration) -> Tools:
        return tools_for(self._ring, self._dice, configuration, self._clock.now())


def _circumstances(person: Person, attempt: Attempt, now: int) -> Circumstances:
    return Circumstances(
        login=person.login,
        realm=person.realm,
        resolver=person.subject.resolver,
        client=attempt.client or None,
        now=now,
        attributes=person.attributes,
    )


def _is_costly(one: Candidate) -> bool:
    costly = isinstance(one.kind, Judging) and one.kind.costly
    return costly or (one.mode == TOKEN_PIN and is_costly(one.token.pin))


def _trace(case: Case) -> Trace:
    person = case.person
    considered = [
        Consideration(
            serial=one.token.serial,
            kind=one.token.kind,
            verdict="accepted" if one.accepted else "waited" if case.waited else "refused",
            why="" if case.waited else one.why,
        )
        for one in case.candidates
    ]
    considered += [
        Consideration(serial=one.token.serial, kind=one.token.kind, verdict="dropped", why=one.why)
        for one in case.dropped
    ]
    return Trace(
        recognised=f"{person.login}@{person.realm} ({person.subject.resolver})" if person is not None else "",
        tokens=tuple(considered),
        policies=dict(case.spoke),
        limit=f"{case.bucket.failures} failures" if case.bucket.failures else "",
    )


def _claimed(case: Case, challenge: Challenge) -> Asked:
    """The question is answered; so are all that were asked with it, and older ones to the same token."""
    close = [
        one.id
        for one in case.held.challenges
        if one.open
        and one.id != challenge.id
        and (
            one.parent == challenge.parent
            or (one.token_id == challenge.token_id and one.asked <= challenge.asked)
        )
    ]
    return Asked(claim=challenge.id, close=tuple(close))
