"""Conditions on the time: six fields (minute, hour, day of month, month, day of week, year), ``;`` between
conditions.

A field is ``*``, a number, ``a-b``, ``*/n``, or a comma list of these; all six must match. Sunday is 0 and 7.
The fields are compared with the wall clock of the configured zone: where clocks go back, a window within the
repeated hour is open both times; where they go forward, a window within the skipped hour does not open that
day.
"""

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from msgspec import Struct

from watchword.errors import BadParameter, Misconfigured
from watchword.policy.notation.lists import sign

_FIELDS = (
    ("minute", 0, 59),
    ("hour", 0, 23),
    ("day of month", 1, 31),
    ("month", 1, 12),
    ("day of week", 0, 7),
    ("year", 1970, 9999),
)


class Window(Struct, frozen=True):
    """One condition: for each field the ranges of which one must hold the number."""

    fields: tuple[tuple[range, ...], ...]

    def open_at(self, moment: datetime) -> bool:
        minute, hour, day, month, weekday, year = self.fields
        return (
            _within(moment.minute, minute)
            and _within(moment.hour, hour)
            and _within(moment.day, day)
            and _within(moment.month, month)
            and (_within(moment.isoweekday(), weekday) or (moment.isoweekday() == 7 and _within(0, weekday)))
            and _within(moment.year, year)
        )

    def __str__(self) -> str:
        return " ".join(
            ",".join(_printed(numbers, low, high) for numbers in field)
            for field, (_, low, high) in zip(self.fields, _FIELDS, strict=True)
        )


class Times(Struct, frozen=True):
    """When a policy holds, and when it does not, whatever else matches."""

    wanted: tuple[Window, ...] = ()
    refused: tuple[Window, ...] = ()

    def hold(self, now: int, zone: tzinfo) -> bool:
        """Whether the policy holds ``now`` (milliseconds UTC)."""
        moment = datetime.fromtimestamp(now // 1000, zone)
        if any(window.open_at(moment) for window in self.refused):
            return False
        return any(window.open_at(moment) for window in self.wanted)

    def __str__(self) -> str:
        return "; ".join([*map(str, self.wanted), *(f"!{window}" for window in self.refused)])


ALL_TIMES = Times((Window(tuple((range(low, high + 1),) for _, low, high in _FIELDS)),))


def read_times(text: str) -> Times:
    """Read a time condition; raises `errors.BadParameter` with the field that cannot be used."""
    wanted, refused = list[Window](), list[Window]()
    for part in text.split(";"):
        if condition := part.strip():
            negated, bare = sign(condition, "time")
            (refused if negated else wanted).append(_window(bare))
    return Times(tuple(wanted), tuple(refused))


def read_zone(name: str) -> tzinfo:
    """The time zone of this name; raises `errors.Misconfigured` for one that the machine does not know."""
    if name.upper() == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):  # unknown, a folder, not even a name
        raise Misconfigured(
            f"time zone {name!r} is not known on this machine; use 'UTC' or a name such as 'Europe/Berlin'"
        ) from None


def _window(condition: str) -> Window:
    if condition == "*":
        return ALL_TIMES.wanted[0]
    words = condition.split()
    if len(words) != len(_FIELDS):
        raise BadParameter(
            f"time condition {condition!r} has {len(words)} fields; it needs six: "
            "minute, hour, day of month, month, day of week, year"
        )
    return Window(
        tuple(
            tuple(_numbers(item, field, low, high, condition) for item in word.split(","))
            for word, (field, low, high) in zip(words, _FIELDS, strict=True)
        )
    )


def _numbers(item: str, field: str, low: int, high: int, condition: str) -> range:
    if item == "*":
        return range(low, high + 1)
    first, dash, last = item.partition("-")
    if item.startswith("*/") and _is_number(item[2:]) and int(item[2:]) > 0:
        numbers = range(low, high + 1, int(item[2:]))
    elif _is_number(first) and not dash:
        numbers = range(int(first), int(first) + 1)
    elif _is_number(first) and _is_number(last):
        numbers = range(int(first), int(last) + 1)
    else:
        raise BadParameter(
            f"time condition {condition!r}: {field} {item!r} is neither *, a number, a-b nor */n"
        )
    if not numbers or numbers[0] < low or numbers[-1] > high:
        raise BadParameter(
            f"time condition {condition!r}: {field} {item!r} is not within {low}-{high}, low to high"
        )
    return numbers


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 4


def _within(number: int, ranges: tuple[range, ...]) -> bool:
    for numbers in ranges:  # noqa: SIM110  # a generator would cost more than all six fields
        if number in numbers:
            return True
    return False


def _printed(numbers: range, low: int, high: int) -> str:
    if numbers.step > 1:
        return f"*/{numbers.step}"
    if numbers == range(low, high + 1):
        return "*"
    return str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]}-{numbers[-1]}"
