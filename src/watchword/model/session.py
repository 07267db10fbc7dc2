"""Somebody who has logged in and comes back."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from msgspec import Struct

from watchword.model.person import Subject

PASSWORD = "password"  # noqa: S105  the word, no password
"""How a `Proof` names the password of the directory; every other one is named by its token type."""


class Session(Struct, frozen=True, kw_only=True):
    """A session lives in the store, so that any worker knows it and a restart ends none.

    ``id`` is a fingerprint of what the client holds: the store's content opens no session.
    """

    id: bytes
    kind: str
    """``administrator``, ``user`` or ``legacy`` (the older session style)."""
    holder: Mapping[str, str]
    """Who: ``login``, ``realm``, ``resolver``, ``userid``."""
    opened: int
    expires: int
    """Milliseconds UTC; 0 = never."""
    client: str = ""
    facts: Mapping[str, Any] = {}
    """What else is to be remembered; never a secret."""


class State(StrEnum):
    """How far the log-in of a person's session has come (LinOTP's words). Only AUTHENTICATED is in."""

    CREDENTIALS_VERIFIED = "credentials_verified"
    """The password was right, and policy wants more."""
    CHALLENGE_TRIGGERED = "challenge_triggered"
    """A token of the person was asked."""
    AUTHENTICATED = "authenticated"


class Proof(Struct, frozen=True, kw_only=True):
    """One thing that the person has shown to be theirs, and when (milliseconds UTC)."""

    how: str
    """`PASSWORD`, or the name of a token type."""
    at: int
    serial: str = ""
    rollout: bool = False
    """Whether it was a rollout token."""
    carrier: str = ""
    """The provider that brought its code, if one did."""


class PersonSession(Struct, frozen=True, kw_only=True):
    """A session of a person: who, how far, and what was proven in it. Times are milliseconds UTC."""

    id: bytes
    """The store's name of it."""
    subject: Subject
    login: str
    realm: str
    path: str
    """For which face it counts (``userservice`` for the portal and LinOTP's calls): nowhere else."""
    state: State
    proofs: tuple[Proof, ...]
    """The oldest first."""
    opened: int
    """When the log-in began."""
    entered: int = 0
    """When it was complete; 0 while it is not."""
    expires: int
    client: str
    """From where it was opened."""
    agent: str = ""
    """What the browser called itself, for the list of one's own sessions."""
    transaction: str = ""
    """Which question was asked last in this log-in, or the parent of several."""
    asked: str = ""
    """The serial of the token that was to be asked, where the person chose one."""

    @property
    def name(self) -> str:
        """How a list names it. It opens nothing."""
        return self.id.hex()[:20]

    @property
    def authenticated(self) -> bool:
        return self.state is State.AUTHENTICATED

    @property
    def second_factor(self) -> Proof | None:
        """The newest proof that is no password of the directory; None where the password was all."""
        return next((proof for proof in reversed(self.proofs) if proof.how != PASSWORD), None)

    @property
    def by_rollout(self) -> bool:
        """Whether nothing better than a rollout token was shown beside the password."""
        factor = self.second_factor
        return factor is not None and factor.rollout
