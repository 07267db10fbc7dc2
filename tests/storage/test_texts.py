"""How texts are kept."""

from hypothesis import given
from hypothesis import strategies as st

from watchword.storage.postgres_sql import array
from watchword.storage.texts import folded, json_of, kept, short


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0")))
def test_what_a_database_holds_is_kept_as_it_is(text: str) -> None:
    assert kept(text) == text


@given(st.text(st.characters()))
def test_everything_can_be_kept(text: str) -> None:
    for made in (kept(text), folded(text), short(text), json_of({text: [text, {"a": (text,)}]})):
        made.encode()
        assert "\0" not in made
    assert kept(kept(text)) == kept(text)
    assert short(short(text)) == short(text)
    assert len(short(text).encode()) < 700


def test_long_texts_stay_apart_when_they_are_shortened() -> None:
    texts = ["x" * length for length in range(140, 400)]
    assert len({short(text) for text in texts}) == len(texts)


def test_equal_values_are_the_same_json() -> None:
    assert json_of({"b": 1, "a": {"d": 1, "c": 2}}) == json_of({"a": {"c": 2, "d": 1}, "b": 1})


def test_an_array_is_written_as_postgresql_reads_it() -> None:
    assert array([1, -2, 3]) == "{1,-2,3}"
    assert array(['a"b', "c\\d", "", "NULL", "{,}"]) == r'{"a\"b","c\\d","","NULL","{,}"}'
    assert array([b"\x00\xff", b""]) == r'{"\\x00ff","\\x"}'
    assert array([None, "x", None]) == '{NULL,"x",NULL}'
    assert array([None, 5]) == "{NULL,5}"
    assert array([True, False]) == "{True,False}"
