import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.errors import MissingParameter
from watchword.model.message import Channel, Message
from watchword.testing.bench import Bench
from watchword.testing.token_type_contract import AdjustableContract, ChallengingContract
from watchword.tokens.voice import Voice

FORM = {"phone": "+49 30 123456"}


class TestContract(ChallengingContract, AdjustableContract):
    kind = Voice()
    form = FORM


def message(rules: dict[str, object] | None = None, attributes: dict[str, str] | None = None) -> Message:
    sent = Bench(Voice(), FORM).ask(rules=rules, attributes=attributes).message
    assert sent is not None
    return sent


def test_a_number_is_needed_and_shown_with_the_hash_that_clients_expect() -> None:
    with pytest.raises(MissingParameter, match="phone"):
        Bench(Voice(), {})
    assert dict(Bench(Voice(), FORM).token.info) == {"phone": "+49 30 123456", "hashlib": "sha256"}


def test_a_call_says_the_code_in_english_unless_policy_says_more() -> None:
    sent = message()
    assert (sent.text, sent.language) == ("{otp}", "en")
    sent = message({"voice_message": "Ihr Code ist {otp}.", "voice_language": "de-DE"})
    assert (sent.text, sent.language) == ("Ihr Code ist {otp}.", "de-DE")
    sent = message({"voice_message": "", "voice_language": " "})
    assert (sent.text, sent.language) == ("{otp}", "en")


@pytest.mark.parametrize(
    "template", ["no code at all", "<otp> <serial> ${givenname}", "{otp} {otp}", "{0} {otp!r}", "<b>&"]
)
def test_a_template_goes_out_as_it_is(template: str) -> None:
    assert message({"voice_message": template}, {"givenname": "Eve"}).text == template


def test_codes_have_the_length_that_was_said() -> None:
    assert len(Bench(Voice(), {**FORM, "otplen": "8"}).ask().code) == 8
    assert len(Bench(Voice(), FORM, settings={"DefaultOtpLen": "7"}).ask().code) == 7


def test_the_number_of_the_directory_counts_where_policy_says_so() -> None:
    dynamic: dict[str, object] = {"voice_dynamic_mobile_number": True}
    assert message(dynamic, {"mobile": "0160 1"}).to == "0160 1"
    assert message(dynamic, {}).to == FORM["phone"]
    assert message({"sms_dynamic_mobile_number": True}, {"mobile": "0160 1"}).to == FORM["phone"]


def test_it_says_what_clients_match_on() -> None:
    kind = Voice()
    assert (kind.label, kind.prefix, kind.channel) == ("voice", "KIVO", Channel.VOICE)
    assert (kind.prompt, kind.blocked) == ("voice call triggered", "voice call with otp already submitted")
    assert kind.only_asked
    assert kind.pin_with_answer
    assert not kind.self_enrolment
    assert not kind.replaces_lost
    assert [action.name for action in kind.actions] == [
        "voice_message", "voice_language", "voice_dynamic_mobile_number",
    ]  # fmt: skip


def test_its_times_are_its_own() -> None:
    settings = {"VoiceChallengeValidityTime": "45", "VoiceBlockingTimeout": "10"}
    bench = Bench(Voice(), FORM, settings=settings)
    assert Voice().open_for(bench.token, bench.configuration) == 45_000
    assert Voice().good_for(bench.token, bench.configuration) == 45_000
    assert Voice().quiet_for(bench.configuration) == 10_000


@given(template=st.text(), language=st.text(), said=st.text())
def test_the_code_stands_nowhere_but_beside_the_template(template: str, language: str, said: str) -> None:
    asked = Bench(Voice(), FORM).ask(
        rules={"voice_message": template, "voice_language": language}, said=said, attributes={"mobile": said}
    )
    assert asked.message is not None
    assert asked.message.text == (template or "{otp}")
    assert asked.message.code == asked.code
    assert (
        asked.code
        not in f"{asked.message.text}{asked.message.language}{asked.prompt}{asked!r}{asked.message!r}"
    )
