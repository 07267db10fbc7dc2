"""LinOTP's dialect: its paths, envelope, numbers and oddities, which stop at this door."""

from watchword.api.linotp.doors import Door


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
