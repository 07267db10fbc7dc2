import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from watchword.errors import BadParameter, MissingParameter, Refused
from watchword.model.message import Channel, Message
from watchword.model.policy import Scope
from watchword.plugin.shapes import Judging
from watchword.testing.bench import Bench
from watchword.testing.token_type_contract import AdjustableContract, ChallengingContract
from watchword.tokens.sms import Sms

FORM = {"phone": "+49 171 1234567"}


class TestContract(ChallengingContract, AdjustableContract):
    kind = Sms()
    form = FORM


def message(bench: Bench, **asked: object) -> Message:
    sent = bench.ask(**asked).message  # type: ignore[arg-type]
    assert sent is not None
    return sent


def text(rules: dict[str, object] | None = None, said: str = "") -> str:
    """The message with the code written as C."""
    sent = message(Bench(Sms(), FORM), rules=rules, said=said)
    assert sent.code
    return sent.text.replace(sent.code, "C")


def test_a_number_is_needed_and_kept_as_it_was_given() -> None:
    with pytest.raises(MissingParameter) as missing:
        Bench(Sms(), {})
    assert missing.value.name == "phone"
    assert dict(Bench(Sms(), FORM).token.info) == {"phone": "+49 171 1234567", "hashlib": "sha1"}


@pytest.mark.parametrize(
    "phone", ["7", " 0175 / 12 ", "+1 (555) 010-0100 ext. 5", "1-800-FLOWERS", "110", "+49,,12#"]
)
def test_any_line_with_a_digit_is_a_number(phone: str) -> None:
    assert message(Bench(Sms(), {"phone": phone})).to == phone


@pytest.mark.parametrize(
    "phone", ["no", " ", "1\n2", "1\r\nBcc: x", "1\x00", "1" * 101, "1\u2028", "1\ud800", "\u202e1"]
)
def test_what_is_no_line_with_a_digit_is_no_number(phone: str) -> None:
    with pytest.raises(BadParameter, match="phone"):
        Bench(Sms(), {"phone": phone})
    with pytest.raises(BadParameter, match="phone"):
        Sms().adjust(Bench(Sms(), FORM).token, "phone", phone)


def test_the_next_message_goes_to_the_new_number() -> None:
    bench = Bench(Sms(), FORM)
    bench.token = Sms().adjust(bench.token, "phone", "0177 5")
    assert message(bench).to == "0177 5"
    assert bench.token.info["hashlib"] == "sha1"


def test_codes_are_as_long_as_was_said_and_hold_leading_zeros() -> None:
    bench = Bench(Sms(), {**FORM, "otplen": "8"})
    codes = [bench.ask().code for _ in range(200)]
    assert {len(code) for code in codes} == {8}
    assert all(code.isdecimal() and code.isascii() for code in codes)
    assert any(code.startswith("0") for code in codes)


def test_codes_are_drawn_evenly() -> None:
    bench = Bench(Sms(), FORM)
    digits = "".join(bench.ask().code for _ in range(2000))
    assert all(abs(digits.count(digit) - 1200) < 170 for digit in "0123456789")


def test_no_secret_is_kept_from_which_codes_follow() -> None:
    bench = Bench(Sms(), {**FORM, "otpkey": "3132333435"})
    assert bench.enrolled.secret == b""
    assert not isinstance(bench.kind, Judging)


@pytest.mark.parametrize("digits", [0, 1, 3, 11, 4096])
def test_a_code_that_is_empty_guessable_or_endless_is_not_asked_for(digits: int) -> None:
    bench = Bench(Sms(), FORM)
    bench.token = replace(bench.token, digits=digits)
    with pytest.raises(Refused, match="OtpLen of TEST0001"):
        bench.ask()


def test_without_policy_the_message_is_the_bare_code() -> None:
    assert text() == "C"


@pytest.mark.parametrize(
    ("template", "wanted"),
    [
        ("Your code is <otp>.", "Your code is C."),
        ("Welcome", "C Welcome"),
        ("<otp> for <serial> in <transactionid>", "C for TEST0001 in 48120937561208834"),
        ("<serial>", "C TEST0001"),
        ("<otp><otp>", "CC"),
        ("<OTP> < otp > ${otp} {otp} %s \\1 \\g<0>", "C <OTP> < otp > ${otp} {otp} %s \\1 \\g<0>"),
        ("<b><otp></b> & <a href='x'>", "<b>C</b> & <a href='x'>"),
        ("<<otp>otp>", "<Cotp>"),
        ("", "C "),
    ],
)
def test_the_policy_words_the_message(template: str, wanted: str) -> None:
    assert text({"smstext": template}) == wanted


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("Transfer 100 to X", "C Transfer 100 to X"),
        ("Use <otp> for 100", "Use C for 100"),
        ("", "by policy C"),
        (" \x00\r", "by policy C"),
        ("two\nlines\x1b[2J", "C two\nlines [2J"),
    ],
)
def test_the_request_may_bring_a_text(said: str, wanted: str) -> None:
    assert text({"smstext": "by policy <otp>"}, said) == wanted


def test_a_policy_may_enforce_its_own_text_or_the_bare_code() -> None:
    assert text({"smstext": "by policy <otp>", "enforce_smstext": True}, "Pay <otp>") == "by policy C"
    assert text({"enforce_smstext": True}, "Pay <otp>") == "C"


def test_a_novel_in_the_request_is_cut_and_the_code_still_comes() -> None:
    sent = text(said="x" * 100_000 + "<otp>")
    assert sent.startswith("C xxx")
    assert len(sent) < 2000


def test_the_number_of_the_directory_counts_where_policy_says_so() -> None:
    bench, mobile = Bench(Sms(), FORM), {"mobile": "+49 160 99"}
    dynamic = {"sms_dynamic_mobile_number": True}
    assert message(bench, rules=dynamic, attributes=mobile).to == "+49 160 99"
    assert message(bench, attributes=mobile).to == FORM["phone"]
    assert message(bench, rules=dynamic, attributes={"phone": "1"}).to == FORM["phone"]


@pytest.mark.parametrize("mobile", ["", "none", "1\nBcc: 2"])
def test_an_unusable_number_in_the_directory_leaves_the_token_its_own(mobile: str) -> None:
    sent = message(
        Bench(Sms(), FORM), rules={"sms_dynamic_mobile_number": True}, attributes={"mobile": mobile}
    )
    assert sent.to == FORM["phone"]


def test_without_any_number_there_is_no_question_but_a_reason() -> None:
    bench = Bench(Sms(), FORM)
    bench.token = replace(bench.token, info={})
    with pytest.raises(Refused, match=r"TEST0001 has no usable phone"):
        bench.ask(rules={"sms_dynamic_mobile_number": True})


def test_it_says_what_clients_match_on() -> None:
    kind = Sms()
    assert (kind.label, kind.prefix, kind.channel) == ("sms", "LSSM", Channel.SMS)
    assert (kind.prompt, kind.blocked) == ("sms submitted", "sms with otp already submitted")
    assert kind.only_asked
    assert kind.pin_with_answer
    assert kind.replaces_lost == "sms"


def test_its_actions_are_those_of_log_ins() -> None:
    assert {action.name for action in Sms().actions} == {
        "smstext", "enforce_smstext", "trigger_sms", "autosms", "sms_dynamic_mobile_number",
    }  # fmt: skip
    assert {action.scope for action in Sms().actions} == {Scope.AUTHENTICATION}
    again, without_pin = Sms().asks_again, Sms().asks_without_pin
    assert again is not None
    assert without_pin is not None
    assert (again.name, without_pin.name) == ("autosms", "trigger_sms")


def life(settings: dict[str, str], info: dict[str, object] | None = None) -> tuple[int, int, int]:
    """How long a question is open, the code good, and the message's word on it; in seconds."""
    bench = Bench(Sms(), FORM, settings=settings)
    bench.token = replace(bench.token, info={**bench.token.info, **(info or {})})
    kind = bench.kind
    assert isinstance(kind, Sms)
    opened, good = (time(bench.token, bench.configuration) for time in (kind.open_for, kind.good_for))
    return opened // 1000, good // 1000, message(bench).seconds


@pytest.mark.parametrize(
    ("settings", "wanted"),
    [
        ({}, (120, 300, 120)),
        ({"DefaultChallengeValidityTime": "60"}, (60, 300, 60)),
        ({"DefaultChallengeValidityTime": "60", "SmsChallengeValidityTime": "90"}, (90, 300, 90)),
        ({"SMSChallengeValidityTime": "90"}, (90, 300, 90)),
        ({"smsChallengeValidityTime": "90"}, (90, 300, 90)),
        ({"SMSProviderTimeout": "30"}, (120, 30, 30)),
        ({"SMSProviderTimeout": "-1"}, (120, 0, 1)),
        ({"SMSChallengeValidityTime": "soon", "DefaultChallengeValidityTime": "-5"}, (0, 300, 1)),
        ({"DefaultChallengeValidityTime": "9" * 40}, (366 * 24 * 3600, 300, 300)),
    ],
)
def test_settings_say_how_long_a_code_is_good(settings: dict[str, str], wanted: tuple[int, int, int]) -> None:
    assert life(settings) == wanted


@pytest.mark.parametrize(
    ("own", "wanted"), [(45, 45), ("45", 45), ("never", 90), ("9" * 5000, 366 * 24 * 3600)]
)
def test_a_tokens_own_time_goes_before_the_settings(own: object, wanted: int) -> None:
    assert life({"SMSChallengeValidityTime": "90"}, {"challenge_validity_time": own})[0] == wanted


@pytest.mark.parametrize(
    ("settings", "wanted"), [({}, 60), ({"SMSBlockingTimeout": "30"}, 30), ({"SMSBlockingTimeout": "0"}, 0)]
)
def test_settings_say_how_long_nothing_is_sent_anew(settings: dict[str, str], wanted: int) -> None:
    assert Sms().quiet_for(Bench(Sms(), FORM, settings=settings).configuration) == wanted * 1000


TEMPLATES = st.lists(
    st.one_of(
        st.sampled_from(["<otp>", "<serial>", "<transactionid>", "<", ">", "otp", "\n"]), st.text(max_size=5)
    )
).map("".join)


@given(template=TEMPLATES, said=TEMPLATES, enforced=st.booleans())
def test_the_code_stands_exactly_where_the_rules_say(template: str, said: str, enforced: bool) -> None:
    bench = Bench(Sms(), FORM)
    asked = bench.ask(rules={"smstext": template, "enforce_smstext": enforced}, said=said)
    assert asked.message is not None
    brought = re.sub(
        r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+", " ", said
    ).strip()
    chosen = brought if brought and not enforced else template
    chosen = chosen if "<otp>" in chosen else f"<otp> {chosen}"
    pieces = [
        piece.replace("<serial>", "TEST0001").replace("<transactionid>", "48120937561208834")
        for piece in chosen.split("<otp>")
    ]
    assert asked.message.text == asked.code.join(pieces)
    assert asked.code not in f"{asked.prompt}{asked!r}{asked.message!r}{asked.more}"
