"""PINs as policy wants them: made by chance, or as they were said; hashed, or such that they can be read again.

Keeping a PIN may take milliseconds, so it is prepared before a transaction begins, for no token yet, and
then placed.
"""

import string

from msgspec import Struct

from watchword.clock import Dice, pick
from watchword.crypto.keyring import KeyRing
from watchword.crypto.pins import How, keep_pin, move_pin
from watchword.crypto.sealing import Sealed
from watchword.enrolment.occasion import Occasion
from watchword.limits.pool import CostlyWork
from watchword.model.policy import Action, Scope
from watchword.policy.circumstances import Circumstances

OTP_PIN_RANDOM = Action(
    name="otp_pin_random",
    scope=Scope.ENROLLMENT,
    kind="int",
    default=0,
    help="A new owner's token gets a PIN of so many characters by chance, whatever PIN was said",
)
OTP_PIN_RANDOM_CONTENT = Action(
    name="otp_pin_random_content",
    scope=Scope.ENROLLMENT,
    kind="str",
    default="",
    help="Of what a PIN by chance is made: C upper case, c lower case, n digits, s special characters",
)
OTP_PIN_ENCRYPT = Action(
    name="otp_pin_encrypt",
    scope=Scope.ENROLLMENT,
    kind="int",
    default=0,
    help="1: PINs are kept such that they can be read again, not as a hash",
)
ACTIONS = (OTP_PIN_RANDOM, OTP_PIN_RANDOM_CONTENT, OTP_PIN_ENCRYPT)

_CONTENTS = {
    "C": string.ascii_uppercase,
    "c": string.ascii_lowercase,
    "n": string.digits,
    "s": "#!$%&/()=?@+-_.:,;*<>",
}
_LONGEST = 200
_NO_TOKEN = ""


def alphabet(contents: str) -> str:
    """The characters that a policy such as ``Cn`` allows; letters and digits where it names none."""
    named = "".join(_CONTENTS.get(letter, "") for letter in dict.fromkeys(contents))
    return named or string.ascii_letters + string.digits


def by_chance(dice: Dice, length: int, contents: str) -> str:
    """A text of so many characters (1 to 200) as a policy describes them."""
    return pick(dice, alphabet(contents), max(1, min(length, _LONGEST)))


class PreparedPin(Struct, frozen=True):
    """A PIN that belongs to no token yet; None is the empty one."""

    kept: Sealed | None


class Pins:
    """Prepares PINs and places them."""

    def __init__(self, ring: KeyRing, dice: Dice, costly: CostlyWork, *, how: How = "keyed") -> None:
        self._ring = ring
        self._dice = dice
        self._costly = costly
        self._how: How = how

    async def prepare(
        self, occasion: Occasion, about: Circumstances, pin: str, *, readable: bool = False
    ) -> PreparedPin:
        """This PIN, kept as policy wants; ``readable`` also asks that it can be read again."""
        rules = occasion.snapshot.rules
        readable = readable or rules.ask(OTP_PIN_ENCRYPT, about).value == 1
        how: How = "sealed" if readable else self._how
        if how != "argon2id":
            return PreparedPin(keep_pin(self._ring, _NO_TOKEN, pin, how, self._dice))
        return PreparedPin(await self._costly.run(keep_pin, self._ring, _NO_TOKEN, pin, how, self._dice))

    async def prepare_first(
        self, occasion: Occasion, about: Circumstances, pin: str | None, *, readable: bool = False
    ) -> PreparedPin | None:
        """The PIN of a token that is newly given to somebody: one by chance where policy wants it, else the one
        that was said, if any.
        """
        rules = occasion.snapshot.rules
        length = rules.ask(OTP_PIN_RANDOM, about).value
        if length > 0:
            pin = by_chance(self._dice, length, rules.ask(OTP_PIN_RANDOM_CONTENT, about).value)
        return None if pin is None else await self.prepare(occasion, about, pin, readable=readable)

    def place(self, prepared: PreparedPin, serial: str) -> Sealed | None:
        """What to keep in the token with this serial."""
        return move_pin(self._ring, prepared.kept, source=_NO_TOKEN, target=serial)
