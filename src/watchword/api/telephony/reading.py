"""What every form of request has in common: values of unknown type, taken only for what they surely are."""

import re
from datetime import UTC, datetime
from typing import Any

from watchword.delivery.numbers import e164
from watchword.errors import BadParameter, Refused
from watchword.model.message import Channel

DEFAULT_LIFE = 300_000
"""Milliseconds that a code counts as good for where the caller does not say it."""
LONGEST_LIFE = 86_400_000
MOST_TEXT = 1600
_CHANNELS = {
    "sms": Channel.SMS,
    "text": Channel.SMS,
    "voice": Channel.VOICE,
    "call": Channel.VOICE,
    "voice call": Channel.VOICE,
    "voicecall": Channel.VOICE,
}
_CODE = re.compile(r"[A-Za-z0-9]{4,16}\Z", re.ASCII)
_TAG = re.compile(r"[a-z]{2,3}(-[a-z0-9]{1,8}){0,4}\Z", re.ASCII)
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def part(whole: Any, *path: str) -> Any:
    """What stands at this path; None where something on the way is missing or no object."""
    for name in path:
        whole = whole.get(name) if isinstance(whole, dict) else None
    return whole


def text(whole: Any, *path: str, most: int = 255) -> str:
    """A text that is there only to be told; what is none counts as not there."""
    found = part(whole, *path)
    return _UNPRINTABLE.sub(" ", found)[:most].strip() if isinstance(found, str) else ""


def channel(found: Any) -> Channel:
    """The channel, however it is spelled; what is unknown is never taken for a call."""
    known = _CHANNELS.get(" ".join(found.lower().split())) if isinstance(found, str) else None
    if known is None:
        raise BadParameter("The channel is neither SMS nor call.")
    return known


def number(found: Any) -> str:
    """The number in E.164. A bare integer has lost its plus, and whatever zeroes stood before: it is none."""
    if not isinstance(found, str):
        raise BadParameter("The number must be a text.")
    try:
        return e164(found.strip())
    except Refused as wrong:
        raise BadParameter(wrong.message) from None


def code(found: Any, within: str) -> tuple[str, str]:
    """The code, and what is odd about it. A bare integer counts if the message's own text shows that it lost nothing."""
    odd = ""
    if isinstance(found, int) and not isinstance(found, bool):
        if not re.search(rf"(?<![0-9]){found}(?![0-9])", within, re.ASCII):
            raise BadParameter("The code is an integer, and may have lost zeroes: it must be a text.")
        found, odd = str(found), "the code came as an integer"
    if not isinstance(found, str) or not _CODE.match(found.strip()):
        raise BadParameter("The code must be a text of 4 to 16 letters and digits.")
    return found.strip(), odd


def words(found: Any) -> str:
    """The text of a message."""
    if not isinstance(found, str) or not found.strip():
        raise BadParameter("The text of the message is missing.")
    if len(found) > MOST_TEXT:
        raise BadParameter(f"The text of the message is longer than {MOST_TEXT} characters.")
    if _UNPRINTABLE.search(found):
        raise BadParameter("The text of the message holds characters that no message has.")
    return found


def language(found: Any) -> str:
    """A language tag (BCP 47) in lower case; English where it is none."""
    tag = found.strip().lower().replace("_", "-") if isinstance(found, str) else ""
    return tag if _TAG.match(tag) else "en"


def expiry(found: Any, now: int) -> int:
    """When the code is over, milliseconds UTC; `BadParameter` if that is no time, or is over already."""
    if found is None:
        return now + DEFAULT_LIFE
    try:
        moment = datetime.fromisoformat(found.strip())
        at = int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
    except (ValueError, TypeError, AttributeError, OverflowError):
        raise BadParameter("The time at which the code expires is no time of ISO 8601.") from None
    if at <= now:
        raise BadParameter("The code has expired.")
    return min(at, now + LONGEST_LIFE)
