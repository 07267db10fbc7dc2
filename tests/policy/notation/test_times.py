from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.errors import BadParameter, Misconfigured
from watchword.policy.notation.times import ALL_TIMES, read_times, read_zone

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def holds(condition: str, moment: str) -> bool:
    return read_times(condition).hold(at(moment), UTC)


@pytest.mark.parametrize(
    ("moment", "open_then"),
    [
        ("2026-01-07T06:59", False),
        ("2026-01-07T07:00", True),
        ("2026-01-07T17:59:59.999", True),
        ("2026-01-07T18:00", False),
        ("2026-01-07T23:59", False),
        ("2026-01-07T00:00", False),
    ],
)
def test_the_documented_example_is_open_from_seven_to_six(moment: str, open_then: bool) -> None:
    assert holds("* * * * * *; -* 18-23 * * * *; !* 0-6 * * * *", moment) is open_then


@pytest.mark.parametrize(
    ("condition", "moment", "open_then"),
    [
        ("* * * * * *;", "2026-01-01T00:00", True),
        ("*", "2026-01-01T00:00", True),
        ("", "2026-01-01T00:00", False),
        ("!* * * * * *", "2026-01-01T00:00", False),
        ("0-29 * * * * *", "2026-01-01T10:29", True),
        ("0-29 * * * * *", "2026-01-01T10:30", False),
        ("*/15 * * * * *", "2026-01-01T10:45", True),
        ("*/15 * * * * *", "2026-01-01T10:46", False),
        ("* 8,12,20-22 * * * *", "2026-01-01T21:00", True),
        ("* 8,12,20-22 * * * *", "2026-01-01T13:00", False),
        ("* * 24 12 * *", "2026-12-24T10:00", True),
        ("* * 24 12 * *", "2026-11-24T10:00", False),
        ("* * * * * 2026", "2026-11-24T10:00", True),
        ("* * * * * 2027-2030", "2026-11-24T10:00", False),
        ("* * 1 * 1-5 *", "2026-02-01T10:00", False),
        ("* 6 * * * *; * 8 * * * *", "2026-02-01T08:10", True),
    ],
)
def test_all_six_fields_count(condition: str, moment: str, open_then: bool) -> None:
    assert holds(condition, moment) is open_then


@pytest.mark.parametrize("field", ["0", "7", "6-7", "5-7", "0-1", "*/7", "*"])
def test_sunday_is_zero_and_seven(field: str) -> None:
    assert holds(f"* * * * {field} *", "2026-01-04T10:00")


@pytest.mark.parametrize("field", ["1-6", "1", "6"])
def test_sunday_is_no_other_day(field: str) -> None:
    assert not holds(f"* * * * {field} *", "2026-01-04T10:00")


def test_a_window_is_read_on_the_clock_of_the_zone() -> None:
    office = read_times("* 8-16 * * 1-5 *")
    assert office.hold(at("2026-01-07T07:00"), BERLIN)
    assert not office.hold(at("2026-01-07T07:00"), UTC)
    assert office.hold(at("2026-07-07T06:00"), BERLIN)
    assert not office.hold(at("2026-07-07T15:00"), BERLIN)


def test_the_repeated_hour_of_autumn_is_open_twice() -> None:
    two_o_clock = read_times("* 2 * * * *")
    assert [two_o_clock.hold(at(f"2026-10-25T0{hour}:30"), BERLIN) for hour in range(4)] == [
        True,
        True,
        False,
        False,
    ]


def test_the_skipped_hour_of_spring_never_opens() -> None:
    two_o_clock = read_times("* 2 * * * *")
    assert not any(two_o_clock.hold(at(f"2026-03-29T{hour:02}:30"), BERLIN) for hour in range(20))


@pytest.mark.parametrize(
    ("condition", "place"),
    [
        ("* * * * *", "5 fields"),
        ("* * * * * * *", "7 fields"),
        ("60 * * * * *", "minute '60'"),
        ("* 24 * * * *", "hour '24'"),
        ("* * 0 * * *", "day of month '0'"),
        ("* * * 13 * *", "month '13'"),
        ("* * * * 8 *", "day of week '8'"),
        ("* * * * mon *", "day of week 'mon'"),
        ("* 22-6 * * * *", "low to high"),
        ("*/0 * * * * *", "minute '\\*/0'"),
        ("* * * * * 99999", "year"),
        ("1,,2 * * * * *", "minute ''"),
        ("-; * * * * * *", "negates nothing"),
        ("\u0661 * * * * *", "minute"),
    ],
)
def test_a_malformed_window_is_refused_with_its_field(condition: str, place: str) -> None:
    with pytest.raises(BadParameter, match=place):
        read_times(condition)


def test_an_unknown_zone_is_refused() -> None:
    assert read_zone("UTC") is UTC
    for name in ("Mars/Olympus", "../etc/passwd", "", "Europe"):
        with pytest.raises(Misconfigured, match="time zone"):
            read_zone(name)


def test_every_star_means_all_times() -> None:
    assert read_times("* * * * * *;") == read_times("*") == ALL_TIMES


def fields(low: int, high: int) -> st.SearchStrategy[str]:
    numbers = st.integers(low, high)
    items = st.one_of(
        st.just("*"),
        numbers.map(str),
        st.tuples(numbers, numbers).map(lambda pair: f"{min(pair)}-{max(pair)}"),
        st.integers(1, high + 5).map(lambda step: f"*/{step}"),
    )
    return st.lists(items, min_size=1, max_size=3).map(",".join)


CONDITIONS = st.tuples(
    st.sampled_from(["", "-", "! "]),
    st.tuples(
        *(fields(*bounds) for bounds in ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7), (1970, 2200)))
    ).map(" ".join),
).map("".join)


@given(st.lists(CONDITIONS, max_size=3).map(";".join))
def test_what_is_printed_reads_as_the_same_condition(text: str) -> None:
    times = read_times(text)
    assert read_times(str(times)) == times


@given(st.integers(0, 4_000_000_000_000))
def test_every_moment_is_within_all_times_and_one_window_of_its_own(now: int) -> None:
    moment = datetime.fromtimestamp(now // 1000, BERLIN)
    own = f"{moment.minute} {moment.hour} {moment.day} {moment.month} {moment.isoweekday()} {moment.year}"
    assert ALL_TIMES.hold(now, BERLIN)
    assert read_times(own).hold(now, BERLIN)
    assert not read_times(f"*; !{own}").hold(now, BERLIN)
