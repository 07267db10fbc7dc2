"""How many parts a short message takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.delivery.segments import count


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 1), ("a" * 160, 1), ("a" * 161, 2), ("a" * 159 + "€", 2), ("a" * 158 + "€", 1), ("a" * 306, 2),
        ("a" * 307, 3), ("ł" * 70, 1), ("ł" * 71, 2), ("ł" * 134, 2), ("ł" * 135, 3), ("😀" * 35, 1), ("😀" * 36, 2),
    ],
)  # fmt: skip
def test_parts_are_counted_as_networks_count_them(text: str, parts: int) -> None:
    assert count(text).parts == parts


@pytest.mark.parametrize("text", ["ç", "“", "–", "ş", "😀", "\u00a0", "`"])
def test_one_strange_character_makes_the_whole_message_ucs_2_and_is_named(text: str) -> None:
    counted = count(f"Your code {text}")
    assert (counted.encoding, counted.strange) == ("UCS-2", text)


@pytest.mark.parametrize("text", "Çäöüß€^{}[]~\\|@£_é\n")
def test_characters_of_the_alphabet_stay_in_septets(text: str) -> None:
    assert count(text).encoding == "GSM-7"


def test_a_pair_is_never_split_over_parts() -> None:
    assert count("a" * 152 + "€" + "a" * 152).parts == 3
    assert count("a" * 151 + "€" + "a" * 152).parts == 2
    assert count("ł" * 66 + "😀" + "ł" * 66).parts == 3


@given(st.text(max_size=400))
def test_longer_texts_never_take_fewer_parts(text: str) -> None:
    assert count(text).parts <= count(text + "a").parts
    assert count(text).units >= len(text)
