"""Calls of LinOTP's that nobody may make here: what they are for is not installed, or never will be."""

from watchword.api.linotp.doors import Door
from watchword.api.linotp.envelope import Answer
from watchword.errors import NotAllowed
from watchword.web.call import Call

_TYPES = ("activate_init", "activate_check_status", "fido2_activate_begin", "fido2_activate_finish")
_OCRA = ("activateocratoken", "finishocra2token")


async def activate(_call: Call) -> Answer:
    """Refused: no token type that is activated by its owner is installed."""
    raise NotAllowed("No token type is installed here that its owner activates: enrol one of another type.")


async def getmultiotp(_call: Call) -> Answer:
    """Refused: codes are not told ahead."""
    raise NotAllowed("getotp is not activated: codes are not told ahead, the token shows them.")


DOORS = (
    *(Door(f"/userservice/{name}", "P", activate, guard="person") for name in (*_TYPES, *_OCRA)),
    Door("/userservice/getmultiotp", "GP", getmultiotp, guard="person"),
)
