"""The portal's first page: one's own factors as cards, and one factor with what can be done with it."""

from http import HTTPStatus

from watchword.enrolment.limits import most_tokens
from watchword.model.token import Token
from watchword.plugin.shapes import TokenType
from watchword.portal.cards import Card, card_of, portrait_of
from watchword.portal.deeds import DEEDS
from watchword.portal.entrance import HOME
from watchword.portal.visit import Visit, moment, visited
from watchword.selfservice.enrolling import may_enrol
from watchword.selfservice.oneself import own, own_tokens
from watchword.selfservice.owning import ASSIGN
from watchword.selfservice.pending import begun
from watchword.web.answers import PageDoor, Raw
from watchword.web.call import Call

_ADVISED = 2
"""So many factors people shall have, so that a lost one does not lock them out."""


async def start(_call: Call) -> Raw:
    """Whoever comes to the server's address is led to the portal."""
    return Raw(b"", "text/plain", HTTPStatus.SEE_OTHER, {"location": HOME})


@visited("factors")
async def home(visit: Visit) -> Raw:
    """One's own factors."""
    kinds, oneself = visit.call.house.kinds, visit.oneself
    async with visit.call.view() as view:
        tokens = await own_tokens(view, oneself)
        unfinished = await begun(view, oneself)
    cards = sorted((card_of(kinds, oneself, token) for token in tokens), key=_rank)
    offered = offered_kinds(visit, tokens)
    return visit.show(
        "portal/factors.html",
        cards=cards,
        moments={card.serial: moment(card.token.last_success) for card in cards if card.token.last_success},
        unfinished=card_of(kinds, oneself, unfinished) if unfinished is not None else None,
        first=offered[0] if offered and not tokens else None,
        portrait=portrait_of(offered[0]) if offered else None,
        can_add=bool(offered),
        can_take=oneself.may(ASSIGN),
        advised=bool(offered) and 0 < len(tokens) < _ADVISED,
    )


@visited("factor", part="serial")
async def factor(visit: Visit) -> Raw:
    """One factor: what it is, and what can be done with it."""
    house, oneself = visit.call.house, visit.oneself
    async with visit.call.view() as view:
        token = await own(view, oneself, visit.call.parts["serial"])
    deeds = [deed for deed in DEEDS if deed.offered(visit, token)]
    return visit.show(
        "portal/factor.html",
        card=card_of(house.kinds, oneself, token),
        deeds=[deed for deed in deeds if not deed.danger],
        dangers=[deed for deed in deeds if deed.danger],
        since=moment(token.created) if token.created else None,
        used=moment(token.last_success) if token.last_success else None,
        until=moment(token.valid_until) if token.valid_until else None,
    )


def _rank(card: Card) -> tuple[bool, int, str]:
    """What is used goes before what is put away."""
    return card.left is not None, -card.token.last_success, card.serial


def offered_kinds(visit: Visit, tokens: tuple[Token, ...]) -> list[TokenType]:
    """The types that the person may enrol and has room for, the recommended one first.

    What is only there for the day when another factor is gone is not offered as the first.
    """
    oneself, kinds = visit.oneself, visit.call.house.kinds
    most = most_tokens(oneself.occasion, oneself.person)
    found = []
    for kind in kinds:
        portrait = portrait_of(kind)
        there = sum(token.kind == kind.name for token in tokens)
        renewed = kind.single and there > 0
        most_of_kind = most_tokens(oneself.occasion, oneself.person, kind)
        full = (most is not None and len(tokens) >= most) or (
            most_of_kind is not None and there >= most_of_kind
        )
        if may_enrol(oneself, kind) and (renewed or not full) and (tokens or not portrait.shown_once):
            found.append(kind)
    return sorted(found, key=lambda kind: (portrait_of(kind).place, kind.name))


DOORS = (
    PageDoor("/", "G", start),
    PageDoor(HOME, "G", home),
    PageDoor("/selfservice/factors/{serial}", "G", factor),
)
