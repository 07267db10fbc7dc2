"""What forms say of seeds and codes, read alike by all types that have them."""

from watchword.crypto.otp import ALGORITHMS
from watchword.errors import BadParameter, ConflictingParameters, MissingParameter
from watchword.model.policy import Action, Scope
from watchword.plugin.shapes import Dictated, Form, Tools

_DIGITS = range(6, 11)
"""RFC 4226 asks for 6 at least (section 4, R4), and 31 bits give 10 at most (section 5.3)."""
_LONGEST_SEED = 128
"""Bytes: the block of SHA-512, and a longer key is hashed anew for every code (RFC 2104 section 3)."""


def seed_of(form: Form, tools: Tools, size: int) -> bytes:
    """The seed that the form holds in hexadecimal (``otpkey``), or one of ``size`` bytes made now (``genkey``).

    Blanks and hyphens, with which seeds are printed in groups, do not count.
    """
    if form.flag("genkey"):
        if form.text("otpkey"):
            raise ConflictingParameters("Send either otpkey or genkey: a seed is given or made, not both.")
        return tools.dice.bytes(size)
    given = "".join(form.need("otpkey").split()).replace("-", "")
    try:
        seed = bytes.fromhex(given)
    except ValueError:
        raise BadParameter("otpkey must be hexadecimal, two digits a byte.") from None
    if not seed:
        raise MissingParameter("otpkey")
    if len(seed) > _LONGEST_SEED:
        raise BadParameter(f"otpkey must have at most {_LONGEST_SEED} bytes.")
    return seed


def digits_of(form: Form, tools: Tools) -> int:
    """How long codes are: the form's ``otplen``, else the setting ``DefaultOtpLen``, else 6."""
    digits = form.number("otplen", tools.settings.number("DefaultOtpLen", 6))
    if digits not in _DIGITS:
        raise BadParameter(f"otplen must be {_DIGITS[0]} to {_DIGITS[-1]}.")
    return digits


def algorithm_of(form: Form, default: str) -> str:
    """The hash function that the form names (``hashlib``), or the default; empty is SHA-1, RFC 4226's."""
    return algorithm(form.text("hashlib") or default or "sha1")


def algorithm(word: str) -> str:
    """The hash function of this name in any case, or `BadParameter`."""
    if word.lower() not in ALGORITHMS:
        raise BadParameter(f"hashlib must be one of {', '.join(ALGORITHMS)}.")
    return word.lower()


def dictated_digits(kind: str) -> Dictated:
    """The policy that says how long the codes of this type are."""
    return Dictated(
        field="otplen",
        action=Action(
            name=f"{kind}_otplen",
            scope=Scope.SELFSERVICE,
            kind="set",
            values=(6, 8),
            default=None,
            help="How many digits the codes have that people enrol for themselves",
        ),
    )


def dictated_algorithm(kind: str) -> Dictated:
    """The policy that says by which hash function the codes of this type are made."""
    return Dictated(
        field="hashlib",
        action=Action(
            name=f"{kind}_hashlib",
            scope=Scope.SELFSERVICE,
            kind="set",
            values=(1, 2, 3),
            default=None,
            help="Hash function of what people enrol for themselves: sha1 (1), sha256 (2), sha512 (3)",
        ),
        words=dict(enumerate(ALGORITHMS, start=1)),
    )
