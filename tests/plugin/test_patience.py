"""A stranger's code has so much time and no more."""

import threading
import time

import pytest

from watchword.plugin.patience import PLACES, Overdue, Patience


def test_what_is_returned_or_raised_comes_through() -> None:
    patience = Patience(5)
    assert patience.run(lambda: 7) == 7
    with pytest.raises(SystemExit):
        patience.run(lambda: exec("raise SystemExit"))


def test_what_loops_is_told_to_end_and_gives_its_place_back() -> None:
    patience = Patience(0.05)
    ended = threading.Event()

    def loop() -> None:
        try:
            while True:
                time.sleep(0.001)
        finally:
            ended.set()

    with pytest.raises(Overdue, match="no answer within"):
        patience.run(loop)
    assert ended.wait(10)


def test_while_too_many_hang_the_next_is_refused_at_once() -> None:
    patience = Patience(0.05)
    release = threading.Event()
    for _ in range(PLACES):
        with pytest.raises(Overdue, match="no answer"):
            patience.run(release.wait)
    with pytest.raises(Overdue, match="have not ended"):
        patience.run(release.wait)
    release.set()
