"""Somebody who looks after their own tokens: who, when, from where, and how they came in."""

from typing import TypeVar

from msgspec import Struct

from watchword.enrolment.changing import fetch
from watchword.enrolment.occasion import Occasion
from watchword.errors import NotAllowed, NotYours
from watchword.model.person import Person
from watchword.model.policy import Action, Scope
from watchword.model.token import Token
from watchword.policy.circumstances import Circumstances
from watchword.storage.promises import Unit

T = TypeVar("T")


def right(name: str, meaning: str) -> Action[bool]:
    """A right in the scope ``selfservice``: without a policy that gives it, nobody has it."""
    return Action(name=name, scope=Scope.SELFSERVICE, kind="bool", default=False, help=meaning)


class Oneself(Struct, frozen=True, kw_only=True):
    """Who acts on their own tokens. Times are milliseconds UTC."""

    person: Person
    occasion: Occasion
    since: int = 0
    """When they came in."""
    proved: int | None = None
    """When they last showed a second factor, 0 for never; None: this face asks for no fresh one (LinOTP's calls)."""
    by_rollout: bool = False
    """Whether a rollout token let them in: what they had before is then not theirs to change."""

    @property
    def about(self) -> Circumstances:
        """What policies are asked about this person here and now."""
        return self.occasion.about(self.person)

    def ask(self, action: Action[T]) -> T:
        """What policy says to this action."""
        return self.occasion.snapshot.rules.ask(action, self.about).value

    def may(self, action: Action[bool]) -> bool:
        """Whether policy gives this right."""
        return self.ask(action)

    def permit(self, action: Action[bool]) -> None:
        """NotAllowed unless policy gives this right."""
        if not self.may(action):
            raise NotAllowed(
                f"You do not have the right {action.scope.value}/{action.name}. "
                "Ask an administrator for a policy that grants it."
            )


async def own_tokens(unit: Unit, oneself: Oneself, *, rollout: bool = False) -> tuple[Token, ...]:
    """The person's tokens by serial, ``rollout`` ones only where asked for: their work is done unseen. What is not
    finished is none yet.
    """
    tokens = await unit.tokens.of(oneself.person.subject)
    return tuple(token for token in tokens if (rollout or not token.rollout) and not token.pending)


async def own(unit: Unit, oneself: Oneself, serial: str) -> Token:
    """The person's token with this serial.

    NoSuchToken if there is none, NotYours if it is somebody else's or nobody's: the same to the letter.
    """
    token = await fetch(unit, serial)
    if token.owner != oneself.person.subject:
        raise NotYours(serial)
    return token


async def own_to_change(unit: Unit, oneself: Oneself, serial: str) -> Token:
    """The same, for a change: NotAllowed where a rollout token let the person in and this one was there before."""
    token = await own(unit, oneself, serial)
    refuse_older(oneself, token)
    return token


def refuse_older(oneself: Oneself, token: Token) -> None:
    """NotAllowed if whoever holds no more than a rollout token would change a token that was there before it was used.

    Threat: a rollout token is sent by mail or told by telephone. Who has caught one must not disarm real ones.
    """
    if oneself.by_rollout and not token.rollout and token.created < oneself.since:
        raise NotAllowed(
            f"You came in with a rollout token, which changes no token that you had before: use {token.serial} "
            "to log in, or ask an administrator."
        )
