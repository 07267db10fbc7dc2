"""How many messages, and how much money, before nothing more is sent: against bombing and toll fraud.

Threat: somebody has codes sent to a number to annoy it, or to many numbers of a range to earn by each message. All is
counted in the store before a message is written down, so that no number of nodes and no crash lets more through.
"""

from collections.abc import Callable

from watchword.limits.settings import TelephonySettings
from watchword.model.spending import Charge

_HOUR = 3_600_000
_DAY = 24 * _HOUR
_LAST_DIGITS = 4
"""A range of numbers is a number without these."""


def charges(
    settings: TelephonySettings,
    fingerprint: Callable[[str, str], str],
    *,
    now: int,
    number: str,
    person: str,
    address: str,
    country: str,
    cost: int,
) -> tuple[Charge, ...]:
    """What a message to this number counts against. What is not known is not counted.

    ``fingerprint`` makes a key of a kind and a text from which the text cannot be found again.
    """
    found = []
    for reason, text, length, most in (
        ("number-hour", number, _HOUR, settings.number_hour),
        ("number-day", number, _DAY, settings.number_day),
        ("person-day", person, _DAY, settings.person_day),
        ("address-day", address, _DAY, settings.address_day),
        ("range-hour", number[:-_LAST_DIGITS], _HOUR, settings.range_hour),
        ("country-day", country, _DAY, settings.country_day),
        ("total-day", "total", _DAY, settings.total_day),
    ):
        if text and most:
            key = f"{reason} {fingerprint(reason, text)}"
            found.append(Charge(reason=reason, key=key, until=_end(now, length), most=most))
    if settings.budget_day:
        budget = Charge(
            reason="budget-day",
            key="budget-day",
            until=_end(now, _DAY),
            cost=cost,
            most_cost=settings.budget_day,
        )
        found.append(budget)
    return tuple(found)


def _end(now: int, length: int) -> int:
    return now - now % length + length
