import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.errors import BadParameter
from watchword.plugin.patterns import LONGEST, matcher
from watchword.plugin.shapes import Record

ALICE = Record(userid="1001", login="Alice", attributes={"email": "alice@example.org", "surname": "Straße"})


@pytest.mark.parametrize(
    ("patterns", "fits"),
    [
        ({}, True),
        ({"username": "alice"}, True),
        ({"username": "ALI*"}, True),
        ({"username": "*c*"}, True),
        ({"username": "a.ice"}, True),
        ({"username": "a.e"}, False),
        ({"username": "lice"}, False),
        ({"userid": "10*"}, True),
        ({"email": "*@example.org", "username": "b*"}, False),
        ({"surname": "strasse"}, True),
        ({"mobile": "*"}, True),
        ({"mobile": ""}, True),
        ({"mobile": "."}, False),
        ({"username": "ali[c]e"}, False),
        ({"username": "alice|bob"}, False),
        ({"username": "alice\\"}, False),
    ],
)
def test_a_star_is_any_text_a_dot_one_character_and_all_else_itself(
    patterns: dict[str, str], fits: bool
) -> None:
    assert matcher(patterns)(ALICE) is fits


@given(st.text("ab*.", max_size=8), st.text("ab", max_size=10))
def test_a_pattern_means_what_its_plain_regular_expression_means(pattern: str, login: str) -> None:
    plain = re.fullmatch(pattern.replace("*", ".*"), login, re.DOTALL) is not None
    assert matcher({"username": pattern})(Record(userid="1", login=login)) is plain


def test_a_pattern_that_is_longer_than_any_use_is_refused_before_it_is_compiled() -> None:
    assert not matcher({"username": "*a" * (LONGEST // 2)})(ALICE)
    with pytest.raises(BadParameter, match=f"at most, not {LONGEST + 1}"):
        matcher({"username": "a" * (LONGEST + 1)})


def test_many_stars_cost_no_more_than_one() -> None:
    began = time.perf_counter()
    assert not matcher({"username": "*a" * 60 + "*b"})(Record(userid="1", login="a" * 300))
    assert time.perf_counter() - began < 0.5
