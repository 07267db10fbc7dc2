"""What a telephone voice says."""

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.delivery.speech import MOST, twiml
from watchword.errors import BadParameter


def says(template: str, code: str = "482915", **how: str) -> list[ET.Element]:
    document = ET.fromstring(twiml(template, code, **how))
    assert document.tag == "Response"
    return document.findall("Say")


def test_the_digits_are_read_one_by_one_and_twice() -> None:
    assert [one.text for one in says("Your code is {otp}.")] == ["Your code is 4, 8, 2, 9, 1, 5."] * 2


def test_a_template_without_a_place_has_the_code_behind_it() -> None:
    assert says("Hello")[0].text == "Hello 4, 8, 2, 9, 1, 5"


@pytest.mark.parametrize(
    ("language", "tongue", "voice"),
    [
        ("", "en-US", "Polly.Joanna"), ("en", "en-US", "Polly.Joanna"), ("de", "de-DE", "Polly.Marlene"),
        ("de_AT", "de-DE", "Polly.Marlene"), ("en-GB", "en-GB", "Polly.Amy"), ("pt_br", "pt-BR", "Polly.Vitoria"),
        ("cs-CZ", "cs-CZ", None), ('"><Dial>', "en-US", "Polly.Joanna"),
    ],
)  # fmt: skip
def test_each_language_has_a_voice_of_its_own(language: str, tongue: str, voice: str | None) -> None:
    said = says("{otp}", language=language)[0]
    assert (said.get("language"), said.get("voice")) == (tongue, voice)


@pytest.mark.parametrize(
    ("voice", "spoken"),
    [
        ("alice", "Polly.Marlene"),
        ("Alice", "Polly.Marlene"),
        ("Polly.Vicki", "Polly.Vicki"),
        ('"/>', "Polly.Marlene"),
    ],
)
def test_the_retired_voice_is_replaced_and_others_are_kept(voice: str, spoken: str) -> None:
    assert says("{otp}", language="de", voice=voice)[0].get("voice") == spoken


def test_a_text_too_long_for_twilio_is_refused() -> None:
    with pytest.raises(BadParameter, match="voice_message"):
        twiml("x" * MOST, "1")


@given(st.text(max_size=200), st.text(max_size=20), st.text(max_size=20), st.text(max_size=20))
def test_whatever_is_said_stays_text_within_two_sentences_a68(
    template: str, code: str, language: str, voice: str
) -> None:
    assert len(says(template, code, language=language, voice=voice)) == 2
