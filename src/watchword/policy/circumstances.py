"""Whom, where and when the rules are asked about."""

from collections.abc import Callable, Mapping

from msgspec import Struct


class Circumstances(Struct, frozen=True, kw_only=True):
    """The user whom a question is about, and the moment.

    The user is the canonical one (`model.person`), not a spelling. A token without owner has no user: the
    caller leaves `login` empty and gives a realm of the token, or else the default realm; policies for
    everybody in that realm then speak.
    """

    now: int
    """Milliseconds UTC."""
    login: str = ""
    realm: str = ""
    resolver: str | None = None
    """Name of the resolver in which the user was found."""
    client: str | None = None
    """The address from which the request came; without one only policies for every client fit."""
    attributes: Mapping[str, str] | Callable[[], Mapping[str, str]] | None = None
    """What the directory knows of the user, or how to learn it. Only conditions with ``#`` look at it, each
    time anew; `Rules.tests_attributes` says whether there are any."""


class Administrator(Circumstances, frozen=True, kw_only=True):
    """Who acts on somebody else's token or on the house. `realm` is the administrator's own realm."""
