"""Replaces a token that was lost, for some days, so that its owner can go on working."""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from msgspec import Struct
from msgspec.structs import replace

from watchword.clock import instant
from watchword.crypto.pins import move_pin
from watchword.enrolment.changing import change, disable
from watchword.enrolment.issuing import Enrolment, Order
from watchword.enrolment.occasion import Occasion
from watchword.enrolment.pins import by_chance
from watchword.errors import BadParameter, Misconfigured, MissingParameter
from watchword.model.person import Person
from watchword.model.policy import Action, Scope
from watchword.model.token import Token
from watchword.plugin.shapes import Enrolled, TokenType
from watchword.storage.promises import Unit

PASSWORD_LENGTH = Action(
    name="lostTokenPWLen",
    scope=Scope.ENROLLMENT,
    kind="int",
    default=10,
    help="How many characters the password has that replaces a lost token",
)
PASSWORD_CONTENTS = Action(
    name="lostTokenPWContents",
    scope=Scope.ENROLLMENT,
    kind="str",
    default="",
    help="Of what that password is made: C upper case, c lower case, n digits, s special characters",
)
VALID: Action[int | timedelta] = Action(
    name="lostTokenValid",
    scope=Scope.ENROLLMENT,
    kind=("int", "duration"),
    default=10,
    help="For how many days, or how long, the replacement of a lost token may be used",
)
ACTIONS = (PASSWORD_LENGTH, PASSWORD_CONTENTS, VALID)

PREFIX = "lost"
_TYPED = "password"
_LONGEST_DAYS = 36_500


class Substitute(Struct, frozen=True, kw_only=True):
    """What will replace a token: prepared before a transaction begins."""

    kind: TokenType
    enrolled: Enrolled
    password: str
    """What the owner types; empty if codes are sent."""
    until: int
    """Milliseconds UTC."""

    def __repr__(self) -> str:
        return f"Substitute(kind={self.kind.name!r})"


class Replaced(Struct, frozen=True, kw_only=True):
    """What was done."""

    token: Token
    pin_copied: bool


async def prepare_substitute(
    enrolment: Enrolment, occasion: Occasion, owner: Person, *, wanted: str, email: str = "", mobile: str = ""
) -> Substitute:
    """A substitute that sends codes by ``email`` or ``sms``, if that is ``wanted`` and there is an address; else a
    password. Addresses that are not given are the owner's.
    """
    rules = occasion.snapshot.rules
    about = occasion.about(owner)
    addresses = {
        "email": email or owner.attributes.get("email", ""),
        "sms": mobile or owner.attributes.get("mobile", ""),
    }
    kind = stand_in(enrolment, wanted) if addresses.get(wanted) else None
    kind = kind or stand_in(enrolment, _TYPED)
    if kind is None:
        raise Misconfigured("No installed token type can replace a lost token.")
    password = by_chance(
        enrolment.dice, rules.ask(PASSWORD_LENGTH, about).value, rules.ask(PASSWORD_CONTENTS, about).value
    )
    form = Filled({"otpkey": password, "email_address": addresses["email"], "phone": addresses["sms"]})
    return Substitute(
        kind=kind,
        enrolled=await enrolment.prepare(kind, form, occasion),
        password=password if kind.replaces_lost == _TYPED else "",
        until=_end(occasion.now, rules.ask(VALID, about).value),
    )


async def replace_lost(
    unit: Unit, enrolment: Enrolment, occasion: Occasion, lost: Token, owner: Person, substitute: Substitute
) -> Replaced:
    """Issue the substitute and disable the lost token. No limit counts it: it takes the other's place.

    The PIN goes along, unless it was all there was to the lost token.
    """
    order = Order(
        kind=substitute.kind,
        enrolled=substitute.enrolled,
        serial=f"{PREFIX}{lost.serial}",
        owner=owner,
        realms=lost.realms,
        description=f"temporary replacement for {lost.serial}",
        limited=False,
        may_replace=lambda _held: None,
    )
    issued = await enrolment.issue(unit, occasion, order)
    pin_copied = lost.digits > 0
    pin = move_pin(enrolment.ring, lost.pin, source=lost.serial, target=issued.serial) if pin_copied else None
    token = await change(unit, issued, lambda held: replace(held, pin=pin, valid_until=substitute.until))
    await disable(unit, lost)
    return Replaced(token=token, pin_copied=pin_copied)


def stand_in(enrolment: Enrolment, wanted: str) -> TokenType | None:
    """The installed type that stands in for a token in this way: ``password``, ``sms`` or ``email``."""
    return next((kind for kind in enrolment.kinds if kind.replaces_lost == wanted), None)


def _end(now: int, valid: int | timedelta) -> int:
    """The last minute of the day on which whole days are over; the very moment where hours and minutes were said."""
    span = valid if isinstance(valid, timedelta) else timedelta(days=min(max(valid, 0), _LONGEST_DAYS))
    end = instant(now) + min(span, timedelta(days=_LONGEST_DAYS))
    if not span.seconds:
        end = end.replace(hour=23, minute=59, second=0, microsecond=0)
    return int(end.timestamp()) * 1000


class Filled:
    """A form that we fill in ourselves."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        self._fields = fields

    def items(self) -> Iterable[tuple[str, str]]:
        return self._fields.items()

    def text(self, name: str, default: str = "") -> str:
        return self._fields.get(name) or default

    def need(self, name: str) -> str:
        value = self._fields.get(name)
        if not value:
            raise MissingParameter(name)
        return value

    def number(self, name: str, default: int) -> int:
        value = self._fields.get(name)
        if value:
            raise BadParameter(f"{name} must be a number.")
        return default

    def flag(self, name: str) -> bool:
        return False
