"""Takes tokens that nobody has, finds them by a code, and gives tokens back."""

from msgspec.structs import replace

from watchword.enrolment import owning
from watchword.enrolment.changing import change, fetch
from watchword.enrolment.issuing import Enrolment
from watchword.enrolment.pins import PreparedPin
from watchword.enrolment.recognising import recognise
from watchword.errors import NotYours, SeveralMatches
from watchword.model.token import Token
from watchword.selfservice.factors import keep_a_factor
from watchword.selfservice.notification import ENROLLMENT, TOKEN_CHANGE, notify_oneself
from watchword.selfservice.oneself import Oneself, right
from watchword.selfservice.pin_rules import check_pin
from watchword.selfservice.strength import check_strength, own_to_alter
from watchword.storage.promises import TokenFilter, Unit

ASSIGN = right("assign", "Take a token that belongs to nobody")
UNASSIGN = right("unassign", "Give own tokens back")
GET_SERIAL = right("getserial", "Find a token that belongs to nobody by a code")
ACTIONS = (ASSIGN, UNASSIGN, GET_SERIAL)


async def prepare_assigned_pin(enrolment: Enrolment, oneself: Oneself, pin: str | None) -> PreparedPin | None:
    """The PIN of a token that is to be taken, as policy wants it; before a transaction begins. None: none was said."""
    if pin is not None:
        check_pin(oneself, pin)
    return await enrolment.pins.prepare_first(oneself.occasion, oneself.about, pin)


async def assign(
    unit: Unit,
    enrolment: Enrolment,
    oneself: Oneself,
    serial: str,
    *,
    pin: PreparedPin | None = None,
    description: str = "",
) -> Token:
    """Take a token that nobody has, of one of the person's realms or of none. An empty description changes nothing.

    Any other is refused as one that does not exist: who has which serial is nobody's business.
    """
    oneself.permit(ASSIGN)
    realms = frozenset(oneself.occasion.realms_of(oneself.person))

    def may_take(token: Token) -> None:
        if token.owner is not None or (token.realms and realms.isdisjoint(token.realms)):
            raise NotYours(token.serial)

    await check_strength(unit, oneself)
    token = await fetch(unit, serial)
    may_take(token)
    kind = enrolment.kinds.token_type(token.kind)
    token = await owning.assign(
        unit,
        oneself.occasion,
        token,
        kind,
        oneself.person,
        pins=enrolment.pins,
        pin=pin,
        may_take=may_take,
    )
    if description:
        token = await change(unit, token, lambda held: replace(held, description=description))
    await notify_oneself(unit, enrolment, oneself, token, ENROLLMENT, "given to you")
    return token


async def unassign(
    unit: Unit, enrolment: Enrolment, oneself: Oneself, serial: str, *, pin: PreparedPin | None = None
) -> Token:
    """Give a token back: it then belongs to nobody. ``pin`` is the one that it shall have for whoever comes next."""
    oneself.permit(UNASSIGN)
    token = await own_to_alter(unit, oneself, serial)
    await keep_a_factor(unit, oneself, token)
    token = await owning.unassign(unit, token)
    if pin is not None:
        kept = enrolment.pins.place(pin, token.serial)
        token = await change(unit, token, lambda held: replace(held, pin=kept))
    await notify_oneself(unit, enrolment, oneself, token, TOKEN_CHANGE, "taken from you")
    return token


async def find_by_code(
    unit: Unit, enrolment: Enrolment, oneself: Oneself, code: str, kind: str = ""
) -> Token | None:
    """The token without owner in the person's realms that has this code now; nothing is used up.

    SeveralMatches if several have it.
    """
    oneself.permit(GET_SERIAL)
    wanted = TokenFilter(
        kinds=frozenset({enrolment.kinds.token_type(kind).name}) if kind else frozenset(),
        assigned=False,
        realms=frozenset(oneself.occasion.realms_of(oneself.person)),
    )
    found = await recognise(unit, enrolment, oneself.occasion, wanted, code)
    if len(found) > 1:
        raise SeveralMatches(f"{len(found)} tokens have this code now: ask again with the next code.")
    return found[0] if found else None
