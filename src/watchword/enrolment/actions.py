"""What enrolment asks policy."""

from watchword.enrolment import labels, limits, losing, pins
from watchword.model.policy import Action
from watchword.plugin.loading import Kinds


def actions_of(kinds: Kinds) -> tuple[Action[object], ...]:
    """All of it, some of it once for each token type."""
    fixed = (
        labels.TOKENLABEL,
        labels.TOKENISSUER,
        limits.MAXTOKEN,
        limits.TOKENCOUNT,
        *pins.ACTIONS,
        *losing.ACTIONS,
    )
    return (*fixed, *(limits.maxtoken_of(kind) for kind in kinds))
