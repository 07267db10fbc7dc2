from collections.abc import Sequence
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from watchword.crypto.otp import hotp
from watchword.errors import BadParameter, ConflictingParameters, MissingParameter
from watchword.model.policy import Scope
from watchword.plugin.shapes import Label, Shown
from watchword.testing.bench import Bench
from watchword.testing.token_type_contract import (
    AdjustableContract,
    ChallengingContract,
    RecognisingContract,
    ResyncingContract,
)
from watchword.tokens.hotp import Hotp

KEY = b"12345678901234567890"
FORM = {"otpkey": KEY.hex()}
RFC_4226 = (
    "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489",
)  # fmt: skip
ALICE = Label(issuer="Watchword", account="alice")


class TestContract(ResyncingContract, RecognisingContract, AdjustableContract, ChallengingContract):
    kind = Hotp()
    form = FORM

    def answers(self, bench: Bench) -> Sequence[str]:
        return RFC_4226[:3]


def bench(form: dict[str, str] | None = None, *, counter: int = 0, **settings: str) -> Bench:
    made = Bench(Hotp(), {**FORM, **(form or {})}, settings=settings)
    made.token = replace(made.token, counter=counter)
    return made


def code(counter: int) -> str:
    return hotp(KEY, counter)


def shown(bench: Bench, label: Label = ALICE) -> dict[str, Shown]:
    return {one.name: one for one in bench.enrolled.show(label)}


def test_the_values_of_rfc_4226_are_accepted_one_after_the_other() -> None:
    token = bench()
    for counter, otp in enumerate(RFC_4226):
        assert token.answer(otp).counter == counter + 1


# ------------------------------------------------------------------ the window


def test_the_last_place_of_the_window_is_accepted_and_the_next_is_not() -> None:
    assert bench(counter=5).answer(code(14)).counter == 15
    assert not bench(counter=5).answer(code(15)).accepted


def test_a_window_of_another_width_is_kept_to() -> None:
    token = bench()
    token.token = replace(token.token, window=3)
    assert not token.judge(code(3)).accepted
    assert token.judge(code(2)).accepted


def test_a_window_of_nothing_accepts_nothing() -> None:
    token = bench()
    token.token = replace(token.token, window=0)
    assert not token.judge(code(0)).accepted


def test_a_match_further_on_kills_all_codes_before_it() -> None:
    token = bench()
    token.answer(code(7))
    assert not any(token.answer(code(counter)).accepted for counter in range(8))
    assert token.answer(code(8)).accepted


def test_blanks_and_full_width_digits_are_one_code_and_one_log_in() -> None:
    token = bench()
    assert token.answer("755 224").accepted
    again = token.answer("\uff17\uff15\uff15\uff12\uff12\uff14")
    assert not again.accepted
    assert again.replayed


@pytest.mark.parametrize("otp", ["+755224", "0755224", "755224.0", "-755224"])
def test_signs_and_padding_make_no_other_spelling_of_a_code(otp: str) -> None:
    assert not bench().answer(otp).accepted


def test_changed_digits_hold_for_the_next_code() -> None:
    token = bench()
    token.token = replace(token.token, digits=8)
    assert not token.judge(code(0)).accepted
    assert token.judge(hotp(KEY, 0, 8)).accepted


# ------------------------------------------------------------------ used codes


def test_only_the_code_used_last_is_a_replay() -> None:
    token = bench()
    token.answer(code(0))
    token.answer(code(1))
    assert token.answer(code(1)).replayed
    assert not token.answer(code(0)).replayed


def test_a_fresh_token_knows_no_replay() -> None:
    assert not bench().answer("000000").replayed


@given(st.lists(st.integers(0, 30), max_size=40), st.booleans())
def test_no_code_opens_twice_and_the_counter_never_falls(tries: list[int], resyncing: bool) -> None:
    token = bench({"otplen": "10"}, AutoResync=str(resyncing))
    opened: list[int] = []
    for counter in tries:
        before = token.token.counter
        if token.answer(hotp(KEY, counter, 10)).accepted:
            assert counter >= before
            opened.append(counter)
        assert token.token.counter >= before
    assert opened == sorted(set(opened))


# ------------------------------------------------------------------ resync by an administrator


def test_resync_finds_the_place_far_ahead() -> None:
    token = bench()
    assert token.resync(code(900), code(901)).counter == 902
    assert not token.answer(code(901)).accepted
    assert token.answer(code(902)).accepted


def test_resync_reaches_as_far_as_the_sync_window() -> None:
    assert bench().resync(code(999), code(1000)).accepted
    assert not bench().resync(code(1000), code(1001)).accepted


def test_resync_takes_no_codes_that_skip_one() -> None:
    assert not bench().resync(code(100), code(102)).accepted


def test_resync_looks_past_a_place_where_the_first_code_fits_by_chance() -> None:
    # 24 and 130 have the same value of one digit, and only behind the second of them the next one fits too.
    one = [hotp(KEY, counter, 1) for counter in range(200)]
    first, second = next(
        (a, b)
        for b in range(1, 199)
        for a in range(b)
        if one[a] == one[b] and all(one[c + 1] != one[b + 1] for c in range(b) if one[c] == one[b])
    )
    token = bench()
    token.token = replace(token.token, digits=1)
    assert first < second
    assert token.resync(one[second], one[second + 1]).counter == second + 2


# ------------------------------------------------------------------ resync by itself


def test_two_consecutive_far_codes_let_in_where_the_house_wants_it() -> None:
    token = bench(AutoResync="True")
    first = token.answer(code(500))
    assert not first.accepted
    assert not first.replayed
    assert token.token.counter == 0
    assert token.answer(code(501)).counter == 502
    assert token.token.state == {}


def test_two_far_codes_are_nothing_where_the_house_says_nothing() -> None:
    token = bench()
    token.answer(code(500))
    assert not token.answer(code(501)).accepted
    assert token.token.state == {}


@pytest.mark.parametrize("second", [500, 502, 400])
def test_only_the_direct_successor_finishes_a_resync(second: int) -> None:
    token = bench(AutoResync="1")
    token.answer(code(500))
    assert not token.answer(code(second)).accepted


def test_any_other_answer_between_the_two_ends_the_resync() -> None:
    token = bench(AutoResync="1")
    token.answer(code(500))
    token.answer("000000")
    assert not token.answer(code(501)).accepted


def test_a_replay_between_the_two_ends_the_resync() -> None:
    token = bench(AutoResync="1")
    token.answer(code(0))
    token.answer(code(500))
    assert token.answer(code(0)).replayed
    assert not token.answer(code(501)).accepted


def test_a_right_answer_between_the_two_ends_the_resync() -> None:
    token = bench(AutoResync="1")
    token.answer(code(500))
    assert token.answer(code(3)).accepted
    assert not token.answer(code(501)).accepted


def test_a_wrong_second_that_is_far_itself_may_be_a_first() -> None:
    token = bench(AutoResync="1")
    token.answer(code(500))
    token.answer(code(700))
    assert token.answer(code(701)).accepted


@pytest.mark.parametrize(("seconds", "accepted"), [(240, True), (240.001, False)])
def test_the_second_must_come_in_time(seconds: float, accepted: bool) -> None:
    token = bench(AutoResync="1")
    token.answer(code(500))
    token.clock.advance(seconds=seconds)
    assert token.answer(code(501)).accepted is accepted


def test_how_much_time_there_is_can_be_set() -> None:
    token = bench(AutoResync="1", AutoResyncTimeout="10")
    token.answer(code(500))
    token.clock.advance(seconds=11)
    assert not token.answer(code(501)).accepted


def test_a_remembered_code_that_was_used_up_since_opens_nothing() -> None:
    token = bench(AutoResync="1")
    token.answer(code(500))
    token.token = replace(token.token, counter=502)
    assert not token.answer(code(501)).accepted


def test_a_code_beyond_the_sync_window_is_not_remembered() -> None:
    token = bench(AutoResync="1")
    token.answer(code(1000))
    assert not token.answer(code(1001)).accepted
    assert token.answer(code(999)).state is not None


# ------------------------------------------------------------------ recognising and adjusting


def test_a_code_is_recognised_ten_places_ahead_and_no_further() -> None:
    token = bench(counter=3)
    assert Hotp().recognises(token.token, code(12), token.tools).counter == 13
    assert not Hotp().recognises(token.token, code(13), token.tools).accepted


def test_another_hash_function_makes_other_codes() -> None:
    token = bench()
    token.token = Hotp().adjust(token.token, "hashlib", "SHA256")
    assert token.token.info == {"hashlib": "sha256"}
    assert not token.judge(code(0)).accepted
    assert token.judge(hotp(KEY, 0, algorithm="sha256")).accepted


def test_an_unknown_hash_function_is_refused() -> None:
    with pytest.raises(BadParameter, match="hashlib"):
        Hotp().adjust(bench().token, "hashlib", "md5")


# ------------------------------------------------------------------ enrolment


def test_a_seed_may_be_printed_in_groups() -> None:
    assert Bench(Hotp(), {"otpkey": "3132 3334-3536\t3738"}).enrolled.secret == b"12345678"


@pytest.mark.parametrize("seed", ["xyz", "313", "31 3", "\uff13\uff11", "31\x00", "0x3132", "31" * 129])
def test_a_seed_that_is_none_is_refused(seed: str) -> None:
    with pytest.raises(BadParameter, match="otpkey"):
        Bench(Hotp(), {"otpkey": seed})


@pytest.mark.parametrize("form", [{}, {"otpkey": ""}, {"otpkey": " - "}, {"genkey": "0"}])
def test_neither_seed_nor_wish_for_one_is_a_missing_parameter(form: dict[str, str]) -> None:
    with pytest.raises(MissingParameter) as missing:
        Bench(Hotp(), form)
    assert missing.value.name == "otpkey"


def test_a_seed_and_the_wish_for_one_exclude_each_other() -> None:
    with pytest.raises(ConflictingParameters):
        bench({"genkey": "1"})


def test_a_made_seed_has_twenty_bytes_whatever_the_hash_function() -> None:
    made = Bench(Hotp(), {"genkey": "1", "hashlib": "sha512"})
    assert len(made.enrolled.secret) == 20
    assert made.enrolled.secret != Bench(Hotp(), {"otpkey": "00"}).enrolled.secret


def test_a_seed_given_with_genkey_off_is_taken() -> None:
    assert bench({"genkey": "0"}).enrolled.secret == KEY


@pytest.mark.parametrize("otplen", ["0", "-6", "5", "11", "six", "6.0"])
def test_codes_of_a_nonsensical_length_are_refused(otplen: str) -> None:
    with pytest.raises(BadParameter, match="otplen"):
        bench({"otplen": otplen})


def test_length_and_hash_function_come_from_form_setting_or_standard_in_this_order() -> None:
    assert bench().enrolled.digits == 6
    assert bench(DefaultOtpLen="8").enrolled.digits == 8
    assert bench({"otplen": "7"}, DefaultOtpLen="8").enrolled.digits == 7
    sha256 = {"hotp.hashlib": "sha256"}
    assert bench().enrolled.info == {"hashlib": "sha1"}
    assert Bench(Hotp(), FORM, settings=sha256).enrolled.info == {"hashlib": "sha256"}
    assert Bench(Hotp(), {**FORM, "hashlib": "sha512"}, settings=sha256).enrolled.info == {
        "hashlib": "sha512"
    }


def test_what_is_shown_is_the_url_under_two_names_and_the_seed() -> None:
    shows = shown(bench({"otpkey": "3132AB-CD"}))
    assert shows["otpkey"].value == "seed://3132abcd"
    assert (shows["otpkey"].order, shows["otpkey"].description) == (1, "OTP seed")
    assert shows["googleurl"].value == shows["enrollment_url"].value
    assert (shows["googleurl"].order, shows["googleurl"].description) == (0, "OTPAuth Url")


def test_the_url_of_a_plain_token_names_its_counter_and_no_default() -> None:
    assert shown(bench())["googleurl"].value == (
        "otpauth://hotp/Watchword:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&counter=0&issuer=Watchword"
    )


def test_the_url_names_what_is_not_default() -> None:
    url = shown(bench({"otplen": "8", "hashlib": "sha256"}))["googleurl"].value
    query = parse_qs(urlsplit(url).query)
    assert query["digits"] == ["8"]
    assert query["algorithm"] == ["SHA256"]
    assert query["counter"] == ["0"]


def test_at_signs_and_colons_of_a_label_are_escaped() -> None:
    url = shown(bench(), Label(issuer="A & B: C", account="alice@corp:x"))["googleurl"].value
    assert urlsplit(url).path.count(":") == 1
    issuer, account = urlsplit(url).path.removeprefix("/").split(":")
    assert (unquote(issuer), unquote(account)) == ("A & B: C", "alice@corp:x")


def test_policy_may_dictate_digits_and_hash_function_in_its_own_words() -> None:
    digits, hashlib = Hotp().dictated
    assert (digits.action.name, digits.field, digits.written(8)) == ("hmac_otplen", "otplen", "8")
    assert (hashlib.action.name, hashlib.field, hashlib.written(2)) == ("hmac_hashlib", "hashlib", "sha256")
    assert {field.action.scope for field in Hotp().dictated} == {Scope.SELFSERVICE}


def test_it_asks_in_the_words_that_clients_match_on_and_judges_the_answer_by_itself() -> None:
    question = bench().ask(said="Pay 100")
    assert (question.prompt, question.code, question.message) == ("Please enter your otp value: ", "", None)
    assert not Hotp().only_asked
    assert not Hotp().pin_with_answer
    assert Hotp().quiet_for(bench(HmacBlockingTimeout="60", DefaultBlockingTimeout="60").configuration) == 0
    assert Hotp().open_for(bench().token, bench(HmacChallengeValidityTime="30").configuration) == 30_000
