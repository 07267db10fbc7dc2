"""Charts as data: bars and lines drawn by the server, each with its numbers as a table.

Everything is placed in percent of the width and in pixels of the height, so that a chart fits into any window with
letters of the usual size, and needs neither script nor style of its own.
"""

from collections.abc import Sequence

from msgspec import Struct

HEIGHT = 160
"""Pixels of the plot, without the labels below it."""
_LABELS = 6


class Series(Struct, frozen=True, kw_only=True):
    """One row of numbers. ``kind`` is its colour: empty for the accent, ``yes``, ``no``, ``warn`` or ``quiet``."""

    label: str
    values: Sequence[float]
    kind: str = ""


class Bar(Struct, frozen=True, kw_only=True):
    """A rectangle: x and width in percent, y and height in pixels."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    told: str


class Line(Struct, frozen=True, kw_only=True):
    """A path through a plot of 100 by `HEIGHT`, and the same closed along the ground."""

    points: str
    area: str
    kind: str


class Tick(Struct, frozen=True, kw_only=True):
    """A label and where it stands: in pixels from the top, or in percent from the left."""

    at: float
    text: str


class Chart(Struct, frozen=True, kw_only=True):
    """Numbers over labels (days, hours, names). Bars of several series stand on each other."""

    title: str
    labels: Sequence[str]
    series: Sequence[Series]
    unit: str = ""

    @property
    def top(self) -> float:
        """The end of the scale for lines: a round number that nothing exceeds."""
        return round_up(max((value for one in self.series for value in one.values), default=0))

    @property
    def heap(self) -> float:
        """The end of the scale for bars, which stand on each other."""
        return round_up(max((sum(column) for column in self._columns()), default=0))

    def bars(self) -> list[Bar]:
        found = []
        share = 100 / max(1, len(self.labels))
        for place, column in enumerate(self._columns()):
            ground = float(HEIGHT)
            for one, value in zip(self.series, column, strict=True):
                height = value / self.heap * HEIGHT
                ground -= height
                if height:
                    found.append(
                        Bar(
                            x=round(share * (place + 0.15), 3),
                            y=round(ground, 2),
                            width=round(share * 0.7, 3),
                            height=round(height, 2),
                            kind=one.kind,
                            told=f"{self.labels[place]}, {one.label}: {number(value)}{self._behind}",
                        )
                    )
        return found

    def lines(self) -> list[Line]:
        found = []
        step = 100 / max(1, len(self.labels) - 1)
        for one in self.series:
            points = " ".join(
                f"{round(place * step, 3):g},{round(HEIGHT - value / self.top * HEIGHT, 2):g}"
                for place, value in enumerate(one.values)
            )
            found.append(Line(points=points, area=f"0,{HEIGHT} {points} 100,{HEIGHT}", kind=one.kind))
        return found

    def heights(self, top: float) -> list[Tick]:
        """The scale at the side: its end, the middle and the ground."""
        return [
            Tick(at=HEIGHT * (1 - part), text=f"{number(top * part)}{self._behind if part == 1 else ''}")
            for part in (1, 0.5, 0)
        ]

    def widths(self, *, lines: bool = False) -> list[Tick]:
        """A few of the labels, below the plot."""
        many = len(self.labels)
        every = max(1, -(-many // _LABELS))
        share, start = (100 / max(1, many - 1), 0.0) if lines else (100 / max(1, many), 0.5)
        return [
            Tick(at=round(share * (place + start), 3), text=self.labels[place])
            for place in range(0, many, every)
        ]

    def rows(self) -> list[tuple[str, list[str]]]:
        """The numbers as a table: each label with the value of each series."""
        columns = self._columns()
        return [
            (label, [number(value) for value in column])
            for label, column in zip(self.labels, columns, strict=True)
        ]

    @property
    def _behind(self) -> str:
        return f" {self.unit}" if self.unit else ""

    def _columns(self) -> list[tuple[float, ...]]:
        return list(zip(*(one.values for one in self.series), strict=True)) if self.series else []


def round_up(most: float) -> float:
    """1, 2, 5 or 10 times a power of ten, and at least 1, whose half is a round number too."""
    power = 1.0
    while power < most:
        for factor in (1, 2, 5):
            if factor * power >= most:
                return factor * power
        power *= 10
    return power


def number(value: float) -> str:
    """As one reads it: no more than one digit behind the point."""
    return f"{value:.0f}" if value == int(value) else f"{value:.1f}"
