"""All doors of this folder, and the rights that only they ask."""

from watchword.api.linotp.userservice import (
    context,
    enrolling,
    listing,
    owners,
    proving,
    sessions,
    tokens,
    unavailable,
)

_MODULES = (context, enrolling, listing, owners, proving, sessions, tokens, unavailable)

DOORS = tuple(door for module in _MODULES for door in module.DOORS)
ACTIONS = enrolling.ACTIONS
