"""Transaction ids have the dialect's shape, and nothing else is one."""

import pytest

from watchword.challenges.identifiers import fresh, is_one, parent_of
from watchword.errors import Misconfigured
from watchword.model.configuration import Configuration, Entry
from watchword.testing import LoadedDice


def test_a_question_asked_alone_has_seventeen_digits() -> None:
    (identifier,) = fresh(LoadedDice(), Configuration(), 1)
    assert len(identifier) == 17
    assert identifier.isdecimal()


def test_questions_asked_together_share_a_parent_of_fourteen_digits() -> None:
    identifiers = fresh(LoadedDice(), Configuration(), 3)
    assert [one[14:] for one in identifiers] == [".01", ".02", ".03"]
    assert len({parent_of(one) for one in identifiers}) == 1


@pytest.mark.parametrize(("length", "fits"), [("11", False), ("12", True), ("17", True), ("18", False)])
def test_the_length_may_be_set_from_twelve_to_seventeen(length: str, fits: bool) -> None:
    configuration = Configuration(entries={"TransactionIdLength": Entry(value=length)})
    if fits:
        assert len(fresh(LoadedDice(), configuration, 1)[0]) == int(length)
    else:
        with pytest.raises(Misconfigured):
            fresh(LoadedDice(), configuration, 1)


@pytest.mark.parametrize(
    "text", ["", "*", "1' or 1=1", "48120937561208%", "4812093756120.8.1", "١٢٣٤٥٦٧٨٩٠١٢"]
)
def test_a_pattern_or_a_fragment_is_no_id(text: str) -> None:
    assert not is_one(text)
