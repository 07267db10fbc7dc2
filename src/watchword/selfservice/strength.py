"""Asks for a second factor anew before somebody's factors are changed."""

from watchword.errors import ProofNeeded
from watchword.model.token import Token
from watchword.selfservice.oneself import Oneself, own_to_change
from watchword.storage.promises import Unit

FRESH = 300_000
"""Milliseconds for which a second factor counts as shown just now: a form may be opened."""
_FORM = 600_000
"""Milliseconds for which such a form may then lie open."""


async def needs_proof(unit: Unit, oneself: Oneself, *, within: int = FRESH) -> bool:
    """Whether the person has a factor, and has shown none within so many milliseconds.

    One that is disabled or locked counts, too: by guessing, a stranger could lock the only one and then be asked for
    nothing. A rollout token and one that is not finished are no factors that could be asked for.
    """
    if oneself.proved is None or oneself.occasion.now - oneself.proved < within:
        return False
    tokens = await unit.tokens.of(oneself.person.subject)
    return any(not token.rollout and not token.pending for token in tokens)


async def check_strength(unit: Unit, oneself: Oneself) -> None:
    """ProofNeeded unless whoever changes factors has just shown one, or has none.

    Threat: a stolen session, or a password alone, that adds a factor of the thief's and removes the owner's
    (NIST SP 800-63B section 6.1.2.1: bind another authenticator only by one of the same strength).
    """
    if await needs_proof(unit, oneself, within=FRESH + _FORM):
        raise ProofNeeded


async def own_to_alter(unit: Unit, oneself: Oneself, serial: str) -> Token:
    """The person's token with this serial, for a change of what it is good for: `own_to_change`, and ProofNeeded."""
    token = await own_to_change(unit, oneself, serial)
    await check_strength(unit, oneself)
    return token
