import time
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.errors import BadParameter
from watchword.policy.notation.durations import print_duration, read_duration


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("1d 2h 1m", timedelta(days=1, hours=2, minutes=1)),
        ("24h 3s", timedelta(hours=24, seconds=3)),
        ("1w", timedelta(weeks=1)),
        ("1d2h", timedelta(days=1, hours=2)),
        ("2 h", timedelta(hours=2)),
        ("P1DT2H", timedelta(days=1, hours=2)),
        ("p1w", timedelta(weeks=1)),
        ("PT90S", timedelta(seconds=90)),
    ],
)
def test_both_notations_are_read(text: str, duration: timedelta) -> None:
    assert read_duration(text) == duration


@pytest.mark.parametrize(
    "text", ["", "12", "1m 2h", "1y", "P", "P1DT", "PT", "P1M", "P1Y", "-1d", "1.5h", "1h 1h"]
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(BadParameter, match="no duration"):
        read_duration(text)


def test_a_long_text_is_refused_at_once() -> None:
    began = time.perf_counter()
    with pytest.raises(BadParameter):
        read_duration("1d" + " " * 100_000 + "x")
    assert time.perf_counter() - began < 1


@given(st.timedeltas(timedelta(0), timedelta(days=9999)))
def test_what_is_printed_reads_as_the_same_duration(duration: timedelta) -> None:
    assert read_duration(print_duration(duration)) == timedelta(seconds=int(duration.total_seconds()))
