"""Values against forged requests: a form carries what only a page of ours for this very browser can know.

Threat: a page elsewhere that makes somebody's browser log in, out, or on. The value is a keyed hash of what the
browser's cookie holds and of the hour; the cookie is the session's or, before there is one, a random one. As a session
has a new value at each step, a form of an earlier step is worth nothing; and a form that lay open too long is neither.
"""

from watchword.clock import Clock, Dice
from watchword.crypto.keyring import KeyRing
from watchword.web.call import Call

FIELD = "form"
"""The hidden field that carries the value."""

_PURPOSE = "form"
_LIFE = 12 * 3600
"""Seconds for which a page may lie open."""
_SAME = frozenset({b"same-origin", b"none"})


class FormTokens:
    """Makes and reads the values."""

    def __init__(self, ring: KeyRing, clock: Clock, dice: Dice) -> None:
        self._ring = ring
        self._clock = clock
        self._dice = dice

    def fresh_visit(self) -> str:
        """What a browser without a session holds, so that its forms can be told from others'."""
        return self._dice.bytes(24).hex()

    def token(self, held: str) -> str:
        """The value for forms of a page that goes to the browser with this cookie."""
        made = f"{self._clock.now() // 1000:x}"
        return f"{made}.{self._ring.fingerprint(_PURPOSE, held, made).hex()}"

    def is_ours(self, call: Call, held: str) -> bool:
        """Whether the call is a form of ours, sent by the browser with this cookie, and not too old.

        What the browser itself says of its origin must not speak against it (Fetch Metadata, Sec-Fetch-Site).
        """
        made, _, mark = call.params.text(FIELD).partition(".")
        if not held or call.headers.get(b"sec-fetch-site", b"none") not in _SAME:
            return False
        try:
            kept, since = bytes.fromhex(mark), int(made, 16)
        except ValueError:
            return False
        young = 0 <= self._clock.now() // 1000 - since <= _LIFE
        return young and self._ring.fingerprint_matches(_PURPOSE, kept, held, made)
