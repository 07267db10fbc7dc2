"""All doors of this folder."""

from watchword.api.linotp.admin import (
    enrolling,
    inviting,
    listing,
    losing,
    owners,
    people,
    search,
    settings,
    tokens,
)

_MODULES = (enrolling, tokens, settings, owners, losing, inviting, search, people, listing)

DOORS = tuple(door for module in _MODULES for door in module.DOORS)
