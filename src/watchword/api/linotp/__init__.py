"""LinOTP's dialect: its paths, envelope, numbers and oddities, which stop at this door."""

from collections.abc import Iterable
from typing import Any

from watchword.api.linotp.doors import Door
from watchword.model.policy import Action
from watchword.plugin.loading import Kinds


def doors() -> tuple[Door, ...]:
    """All doors of the dialect."""
    from watchword.api.linotp import sessions, validate
    from watchword.api.linotp.admin import doors as admin

    return (*validate.DOORS, *sessions.DOORS, *admin.DOORS)


def actions_of(kinds: Kinds) -> Iterable[Iterable[Action[Any]]]:
    """The policy actions that this face and the acts behind it ask, some of them one per token type."""
    from watchword.api.linotp.admin import doors as admin

    return (admin.actions_of(kinds),)
