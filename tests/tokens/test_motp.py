import hashlib
from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from watchword.errors import BadParameter, ConflictingParameters, MissingParameter
from watchword.plugin.shapes import Label
from watchword.testing import StoppedClock
from watchword.testing.bench import Bench
from watchword.testing.token_type_contract import ChallengingContract, JudgingContract, PinnedContract
from watchword.tokens.motp import Motp

SEED = "0123456789abcdef"
FORM = {"otpkey": SEED, "otppin": "1234"}
HERE = StoppedClock().now() // 10_000


def code(slots: int, pin: str = "1234", seed: str = SEED) -> str:
    return hashlib.md5(f"{HERE + slots}{seed}{pin}".encode()).hexdigest()[:6]


class TestContract(JudgingContract, PinnedContract, ChallengingContract):
    kind = Motp()
    form = FORM

    def answers(self, bench: Bench) -> Sequence[str]:
        return [code(slot) for slot in (-1, 0, 1)]


@pytest.mark.parametrize(("slots", "accepted"), [(-21, False), (-20, True), (19, True), (20, False)])
def test_the_window_is_twice_as_many_slots_to_both_sides(slots: int, accepted: bool) -> None:
    assert Bench(Motp(), FORM).answer(code(slots)).accepted is accepted


def test_after_a_code_all_older_ones_are_dead() -> None:
    token = Bench(Motp(), FORM)
    assert token.answer(code(0)).accepted
    assert token.answer(code(0)).replayed
    assert token.answer(code(-5)).replayed
    assert token.answer(code(1)).accepted


def test_a_code_in_capitals_is_the_same_code() -> None:
    token = Bench(Motp(), FORM)
    otp = next(code(slot) for slot in range(5) if not code(slot).isdecimal())
    assert token.answer(otp.upper()).accepted
    assert token.answer(otp).replayed


def test_the_pin_within_the_code_counts() -> None:
    assert not Bench(Motp(), FORM).answer(code(0, pin="4321")).accepted


def test_the_seed_counts_as_lower_case_text_however_it_was_typed() -> None:
    token = Bench(Motp(), {**FORM, "otpkey": "01234567 89AB-CDEF"})
    assert token.answer(code(0)).accepted


@pytest.mark.parametrize("pin", ["12:34", "änderung", "0", " 12 "])
def test_pins_of_any_characters_work(pin: str) -> None:
    assert Bench(Motp(), {**FORM, "otppin": pin}).answer(code(0, pin=pin)).accepted


def test_another_pin_keeps_the_seed() -> None:
    token = Bench(Motp(), FORM)
    secret = Motp().repinned(token.token, "9:9", token.tools)
    token.token = replace(token.token, secret=type(token.token.secret)(secret))
    assert not token.judge(code(0)).accepted
    assert token.judge(code(0, pin="9:9")).accepted


def test_a_made_seed_has_sixteen_hexadecimal_digits() -> None:
    enrolled = Bench(Motp(), {"genkey": "1", "otppin": "1"}).enrolled
    shown = {one.name: one.value for one in enrolled.show(Label(issuer="W", account="a"))}
    assert len(shown["otpkey"]) == len("seed://") + 16


def test_the_url_carries_the_seed_as_text() -> None:
    shown = {one.name: one.value for one in Bench(Motp(), FORM).enrolled.show(Label(issuer="W", account="a"))}
    assert shown["googleurl"] == "otpauth://motp/W:a?secret=GAYTEMZUGU3DOOBZMFRGGZDFMY&issuer=W"


def test_seed_and_pin_are_needed() -> None:
    with pytest.raises(MissingParameter, match="otppin"):
        Bench(Motp(), {"otpkey": SEED})
    with pytest.raises(MissingParameter, match="otpkey"):
        Bench(Motp(), {"otppin": "1234"})
    with pytest.raises(ConflictingParameters):
        Bench(Motp(), {**FORM, "genkey": "1"})
    with pytest.raises(BadParameter, match="otpkey"):
        Bench(Motp(), {**FORM, "otpkey": "xy"})


def test_codes_are_as_long_as_was_said() -> None:
    token = Bench(Motp(), {**FORM, "otplen": "8"})
    long = hashlib.md5(f"{HERE}{SEED}1234".encode()).hexdigest()[:8]
    assert not token.judge(long[:6]).accepted
    assert token.judge(long).accepted
