"""Telephone numbers: taken as they are given, and held to E.164 only where a service needs that."""

import re

from watchword.errors import Refused

_SEPARATORS = str.maketrans("", "", " \u00a0\u202f\t-./()")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}\Z", re.ASCII)


def adapted(number: str, *, msisdn: bool, suppress: str) -> str:
    """The number as a gateway wants it: with ``msisdn`` digits and a leading ``+`` only; then without the prefix."""
    if msisdn:
        digits = "".join(character for character in number if character in "0123456789")
        number = f"+{digits}" if number.strip().startswith("+") else digits
    return number.removeprefix(suppress)


def e164(number: str) -> str:
    """The number as ITU-T E.164 wants it, separators taken out; `Refused` if it is no such number.

    Extensions, short codes, letters and numbers without their country are none: no service could be sure of them.
    """
    bare = number.translate(_SEPARATORS)
    if not _E164.match(bare):
        raise Refused(
            "The number is none that can be reached from everywhere: it must begin with + and the country, and hold"
            " digits only, without an extension."
        )
    return bare
