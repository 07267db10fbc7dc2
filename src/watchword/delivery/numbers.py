"""Telephone numbers: taken as they are given, and held to E.164 only where a service needs that."""

import re
from enum import StrEnum

from msgspec import Struct

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


class Kind(StrEnum):
    """What a number leads to, as libphonenumber knows it."""

    MOBILE = "mobile"
    FIXED_LINE = "fixed_line"
    FIXED_LINE_OR_MOBILE = "fixed_line_or_mobile"
    VOIP = "voip"
    PERSONAL = "personal"
    TOLL_FREE = "toll_free"
    PREMIUM = "premium"
    SHARED_COST = "shared_cost"
    PAGER = "pager"
    COMPANY = "company"
    """A universal access number."""
    VOICEMAIL = "voicemail"
    UNKNOWN = "unknown"
    """In no range that libphonenumber knows to be in use."""


class Number(Struct, frozen=True, kw_only=True):
    """A number and what is known of it."""

    e164: str
    country: str
    """Region of libphonenumber: ``DE``, ``001`` for numbers of no country, nothing if it knows none."""
    kind: Kind


def known(number: str) -> Number:
    """The number, classified; `Refused` if it is none of E.164."""
    import phonenumbers

    bare = e164(number)
    try:
        parsed = phonenumbers.parse(bare, None)
    except phonenumbers.NumberParseException:
        return Number(e164=bare, country="", kind=Kind.UNKNOWN)
    country = phonenumbers.region_code_for_number(parsed)
    if not country:
        possible = phonenumbers.region_codes_for_country_code(parsed.country_code or 0)
        country = possible[0] if possible else ""
    return Number(e164=bare, country=country, kind=_KINDS.get(phonenumbers.number_type(parsed), Kind.UNKNOWN))


def masked(number: str) -> str:
    """A number for rows and logs: its beginning and its last digits, no more than a third of all."""
    digits = "".join(character for character in number if character in "0123456789")
    if len(digits) < _SHOWN * 3:
        return "***"
    plus = "+" if number.strip().startswith("+") else ""
    return f"{plus}{digits[: _SHOWN - 1]}***{digits[-(_SHOWN - 1) :]}"


_SHOWN = 3
_KINDS = {
    0: Kind.FIXED_LINE,
    1: Kind.MOBILE,
    2: Kind.FIXED_LINE_OR_MOBILE,
    3: Kind.TOLL_FREE,
    4: Kind.PREMIUM,
    5: Kind.SHARED_COST,
    6: Kind.VOIP,
    7: Kind.PERSONAL,
    8: Kind.PAGER,
    9: Kind.COMPANY,
    10: Kind.VOICEMAIL,
}
"""By ``phonenumbers.PhoneNumberType``."""
