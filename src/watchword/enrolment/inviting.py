"""Invites people to the portal: a rollout token whose password is told once, in a letter or a mail.

Threat: somebody else reads the letter. Its password opens the portal and nothing else, only for the person it was
made for and beside that person's own password, only until the invitation ends, and only so often. A new invitation
ends the one before, so of letters that have gone astray one is good at most.
"""

from datetime import timedelta

from msgspec import Struct
from msgspec.structs import replace

from watchword.clock import Dice, pick
from watchword.enrolment.changing import change
from watchword.enrolment.issuing import ROLLOUT_PATHS, Enrolment, Order
from watchword.enrolment.losing import Filled, stand_in
from watchword.enrolment.occasion import Occasion
from watchword.errors import BadParameter, Misconfigured
from watchword.model.person import Person
from watchword.model.token import Token
from watchword.plugin.shapes import Enrolled, TokenType
from watchword.storage.promises import Unit

MARK = "invitation"
"""In the token info: that an invitation brought it."""
USUAL = timedelta(days=7)
_SHORTEST, _LONGEST = timedelta(minutes=5), timedelta(days=90)
_SUCCESSES = 5
"""Who has missed the QR code comes in once more, and once again."""
_ATTEMPTS = 20
_READABLE = "abcdefghjkmnpqrstuvwxyz23456789"
"""Nothing that looks like something else: sixteen of them are 79 bits."""
_GROUPS, _SIZE = 4, 4


class Invitation(Struct, frozen=True, kw_only=True):
    """What is to be issued and told: prepared before a transaction begins."""

    owner: Person
    kind: TokenType
    enrolled: Enrolled
    password: str
    until: int
    """Milliseconds UTC."""

    def __repr__(self) -> str:
        return f"Invitation(owner={self.owner.login!r}, until={self.until})"


async def prepare_invitation(
    enrolment: Enrolment, occasion: Occasion, owner: Person, valid: timedelta = USUAL
) -> Invitation:
    """An invitation that is good for so long; BadParameter for less than five minutes and more than ninety days."""
    if not _SHORTEST <= valid <= _LONGEST:
        raise BadParameter("An invitation is good for five minutes at least, and for ninety days at most.")
    kind = stand_in(enrolment, "password")
    if kind is None:
        raise Misconfigured("No installed token type has a password that could be told in a letter.")
    password = readable(enrolment.dice)
    enrolled = await enrolment.prepare(kind, Filled({"otpkey": password}), occasion)
    return Invitation(
        owner=owner,
        kind=kind,
        enrolled=replace(enrolled, info={**enrolled.info, MARK: True}),
        password=password,
        until=occasion.now + int(valid.total_seconds()) * 1000,
    )


async def invite(unit: Unit, enrolment: Enrolment, occasion: Occasion, invitation: Invitation) -> Token:
    """Issue the token. No limit counts it, and the person's earlier invitations are void."""
    subject = invitation.owner.subject
    await unit.tokens.take_turn(f"owner {subject.resolver} {subject.userid}")
    for token in await unit.tokens.of(subject):
        if token.info.get(MARK) and token.rollout:
            await unit.tokens.remove(token)
    order = Order(
        kind=invitation.kind,
        enrolled=invitation.enrolled,
        owner=invitation.owner,
        paths=ROLLOUT_PATHS,
        limited=False,
    )
    issued = await enrolment.issue(unit, occasion, order)
    return await change(
        unit,
        issued,
        lambda held: replace(
            held, valid_until=invitation.until, successes_max=_SUCCESSES, attempts_max=_ATTEMPTS
        ),
    )


def readable(dice: Dice) -> str:
    """A password to be read from paper and typed."""
    return "-".join(pick(dice, _READABLE, _SIZE) for _ in range(_GROUPS))
