from watchword.directory.resting import Rest
from watchword.testing import StoppedClock


def rested(clock: StoppedClock, times: int = 3) -> Rest:
    """A directory that rests for ten seconds after three questions, and has left so many unanswered."""
    rest = Rest(clock, 3, 10_000)
    for _ in range(times):
        assert rest.admits()
        rest.unanswered()
        rest.told()
    return rest


def test_it_rests_after_so_many_unanswered_questions_in_a_row() -> None:
    clock = StoppedClock()
    rest = rested(clock, 2)
    rest.answered()
    for _ in range(2):
        rest.unanswered()
    assert not rest.begun
    rest.unanswered()
    assert rest.begun
    assert not rest.admits()


def test_after_a_rest_one_question_tries_and_one_more_after_each_rest() -> None:
    clock = StoppedClock()
    rest = rested(clock)
    for _ in range(2):
        clock.advance(seconds=9)
        assert not rest.admits()
        clock.advance(seconds=1)
        assert [rest.admits() for _ in range(3)] == [True, False, False]
        rest.unanswered()
        rest.told()
        assert not rest.admits()
    clock.advance(seconds=10)
    assert rest.admits()
    rest.answered()
    rest.told()
    assert [rest.admits() for _ in range(3)] == [True, True, True]


def test_a_try_that_tells_nothing_lets_the_next_one_try() -> None:
    clock = StoppedClock()
    rest = rested(clock)
    clock.advance(seconds=10)
    assert rest.admits()
    rest.told()
    assert rest.admits()


def test_a_clock_that_is_set_back_does_not_prolong_a_rest() -> None:
    clock = StoppedClock()
    rest = rested(clock)
    clock.advance(seconds=-3600)
    assert rest.admits()


def test_what_never_rests_never_rests() -> None:
    rest = Rest(StoppedClock(), None, 10_000)
    for _ in range(100):
        rest.unanswered()
    assert rest.admits()
    assert not rest.begun
