import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.errors import BadParameter
from watchword.policy.notation.lists import ANY, EXACT, OUT
from watchword.policy.notation.realms import Realms, read_realms

NAMES = st.sampled_from(["a", "b", "c.d", "e-f"])


def test_realms_are_compared_without_regard_to_case() -> None:
    realms = read_realms("Sales, corp")
    assert [realms.precision(name) for name in ("sales", "SALES", "Corp", "other", "")] == [
        EXACT,
        EXACT,
        EXACT,
        OUT,
        OUT,
    ]


def test_a_name_is_more_precise_than_a_star() -> None:
    assert read_realms("*").precision("sales") == ANY
    assert read_realms("*, sales").precision("sales") == EXACT


@pytest.mark.parametrize("condition", ["*, !sales", "-sales, *", "sales, !Sales"])
def test_a_negated_realm_wins(condition: str) -> None:
    assert read_realms(condition).precision("sales") == OUT


@pytest.mark.parametrize("condition", ["", " , ", "!corp"])
def test_an_empty_or_only_negated_list_matches_nothing(condition: str) -> None:
    realms = read_realms(condition)
    assert realms.precision("sales") == OUT
    assert not realms.somewhere


def test_which_realms_a_list_means_is_counted_out() -> None:
    assert read_realms("*, !secret").among(["Sales", "secret"]) == {"sales"}
    assert read_realms("a, b, !b").among(["c"]) == {"a"}
    assert not read_realms("*, !secret").everywhere


@pytest.mark.parametrize("condition", ["sa*", "a b", "ä", "a@b", "!*"])
def test_what_is_no_name_of_a_realm_is_refused(condition: str) -> None:
    with pytest.raises(BadParameter, match="realm condition"):
        read_realms(condition)


@given(st.booleans(), st.frozensets(NAMES), st.frozensets(NAMES))
def test_what_is_printed_reads_as_the_same_condition(
    every: bool, wanted: frozenset[str], refused: frozenset[str]
) -> None:
    realms = Realms(every, wanted, refused)
    assert read_realms(str(realms)) == realms
