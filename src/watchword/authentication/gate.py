"""The gate: the only code that turns an answer into "yes".

Every door hands its attempt to `Gate.check`. The gate recognises the person, reads what is held in one round
trip, lets token types judge, and settles in one more. What it thinks is only a proposal: the settlement's
conditional update is the decision, so one code opens one door once on any number of nodes.

A stranger learns nothing: whoever is unknown, locked, waiting or wrong gets the same answer after the same order
of work. The reason goes into the audit row that is settled together with the counters.
"""

import dataclasses
import logging
from collections.abc import Awaitable, Callable

import msgspec

from watchword.audit.journal import Journal
from watchword.authentication import actions
from watchword.authentication.candidates import (
    IGNORE_PIN,
    PASSWORD,
    TOKEN_PIN,
    Candidate,
    counted,
    mode_of,
)
from watchword.authentication.case import Case, Completing, Enough, circumstances_of
from watchword.authentication.entering import WAITS, Entering
from watchword.authentication.judging import Jury
from watchword.authentication.opening import Opening, directory_unknown
from watchword.authentication.purging import rollout_tokens_to_purge, told_of
from watchword.authentication.recording import entry_of, outcome_of, trace_of
from watchword.challenges.desk import Desk, Wanted
from watchword.clock import Clock, Dice
from watchword.crypto.keyring import KeyRing
from watchword.crypto.pins import pin_matches
from watchword.delivery.carriers import CARRIERS, carriers
from watchword.directory.finding import Directory
from watchword.errors import DirectorySilent, Misconfigured, NoSuchToken, Unreachable
from watchword.limits.pool import CostlyWork
from watchword.limits.throttling import Throttling
from watchword.model.attempt import Attempt, Outcome, Posed, Result, Verdict
from watchword.model.audit import AuditEntry
from watchword.model.challenge import Challenge
from watchword.model.configuration import ADMIN_REALM
from watchword.model.person import UserName
from watchword.model.settlement import Asked, Lookup, Move, Settlement, Step, ThrottleStep
from watchword.model.token import Token
from watchword.plugin.loading import Kinds
from watchword.plugin.shapes import Asking, Challenging, Resyncing
from watchword.policy.notation.patterns import expression
from watchword.policy.snapshot import Snapshots
from watchword.storage.promises import Store

log = logging.getLogger(__name__)


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
        self._journal = journal
        self._pool = pool
        self._throttling = throttling
        self._desk = desk
        self._opening = Opening(store, snapshots, directory, clock, throttling)
        self._entering = Entering(store=store, directory=directory, throttling=throttling)
        self._jury = Jury(
            directory=directory,
            kinds=kinds,
            ring=ring,
            clock=clock,
            dice=dice,
            pool=pool,
            throttling=throttling,
            desk=desk,
        )

    async def check(self, attempt: Attempt, *, complete: Completing | None = None) -> Outcome:
        """Judge one answer and settle what follows from it. Never raises for what a client can send.

        ``complete`` is asked again where the configuration has moved, so that one revision holds throughout.
        """
        return await self._ruled(attempt, complete, self._judged)

    async def log_in(
        self, attempt: Attempt, *, enough: Enough, complete: Completing | None = None
    ) -> Outcome:
        """Judge a log-in from its beginning: the password of the directory first, then what else is wanted.

        ``enough`` says of the case of a right password whether that is the whole log-in. If not, an answer that
        came along is judged as one of the second step; without one the outcome is a question without questions:
        the password was right, nobody is in yet, and no failure is forgiven. Never raises for what a client sends.
        """

        async def judged(case: Case) -> Outcome:
            why, guessed = await self._entering.refusal(case, attempt.password or "")
            if why:
                return await self._refuse(case, why, guessed=guessed)
            if enough(case):
                throttle = self._throttling.success(case.subject, case.bucket, attempt.client)
                return await self._noted(case, Result.YES, "password of the directory", throttle=throttle)
            case.attempt = msgspec.structs.replace(case.attempt, verified=True)
            if not attempt.answer:
                return await self._noted(case, Result.QUESTION, "password verified, a token is asked for")
            return await self._judged(case)

        return await self._ruled(attempt, complete, judged)

    async def send_again(self, attempt: Attempt, *, complete: Completing | None = None) -> Outcome:
        """Bring the same code of an open question once more: the question stands as it was, nothing is counted.

        The attempt names person, serial and transaction, and its password is verified. `Result.QUESTION` if the
        message went out, else the reason why not (`desk.Desk.repeat` tells how often and when it may).
        """

        async def sent(case: Case) -> Outcome:
            self._jury.sort_out(case)
            [*found] = [one for one in case.candidates if one.challenge is not None]
            if case.problem or case.waited or len(found) != 1 or not attempt.verified:
                why = case.problem or (WAITS if case.waited else "no question to one token is open")
                return await self._noted(case, Result.NO, why)
            [one] = found
            assert one.challenge is not None

            def record(done: bool, why: str) -> AuditEntry:
                outcome = outcome_of(case, accepted=done, why=why)
                return self._journal.sign(entry_of(case, outcome, (one.token,), self._kinds))

            wanted = Wanted(token=one.token, kind=one.kind, asking=Asking(rules=case.ask, attributes={}))
            why = await self._desk.repeat(wanted, one.challenge, case.snapshot.configuration, record)
            return Outcome(result=Result.NO if why else Result.QUESTION, why=why, person=case.person)

        return await self._ruled(attempt, complete, sent)

    async def _ruled(
        self,
        attempt: Attempt,
        complete: Completing | None,
        judged: Callable[[Case], Awaitable[Outcome]],
    ) -> Outcome:
        """What is judged of the attempt's case; a refusal where a directory or the store does not answer."""
        try:
            case = await self._opening.open(attempt, complete)
            try:
                return await judged(case)
            except DirectorySilent as unknown:
                # Nothing was settled yet: a directory's word is asked for before. It was no guess that failed.
                return await self._refuse(case, directory_unknown(unknown))
        except (Unreachable, Misconfigured) as unknown:
            # The store is down or full, or holds a policy that nobody can read: nothing is let in.
            log.warning("refused without audit", extra={"action": attempt.action, "why": unknown.message})
            return Outcome(result=Result.NO, why=unknown.message)

    async def _judged(self, case: Case) -> Outcome:
        if case.problem:
            self._jury.judge_decoy(case)
            return await self._refuse(case, case.problem)
        if not case.held.tokens:
            return await self._without_token(case)
        self._jury.sort_out(case)
        if case.attempt.verified and not case.attempt.answer:
            return await self._asked_for(case)
        if case.waited:
            self._jury.judge_decoy(case)
            return await self._refuse(case, WAITS)
        await self._jury.judge(case)
        return await self._conclude(case)

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
            tools = self._jury.tools(snapshot.configuration)
            # A type of somebody else is waited for off the event loop.
            if getattr(kind, "costly", False):
                verdict = await self._pool.run(kind.resync, token, first, second, tools)
            else:
                verdict = kind.resync(token, first, second, tools)
        if not verdict.accepted or verdict.counter is None:
            await self._store.settle(Settlement(at=self._clock.now(), entry=entry_if_refused))
            return False
        move = Move(token_id=token.id, step=Step.RESYNC, counter=verdict.counter, state=verdict.state)
        settled = await self._store.settle(
            Settlement(at=self._clock.now(), moves=(move,), entry=entry, entry_if_lost=entry_if_refused)
        )
        return settled.won

    async def administrator(
        self, name: str, password: str, answer: str = "", *, action: str, client: str
    ) -> Outcome:
        """Judge an administrator's password, and the code where policy wants one; the name is taken literally."""
        attempt = Attempt(
            action=action,
            path="manage",
            user=UserName(login=name, realm=ADMIN_REALM),
            password=password,
            answer=answer,
            client=client,
        )
        return await self.log_in(attempt, enough=lambda case: not case.ask(actions.MANAGE_MFA_LOGIN))

    async def holds_pin(self, token: Token, answer: str, *, user: UserName | None, client: str) -> bool:
        """Whether this is the PIN alone of a token: what lets somebody ask how a question stands.

        With ``user``, the token must be that user's, and policy says what the PIN is. The token counts nothing,
        since clients poll; a wrong PIN counts for the person, or asking would be a way to find it.
        """
        now = self._clock.now()
        held = await self._store.look_up(Lookup(subject=token.subject, client=client))
        bucket = self._throttling.bucket(held.throttles, client)
        if self._throttling.must_wait(bucket, now):
            return False
        right = await self._is_pin(token, answer, user, client)
        if not right:
            entry = AuditEntry(
                at=now,
                action="validate/check_status",
                serial=token.serial,
                token_type=self._kinds.token_type(token.kind).label,
                user=user.login if user is not None else "",
                administrator="''",
                action_detail="wrong otp pin",
                client=client,
            )
            step = self._throttling.failure(token.subject, bucket)
            await self._store.settle(Settlement(at=now, throttle=step, entry=self._journal.sign(entry)))
        return right

    async def _is_pin(self, token: Token, answer: str, user: UserName | None, client: str) -> bool:
        snapshot = await self._snapshots.latest()
        mode, person = TOKEN_PIN, None
        if user is not None:
            person = await self._directory.find(user, snapshot.configuration)
            if person is None or token.owner != person.subject:
                return False
            who = circumstances_of(person, client, self._clock.now())
            mode = mode_of(snapshot.rules.ask(actions.OTPPIN, who).value)
        if mode == PASSWORD:
            return await self._directory.check_password(person, answer, snapshot.configuration)
        if mode == TOKEN_PIN:
            return await self._pool.run(pin_matches, self._ring, token.serial, token.pin, answer)
        return mode == IGNORE_PIN or not answer

    # ---------------------------------------------------------------- what follows

    async def _without_token(self, case: Case) -> Outcome:
        """The person has no token at all (or is nobody, and the house lets nobodies in)."""
        configuration = case.snapshot.configuration
        self._jury.judge_decoy(case)
        if case.attempt.verified:
            return await self._refuse(case, "User has no tokens assigned")
        if case.person is None:
            return await self._let_in_without(case, "user not found, passed by PassOnUserNotFound")
        if self._throttling.must_wait(case.bucket, case.now):
            return await self._refuse(case, WAITS)
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

    async def _asked_for(self, case: Case) -> Outcome:
        """No answer in the second step of a log-in: whatever can ask is asked. Nothing is counted, whatever comes."""
        wanted = [one for one in case.candidates if isinstance(one.kind, Challenging)]
        if case.waited or case.attempt.transaction or not wanted:
            why = WAITS if case.waited else "no token of the user can ask"
            return await self._noted(case, Result.NO, why)
        return await self._ask(case, wanted)

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
            if one.wish and not case.attempt.verified:
                if one.mode != PASSWORD or await self._is_password(case, one.pin):
                    wanted.append(one)
                continue
            if not (kind.only_asked or kind.name in named or "*" in named) or case.attempt.verified:
                continue
            if one.mode == PASSWORD and right is None:
                right = await self._directory.check_password(
                    case.person, case.attempt.answer, case.snapshot.configuration
                )
            if self._is_only_the_pin(case, one, password=bool(right), guess=guess):
                wanted.append(one)
        return wanted

    async def _is_password(self, case: Case, password: str) -> bool:
        if case.person is None:
            return False
        return await self._directory.check_password(case.person, password, case.snapshot.configuration)

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
            return outcome_of(case, accepted=False, why=why)
        alone = len(wanted) == 1
        return Outcome(
            result=Result.QUESTION,
            why="challenge created",
            person=case.person,
            trace=trace_of(case),
            questions=posed,
            together=not alone,
        )

    async def _posed(self, case: Case, wanted: list[Candidate]) -> tuple[tuple[Posed, ...], str]:
        asking = Asking(
            rules=case.ask,
            attributes=case.person.attributes if case.person is not None else {},
            said=case.attempt.said,
            sent=case.attempt.sent,
            goal=case.attempt.route.goal,
        )
        said: list[str] = []

        def record(asked: bool, why: str) -> AuditEntry:
            said.append(why)
            outcome = outcome_of(
                case, accepted=False, why="; ".join(filter(None, ("challenge created" if asked else "", why)))
            )
            return self._journal.sign(
                entry_of(case, outcome, tuple(one.token for one in wanted), self._kinds)
            )

        posed = await self._desk.ask(
            [
                Wanted(
                    token=one.token,
                    kind=one.kind,
                    asking=asking,
                    providers=self._carriers(case, one),
                    named=self._are_named(case, one),
                    realm=case.person.realm if case.person is not None else "",
                )
                for one in wanted
            ],
            case.held.challenges,
            self._jury.tools(case.snapshot.configuration),
            case.snapshot.configuration,
            record,
        )
        return posed, said[-1] if said else ""

    def _carriers(self, case: Case, one: Candidate) -> tuple[str, ...]:
        assert isinstance(one.kind, Challenging)
        channel = one.kind.channel
        if case.attempt.route.carrier:
            return (case.attempt.route.carrier,) if channel is not None else ()
        return carriers(channel, case.ask, case.snapshot.configuration) if channel is not None else ()

    def _are_named(self, case: Case, one: Candidate) -> bool:
        """Whether the application or policy says who brings the message."""
        assert isinstance(one.kind, Challenging)
        channel = one.kind.channel
        return bool(case.attempt.route.carrier) or (channel is not None and bool(case.ask(CARRIERS[channel])))

    async def _ask_again(self, case: Case, winner: Candidate) -> None:
        """Where policy sends the next code at once after a log-in."""
        kind = winner.kind
        if case.attempt.verified:
            return  # who has come into a portal asks for the next code when it is wanted
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
        purged = () if unauthorized else await rollout_tokens_to_purge(case, token, self._store)
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
            *(Move(token_id=one.id, step=Step.REMOVE) for one in purged),
        )
        why = unauthorized or winner.verdict.why or "access granted"
        lost = "the code was used, or the token locked, at the same moment"
        outcome = outcome_of(case, accepted=not unauthorized, why=why, winner=winner)
        entry = entry_of(case, outcome, (token,), self._kinds)
        challenge = winner.challenge
        settled = await self._store.settle(
            Settlement(
                at=case.now,
                moves=moves,
                guard=self._throttling.guard(case.subject, case.bucket),
                throttle=self._throttling.success(case.subject, case.bucket, case.attempt.client),
                asked=_claimed(case, challenge) if challenge is not None else None,
                entry=self._journal.sign(msgspec.structs.replace(entry, info=told_of(purged))),
                entry_if_lost=self._journal.sign(
                    msgspec.structs.replace(entry, success=False, action_detail=lost)
                ),
            )
        )
        if not settled.won:
            return outcome_of(case, accepted=False, why=lost, winner=winner)
        if outcome.accepted and challenge is not None:
            await self._ask_again(case, winner)
        return outcome

    def _unauthorized(self, case: Case, winner: Candidate) -> str:
        """Why policy lets nobody in with this token although the answer was right, if so."""
        if case.attempt.user is None or not case.authorizes:
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
        final = [one for one in case.candidates if case.attempt.elsewhere is not None and one.verdict.final]
        if final:
            return await self._refused_by_owner(case, final)
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
        steps = tuple(move for one, move in zip(blamed, moves, strict=True) if one.guessable)
        if blamed:
            why = blamed[0].why
        elif case.dropped:
            why = case.dropped[-1].why
        else:
            why = "no matching token found"
        return await self._refuse(case, why, moves=steps, guessed=bool(blamed) and not replays_only)

    async def _refused_by_owner(self, case: Case, final: list[Candidate]) -> Outcome:
        """Who was asked said no: their questions are closed, and nothing is counted."""
        outcome = outcome_of(case, accepted=False, why=final[0].why)
        close = tuple(one.challenge.id for one in final if one.challenge is not None and one.challenge.open)
        entry = entry_of(case, outcome, tuple(one.token for one in final), self._kinds)
        await self._store.settle(
            Settlement(at=case.now, asked=Asked(close=close), entry=self._journal.sign(entry))
        )
        return outcome

    async def _refuse(
        self, case: Case, why: str, *, moves: tuple[Move, ...] = (), guessed: bool = False
    ) -> Outcome:
        """Settle a refusal. Tokens that were dropped for being locked or exceeded count it, too."""
        steps = list(moves)
        if case.waited:
            steps += [Move(token_id=one.token.id, step=Step.FAIL) for one in case.candidates if one.guessable]
        for dropped in case.dropped:
            if dropped.counts:
                steps.append(Move(token_id=dropped.token.id, step=Step.FAIL))
            if dropped.exceeded:
                steps += self._exceeded(case, dropped.token)
        outcome = outcome_of(case, accepted=False, why=why)
        tokens = tuple(one.token for one in case.candidates) or tuple(one.token for one in case.dropped)
        await self._store.settle(
            Settlement(
                at=case.now,
                moves=tuple(steps),
                throttle=self._throttling.failure(case.subject, case.bucket) if guessed else None,
                asked=self._missed(case) if case.attempt.transaction and not case.waited else None,
                entry=self._journal.sign(entry_of(case, outcome, tokens, self._kinds)),
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
        return await self._noted(case, Result.YES, why)

    async def _noted(
        self, case: Case, result: Result, why: str, *, throttle: ThrottleStep | None = None
    ) -> Outcome:
        """An outcome that moves no token; it leaves its audit row."""
        outcome = outcome_of(case, accepted=result is Result.YES, why=why)
        outcome = msgspec.structs.replace(outcome, result=result)
        entry = entry_of(case, outcome, (), self._kinds)
        await self._store.settle(Settlement(at=case.now, throttle=throttle, entry=self._journal.sign(entry)))
        return outcome


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
