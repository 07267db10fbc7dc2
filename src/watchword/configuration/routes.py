"""Routes: what may be said of them."""

import re
from collections.abc import Iterable, Sequence

from watchword.delivery.numbers import Kind
from watchword.delivery.routing import hours_of
from watchword.errors import BadParameter, Refused
from watchword.model.configuration import Configuration
from watchword.model.message import Channel
from watchword.model.route import Route

_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]{0,62}\Z", re.ASCII)
_COUNTRY = re.compile(r"[A-Z]{2}\Z|001\Z", re.ASCII)
_PREFIX = re.compile(r"\+[0-9]{1,14}\Z", re.ASCII)
_MOST_COST = 1_000_000_000


def checked(route: Route, configuration: Configuration) -> Route:
    """The route; `BadParameter` names what of it cannot be meant."""
    if not _NAME.match(route.name):
        raise BadParameter("The name of a route has 1 to 63 letters, digits, dots, dashes and underscores.")
    _each(route.countries, _COUNTRY, "countries", "two letters such as DE, or 001")
    _each(route.prefixes, _PREFIX, "prefixes", "a plus and digits such as +4915")
    for kind in route.types:
        if kind not in set(Kind):
            raise BadParameter(f"types: {kind!r} is none of {', '.join(Kind)}.")
    if route.hours:
        try:
            hours_of(route.hours)
        except ValueError:
            raise BadParameter("hours: write two hours (UTC) such as 22-6.") from None
    if not 0 <= route.share <= 100:
        raise BadParameter("share: write a number from 0 to 100.")
    if not 0 <= route.cost <= _MOST_COST:
        raise BadParameter(f"cost: write millionths, from 0 to {_MOST_COST}.")
    channels = (route.channel,) if route.channel is not None else (Channel.SMS, Channel.VOICE)
    for name in route.providers:
        if not any(configuration.provider(channel, name) for channel in channels if name):
            raise BadParameter(f"providers: there is no provider {name!r} for {' or '.join(channels)}.")
    return route


def refuse_routed(routes: Sequence[Route], channel: Channel, name: str) -> None:
    """Refused while a route leads over this provider."""
    users = [one.name for one in routes if name in one.providers and one.channel in {None, channel}]
    if users:
        raise Refused(f"The provider {name} is in use: take it out of route {', '.join(users)} first.")


def _each(values: Iterable[str], wanted: re.Pattern[str], what: str, form: str) -> None:
    for value in values:
        if not wanted.match(value):
            raise BadParameter(f"{what}: {value!r} is none; write {form}.")
