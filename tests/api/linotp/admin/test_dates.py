from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.api.linotp.admin.dates import iso_date, read_date, read_seconds, rfc_date, short
from watchword.errors import BadParameter

MINUTE = 60_000
FIRST, LAST = -31_536_000_000 // MINUTE, 3_124_223_999_000 // MINUTE
"""The minutes that two digits of a year can tell: 1969 to 2068."""


@given(st.integers(FIRST, LAST))
def test_what_is_written_is_read_the_same(minute: int) -> None:
    assert read_date("x", short(minute * MINUTE)) == minute * MINUTE


@given(st.text())
def test_any_text_is_a_moment_or_a_bad_parameter(text: str) -> None:
    for read in (read_date, read_seconds):
        with suppress(BadParameter):
            assert isinstance(read("x", text), int)


def test_unlimited_is_no_limit_in_any_case() -> None:
    assert read_date("x", " Unlimited ") == read_seconds("x", "unlimited") == 0


def test_the_last_moment_that_can_be_written_is_taken() -> None:
    last = read_seconds("x", "253402300799")
    assert iso_date(last) == "9999-12-31T23:59:59+00:00"
    assert rfc_date(last) == "Fri, 31 Dec 9999 23:59:59 GMT"
    with pytest.raises(BadParameter):
        read_seconds("x", "253402300800")
