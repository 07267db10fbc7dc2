"""What the gate asks the store in its two round trips: what is held, and what shall become true.

The store decides: a `Settlement` is one atomic conditional change, and only what it reports as won has
happened. Nothing here is read, thought about and written back.
"""

from collections.abc import Mapping
from enum import IntEnum
from typing import Any

from msgspec import Struct

from watchword.model.audit import AuditEntry
from watchword.model.challenge import Challenge
from watchword.model.errand import Ending, Errand
from watchword.model.person import Subject
from watchword.model.token import Token

MOST_CHALLENGES = 20
"""Questions to one token that are looked at; older ones are as good as closed."""


class Lookup(Struct, frozen=True, kw_only=True):
    """First round trip: the tokens of one subject, or the one with a serial, and the limits on whom it concerns.

    With ``serial`` set, ``subject`` is ignored: limits are those of the token's own subject. With ``transaction``
    set and neither of them: the tokens that were asked under this id or parent id, and the limits of the first
    one's subject.
    """

    subject: Subject | None = None
    serial: str | None = None
    transaction: str | None = None
    client: str = ""


class Throttle(Struct, frozen=True, kw_only=True):
    """Recent failures against one subject, from strangers (``client == ""``) or from one known address."""

    client: str = ""
    failures: int = 0
    last: int = 0
    until: int = 0
    """Nothing is judged before this moment (milliseconds UTC)."""


class Held(Struct, frozen=True, kw_only=True):
    """What the store holds, read in one statement: one moment, one revision."""

    revision: int
    tokens: tuple[Token, ...] = ()
    throttles: tuple[Throttle, ...] = ()
    challenges: tuple[Challenge, ...] = ()
    """Questions to these tokens that are kept (also closed and expired ones, until they are swept), newest first,
    at most `MOST_CHALLENGES` a token."""


class Step(IntEnum):
    """What happens to one token. At most one SPEND or RESYNC stands in a settlement, and it decides the whole."""

    SPEND = 1
    """Accept: counter moves up to ``counter``, failures to 0, attempt and success are counted where the token
    limits them, times are stamped.

    Happens only if the token is still active, not locked, within its usage limits and validity, its counter is
    still below ``counter`` (where given), and the settlement's guard does not block.
    """
    FAIL = 2
    """One failure more, locked or not; an attempt is counted where the token counts attempts."""
    CLEAR = 3
    """Failures to 0, beside a SPEND that was won."""
    REPLAY = 4
    """Failures to at least 1: the last used code came once more."""
    DISABLE = 5
    REMOVE = 6
    """Beside a SPEND only if that was won; by itself always."""
    RESYNC = 8
    """Decides like a SPEND, but only the counter is looked at: it moves up to ``counter``, failures to 0, and no
    success is counted. (A token that lost its place finds it again; nobody is let in.)"""
    ADVANCE = 7
    """The counter moves up to ``counter`` if it is still below, and nothing else: spent without a log-in."""


class Move(Struct, frozen=True, kw_only=True):
    """One step of one token. A FAIL may carry new ``state`` (a half-done resync)."""

    token_id: int
    step: Step
    counter: int | None = None
    state: Mapping[str, Any] | None = None


class Guard(Struct, frozen=True, kw_only=True):
    """A SPEND is lost while the bucket ``(subject, client)`` says to wait."""

    subject: Subject
    client: str


class ThrottleStep(Struct, frozen=True, kw_only=True):
    """What happens to one bucket of the limit on a subject.

    ``failed``: it counts one more (starting anew if the last one is older than ``forget``); from ``threshold``
    on, ``until`` becomes at + min(base * 2^(failures - threshold), longest).
    Not ``failed``: written only if there was no SPEND or it was won: the bucket becomes known and empty.
    Times in milliseconds.
    """

    subject: Subject
    client: str
    failed: bool
    threshold: int = 0
    base: int = 0
    longest: int = 0
    forget: int = 0


class Asked(Struct, frozen=True, kw_only=True):
    """What happens to questions.

    ``claim``: the question that a SPEND answers. The SPEND is lost unless the question is still open and its time
    not over (``at`` before ``expires``); then it is closed as valid, with one answer received more. Without a
    SPEND the claim decides by itself. ``close``: other questions that are closed with it, not as valid.
    ``ask``: new questions, with the messages that bring them (`Errand`); questions to the same tokens whose time
    is over are swept. These happen only if nothing was lost.

    ``missed``: a wrong answer came to each of these. ``forget``: questions that are taken back. ``ended``: what
    became of messages, each only if it is still UNDER_WAY. These always happen.
    """

    claim: str | None = None
    close: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()
    ask: tuple[Challenge, ...] = ()
    errands: tuple[Errand, ...] = ()
    forget: tuple[str, ...] = ()
    ended: tuple[Ending, ...] = ()


class Settlement(Struct, frozen=True, kw_only=True):
    """Second round trip: all that one attempt changes, with its audit row, in one transaction."""

    at: int
    moves: tuple[Move, ...] = ()
    guard: Guard | None = None
    throttle: ThrottleStep | None = None
    asked: Asked | None = None
    entry: AuditEntry | None
    """None writes no row."""
    entry_if_lost: AuditEntry | None = None
    """Written instead of ``entry`` when the SPEND was lost."""


class Settled(Struct, frozen=True, kw_only=True):
    """What came true. ``won`` is True if there was no SPEND, RESYNC or claim, or if it happened."""

    won: bool
