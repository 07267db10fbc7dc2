"""Somebody tries to get in, and what became of it."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from msgspec import Struct

from watchword.model.person import Person, UserName
from watchword.model.token import Token


class Route(Struct, frozen=True, kw_only=True):
    """How the code of one attempt reaches the person, where the face has a way of its own."""

    carrier: str = ""
    """The provider that brings it; empty: whom policy names."""
    goal: str = ""
    """The number that it goes to, whatever the token and policy say; empty: as these say."""
    line: str = ""
    """The serial of the token that stands for a number of the directory: nobody owns it, and only here it is held
    to be the person's."""

    def __repr__(self) -> str:
        return f"Route(carrier={self.carrier!r}, line={self.line!r})"


class Attempt(Struct, frozen=True, kw_only=True):
    """One answer, as it came in at a door."""

    action: str
    """The audit's name of the call, such as ``validate/check``."""
    path: str = "validate"
    """What kind of door this is; a token may be limited to some (``validate``, ``userservice``, ``oidc``)."""
    user: UserName | None = None
    serial: str | None = None
    kinds: frozenset[str] = frozenset()
    """Only tokens of these types (empty: all)."""
    route: Route = Route()
    answer: str = ""
    password: str | None = None
    """The person's password in the directory, where the log-in begins with it (`Gate.log_in`)."""
    verified: bool = False
    """Whether that password was right, now or in an earlier step of the same log-in: it stands for every token's
    PIN, the answer is a code alone, and no answer is the wish to be asked."""
    transaction: str = ""
    """Which question this answers: its id, or the parent id of several."""
    said: str = ""
    """A text that came along, to be shown or sent with a question (LinOTP: data, message)."""
    asks: bool = False
    """Whether the request says outright that it wants to be asked (LinOTP: data or challenge is present)."""
    sent: Mapping[str, str] = {}
    """All else that the request says, for types that read requests by themselves (`plugin.reading`); no answer."""
    elsewhere: Any = None
    """What was sent (a `plugin.shapes.Form`) from the page on which the question is answered, not by who waits for
    the answer (`plugin.shapes.Deferred`); None: this is no such answer."""
    client: str = ""
    """The client's address, already canonical."""

    def __repr__(self) -> str:
        return (
            f"Attempt(action={self.action!r}, path={self.path!r}, user={self.user!r}, serial={self.serial!r})"
        )


class Verdict(Struct, frozen=True, kw_only=True):
    """What a token type thinks of an answer. The gate decides whether it comes to pass."""

    accepted: bool
    why: str = ""
    """For the trace and the audit, never for the stranger."""
    counter: int | None = None
    """Accepted: the counter the token must move to, above its present one; None if the type does not count."""
    state: Mapping[str, Any] | None = None
    """The type's new memory, if it changes."""
    replayed: bool = False
    """Refused because this very code was used last: it is no guess, and is counted at most once."""
    final: bool = False
    """Refused by whom was asked: the question is closed, and nothing is counted, since nobody guessed."""


class Result(StrEnum):
    YES = "yes"
    NO = "no"
    QUESTION = "question"


class Consideration(Struct, frozen=True, kw_only=True):
    """One token in the trace: what was done with it and why."""

    serial: str
    kind: str
    verdict: str
    """``accepted``, ``refused``, ``dropped`` (not judged at all)."""
    why: str


class Trace(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why the gate decided so: who was recognised, which tokens were candidates, which policy said what."""

    recognised: str = ""
    tokens: tuple[Consideration, ...] = ()
    policies: Mapping[str, str] = {}
    """Action asked -> the policy that answered (only where one did)."""
    limit: str = ""


class Posed(Struct, frozen=True, kw_only=True):
    """A question as the person is told of it."""

    id: str
    serial: str
    label: str
    description: str
    prompt: str
    blocked: bool = False
    """Asked before and still open: nothing was sent anew."""
    travels: bool = False
    """Whether it came over a telephone or a mailbox."""
    more: Mapping[str, Any] = {}


class Outcome(Struct, frozen=True, kw_only=True):
    """What the gate decided: yes, no, or a question, and the trace that says why."""

    result: Result
    why: str
    person: Person | None = None
    token: Token | None = None
    failures: int = 0
    """Of the token, after this attempt."""
    parts: tuple[int, int] = (0, 0)
    """Lengths of the PIN and of the one-time part of an accepted answer."""
    trace: Trace = Trace()
    questions: tuple[Posed, ...] = ()
    together: bool = False
    """Whether several tokens were to be asked at once, also if only one of them could be."""
    detail: Mapping[str, Any] = {}
    """What policies let the caller know (LinOTP: detail_on_success, detail_on_fail)."""

    @property
    def accepted(self) -> bool:
        return self.result is Result.YES
