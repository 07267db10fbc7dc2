import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from watchword.configuration import toml

texts = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.dictionaries(texts, texts | st.integers(-(2**63), 2**63 - 1) | st.booleans() | st.lists(texts)))
def test_a_table_reads_back_as_it_was_written(fields: dict[str, toml.Value]) -> None:
    written = toml.table(("outer", "in.ner"), fields)
    assert tomllib.loads(written) == {"outer": {"in.ner": fields}}


@given(st.dictionaries(texts, texts))
def test_a_value_may_be_a_table_on_one_line(fields: dict[str, str]) -> None:
    line = f"name = {toml.value(fields)}"
    assert "\n" not in line
    assert tomllib.loads(line) == {"name": fields}


@given(st.lists(texts, min_size=1))
def test_a_dotted_key_is_quoted_where_it_must_be(parts: list[str]) -> None:
    read: Any = tomllib.loads(f"{toml.key(*parts)} = 1")
    for part in parts:
        read = read[part]
    assert read == 1
