from hypothesis import given
from hypothesis import strategies as st

from watchword.directory.absences import Absences, too_many
from watchword.testing import StoppedClock


@given(
    st.lists(
        st.tuples(st.integers(0, 30).map(str), st.booleans(), st.integers(0, 8)), min_size=1, max_size=200
    )
)
def test_the_counts_are_those_of_the_last_answers_of_a_day(said: list[tuple[str, bool, int]]) -> None:
    clock = StoppedClock()
    absences = Absences(clock, 10)
    answers: dict[str, tuple[bool, int]] = {}
    hours = 0
    for userid, there, later in said:
        clock.advance(seconds=3600 * later)
        hours += later
        absences.note(userid, there=there)
        answers[userid] = (there, hours)
    lately = [there for there, at in answers.values() if hours - at < 24]
    assert absences.people == len(lately)
    assert absences.missing == lately.count(False)
    assert absences.brake == too_many(lately.count(False), len(lately), 10)


def test_no_more_than_ten_thousand_people_are_remembered() -> None:
    absences = Absences(StoppedClock(), 10)
    for number in range(10_500):
        absences.note(str(number), there=number >= 400)
    assert (absences.people, absences.missing) == (10_000, 0)


def test_a_tenth_is_too_many_and_four_never_are() -> None:
    assert [too_many(missing, people, 10) for missing, people in ((4, 4), (5, 50), (5, 51), (10, 100))] == [
        False,
        True,
        False,
        True,
    ]
