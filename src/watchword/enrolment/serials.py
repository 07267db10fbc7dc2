"""Serials: what may be one, and new ones."""

from watchword.clock import Dice
from watchword.errors import BadParameter

LONGEST = 64
"""Characters: LinOTP's 40, and room for what is put in front of a serial (`losing`)."""


def checked(serial: str) -> str:
    """The serial, if it can be one: what is printed, exported and typed in must come back the same."""
    if len(serial) > LONGEST:
        raise BadParameter(f"A serial has at most {LONGEST} characters.")
    if not serial.isprintable():
        raise BadParameter("A serial holds no control characters, line breaks or invisible characters.")
    return serial


def fresh(dice: Dice, prefix: str) -> str:
    """A new serial: the prefix, then eight hexadecimal digits by chance."""
    return f"{prefix}{dice.bytes(4).hex().upper()}"
