"""Somebody who has logged in and comes back."""

from collections.abc import Mapping

from msgspec import Struct


class Session(Struct, frozen=True, kw_only=True):
    """A session lives in the store, so that any worker knows it and a restart ends none.

    ``id`` is a fingerprint of what the client holds: the store's content opens no session.
    """

    id: bytes
    kind: str
    """``administrator``, ``user`` or ``legacy`` (the older session style)."""
    holder: Mapping[str, str]
    """Who: ``login``, ``realm``, ``resolver``, ``userid``."""
    opened: int
    expires: int
    """Milliseconds UTC; 0 = never."""
    client: str = ""
