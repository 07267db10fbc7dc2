"""Gives tokens to people and takes them back."""

from collections.abc import Callable, Iterable

from msgspec.structs import replace

from watchword.crypto.keyring import KeyRing
from watchword.crypto.pins import move_pin
from watchword.enrolment.changing import change
from watchword.enrolment.limits import check_owner, check_realms
from watchword.enrolment.occasion import Occasion
from watchword.enrolment.pins import Pins, PreparedPin
from watchword.model.person import Person
from watchword.model.token import Token
from watchword.plugin.shapes import TokenType
from watchword.storage.promises import Unit


async def assign(
    unit: Unit,
    occasion: Occasion,
    token: Token,
    kind: TokenType,
    owner: Person,
    *,
    pins: Pins,
    pin: PreparedPin | None = None,
    may_take: Callable[[Token], None] | None = None,
) -> Token:
    """Give the token to this person: its realms become the person's, its failures are forgotten.

    ``pin`` None leaves the PIN as it is. ``may_take`` is asked about the token as it is at that moment, and raises
    to forbid it.
    """
    realms = occasion.realms_of(owner)
    await check_owner(unit, occasion, owner, kind, serial=token.serial)
    await _check_new_realms(unit, occasion, token, realms)
    kept = None if pin is None else pins.place(pin, token.serial)

    def given(held: Token) -> Token:
        if may_take is not None:
            may_take(held)
        return replace(
            held,
            owner=owner.subject,
            realms=realms,
            failures=0,
            pin=held.pin if pin is None else kept,
        )

    return await change(unit, token, given)


async def unassign(unit: Unit, token: Token) -> Token:
    """Take the token from its owner: realms stay, failures are forgotten."""
    return await change(unit, token, lambda held: replace(held, owner=None, failures=0))


async def set_realms(unit: Unit, occasion: Occasion, token: Token, realms: Iterable[str]) -> Token:
    """Put the token into exactly these realms."""
    wanted = tuple(sorted(set(realms)))
    await _check_new_realms(unit, occasion, token, wanted)
    return await change(unit, token, lambda held: replace(held, realms=wanted))


async def copy_owner(unit: Unit, occasion: Occasion, source: Token, target: Token) -> Token:
    """Give the target the owner and the realms of the source."""
    await _check_new_realms(unit, occasion, target, source.realms)
    return await change(unit, target, lambda held: replace(held, owner=source.owner, realms=source.realms))


async def copy_pin(unit: Unit, ring: KeyRing, source: Token, target: Token) -> Token:
    """Give the target the PIN of the source, which stays unknown."""
    pin = move_pin(ring, source.pin, source=source.serial, target=target.serial)
    return await change(unit, target, lambda held: replace(held, pin=pin))


async def _check_new_realms(unit: Unit, occasion: Occasion, token: Token, realms: Iterable[str]) -> None:
    if token.active:
        await check_realms(unit, occasion, [realm for realm in realms if realm not in token.realms])
