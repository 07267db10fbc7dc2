"""What a person may choose from in the second step, as cards: enough to know one's own, too little to call there."""

from collections.abc import Sequence

from msgspec import Struct

from watchword.authentication.candidates import dropped_reason
from watchword.authentication.case import circumstances_of
from watchword.model.message import Channel
from watchword.model.person import Person
from watchword.model.session import PersonSession
from watchword.model.token import Token
from watchword.plugin.loading import Kinds
from watchword.plugin.sent_codes import SentCode
from watchword.plugin.shapes import Asking, Challenging, Judging, TokenType
from watchword.policy.snapshot import Snapshot
from watchword.web.house import House
from watchword.web.translating import Phrase, _

_SEEN = 2
"""Digits of a number that are shown."""


class Factor(Struct, frozen=True, kw_only=True):
    """One token that may answer."""

    serial: str
    title: Phrase
    icon: str
    sent: bool
    """Whether its code is sent when it is chosen; else it is there to be typed."""
    goal: str = ""
    """The number or address, masked."""
    description: str = ""
    digits: int = 6
    secret: bool = False
    """Whether what is typed is a password rather than a code."""


async def factors_of(
    house: House, snapshot: Snapshot, person: Person, held: PersonSession, client: str
) -> tuple[Factor, ...]:
    """The person's tokens that would be judged now, the one that was used last first."""
    async with house.store.view() as view:
        tokens = await view.tokens.of(person.subject)
    usable = _usable(tokens, held, person, house.kinds, house.clock.now())
    asking = Asking(
        rules=lambda action: (
            snapshot.rules.ask(action, circumstances_of(person, client, house.clock.now())).value
        ),
        attributes=person.attributes,
    )
    return tuple(factor_of(token, house.kinds.token_type(token.kind), asking) for token in usable)


def masked(goal: str) -> str:
    """A number by its last digits, an address by its first letter and its domain."""
    name, at, domain = goal.rpartition("@")
    if at:
        return f"{name[:1]}•••@{domain}"
    digits = "".join(letter for letter in goal if letter.isdigit())
    return f"••• {digits[-_SEEN:]}" if len(digits) > 2 * _SEEN else "•••"


def _usable(
    tokens: Sequence[Token], held: PersonSession, person: Person, kinds: Kinds, now: int
) -> list[Token]:
    found = []
    for token in tokens:
        if token.pending or dropped_reason(token, path=held.path, realm=person.realm, now=now) is not None:
            continue
        if isinstance(kinds.token_type(token.kind), (Judging, Challenging)):
            found.append(token)
    return sorted(found, key=lambda token: (-token.last_success, token.rollout, token.serial))


def factor_of(token: Token, kind: TokenType, asking: Asking | None = None) -> Factor:
    """The card of one token; where it sends codes to is told if it can be asked."""
    channel = kind.channel if isinstance(kind, Challenging) else None
    title, icon = _titled(kind, channel)
    goal = kind.goal(token, asking) if asking is not None and isinstance(kind, SentCode) else ""
    return Factor(
        serial=token.serial,
        title=title,
        icon=icon,
        sent=channel is not None,
        goal=masked(goal) if goal else "",
        description=token.description,
        digits=token.digits,
        secret=channel is None and isinstance(kind, Judging) and not kind.canonical,
    )


def _titled(kind: TokenType, channel: Channel | None) -> tuple[Phrase, str]:
    if channel is Channel.SMS:
        return _("Text message"), "message"
    if channel is Channel.VOICE:
        return _("Phone call"), "call"
    if channel is Channel.EMAIL:
        return _("E-mail"), "mail"
    if isinstance(kind, Judging) and not kind.guessable:
        return _("Recovery code"), "paper"
    if isinstance(kind, Judging) and not kind.canonical:
        return _("Password that you were given"), "lock"
    return _("Code from your app or device"), "phone"
