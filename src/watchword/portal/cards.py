"""One's own factors as cards."""

from msgspec import Struct

from watchword.model.token import Token
from watchword.plugin.loading import Kinds
from watchword.plugin.sent_codes import SentCode
from watchword.plugin.shapes import Asking, Dwindling, Portrait, TokenType
from watchword.selfservice.oneself import Oneself
from watchword.web.journey.factors import masked
from watchword.web.translating import Phrase, _, phrase

_FEW = 3
"""Of so many uses that are left, people are warned."""


class Card(Struct, frozen=True, kw_only=True):
    """A factor as its owner sees it."""

    serial: str
    name: str
    """As its owner calls it; else what it is."""
    title: str
    """What it is."""
    icon: str
    note: str
    """Where its codes go, masked; else nothing."""
    state: Phrase
    kind: str
    """Of the state: ``yes``, ``no``, ``warn`` or nothing."""
    token: Token
    left: int | None = None
    """How often it can still be used, where that ends."""


def portrait_of(kind: TokenType) -> Portrait:
    """How people are told of the type; by its title, where it says nothing itself."""
    return kind.portrait or Portrait(title=kind.title, text="")


def card_of(kinds: Kinds, oneself: Oneself, token: Token) -> Card:
    """The card of one of the person's tokens."""
    kind = kinds.token_type(token.kind)
    portrait = portrait_of(kind)
    left = kind.left(token) if isinstance(kind, Dwindling) else None
    state, colour = _state(oneself, token, left)
    title = phrase(portrait.title)
    return Card(
        serial=token.serial,
        name=token.description or title,
        title=title,
        icon=portrait.icon,
        note=goal_of(kind, oneself, token),
        state=state,
        kind=colour,
        token=token,
        left=left,
    )


def goal_of(kind: TokenType, oneself: Oneself, token: Token) -> str:
    """Where codes of the token go, masked; empty if they go nowhere."""
    if not isinstance(kind, SentCode):
        return ""
    asking = Asking(rules=oneself.ask, attributes=oneself.person.attributes)
    goal = kind.goal(token, asking)
    return masked(goal) if goal else ""


def _state(oneself: Oneself, token: Token, left: int | None) -> tuple[Phrase, str]:
    now = oneself.occasion.now
    if not token.active:
        return _("Disabled"), ""
    if token.locked:
        return _("Locked after too many wrong codes"), "no"
    if token.valid_until and now > token.valid_until:
        return _("Its time is over"), "no"
    if now < token.valid_from:
        return _("Not good yet"), "warn"
    if left == 0:
        return _("Used up"), "no"
    if left is not None:
        return _("{n} left", n=left), "warn" if left <= _FEW else "yes"
    return _("Active"), "yes"
