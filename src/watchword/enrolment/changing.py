"""Changes tokens that are there."""

from collections.abc import Callable

from msgspec.structs import replace

from watchword.enrolment.limits import check_realms
from watchword.enrolment.occasion import Occasion
from watchword.errors import NoSuchToken, Refused
from watchword.model.token import Token
from watchword.storage.promises import Unit

_TRIES = 5


async def fetch(unit: Unit, serial: str) -> Token:
    """The token with this serial, or NoSuchToken."""
    token = await unit.tokens.by_serial(serial)
    if token is None:
        raise NoSuchToken(f"There is no token with serial {serial!r}.")
    return token


async def change(unit: Unit, token: Token, changed: Callable[[Token], Token]) -> Token:
    """The token after the change. If a log-in was faster, the change is made to what it has left."""
    for _ in range(_TRIES):
        after = changed(token)
        if await unit.tokens.change(token, after):
            return after
        token = await fetch(unit, token.serial)
    raise Refused(f"Token {token.serial} is being changed all the time: try again.")


async def enable(unit: Unit, occasion: Occasion, token: Token) -> Token:
    """Let the token be used again, if its realms can take one more active token."""
    if not token.active:
        await check_realms(unit, occasion, token.realms)
    return await change(unit, token, lambda held: replace(held, active=True))


async def disable(unit: Unit, token: Token) -> Token:
    """Let nobody use the token until it is enabled."""
    return await change(unit, token, lambda held: replace(held, active=False))


async def reset(unit: Unit, token: Token) -> Token:
    """Forgive all failures: the token's own, and those that were counted against its owner."""
    await unit.throttles.clear(token.subject)
    return await change(unit, token, lambda held: replace(held, failures=0))


async def remove(unit: Unit, token: Token) -> bool:
    """Remove the token for good; False if somebody else was faster."""
    return await unit.tokens.remove(token)
