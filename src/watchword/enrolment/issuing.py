"""Issues tokens."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from watchword.clock import Dice
from watchword.crypto.keyring import KeyRing
from watchword.crypto.pins import How
from watchword.enrolment.limits import check_owner, check_realms
from watchword.enrolment.occasion import Occasion
from watchword.enrolment.pins import Pins, PreparedPin
from watchword.enrolment.serials import checked, fresh
from watchword.errors import Refused, TokenTypeMismatch
from watchword.limits.pool import CostlyWork
from watchword.model.person import Person
from watchword.model.token import Token, secret_context
from watchword.plugin.loading import Kinds
from watchword.plugin.shapes import Enrolled, Form, TokenType, Tools
from watchword.plugin.tools import tools_for
from watchword.storage.promises import Unit

ROLLOUT_DESCRIPTION = "rollout token"
ROLLOUT_PATHS = ("userservice",)
"""Where a rollout token lets in unless somebody says otherwise: at the portal."""
_TRIES = 5
_LARGEST = 2**31 - 1


class Order(Struct, frozen=True, kw_only=True):
    """A token that somebody wants."""

    kind: TokenType
    enrolled: Enrolled
    serial: str = ""
    """Empty: a new one is made."""
    prefix: str = ""
    """Of a serial that is made; empty: the type's."""
    owner: Person | None = None
    realms: tuple[str, ...] = ()
    """Beside those of the owner. A token without owner that is made anew stays where it is."""
    pin: PreparedPin | None = None
    """None: none was said."""
    description: str = ""
    paths: tuple[str, ...] = ()
    """Where the token may be used; empty: everywhere (a rollout token has some)."""
    active: bool = True
    limited: bool = True
    """Whether limits of policy hold; a replacement of a lost token is not counted."""
    may_replace: Callable[[Token], None] | None = None
    """Asked before a token that has this serial is made anew, and raises to forbid it; None forbids it always."""


class Enrolment:
    """Issues tokens; holds what all acts here need."""

    def __init__(
        self, kinds: Kinds, ring: KeyRing, dice: Dice, costly: CostlyWork, *, pin_hash: How = "keyed"
    ) -> None:
        self.kinds = kinds
        self.ring = ring
        self.dice = dice
        self.costly = costly
        self.pins = Pins(ring, dice, costly, how=pin_hash)

    def tools(self, occasion: Occasion) -> Tools:
        """What a token type may use on this occasion."""
        return tools_for(self.ring, self.dice, occasion.configuration, occasion.now)

    async def prepare(self, kind: TokenType, form: Form, occasion: Occasion) -> Enrolled:
        """What the type makes of a form; before a transaction begins, since hashing a password takes its time."""
        tools = self.tools(occasion)
        if getattr(kind, "costly", False):
            return await self.costly.run(kind.enrol, form, tools)
        return kind.enrol(form, tools)

    async def issue(self, unit: Unit, occasion: Occasion, order: Order) -> Token:
        """The new token. One of the same type that has the serial is made anew: it keeps its limits, and its owner,
        PIN and description where the order names none.
        """
        held = await unit.tokens.by_serial(order.serial) if order.serial else None
        if held is not None:
            self._check_replaceable(order, held)
        realms = _realms(occasion, order, held)
        if order.kind.single and order.owner is not None:
            await self._make_room(unit, order, order.owner)
        if order.limited:
            await self._check_limits(unit, occasion, order, realms, held)
        if held is not None:
            return await self._renewed(unit, occasion, order, realms, held)
        for _ in range(_TRIES):
            token = self._made(occasion, order, realms)
            try:
                return await unit.tokens.add(token)
            except Refused:
                if order.serial:
                    raise
        raise Refused("Five new serials in a row were taken: give the token a serial or another prefix.")

    async def _make_room(self, unit: Unit, order: Order, owner: Person) -> None:
        """Remove what a token takes the place of whose type a person has only one of."""
        await unit.tokens.take_turn(f"owner {owner.subject.resolver} {owner.subject.userid}")
        for token in await unit.tokens.of(owner.subject):
            if token.kind == order.kind.name and token.serial != order.serial:
                self._check_replaceable(order, token)
                await unit.tokens.remove(token)

    @staticmethod
    def _check_replaceable(order: Order, held: Token) -> None:
        if order.may_replace is None:
            raise Refused(f"There is a token with serial {held.serial!r} already.")
        order.may_replace(held)
        if held.kind != order.kind.name:
            raise TokenTypeMismatch(
                f"Token {held.serial} is of type {held.kind}, not {order.kind.name}: "
                "remove it first, or take another serial."
            )

    @staticmethod
    async def _check_limits(
        unit: Unit, occasion: Occasion, order: Order, realms: tuple[str, ...], held: Token | None
    ) -> None:
        if order.owner is not None:
            await check_owner(unit, occasion, order.owner, order.kind, serial=order.serial)
        if order.active:
            counted = held.realms if held is not None and held.active else ()
            await check_realms(unit, occasion, [realm for realm in realms if realm not in counted])

    def _made(self, occasion: Occasion, order: Order, realms: tuple[str, ...]) -> Token:
        serial = checked(order.serial or fresh(self.dice, (order.prefix or order.kind.prefix).upper()))
        configuration = occasion.configuration

        def default(name: str, fallback: int) -> int:
            value = configuration.number(name, fallback)
            return value if 0 < value <= _LARGEST else fallback

        token = Token(
            serial=serial,
            kind=order.kind.name,
            owner=order.owner.subject if order.owner is not None else None,
            realms=realms,
            description=order.description,
            active=order.active,
            secret=self.ring.seal(secret_context(serial), order.enrolled.secret),
            pin=self.pins.place(order.pin, serial) if order.pin is not None else None,
            digits=order.enrolled.digits,
            max_failures=default("DefaultMaxFailCount", 10),
            window=default("DefaultCountWindow", 10),
            sync_window=default("DefaultSyncWindow", 1000),
            successes_max=order.enrolled.successes_max,
            info=_info(order),
            created=occasion.now,
        )
        unnamed = token.rollout and not token.description
        return replace(token, description=ROLLOUT_DESCRIPTION) if unnamed else token

    async def _renewed(
        self, unit: Unit, occasion: Occasion, order: Order, realms: tuple[str, ...], held: Token
    ) -> Token:
        made = self._made(occasion, order, realms)
        after = replace(
            made,
            id=held.id,
            owner=made.owner or held.owner,
            pin=made.pin if order.pin is not None else held.pin,
            description=made.description or held.description,
            max_failures=held.max_failures,
            window=held.window,
            sync_window=held.sync_window,
            attempts_max=held.attempts_max,
            successes_max=made.successes_max or held.successes_max,
            valid_from=held.valid_from,
            valid_until=held.valid_until,
            created=held.created,
        )
        if not await unit.tokens.change(held, after):
            raise Refused(f"Token {held.serial} was changed at this very moment: try again.")
        return after


def _realms(occasion: Occasion, order: Order, held: Token | None) -> tuple[str, ...]:
    if order.owner is None:
        return (held.realms if held is not None else ()) or tuple(sorted(set(order.realms)))
    return tuple(sorted({*occasion.realms_of(order.owner), *order.realms}))


def _info(order: Order) -> Mapping[str, Any]:
    if not order.paths:
        return order.enrolled.info
    return {**order.enrolled.info, "scope": {"path": list(order.paths)}}
