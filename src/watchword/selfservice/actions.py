"""What self-service asks policy."""

from watchword.model.policy import Action
from watchword.plugin.loading import Kinds
from watchword.selfservice import (
    changing,
    enrolling,
    history,
    logging_in,
    notification,
    owning,
    pin_rules,
    proving,
)


def actions_of(kinds: Kinds) -> tuple[Action[object], ...]:
    """All of it, some of it once for each token type."""
    rooms = (changing, history, logging_in, notification, owning, pin_rules, proving)
    fixed = [action for room in rooms for action in room.ACTIONS]
    return (*fixed, *enrolling.actions_of(kinds))
