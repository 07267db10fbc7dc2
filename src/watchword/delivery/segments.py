"""How many parts a short message takes (3GPP TS 23.038, 23.040): each is paid for."""

from collections.abc import Iterable

from msgspec import Struct

_BASE = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_ESCAPED = frozenset("^{}\\[~]|€\f")


class Segments(Struct, frozen=True, kw_only=True):
    """Our estimate; a service may transliterate, and counts for itself."""

    encoding: str
    """``GSM-7`` or ``UCS-2``."""
    units: int
    """Septets or 16-bit units."""
    parts: int
    strange: str = ""
    """The first character that forced UCS-2."""


def count(text: str) -> Segments:
    """What the text takes: 160 septets or 70 units alone, 153 or 67 in each of several parts."""
    strange = next((character for character in text if character not in _BASE | _ESCAPED), "")
    if strange:
        widths, alone, joined = [2 if ord(character) > 0xFFFF else 1 for character in text], 70, 67
    else:
        widths, alone, joined = [2 if character in _ESCAPED else 1 for character in text], 160, 153
    units = sum(widths)
    return Segments(
        encoding="UCS-2" if strange else "GSM-7",
        units=units,
        parts=1 if units <= alone else _parts(widths, joined),
        strange=strange,
    )


def _parts(widths: Iterable[int], size: int) -> int:
    """How many parts of this size; what takes two units stays in one part."""
    parts, used = 1, 0
    for width in widths:
        if used + width > size:
            parts, used = parts + 1, 0
        used += width
    return parts
