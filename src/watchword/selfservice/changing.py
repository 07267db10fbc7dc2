"""Changes, locks and removes one's own tokens."""

from msgspec.structs import replace

from watchword.enrolment import changing
from watchword.enrolment.issuing import Enrolment
from watchword.enrolment.pins import PreparedPin
from watchword.model.token import Token, secret_context
from watchword.plugin.shapes import Pinned
from watchword.selfservice.factors import keep_a_factor
from watchword.selfservice.notification import SET_PIN, TOKEN_CHANGE, notify_oneself
from watchword.selfservice.oneself import Oneself, own_to_change, right
from watchword.selfservice.pin_rules import check_pin
from watchword.selfservice.strength import own_to_alter
from watchword.storage.promises import Unit

ENABLE = right("enable", "Enable own tokens")
DISABLE = right("disable", "Disable own tokens")
DELETE = right("delete", "Remove own tokens")
RESET = right("reset", "Forgive failures that were counted for own tokens")
SET_OTP_PIN = right("setOTPPIN", "Set the PINs of own tokens")
SET_MOTP_PIN = right("setMOTPPIN", "Set the PIN that own tokens such as Mobile-OTP hold within their codes")
SET_DESCRIPTION = right("setDescription", "Describe own tokens")
ACTIONS = (ENABLE, DISABLE, DELETE, RESET, SET_OTP_PIN, SET_MOTP_PIN, SET_DESCRIPTION)


async def enable(unit: Unit, enrolment: Enrolment, oneself: Oneself, serial: str) -> Token:
    """Let the token be used again, if its realms can take one more active token."""
    oneself.permit(ENABLE)
    token = await own_to_alter(unit, oneself, serial)
    token = await changing.enable(unit, oneself.occasion, token)
    await notify_oneself(unit, enrolment, oneself, token, TOKEN_CHANGE, "enabled")
    return token


async def disable(unit: Unit, enrolment: Enrolment, oneself: Oneself, serial: str) -> Token:
    """Let nobody use the token until it is enabled."""
    oneself.permit(DISABLE)
    token = await own_to_alter(unit, oneself, serial)
    await keep_a_factor(unit, oneself, token)
    token = await changing.disable(unit, token)
    await notify_oneself(unit, enrolment, oneself, token, TOKEN_CHANGE, "disabled")
    return token


async def delete(unit: Unit, enrolment: Enrolment, oneself: Oneself, serial: str) -> Token:
    """Remove the token for good; it is returned as it was."""
    oneself.permit(DELETE)
    token = await own_to_alter(unit, oneself, serial)
    await keep_a_factor(unit, oneself, token)
    await changing.remove(unit, token)
    await notify_oneself(unit, enrolment, oneself, token, TOKEN_CHANGE, "removed")
    return token


async def reset(unit: Unit, oneself: Oneself, serial: str) -> Token:
    """Forgive all failures."""
    oneself.permit(RESET)
    return await changing.reset(unit, await own_to_alter(unit, oneself, serial))


async def prepare_pin(enrolment: Enrolment, oneself: Oneself, pin: str) -> PreparedPin:
    """The PIN that is to be set, as policy wants it kept; before a transaction begins.

    BadParameter for one that policy does not let the person choose.
    """
    check_pin(oneself, pin)
    return await enrolment.pins.prepare(oneself.occasion, oneself.about, pin)


async def set_pin(unit: Unit, enrolment: Enrolment, oneself: Oneself, serial: str, pin: PreparedPin) -> Token:
    """Give the token this PIN."""
    oneself.permit(SET_OTP_PIN)
    token = await own_to_alter(unit, oneself, serial)
    kept = enrolment.pins.place(pin, token.serial)
    token = await changing.change(unit, token, lambda held: replace(held, pin=kept))
    await notify_oneself(unit, enrolment, oneself, token, SET_PIN, "given another PIN")
    return token


async def set_inner_pin(unit: Unit, enrolment: Enrolment, oneself: Oneself, serial: str, pin: str) -> Token:
    """Give the token this PIN within its codes. A type that has none keeps what it has."""
    oneself.permit(SET_MOTP_PIN)
    token = await own_to_alter(unit, oneself, serial)
    kind, tools = enrolment.kinds.token_type(token.kind), enrolment.tools(oneself.occasion)

    def repinned(held: Token) -> Token:
        if not isinstance(kind, Pinned):
            return held
        return replace(
            held, secret=enrolment.ring.seal(secret_context(held.serial), kind.repinned(held, pin, tools))
        )

    token = await changing.change(unit, token, repinned)
    await notify_oneself(unit, enrolment, oneself, token, SET_PIN, "given another PIN")
    return token


async def describe(unit: Unit, oneself: Oneself, serial: str, description: str) -> Token:
    """Give the token this description. Who has enrolled it in this log-in may do that without the right to."""
    token = await own_to_change(unit, oneself, serial)
    if not (token.enrolled_by == oneself.person.subject and token.created >= oneself.since > 0):
        oneself.permit(SET_DESCRIPTION)
    return await changing.change(unit, token, lambda held: replace(held, description=description))
