"""What every token type promises, as tests: one class for the type itself, and one for each of its abilities.

A plug-in's test inherits those of its abilities, says what is tried out, and is found by pytest::

    class TestVoucher(JudgingContract):
        kind = Voucher()
        form = {"otpkey": "3132333435"}

        def answers(self, bench: Bench) -> Sequence[str]:
            return [voucher(counter) for counter in range(3)]
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import ClassVar

import msgspec
import pytest

from watchword.crypto.otp import canonical_code
from watchword.errors import BadParameter, WatchwordError
from watchword.plugin.shapes import (
    Adjustable,
    Challenging,
    Deferred,
    Judging,
    Label,
    Pinned,
    Recognising,
    Resyncing,
    Timed,
    TokenType,
)
from watchword.testing.bench import Bench
from watchword.web.parameters import Params

HOSTILE = (
    "",
    " ",
    "\x00",
    "\ud800",
    "0" * 100_000,
    "-00001",
    "+00001",
    "1e5000",
    "' or 1=1 --",
    "\N{COLLISION SYMBOL}",
    "\N{ARABIC-INDIC DIGIT THREE}" * 6,
)
"""Answers of people who mean harm, or whose keyboard does."""


class TokenTypeContract:
    """What a type promises whatever it can do."""

    kind: TokenType
    form: ClassVar[Mapping[str, str]] = {}
    """What is filled in to enrol one."""
    settings: ClassVar[Mapping[str, str]] = {}

    def bench(self) -> Bench:
        return Bench(self.kind, self.form, settings=self.settings)

    def test_it_says_what_requests_and_people_call_it(self) -> None:
        assert self.kind.name == self.kind.name.lower()
        assert self.kind.label.lower() == self.kind.name
        assert self.kind.prefix == self.kind.prefix.upper()
        assert self.kind.title

    def test_each_of_its_abilities_is_held_to_its_contract(self) -> None:
        untested = [
            ability.__name__
            for ability, contract in CONTRACTS.items()
            if isinstance(self.kind, ability) and not isinstance(self, contract)
        ]
        assert untested == []

    def test_its_policy_actions_are_declared_once(self) -> None:
        names = [action.name for action in self.kind.actions]
        assert len(names) == len(set(names))
        assert {field.action.name for field in self.kind.dictated} <= set(names)

    def test_what_policy_dictates_leaves_the_form_alone_by_default(self) -> None:
        assert all(field.action.default is None for field in self.kind.dictated)

    def test_a_new_token_can_be_kept(self) -> None:
        enrolled = self.bench().enrolled
        assert isinstance(enrolled.secret, bytes)
        assert enrolled.digits >= 0
        assert msgspec.json.decode(msgspec.json.encode(enrolled.info)) == enrolled.info

    def test_what_is_shown_once_has_a_face_and_its_repr_none(self) -> None:
        enrolled = self.bench().enrolled
        shown = enrolled.show(Label(issuer="Watchword", account="alice"))
        assert len({one.name for one in shown}) == len(shown)
        faces = repr(enrolled) + repr(shown)
        assert repr(enrolled.secret)[2:-1] not in faces or not enrolled.secret
        assert not any(one.value in faces for one in shown)

    def test_a_form_that_says_nothing_is_refused_in_our_own_words_if_at_all(self) -> None:
        with suppress(WatchwordError):
            self.kind.enrol(Params({}), self.bench().tools)


class JudgingContract(TokenTypeContract):
    """What a type promises that rules on answers."""

    def answers(self, bench: Bench) -> Sequence[str]:
        """Three right answers in the order in which the device, or whoever knows the secret, gives them."""
        raise NotImplementedError

    def test_right_answers_in_their_order_are_accepted(self) -> None:
        bench = self.bench()
        for otp in self.answers(bench):
            assert bench.answer(otp).accepted

    def test_a_counted_answer_opens_once_and_then_is_known_as_used(self) -> None:
        bench = self.bench()
        otp = self.answers(bench)[0]
        if bench.answer(otp).counter is not None:
            again = bench.answer(otp)
            assert not again.accepted
            assert again.replayed

    def test_an_accepted_answer_moves_the_counter_up(self) -> None:
        bench = self.bench()
        for otp in self.answers(bench):
            before = bench.token.counter
            verdict = bench.answer(otp)
            assert verdict.counter is None or verdict.counter > before

    def test_hostile_answers_are_refused_and_raise_nothing(self) -> None:
        bench = self.bench()
        for otp in set(HOSTILE).difference(self.answers(bench)):
            verdict = bench.answer(otp)
            assert not verdict.accepted
            assert verdict.counter is None
            assert not verdict.replayed
            assert verdict.why

    def test_the_same_answer_at_the_same_moment_gets_the_same_verdict(self) -> None:
        bench = self.bench()
        otp = self.answers(bench)[0]
        assert bench.judge(otp) == bench.judge(otp)


class ChallengingContract(TokenTypeContract):
    """What a type promises that asks first."""

    def test_it_asks_something_in_its_own_words_or_in_those_of_the_setting(self) -> None:
        kind = self.kind
        assert isinstance(kind, Challenging)
        assert self.bench().ask().prompt.startswith(kind.prompt)
        setting = f"{kind.name.upper()}_CHALLENGE_PROMPT"
        told = Bench(kind, self.form, settings={**self.settings, setting: "Bitte antworten"})
        assert told.ask().prompt.startswith("Bitte antworten")

    def test_an_answer_can_be_judged_by_the_core_or_by_the_type(self) -> None:
        question = self.bench().ask()
        assert question.code or isinstance(self.kind, (Judging, Deferred))
        assert question.code == canonical_code(question.code)

    def test_what_travels_has_a_goal_and_carries_the_code(self) -> None:
        kind, question = self.kind, self.bench().ask()
        assert isinstance(kind, Challenging)
        assert (question.message is None) == (kind.channel is None)
        if question.message is not None:
            assert question.message.channel is kind.channel
            assert question.message.to
            assert question.message.code == question.code
            assert question.message.seconds > 0

    def test_the_code_is_told_nowhere_but_in_the_message(self) -> None:
        question = self.bench().ask()
        faces = f"{question.prompt}{question.more}{question!r}{question.message!r}"
        assert not question.code or question.code not in faces
        assert msgspec.json.decode(msgspec.json.encode(question.more)) == question.more

    def test_every_question_has_a_code_of_its_own(self) -> None:
        bench = self.bench()
        codes = [bench.ask().code for _ in range(20)]
        assert not codes[0] or len(set(codes)) > 1

    def test_foreign_words_are_taken_or_refused_in_our_own_words(self) -> None:
        bench = self.bench()
        every = {action.name: True for action in self.kind.actions if action.kind == "bool"}
        for said in HOSTILE:
            attributes = {"mobile": said, "email": said, "givenname": said, said: said}
            for rules in ({}, every):
                with suppress(WatchwordError):
                    assert bench.ask(rules=rules, said=said, attributes=attributes).prompt

    def test_whoever_asks_again_too_early_is_told_so(self) -> None:
        kind, bench = self.kind, self.bench()
        assert isinstance(kind, Challenging)
        assert kind.open_for(bench.token, bench.configuration) > 0
        assert bool(kind.quiet_for(bench.configuration)) <= bool(kind.blocked)


class DeferredContract(ChallengingContract):
    """What a type promises whose questions are answered elsewhere."""

    def test_hostile_answers_are_refused_and_close_nothing(self) -> None:
        bench = self.bench()
        assert isinstance(self.kind, Deferred)
        for said in HOSTILE:
            form = Params(dict.fromkeys(("key", "choice", "answer", "code", "pass"), said))
            verdict = self.kind.answered(bench.token, "48120937561208834", form, bench.tools)
            assert not verdict.accepted
            assert not verdict.final
            assert verdict.why


class ResyncingContract(JudgingContract):
    """What a type promises that finds its place again."""

    def test_two_consecutive_codes_give_the_place_after_them(self) -> None:
        bench = self.bench()
        first, second, third = self.answers(bench)
        assert bench.resync(first, second).accepted
        assert not bench.answer(first).accepted
        assert not bench.answer(second).accepted
        assert bench.answer(third).accepted

    def test_codes_that_do_not_follow_each_other_give_nothing(self) -> None:
        bench = self.bench()
        first, second, third = self.answers(bench)
        assert not bench.resync(first, third).accepted
        assert not bench.resync(second, first).accepted
        assert not bench.resync(first, first).accepted

    def test_used_codes_resync_nothing(self) -> None:
        bench = self.bench()
        first, second, _ = self.answers(bench)
        bench.answer(first)
        bench.answer(second)
        assert not bench.resync(first, second).accepted

    def test_hostile_codes_resync_nothing_and_raise_nothing(self) -> None:
        bench = self.bench()
        first = self.answers(bench)[0]
        for otp in HOSTILE:
            assert not bench.resync(otp, otp).accepted
            assert not bench.resync(first, otp).accepted


class RecognisingContract(JudgingContract):
    """What a type promises that knows its codes without using them up."""

    def test_a_code_is_recognised_and_still_good(self) -> None:
        bench = self.bench()
        otp = self.answers(bench)[0]
        assert isinstance(self.kind, Recognising)
        assert self.kind.recognises(bench.token, otp, bench.tools).accepted
        assert bench.answer(otp).accepted

    def test_a_used_or_hostile_code_is_not_recognised(self) -> None:
        bench = self.bench()
        used = self.answers(bench)[0]
        bench.answer(used)
        assert isinstance(self.kind, Recognising)
        for otp in (used, *HOSTILE):
            assert not self.kind.recognises(bench.token, otp, bench.tools).accepted


class TimedContract(JudgingContract):
    """What a type promises whose codes belong to moments."""

    def test_a_code_has_its_moment_once_that_has_come(self) -> None:
        bench = self.bench()
        otp = self.answers(bench)[-1]
        assert isinstance(self.kind, Timed)
        bench.clock.advance(seconds=3600)
        moment = self.kind.moment_of(bench.token, otp, 7200, bench.tools)
        assert moment is not None
        assert moment.at <= bench.clock.now()
        bench.clock.advance(seconds=-7200)
        assert self.kind.moment_of(bench.token, otp, 7200, bench.tools) is None

    def test_hostile_codes_have_no_moment(self) -> None:
        bench = self.bench()
        assert isinstance(self.kind, Timed)
        assert not any(self.kind.moment_of(bench.token, otp, 7200, bench.tools) for otp in HOSTILE)


class AdjustableContract(TokenTypeContract):
    """What a type promises whose settings an administrator may change."""

    def test_nonsense_is_refused_for_every_setting(self) -> None:
        bench = self.bench()
        assert isinstance(self.kind, Adjustable)
        for name in self.kind.adjustable:
            for value in ("", "nonsense", "9" * 5000):
                with pytest.raises(BadParameter, match=name):
                    self.kind.adjust(bench.token, name, value)


class PinnedContract(TokenTypeContract):
    """What a type promises that has a PIN within its codes."""

    def test_another_pin_makes_another_secret_and_an_empty_one_none(self) -> None:
        bench = self.bench()
        assert isinstance(self.kind, Pinned)
        changed = self.kind.repinned(bench.token, "73915", bench.tools)
        assert changed != bench.enrolled.secret
        with pytest.raises(BadParameter):
            self.kind.repinned(bench.token, "", bench.tools)


CONTRACTS: Mapping[type, type[TokenTypeContract]] = {
    Judging: JudgingContract,
    Challenging: ChallengingContract,
    Deferred: DeferredContract,
    Resyncing: ResyncingContract,
    Recognising: RecognisingContract,
    Timed: TimedContract,
    Adjustable: AdjustableContract,
    Pinned: PinnedContract,
}
"""Ability -> what it is held to."""
