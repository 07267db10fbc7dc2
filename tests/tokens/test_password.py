from collections.abc import Sequence

import pytest

from watchword.errors import ConflictingParameters, MissingParameter
from watchword.plugin.shapes import Label
from watchword.testing.bench import Bench
from watchword.testing.token_type_contract import ChallengingContract, JudgingContract
from watchword.tokens.password import Password


class TestContract(JudgingContract, ChallengingContract):
    kind = Password()
    form = {"otpkey": "Tr0ub4dor & 3 Ünïcødé"}  # noqa: RUF012

    def answers(self, bench: Bench) -> Sequence[str]:
        return [self.form["otpkey"]] * 3


def test_a_password_serves_again_and_again() -> None:
    token = Bench(Password(), {"otpkey": "geheim"})
    assert all(token.answer("geheim").accepted for _ in range(5))


@pytest.mark.parametrize("otp", ["Geheim", "geheim ", " geheim", "gehei", "geheimm", ""])
def test_every_character_counts(otp: str) -> None:
    assert not Bench(Password(), {"otpkey": "geheim"}).answer(otp).accepted


@pytest.mark.parametrize("password", ["a b", "\uff11\uff12\uff13", "x", "ü" * 300, "\N{PILE OF POO}:'\"%"])
def test_a_password_may_have_any_characters_and_its_length_in_characters_is_kept(password: str) -> None:
    token = Bench(Password(), {"otpkey": password})
    assert token.enrolled.digits == len(password)
    assert token.answer(password).accepted


def test_a_password_is_kept_hashed_and_shown_once() -> None:
    enrolled = Bench(Password(), {"otpkey": "geheim"}).enrolled
    assert b"geheim" not in enrolled.secret
    (shown,) = enrolled.show(Label(issuer="W", account="a"))
    assert (shown.name, shown.value, shown.order) == ("otpkey", "seed://geheim", 1)


def test_it_says_that_judging_it_is_slow_and_its_answer_stays_as_typed() -> None:
    assert Password().costly
    assert not Password().canonical


def test_a_password_for_one_log_in_has_one_success() -> None:
    assert Bench(Password(), {"otpkey": "x", "onetime": "1"}).enrolled.successes_max == 1
    assert Bench(Password(), {"otpkey": "x"}).enrolled.successes_max == 0


def test_a_password_is_chosen_not_made() -> None:
    with pytest.raises(MissingParameter, match="otpkey"):
        Bench(Password(), {"genkey": "1"})
    with pytest.raises(ConflictingParameters):
        Bench(Password(), {"genkey": "1", "otpkey": "x"})


def test_a_password_can_stand_in_for_a_lost_token() -> None:
    assert Password().replaces_lost == "password"


def test_it_asks_in_the_words_of_any_type() -> None:
    assert Bench(Password(), {"otpkey": "x"}).ask().prompt == "Otp:"
