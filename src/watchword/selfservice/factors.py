"""Looks after it that nobody throws their last factor away."""

from watchword.authentication.actions import PASS_ON_NO_TOKEN, PASSTHRU
from watchword.errors import Refused
from watchword.model.token import Token
from watchword.selfservice.logging_in import MFA_LOGIN, PATH
from watchword.selfservice.oneself import Oneself
from watchword.storage.promises import Unit


async def is_needed(unit: Unit, oneself: Oneself, token: Token) -> bool:
    """Whether without this token the person could not come in any more, or with less than today."""
    held = await unit.tokens.of(oneself.person.subject)
    others = [one for one in held if one.serial != token.serial and not one.pending]
    configuration = oneself.occasion.configuration
    needs_one = oneself.ask(MFA_LOGIN)
    asked_without = (
        oneself.ask(PASSTHRU) or oneself.ask(PASS_ON_NO_TOKEN) or configuration.flag("PassOnUserNoToken")
    )
    opens = [one for one in others if one.active and (not one.paths or PATH in one.paths)]
    return bool((needs_one and token.active and not opens) or (asked_without and not others))


async def is_last(unit: Unit, oneself: Oneself, token: Token) -> bool:
    """Whether the person has no other token than this."""
    tokens = await unit.tokens.of(oneself.person.subject)
    return all(one.serial == token.serial or one.pending or one.rollout for one in tokens)


async def keep_a_factor(unit: Unit, oneself: Oneself, token: Token) -> None:
    """Refused if the token `is_needed`.

    Threat: whoever has got hold of a session, or of a password, takes the factor away that keeps them out elsewhere.
    """
    person = oneself.person
    await unit.tokens.take_turn(f"owner {person.subject.resolver} {person.subject.userid}")
    if await is_needed(unit, oneself, token):
        raise Refused(
            f"{token.serial} is your last token, and without one you would be let in with less or not at all: "
            "enrol another one first, or ask an administrator."
        )
