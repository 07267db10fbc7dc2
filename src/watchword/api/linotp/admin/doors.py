"""All doors of this folder, and the rights that they ask."""

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
from watchword.enrolment.actions import actions_of as enrolment_actions_of
from watchword.model.policy import Action
from watchword.plugin.loading import Kinds

_MODULES = (tokens, settings, owners, losing, inviting, search, people, listing)

DOORS = (*enrolling.DOORS, *(door for module in _MODULES for door in module.DOORS))


def actions_of(kinds: Kinds) -> tuple[Action[object], ...]:
    """The rights of administrators on tokens, and what the acts behind these calls ask."""
    rights = [action for module in _MODULES for action in module.ACTIONS]
    return (*rights, *enrolling.actions_of(kinds), *enrolment_actions_of(kinds))
