"""Durations: ``1d 2h 1m`` (units w d h m s in falling order, blanks free), or ISO 8601 ``P1DT2H``."""

import re
from datetime import timedelta

from watchword.errors import BadParameter

_UNITS = {"weeks": "w", "days": "d", "hours": "h", "minutes": "m", "seconds": "s"}
_LONGEST = 60
_PLAIN = re.compile(
    r"\s*".join(rf"(?:(?P<{name}>\d{{1,6}})\s*{unit})?" for name, unit in _UNITS.items()), re.ASCII
)
_ISO = re.compile(
    r"P(?:(?P<weeks>\d{1,6})W)?(?:(?P<days>\d{1,6})D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,6})M)?(?:(?P<seconds>\d{1,6})S)?)?",
    re.ASCII,
)


def read_duration(text: str) -> timedelta:
    """Read a duration; raises `errors.BadParameter`. Months and years have no fixed length: refused."""
    bare = text.strip()
    found = (
        (_PLAIN.fullmatch(bare.lower()) or _ISO.fullmatch(bare.upper())) if len(bare) <= _LONGEST else None
    )
    given = {} if found is None else {unit: int(count) for unit, count in found.groupdict().items() if count}
    if not given:
        raise BadParameter(f"{bare[:40]!r} is no duration; write '1d 2h 1m' or 'P1DT2H'")
    return timedelta(**given)


def print_duration(duration: timedelta) -> str:
    """The duration in whole seconds, such as ``1d 2h``."""
    left, parts = int(duration.total_seconds()), []
    for name, unit in _UNITS.items():
        count, left = divmod(left, int(timedelta(**{name: 1}).total_seconds()))
        if count:
            parts.append(f"{count}{unit}")
    return " ".join(parts) or "0s"
