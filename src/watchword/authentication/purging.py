"""Takes rollout tokens away from people who have shown something better.

Not when the better token is enrolled, but at its first success: whoever has missed the QR code comes in once more.
The tokens go in the settlement of that success, so a log-in that is lost takes nothing, and a rollout token that is
used at the same moment opens nothing any more.
"""

from collections.abc import Iterable

from watchword.authentication import actions
from watchword.authentication.case import Case
from watchword.model.settlement import Lookup
from watchword.model.token import Token
from watchword.storage.promises import Store


async def rollout_tokens_to_purge(case: Case, shown: Token, store: Store) -> tuple[Token, ...]:
    """The owner's rollout tokens that a success with this token removes, if policy wants it."""
    if shown.rollout or shown.owner is None or not case.ask(actions.PURGE_ROLLOUT_TOKEN):
        return ()
    tokens = case.held.tokens
    if case.attempt.user is None:
        # Where a serial or a question was named, no other tokens were looked up.
        tokens = (await store.look_up(Lookup(subject=shown.owner))).tokens
    return tuple(one for one in tokens if one.rollout and one.owner == shown.owner)


def told_of(purged: Iterable[Token]) -> str:
    """What the audit says of them, in LinOTP's words."""
    serials = ", ".join(token.serial for token in purged)
    return f"purged rollout tokens:{serials}" if serials else ""
