"""Which way a message goes: pure, so that it can be asked without sending anything."""

import hashlib
from collections.abc import Iterable

from msgspec import Struct

from watchword.delivery.numbers import Number
from watchword.model.message import Channel
from watchword.model.route import Route

_HOUR = 3_600_000


class Sought(Struct, frozen=True, kw_only=True):
    """What is to be brought, and where to."""

    channel: Channel
    number: Number
    now: int
    """Milliseconds UTC."""
    language: str = ""
    purpose: str = ""
    realm: str = ""


class Way(Struct, frozen=True, kw_only=True):
    """Who is tried, in order, and why."""

    providers: tuple[str, ...]
    why: str
    """A sentence for administrators."""
    route: str = ""
    cost: int = 0
    """In millionths of the budget's currency."""
    passed: tuple[str, ...] = ()
    """The routes that were looked at before, each with what did not fit."""


def way(sought: Sought, routes: Iterable[Route], *, named: tuple[str, ...], default: str) -> Way:
    """Over which providers this goes.

    ``named`` are those that policy names for the person: they have the first say. Then the first route that fits
    decides, and where none does the channel's default provider. No providers: it is not sent.
    """
    if named:
        return Way(providers=named, why=f"Policy names providers for {sought.channel.value}.")
    passed: list[str] = []
    for route in routes:
        unfit = _unfit(route, sought)
        if unfit:
            passed.append(f"{route.name}: {unfit}")
            continue
        why = f"The route {route.name} fits." if route.providers else f"The route {route.name} sends nothing."
        return Way(
            providers=route.providers, why=why, route=route.name, cost=route.cost, passed=tuple(passed)
        )
    if not default:
        return Way(
            providers=(), why=f"There is no provider for {sought.channel.value}.", passed=tuple(passed)
        )
    why = f"No route fits: the default provider of {sought.channel.value}."
    return Way(providers=(default,), why=why, passed=tuple(passed))


def _unfit(route: Route, sought: Sought) -> str:
    """What of the route does not fit; nothing if all does."""
    number = sought.number
    if not route.active:
        return "it is not active"
    if route.channel not in {None, sought.channel}:
        return f"it is for {route.channel}"
    for what, wanted, found in (
        ("country", route.countries, number.country),
        ("type", route.types, number.kind.value),
        ("purpose", route.purposes, sought.purpose),
        ("realm", route.realms, sought.realm),
    ):
        if wanted and found.lower() not in {one.lower() for one in wanted}:
            return f"the {what} is {found or 'not known'}"
    if route.languages and not any(_speaks(sought.language, one) for one in route.languages):
        return f"the language is {sought.language or 'not known'}"
    if route.prefixes and not number.e164.startswith(route.prefixes):
        return "the number begins otherwise"
    if route.hours and not _is_within(route.hours, sought.now // _HOUR % 24):
        return "the hour is another"
    if not _has_share(route, number.e164):
        return f"the number is none of its {route.share} %"
    return ""


def _speaks(language: str, wanted: str) -> bool:
    """``de-AT`` is ``de`` (RFC 4647 section 3.3.1)."""
    tag, wanted = language.lower().replace("_", "-"), wanted.lower().replace("_", "-")
    return tag == wanted or tag.startswith(f"{wanted}-")


def hours_of(text: str) -> tuple[int, int]:
    """The two hours of ``22-6``; ValueError if these are none."""
    begin, end = (int(hour) for hour in text.split("-"))
    if not (0 <= begin <= 23 and 0 <= end <= 24):
        raise ValueError
    return begin, end


def _is_within(text: str, hour: int) -> bool:
    begin, end = hours_of(text)
    return begin <= hour < end if begin < end else hour >= begin or hour < end


def _has_share(route: Route, number: str) -> bool:
    """Always the same numbers, so that somebody who asks again is not sent another way."""
    drawn = int.from_bytes(hashlib.sha256(f"{route.name}\n{number}".encode()).digest()[:4])
    return drawn % 100 < route.share
