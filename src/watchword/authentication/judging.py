"""Holds an answer against tokens: types judge, PINs and codes are compared. Nothing is decided or counted here."""

import dataclasses
import logging

from watchword.authentication import actions
from watchword.authentication.candidates import (
    ONLY_OTP,
    PASSWORD,
    TOKEN_PIN,
    WRONG,
    Candidate,
    Dropped,
    candidate,
    dropped_reason,
    mode_of,
)
from watchword.authentication.case import Case
from watchword.challenges.desk import Desk
from watchword.challenges.identifiers import parent_of
from watchword.clock import Clock, Dice
from watchword.crypto.keyring import KeyRing
from watchword.crypto.otp import canonical_code
from watchword.crypto.pins import is_costly, keep_pin, pin_matches
from watchword.directory.finding import Directory
from watchword.limits.pool import CostlyWork
from watchword.limits.throttling import Throttling
from watchword.model.attempt import Verdict
from watchword.model.challenge import Challenge
from watchword.model.configuration import Configuration
from watchword.model.token import Token, secret_context
from watchword.plugin.loading import Kinds
from watchword.plugin.reading import Heard, Reading
from watchword.plugin.shapes import Challenging, Deferred, Judging, Tools
from watchword.plugin.tools import tools_for

log = logging.getLogger(__name__)


class Jury:
    """Fills a case with candidates and what is thought of them."""

    def __init__(
        self,
        *,
        directory: Directory,
        kinds: Kinds,
        ring: KeyRing,
        clock: Clock,
        dice: Dice,
        pool: CostlyWork,
        throttling: Throttling,
        desk: Desk,
    ) -> None:
        self._directory = directory
        self._kinds = kinds
        self._ring = ring
        self._clock = clock
        self._dice = dice
        self._pool = pool
        self._throttling = throttling
        self._desk = desk
        self._decoy = self._make_decoy()

    def tools(self, configuration: Configuration) -> Tools:
        """What a token type may use now."""
        return tools_for(self._ring, self._dice, configuration, self._clock.now())

    def sort_out(self, case: Case) -> None:
        """Part the tokens into those that are judged and those that are not, and why."""
        attempt = case.attempt
        mode = ONLY_OTP if attempt.verified else mode_of(case.ask(actions.OTPPIN))
        pin_first = case.snapshot.configuration.flag("PrependPin", default=True)
        realm = case.person.realm if case.person is not None else None
        for token in case.held.tokens:
            if attempt.serial is not None and token.serial != attempt.serial:
                continue
            if attempt.kinds and token.kind not in attempt.kinds:
                continue
            dropped = dropped_reason(token, path=attempt.path, realm=realm, now=case.now)
            if token.rollout and not _is_granted(case):
                dropped = Dropped(token, "no policy lets rollout tokens in here")
            if dropped is not None:
                case.dropped.append(dropped)
                continue
            kind = self._kinds.token_type(token.kind)
            if attempt.transaction and isinstance(kind, Deferred) is (attempt.elsewhere is None):
                case.dropped.append(Dropped(token, "this question is answered elsewhere", free=True))
                continue
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
            dataclasses.replace(one, counts=not one.free) for one in case.dropped if one.token.id in asked
        ]

    async def judge(self, case: Case) -> None:
        """Cheap judgements first; slow ones in the bounded pool, and only if nothing cheap was accepted."""
        tools = self.tools(case.snapshot.configuration)
        slow: list[Candidate] = []
        for one in case.candidates:
            if _takes_long(one):
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
        if isinstance(one.kind, Reading):
            return self._read(case, one, one.kind, tools)
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
        if isinstance(one.kind, Deferred):
            return True, self._answered(case, one.kind, one.token, challenge, tools)
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

    def _answered(
        self, case: Case, kind: Deferred, token: Token, challenge: Challenge, tools: Tools
    ) -> Verdict:
        """What was said on the page where the question is answered."""
        try:
            return kind.answered(token, challenge.id, case.attempt.elsewhere, tools)
        # As for any judgement of a plug-in.
        except Exception as broken:  # noqa: BLE001
            log.warning("token type failed", extra={"type": kind.name, "error": type(broken).__name__})
            return Verdict(accepted=False, why=f"token type {kind.name} failed: {type(broken).__name__}")

    def _read(self, case: Case, one: Candidate, kind: Reading, tools: Tools) -> tuple[bool, Verdict]:
        """What a type thinks that reads answers by itself; which question is answered, it says, too."""
        assert isinstance(one.kind, Challenging)
        attempt, configuration = case.attempt, case.snapshot.configuration
        standing = {
            each.id: each
            for each in case.held.challenges
            if each.token_id == one.token.id
            and each.open
            and self._desk.takes_answers(each, one.token, one.kind, case.now, configuration)
            and (one.challenge is None or one.challenge.id == each.id)
        }
        if one.challenge is not None and not standing:
            return True, Verdict(accepted=False, why="the question was answered before, or its time is over")

        def is_pin(pin: str) -> bool:
            one.pin = pin
            if one.mode == TOKEN_PIN:
                return bool(pin or one.otp) and pin_matches(self._ring, one.token.serial, one.token.pin, pin)
            # The directory is asked later for what was taken for its password.
            return one.mode != ONLY_OTP or not pin

        heard = Heard(
            answer=attempt.answer,
            parts=(one.pin, one.otp),
            pin_matches=is_pin,
            login=case.person.login if case.person is not None else "",
            realm=(case.person.realm or "") if case.person is not None else "",
            said=attempt.said,
            asks=attempt.asks,
            transaction=attempt.transaction,
            sent=attempt.sent,
            questions=tuple(self._desk.shown_again(each) for each in standing.values()),
        )
        opinion = kind.consider(one.token, heard, tools)
        answered = standing.get(opinion.question)
        if answered is None and opinion.question:
            return False, Verdict(accepted=False, why="the type names a question that does not stand")
        if answered is not None:
            one.challenge = answered
            return True, opinion.verdict
        one.wish = opinion.wish and not attempt.transaction
        return opinion.pin_matches and one.mode != PASSWORD, opinion.verdict

    def _verdict(self, one: Candidate, tools: Tools) -> Verdict:
        kind = one.kind
        assert isinstance(kind, Judging)
        try:
            return kind.judge(one.token, one.otp, tools)
        # A type is a plug-in: whatever it raises is a refusal with its name in the trace, and harms no other type.
        except Exception as broken:  # noqa: BLE001
            log.warning("token type failed", extra={"type": kind.name, "error": type(broken).__name__})
            return Verdict(accepted=False, why=f"token type {kind.name} failed: {type(broken).__name__}")

    def judge_decoy(self, case: Case) -> None:
        """The work of a judgement for somebody who has nothing to judge."""
        decoy = self._decoy
        one = candidate(decoy, self._kinds.default, case.attempt.answer, TOKEN_PIN, pin_first=True)
        self._pin_matches(one)
        self._verdict(one, self.tools(case.snapshot.configuration))

    def _make_decoy(self) -> Token:
        """A token of the commonest type that nobody has."""
        serial = "-"
        return Token(
            serial=serial,
            kind=self._kinds.default.name,
            secret=self._ring.seal(secret_context(serial), self._dice.bytes(20)),
            pin=keep_pin(self._ring, serial, self._dice.bytes(8).hex(), "keyed", self._dice),
        )


def _is_granted(case: Case) -> bool:
    """Whether rollout tokens let in where their path says so: once a policy speaks of it, where one says yes."""
    action = actions.ROLLOUT_TOKEN_ALLOW_VALIDATE
    if case.attempt.path != "validate" or not case.snapshot.rules.governs(action):
        return True
    return case.ask(action)


def _takes_long(one: Candidate) -> bool:
    costly = isinstance(one.kind, Deferred) or (isinstance(one.kind, Judging) and one.kind.costly)
    return costly or (one.mode == TOKEN_PIN and is_costly(one.token.pin))
