"""Charts: what is drawn is what is in the table."""

from hypothesis import given
from hypothesis import strategies as st

from watchword.web.charts import HEIGHT, Chart, Series, round_up

VALUES = st.lists(st.integers(0, 10**9), min_size=1, max_size=40)


def chart(*values: list[int]) -> Chart:
    labels = [f"day {at}" for at in range(len(values[0]))]
    return Chart(
        title="T", labels=labels, series=[Series(label=f"s{at}", values=one) for at, one in enumerate(values)]
    )


@given(VALUES)
def test_bars_are_as_high_as_their_values_and_stand_on_each_other(values: list[int]) -> None:
    drawn = chart(values, values)
    for bar in drawn.bars():
        assert 0 <= bar.y <= HEIGHT
        assert bar.y + bar.height <= HEIGHT + 0.02
        assert 0 <= bar.x <= bar.x + bar.width <= 100
    assert len(drawn.bars()) == 2 * len([value for value in values if value])


@given(VALUES)
def test_lines_stay_in_the_plot(values: list[int]) -> None:
    (line,) = chart(values).lines()
    for point in line.points.split():
        x, y = (float(part) for part in point.split(","))
        assert 0 <= x <= 100.1
        assert 0 <= y <= HEIGHT


def test_the_table_has_every_number() -> None:
    assert chart([1, 20], [3, 4]).rows() == [("day 0", ["1", "3"]), ("day 1", ["20", "4"])]


def test_no_more_labels_than_have_room() -> None:
    for many in (1, 6, 7, 24, 365):
        assert len(chart([1] * many).widths()) <= 6


def test_nothing_is_drawn_of_nothing() -> None:
    assert Chart(title="T", labels=[], series=[]).bars() == []
    assert chart([0, 0]).bars() == []


@given(st.floats(0, 10**12))
def test_the_scale_ends_at_a_round_number_above_all(most: float) -> None:
    top = round_up(most)
    assert top >= most
    assert str(int(top)).rstrip("0") in {"1", "2", "5"}
