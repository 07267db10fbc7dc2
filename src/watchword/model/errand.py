"""A message on its way: one row of the outbox."""

from enum import StrEnum

from msgspec import Struct

from watchword.crypto.sealing import Sealed


class Stage(StrEnum):
    """How far an errand has come. Only WAITING is ever taken up; whoever takes it up makes it UNDER_WAY first."""

    WAITING = "waiting"
    UNDER_WAY = "under way"
    """A provider is being spoken to. Found so after a crash, it becomes UNCERTAIN: nothing is sent twice."""
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    """The provider's receipt says that it has arrived."""
    FAILED = "failed"
    UNCERTAIN = "uncertain"


class Errand(Struct, frozen=True, kw_only=True):
    """One message to bring. Times are milliseconds UTC."""

    reference: str
    """Our own name of it, random; also what providers are told for receipts."""
    challenge: str = ""
    """The question that it brings, if any."""
    channel: str = ""
    sealed: Sealed
    """The `Message`, sealed for the reference."""
    providers: tuple[str, ...]
    """Names of providers to try, in order."""
    made: int
    expires: int
    """Afterwards it is not worth bringing."""
    held_until: int = 0
    """Nobody else takes it up before: who wrote it tries first."""
    stage: Stage = Stage.WAITING
    attempts: int = 0
    provider: str = ""
    """Who was spoken to last."""
    reason: str = ""
    their_reference: str = ""


class Ending(Struct, frozen=True, kw_only=True):
    """What became of an errand that was UNDER_WAY."""

    reference: str
    stage: Stage
    reason: str = ""
    their_reference: str = ""


def errand_context(reference: str) -> tuple[str, ...]:
    """What an errand's message is sealed for."""
    return ("errand", reference, "message")
