from hypothesis import given
from hypothesis import strategies as st

from watchword.enrolment.pins import alphabet, by_chance
from watchword.testing import LoadedDice


def test_letters_name_the_kinds_of_characters() -> None:
    assert alphabet("n") == "0123456789"
    assert set(alphabet("Cn")) == set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
    assert alphabet("nn") == alphabet("n")
    assert alphabet("") == alphabet("x?") == alphabet("cCn")[:26] + alphabet("C") + alphabet("n")


@given(st.integers(), st.text())
def test_a_text_by_chance_has_the_length_that_was_asked_within_bounds(length: int, contents: str) -> None:
    text = by_chance(LoadedDice(), length, contents)
    assert len(text) == max(1, min(length, 200))
    assert set(text) <= set(alphabet(contents))
