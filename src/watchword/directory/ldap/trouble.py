"""What goes wrong with a server: as long as nobody knows better, nothing is known."""

from watchword.errors import Unreachable

INVALID_CREDENTIALS = 49
NO_SUCH_OBJECT = 32
INVALID_DN = 34
SIZE_LIMIT = 4
FORBIDDEN = frozenset({8, 13, 50})
"""Stronger authentication or confidentiality required, insufficient access rights."""
NOT_NOW = frozenset({3, 51, 52})
"""Time limit exceeded, busy, unavailable: another server may answer."""
NOT_THIS_VALUE = frozenset({16, 17, 18, 19, 20, 21, 53, 65, 67, 69})
"""No such attribute, undefined type, constraint, exists, syntax, unwilling, object class, name, mods prohibited."""
NOT_A_LOG_IN = frozenset({INVALID_CREDENTIALS, NO_SUCH_OBJECT, 48, 53, 19})
"""What servers say to a bind that is no log-in: wrong password, no entry, no password, locked or expired."""

_NAMES = {
    1: "operations error",
    3: "time limit exceeded",
    4: "size limit exceeded",
    8: "stronger authentication required",
    10: "referral",
    11: "administrative limit exceeded",
    13: "confidentiality required",
    32: "no such object",
    34: "invalid DN",
    49: "invalid credentials",
    50: "insufficient access",
    51: "busy",
    52: "unavailable",
    53: "unwilling to perform",
}


class Lost(Unreachable):
    """The server is not to be reached, or hung up."""


class Refusal(Unreachable):
    """The server answered with a result code that is no success (RFC 4511, appendix A)."""

    def __init__(self, code: int, said: str) -> None:
        words = said.strip().rstrip(".") or _NAMES.get(code, "refused")
        super().__init__(f"{words} ({code}).")
        self.code = code
