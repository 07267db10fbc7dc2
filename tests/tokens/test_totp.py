from collections.abc import Sequence
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from watchword.crypto.otp import hotp
from watchword.errors import BadParameter, ConflictingParameters, MissingParameter
from watchword.plugin.shapes import Label, Moment
from watchword.testing import StoppedClock
from watchword.testing.bench import Bench
from watchword.testing.token_type_contract import (
    AdjustableContract,
    ChallengingContract,
    RecognisingContract,
    ResyncingContract,
    TimedContract,
)
from watchword.tokens.totp import Totp

KEY = b"12345678901234567890"
KEYS = {"sha1": KEY, "sha256": (KEY * 2)[:32], "sha512": (KEY * 4)[:64]}
FORM = {"otpkey": KEY.hex()}
TIMES = (59, 1111111109, 1111111111, 1234567890, 2000000000, 20000000000)
RFC_6238 = {
    "sha1": ("94287082", "07081804", "14050471", "89005924", "69279037", "65353130"),
    "sha256": ("46119246", "68084774", "67062674", "91819424", "90698825", "77737706"),
    "sha512": ("90693936", "25091201", "99943326", "93441116", "38618901", "47863826"),
}
HERE = StoppedClock().now() // 30_000


class TestContract(
    ResyncingContract, RecognisingContract, TimedContract, AdjustableContract, ChallengingContract
):
    kind = Totp()
    form = FORM

    def answers(self, bench: Bench) -> Sequence[str]:
        return [code(step) for step in (-2, -1, 0)]


def bench(form: dict[str, str] | None = None, **settings: str) -> Bench:
    return Bench(Totp(), {**FORM, **(form or {})}, settings=settings)


def code(steps: int, digits: int = 6) -> str:
    """What a device shows whose clock runs ahead by so many steps when the test begins."""
    return hotp(KEY, HERE + steps, digits)


@pytest.mark.parametrize("hashlib", RFC_6238)
def test_the_values_of_rfc_6238_are_accepted_at_their_times(hashlib: str) -> None:
    form = {"otpkey": KEYS[hashlib].hex(), "hashlib": hashlib, "otplen": "8"}
    token = Bench(Totp(), form, clock=StoppedClock(0))
    for seconds, otp in zip(TIMES, RFC_6238[hashlib], strict=True):
        token.clock.moment = seconds * 1000
        assert token.answer(otp).counter == seconds // 30 + 1


# ------------------------------------------------------------------ the window


@pytest.mark.parametrize(("steps", "accepted"), [(-11, False), (-10, True), (9, True), (10, False)])
def test_the_window_is_as_wide_in_the_past_as_in_the_future(steps: int, accepted: bool) -> None:
    assert bench().answer(code(steps)).accepted is accepted


@pytest.mark.parametrize("steps", range(-3, 3))
def test_every_place_of_a_window_is_looked_at(steps: int) -> None:
    token = bench()
    token.token = replace(token.token, window=3)
    assert token.answer(code(steps)).counter == HERE + steps + 1


@pytest.mark.parametrize(
    ("window", "steps", "accepted"),
    [(0, 0, False), (0, -1, False), (1, -1, True), (1, 0, True), (1, 1, False)],
)
def test_narrow_windows_are_kept_to(window: int, steps: int, accepted: bool) -> None:
    token = bench()
    token.token = replace(token.token, window=window)
    assert token.answer(code(steps)).accepted is accepted


def test_the_step_begins_on_its_first_millisecond() -> None:
    token = Bench(Totp(), FORM, clock=StoppedClock(HERE * 30_000 + 30_000 - 1))
    token.token = replace(token.token, window=1)
    assert not token.judge(code(1)).accepted
    token.clock.moment += 1
    assert token.judge(code(1)).accepted


def test_the_first_steps_of_all_time_have_codes_too() -> None:
    token = Bench(Totp(), FORM, clock=StoppedClock(0))
    assert token.answer(hotp(KEY, 0)).counter == 1


# ------------------------------------------------------------------ drift


@pytest.mark.parametrize("steps", [9, -9])
def test_a_drifting_clock_is_followed_step_by_step(steps: int) -> None:
    token = bench()
    for nth in range(1, 6):
        assert token.answer(code(nth * steps + (nth - 1) * 20)).accepted
        assert token.token.state == {"timeShift": nth * steps * 30}
        token.clock.advance(seconds=20 * 30)


def test_a_clock_that_is_known_to_be_right_changes_nothing_in_the_memory() -> None:
    token = bench()
    assert token.answer(code(0)).state is None
    token.clock.advance(seconds=30)
    assert token.answer(code(1)).state is None


def test_the_window_is_centred_on_the_drift() -> None:
    token = bench()
    token.answer(code(9))
    assert token.answer(code(18)).accepted


def test_a_shift_said_at_enrolment_is_where_the_window_begins() -> None:
    token = bench({"timeShift": "3600"})
    assert not token.judge(code(0)).accepted
    assert token.judge(code(120)).accepted


# ------------------------------------------------------------------ used codes


def test_the_same_code_in_the_same_step_is_a_replay() -> None:
    token = bench()
    assert token.answer(code(0)).accepted
    again = token.answer(code(0))
    assert not again.accepted
    assert again.replayed


def test_after_a_code_the_one_before_it_is_dead_though_the_window_holds_it() -> None:
    token = bench()
    token.answer(code(0))
    assert token.answer(code(-1)).replayed
    assert token.answer(code(1)).accepted


def test_the_code_used_last_is_a_replay_however_late_it_comes() -> None:
    token = bench()
    token.answer(code(0))
    token.clock.advance(seconds=86_400)
    assert token.answer(code(0)).replayed
    assert not token.answer(code(-1)).replayed


def test_a_fresh_token_knows_no_replay() -> None:
    assert not bench().answer("000000").replayed


@given(
    st.lists(st.tuples(st.integers(-15, 15), st.integers(0, 200)), max_size=30),
    st.booleans(),
)
def test_no_code_opens_twice_and_the_counter_never_falls(
    tries: list[tuple[int, int]], resyncing: bool
) -> None:
    token = bench({"otplen": "10"}, AutoResync=str(resyncing))
    token.token = replace(token.token, window=4, sync_window=20)
    opened: list[int] = []
    for ahead, waits in tries:
        step, before = token.clock.now() // 30_000 + ahead, token.token.counter
        if token.answer(hotp(KEY, step, 10)).accepted:
            assert step >= before
            opened.append(step)
        assert token.token.counter >= before
        token.clock.advance(seconds=waits)
    assert opened == sorted(set(opened))


@given(st.lists(st.tuples(st.integers(-6, 6), st.sampled_from(["code", "30", "60", "shift"])), max_size=20))
def test_no_moment_opens_twice_whatever_an_administrator_changes(tries: list[tuple[int, str]]) -> None:
    token = bench({"otplen": "10"})
    used_until = 0
    for ahead, act in tries:
        size = int(token.token.info["timeStep"])
        if act == "code":
            step = token.clock.now() // 1000 // size + ahead
            if token.answer(hotp(KEY, step, 10)).accepted:
                assert step * size >= used_until
                used_until = (step + 1) * size
        elif act == "shift":
            token.token = Totp().adjust(token.token, "timeShift", str(ahead * 30))
        else:
            token.token = Totp().adjust(token.token, "timeStep", act)
        assert token.token.counter * int(token.token.info["timeStep"]) >= used_until


# ------------------------------------------------------------------ resync by an administrator


@pytest.mark.parametrize("steps", [-900, -50, 50, 900])
def test_resync_finds_a_clock_far_in_past_or_future_and_its_next_code_is_good(steps: int) -> None:
    token = bench()
    assert token.resync(code(steps), code(steps + 1)).counter == HERE + steps + 2
    assert token.token.state == {"timeShift": (steps + 1) * 30}
    token.clock.advance(seconds=30)
    assert token.answer(code(steps + 2)).accepted


@pytest.mark.parametrize(("steps", "accepted"), [(-1001, False), (-1000, True), (999, True), (1000, False)])
def test_resync_reaches_as_far_as_the_sync_window(steps: int, accepted: bool) -> None:
    assert bench().resync(code(steps), code(steps + 1)).accepted is accepted


def test_resync_never_goes_back_to_codes_that_are_used_up() -> None:
    token = bench()
    token.resync(code(900), code(901))
    assert not token.resync(code(100), code(101)).accepted
    assert not token.resync(code(900), code(901)).accepted
    assert token.resync(code(902), code(903)).accepted


def test_resync_takes_blanks_as_people_type_them() -> None:
    first, second = code(100), code(101)
    assert bench().resync(f"{first[:3]} {first[3:]}", f" {second} ").accepted


def test_resync_looks_past_a_place_where_the_first_code_fits_by_chance() -> None:
    one = {step: code(step, 1) for step in range(-60, 61)}
    place = next(
        step
        for step in range(-50, 59)
        if any(one[other] == one[step] for other in range(-60, step))
        and all(one[other + 1] != one[step + 1] for other in range(-60, step) if one[other] == one[step])
    )
    token = bench()
    token.token = replace(token.token, digits=1, sync_window=60)
    assert token.resync(one[place], one[place + 1]).counter == HERE + place + 2


# ------------------------------------------------------------------ resync by itself


@pytest.mark.parametrize("far", [-700, 700])
@pytest.mark.parametrize("apart", [1, 2, 3])
def test_two_near_codes_of_a_far_clock_let_in_where_the_house_wants_it(far: int, apart: int) -> None:
    token = bench(AutoResync="True")
    first = token.answer(code(far))
    assert not first.accepted
    assert not first.replayed
    assert token.token.counter == 0
    assert token.answer(code(far + apart)).counter == HERE + far + apart + 1
    assert token.token.state == {"timeShift": (far + apart) * 30}


@pytest.mark.parametrize("apart", [-1, 0, 4])
def test_the_second_must_be_later_and_near(apart: int) -> None:
    token = bench(AutoResync="True")
    token.answer(code(700))
    assert not token.answer(code(700 + apart)).accepted


def test_two_far_codes_are_nothing_where_the_house_says_nothing() -> None:
    token = bench()
    token.answer(code(700))
    assert not token.answer(code(701)).accepted
    assert token.token.state == {}


def test_any_other_answer_between_the_two_ends_the_resync_and_keeps_the_drift() -> None:
    token = bench(AutoResync="1")
    token.answer(code(2))
    token.answer(code(700))
    token.answer("000000")
    assert token.token.state == {"timeShift": 60}
    assert not token.answer(code(701)).accepted


def test_a_right_answer_between_the_two_ends_the_resync() -> None:
    token = bench(AutoResync="1")
    token.answer(code(700))
    assert token.answer(code(0)).accepted
    assert not token.answer(code(701)).accepted


def test_used_codes_are_no_way_in_by_resync() -> None:
    token = bench(AutoResync="1")
    for steps in (0, 1):
        assert token.answer(code(steps)).accepted
        token.clock.advance(seconds=30)
    token.clock.advance(seconds=3600)
    assert not token.answer(code(0)).accepted
    assert not token.answer(code(1)).accepted


def test_the_second_must_come_in_time() -> None:
    token = bench(AutoResync="1", AutoResyncTimeout="60")
    token.answer(code(700))
    token.clock.advance(seconds=61)
    assert not token.answer(code(702)).accepted


def test_a_remembered_code_that_was_used_up_since_opens_nothing() -> None:
    token = bench(AutoResync="1")
    token.answer(code(700))
    token.token = replace(token.token, counter=HERE + 702)
    assert not token.answer(code(701)).accepted


# ------------------------------------------------------------------ recognising, and moments


def test_a_code_is_recognised_within_ten_steps() -> None:
    token = bench()
    assert Totp().recognises(token.token, code(9), token.tools).counter == HERE + 10
    assert not Totp().recognises(token.token, code(10), token.tools).accepted
    assert Totp().recognises(token.token, code(-10), token.tools).accepted


def test_a_code_of_the_past_has_its_moment() -> None:
    token = bench()
    assert Totp().moment_of(token.token, code(-100), 86_400, token.tools) == Moment(
        counter=HERE - 100, at=(HERE - 100) * 30_000, step=30
    )


def test_a_used_code_still_has_its_moment() -> None:
    token = bench()
    token.answer(code(0))
    assert Totp().moment_of(token.token, code(0), 60, token.tools) is not None


def test_a_code_of_the_future_or_beyond_the_span_has_none() -> None:
    token = bench()
    assert Totp().moment_of(token.token, code(1), 86_400, token.tools) is None
    assert Totp().moment_of(token.token, code(-121), 3600, token.tools) is None
    assert Totp().moment_of(token.token, code(-120), 3600, token.tools) is not None


def test_a_moment_is_on_our_own_clock() -> None:
    token = bench()
    token.answer(code(5))
    moment = Totp().moment_of(token.token, code(5), 3600, token.tools)
    assert moment == Moment(counter=HERE + 5, at=HERE * 30_000, step=30)


def test_a_span_that_would_take_forever_is_refused() -> None:
    with pytest.raises(BadParameter):
        Totp().moment_of(bench().token, code(0), 10**9, bench().tools)


# ------------------------------------------------------------------ changes by an administrator


def test_a_longer_step_is_good_at_once_and_what_was_used_stays_used() -> None:
    token = bench()
    token.answer(code(0))
    token.token = Totp().adjust(token.token, "timeStep", "60")
    assert token.token.info["timeStep"] == 60
    minute = token.clock.now() // 60_000
    assert token.token.counter * 60 >= (HERE + 1) * 30
    assert not token.answer(hotp(KEY, minute - 1)).accepted
    token.clock.advance(seconds=60)
    assert token.answer(hotp(KEY, minute + 1)).accepted


def test_a_step_changed_there_and_back_opens_nothing_used() -> None:
    for steps in (0, 1):
        token = bench()
        token.answer(code(steps))
        for seconds in ("60", "30"):
            token.token = Totp().adjust(token.token, "timeStep", seconds)
        assert token.token.counter >= HERE + steps + 1
        assert not token.answer(code(steps)).accepted


def test_the_same_step_again_changes_no_counter() -> None:
    token = bench()
    token.answer(code(0))
    assert Totp().adjust(token.token, "timeStep", "30").counter == token.token.counter


def test_a_changed_step_ends_a_resync() -> None:
    token = bench(AutoResync="1")
    token.answer(code(700))
    assert Totp().adjust(token.token, "timeStep", "60").state == {}


def test_a_shift_that_an_administrator_says_counts_more_than_what_was_learnt() -> None:
    token = bench()
    token.answer(code(9))
    token.token = Totp().adjust(token.token, "timeShift", "-600")
    assert not token.judge(code(15)).accepted
    token.clock.advance(seconds=1200)
    assert token.judge(code(20)).accepted


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("timeStep", "45"),
        ("timeStep", "0"),
        ("timeStep", "-30"),
        ("timeWindow", "-1"),
        ("timeShift", "1.5"),
        ("timeShift", str(10**10)),
        ("hashlib", "md5"),
    ],
)
def test_nonsense_is_refused(name: str, value: str) -> None:
    with pytest.raises(BadParameter, match=name):
        Totp().adjust(bench().token, name, value)


def test_values_set_by_an_administrator_are_numbers() -> None:
    token = Totp().adjust(bench().token, "timeWindow", "600")
    assert token.info["timeWindow"] == 600
    assert Totp().adjust(token, "timeShift", "-30").info["timeShift"] == -30


# ------------------------------------------------------------------ enrolment


def test_a_fresh_token_says_hash_window_shift_and_step_as_text() -> None:
    assert bench().enrolled.info == {
        "hashlib": "sha1",
        "timeWindow": "300",
        "timeShift": "0",
        "timeStep": "30",
    }


def test_what_the_form_leaves_out_comes_from_the_settings() -> None:
    settings = {
        "DefaultOtpLen": "8",
        "totp.hashlib": "sha256",
        "totp.timeStep": "60",
        "totp.timeShift": "5",
        "totp.timeWindow": "600",
    }
    enrolled = Bench(Totp(), FORM, settings=settings).enrolled
    assert enrolled.digits == 8
    assert enrolled.info == {
        "hashlib": "sha256",
        "timeWindow": "600",
        "timeShift": "5",
        "timeStep": "60",
    }
    assert Bench(Totp(), {**FORM, "timeStep": "30"}, settings=settings).enrolled.info["timeStep"] == "30"


@pytest.mark.parametrize(("hashlib", "size"), [("sha1", 20), ("sha256", 32), ("sha512", 64)])
def test_a_made_seed_is_as_long_as_its_hash(hashlib: str, size: int) -> None:
    assert len(Bench(Totp(), {"genkey": "1", "hashlib": hashlib}).enrolled.secret) == size


@pytest.mark.parametrize(
    "wrong",
    [
        {"timeStep": "45"},
        {"timeStep": "-30"},
        {"timeStep": "x"},
        {"timeWindow": "-1"},
        {"timeShift": "x"},
        {"hashlib": "md5"},
        {"otplen": "4"},
        {"otpkey": "zz"},
    ],
)
def test_bad_parameters_are_named(wrong: dict[str, str]) -> None:
    with pytest.raises(BadParameter, match=next(iter(wrong))):
        bench(wrong)


def test_seed_and_wish_for_one_are_asked_for_as_for_every_seed() -> None:
    with pytest.raises(ConflictingParameters):
        bench({"genkey": "1"})
    with pytest.raises(MissingParameter):
        Bench(Totp(), {})


def test_the_url_names_what_is_not_default_and_no_counter() -> None:
    enrolled = Bench(Totp(), {"genkey": "1", "otplen": "8", "hashlib": "sha512", "timeStep": "60"}).enrolled
    shown = {one.name: one.value for one in enrolled.show(Label(issuer="Watchword", account="alice"))}
    query = parse_qs(urlsplit(shown["enrollment_url"]).query)
    assert query.pop("secret")
    assert query == {"digits": ["8"], "algorithm": ["SHA512"], "period": ["60"], "issuer": ["Watchword"]}
    plain = {one.name: one.value for one in bench().enrolled.show(Label(issuer="W", account="a"))}
    assert plain["googleurl"] == "otpauth://totp/W:a?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=W"


def test_policy_may_dictate_digits_hash_function_and_step() -> None:
    names = [(field.action.name, field.field) for field in Totp().dictated]
    assert names == [("totp_otplen", "otplen"), ("totp_hashlib", "hashlib"), ("totp_timestep", "timeStep")]
    assert [field.written(2) for field in Totp().dictated][1] == "sha256"
    assert Totp().dictated[2].written(60) == "60"


def test_it_asks_in_the_words_that_clients_match_on() -> None:
    assert Bench(Totp(), FORM).ask().prompt == "Please enter your otp value: "
