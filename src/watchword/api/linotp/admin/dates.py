"""How the dialect writes moments."""

import re
from datetime import UTC, datetime
from email.utils import formatdate

from watchword.clock import instant
from watchword.errors import BadParameter

UNLIMITED = "unlimited"
_WRITTEN = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{2}|\d{4}) (\d{1,2}):(\d{2})", re.ASCII)
_LAST = 253_402_300_799  # the end of the year 9999, the last that can be written


def read_date(name: str, text: str) -> int:
    """Milliseconds UTC of ``dd/mm/yy HH:MM`` or ``dd/mm/yyyy HH:MM``; 0, no limit, of ``unlimited``.

    Two digits from 69 on are years of the last century.
    """
    if text.strip().lower() == UNLIMITED:
        return 0
    match = _WRITTEN.fullmatch(text.strip())
    if match is None:
        raise BadParameter(f"{name} must be a date such as 31/12/29 23:59 or 31/12/2029 23:59, in UTC.")
    day, month, year, hour, minute = (int(part) for part in match.groups())
    if len(match[3]) == 2:
        year += 1900 if year >= 69 else 2000
    try:
        moment = datetime(year, month, day, hour, minute, tzinfo=UTC)
    except ValueError:
        raise BadParameter(f"{name} must be a date that exists.") from None
    return int(moment.timestamp()) * 1000


def read_seconds(name: str, text: str) -> int:
    """Milliseconds UTC of seconds since 1970; 0, no limit, of ``unlimited``."""
    if text.strip().lower() == UNLIMITED:
        return 0
    if not re.fullmatch(r"\d{1,12}", text.strip(), re.ASCII) or int(text) > _LAST:
        raise BadParameter(f"{name} must be in seconds since 1970, or the word unlimited.")
    return int(text) * 1000


def short(millis: int) -> str:
    """``31/12/29 23:59``."""
    return instant(millis).strftime("%d/%m/%y %H:%M")


def plain(millis: int) -> str:
    """``2029-12-31T23:59:00``, UTC without saying so."""
    return instant(millis).strftime("%Y-%m-%dT%H:%M:%S")


def rfc_date(millis: int) -> str:
    """``Thu, 01 Jan 2026 10:00:00 GMT`` (RFC 9110 section 5.6.7); empty for never."""
    return formatdate(millis / 1000, usegmt=True) if millis else ""


def iso_date(millis: int) -> str | None:
    """``2026-01-01T10:00:00+00:00``; None for never."""
    return instant(millis).isoformat(timespec="seconds") if millis else None
