"""LinOTP's dialect: its paths, envelope, numbers and oddities, which stop at this door."""

from collections.abc import Iterable
from typing import Any

from watchword.api.linotp.doors import Door
from watchword.model.policy import Action
from watchword.plugin.loading import Kinds


def doors() -> tuple[Door, ...]:
    """All doors of the dialect."""
    from watchword.api.linotp import (
        audit,
        auth,
        healthcheck,
        questions,
        sessions,
        system,
        tools,
        v2,
        validate,
    )
    from watchword.api.linotp.admin import doors as admin
    from watchword.api.linotp.userservice import doors as userservice

    rooms = (validate, auth, sessions, admin, userservice, questions, system, tools, audit, v2, healthcheck)
    return tuple(door for room in rooms for door in room.DOORS)


def actions_of(kinds: Kinds) -> Iterable[Iterable[Action[Any]]]:
    """The policy actions that this face and the acts behind it ask, some of them one per token type."""
    from watchword.api.linotp import audit, questions, system, tools
    from watchword.api.linotp.admin import doors as admin
    from watchword.api.linotp.userservice import doors as userservice
    from watchword.selfservice.actions import actions_of as selfservice_actions_of

    return (
        admin.actions_of(kinds),
        system.ACTIONS,
        tools.ACTIONS,
        audit.ACTIONS,
        questions.ACTIONS,
        userservice.ACTIONS,
        selfservice_actions_of(kinds),
    )
