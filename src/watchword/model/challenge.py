"""A question that was asked."""

from msgspec import Struct

from watchword.crypto.sealing import Sealed


class Challenge(Struct, frozen=True, kw_only=True):
    """One question to one token, until it is answered or its time is over. Times are milliseconds UTC."""

    id: str
    """Transaction id: 17 digits, or the parent's 14 digits and ``.NN`` where several tokens were asked at once."""
    token_id: int
    serial: str = ""
    """The token's serial and type, for answers that know only the id; the store fills them in."""
    kind: str = ""
    prompt: str = ""
    """What the person was told."""
    fingerprint: bytes = b""
    """Keyed fingerprint of the right answer; empty where the token's type judges the answer by itself."""
    data: Sealed | None = None
    """What the type wants to see again when it is answered, sealed for the id."""
    asked: int
    expires: int
    received: int = 0
    """How many answers came, right and wrong ones."""
    valid: bool = False
    """Whether the right one was among them."""
    open: bool = True

    @property
    def parent(self) -> str:
        """The id under which several questions were asked together; its own id if it was asked alone."""
        return self.id.partition(".")[0]
