"""Which way a message goes: what it is about, and over which providers it is tried."""

from msgspec import Struct

from watchword.model.message import Channel


class Route(Struct, frozen=True, kw_only=True):
    """One rule of the table of routes. What a list leaves empty fits everything."""

    name: str
    channel: Channel | None = None
    countries: tuple[str, ...] = ()
    """Regions of libphonenumber (ISO 3166-1, ``001`` for numbers of no country), not dial codes: +1 is many."""
    types: tuple[str, ...] = ()
    """Kinds of numbers by the names of `delivery.numbers.Kind`: ``mobile``, ``fixed_line``, ``voip`` ..."""
    languages: tuple[str, ...] = ()
    """``de`` also fits ``de-AT``."""
    purposes: tuple[str, ...] = ()
    """``login``, ``enrol``, ``unlock``, ``reset``, or whatever else a caller names."""
    realms: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    """Beginnings of the number in E.164: ``+4915``."""
    hours: str = ""
    """``22-6``: from this hour (UTC) until before that one."""
    share: int = 100
    """Of a hundred numbers, how many take this route; which ones is always the same."""
    providers: tuple[str, ...] = ()
    """Tried in this order. None: messages that get here are not sent."""
    cost: int = 0
    """What a message costs, in millionths of the currency of the budget."""
    active: bool = True
