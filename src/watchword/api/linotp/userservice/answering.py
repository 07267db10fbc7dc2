"""How these calls change a token, and how they show the person's own."""

from collections.abc import Awaitable, Callable
from typing import Any

from watchword.api.linotp.admin.showing import row_of
from watchword.api.linotp.envelope import Reply
from watchword.errors import NotYours
from watchword.model.token import Token
from watchword.storage.promises import Unit
from watchword.web.administrators.choosing import note
from watchword.web.call import Call

_OWNERS = "User."


async def changed(
    call: Call, serial: str, act: Callable[[Unit], Awaitable[Token]], value: dict[str, Any]
) -> Reply:
    """The value, if the act on this token came true.

    A foreign token is answered by an empty object, as clients of LinOTP know it; the audit tells that nothing was done.
    """
    try:
        async with call.unit() as unit:
            note(call, [await act(unit)])
    except NotYours as foreign:
        return not_yours(call, serial, foreign)
    return Reply(value)


def not_yours(call: Call, serial: str, foreign: NotYours) -> Reply:
    """What is said of a foreign token, and what the audit says."""
    call.note.success, call.note.serial, call.note.action_detail = False, serial, foreign.message
    return Reply({})


def own_row(call: Call, token: Token) -> dict[str, Any]:
    """One token as its owner sees it: as an administrator does, but the info is an object and no owner is told."""
    row = row_of(call, token, {}, (), parsed=True)
    shown = {name: value for name, value in row.items() if not name.startswith(_OWNERS)}
    return {**shown, "Enrollment": {"status": "not completed" if token.pending else "completed"}}
