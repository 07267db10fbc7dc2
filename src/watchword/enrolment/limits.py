"""How many tokens a person and a realm may have."""

from collections.abc import Iterable

from watchword.enrolment.occasion import Occasion
from watchword.errors import LimitReached, UserLimitReached, UserTypeLimitReached
from watchword.model.person import Person
from watchword.model.policy import Action, Scope
from watchword.plugin.shapes import TokenType
from watchword.policy.circumstances import Circumstances
from watchword.policy.rules import Rules
from watchword.storage.promises import TokenFilter, Unit

MAXTOKEN: Action[int | None] = Action(
    name="maxtoken",
    scope=Scope.ENROLLMENT,
    kind="int",
    default=None,
    help="How many tokens a user may have; the smallest number of all the user's realms holds",
)
TOKENCOUNT: Action[int | None] = Action(
    name="tokencount",
    scope=Scope.ENROLLMENT,
    kind="int",
    default=None,
    help="How many active tokens there may be in the realm",
)


def maxtoken_of(kind: TokenType) -> Action[int | None]:
    """The limit on tokens of one type."""
    return Action(
        name=f"maxtoken{kind.name.upper()}",
        scope=Scope.ENROLLMENT,
        kind="int",
        default=None,
        help=f"How many tokens of type {kind.label} a user may have",
    )


def most_tokens(occasion: Occasion, owner: Person, kind: TokenType | None = None) -> int | None:
    """How many tokens the owner may have, of this type or in all; None if any number."""
    circumstances = [occasion.about_owner(owner, realm) for realm in occasion.realms_of(owner)]
    return _smallest(occasion.snapshot.rules, MAXTOKEN if kind is None else maxtoken_of(kind), circumstances)


async def check_owner(
    unit: Unit, occasion: Occasion, owner: Person, kind: TokenType, *, serial: str = ""
) -> None:
    """Raise if the owner has as many tokens as allowed, not counting the one with ``serial`` and those that are not
    finished.
    """
    most, most_of_kind = most_tokens(occasion, owner), most_tokens(occasion, owner, kind)
    if most is None and most_of_kind is None:
        return
    await unit.tokens.take_turn(f"owner {owner.subject.resolver} {owner.subject.userid}")
    held = await unit.tokens.of(owner.subject)
    others = [token for token in held if token.serial != serial and not token.pending]
    if most is not None and len(others) >= most:
        raise UserLimitReached(
            f"{owner.login} has {len(others)} tokens; the policy action maxtoken allows {most}."
        )
    same = sum(token.kind == kind.name for token in others)
    if most_of_kind is not None and same >= most_of_kind:
        raise UserTypeLimitReached(
            f"{owner.login} has {same} tokens of type {kind.label}; "
            f"the policy action {maxtoken_of(kind).name} allows {most_of_kind}."
        )


async def check_realms(unit: Unit, occasion: Occasion, realms: Iterable[str]) -> None:
    """Raise if one of these realms cannot take one more active token."""
    for realm in realms:
        most = occasion.snapshot.rules.ask(TOKENCOUNT, occasion.about(None, (realm,))).value
        if most is None:
            continue
        await unit.tokens.take_turn(f"realm {realm}")
        there = await unit.tokens.count(TokenFilter(realms=frozenset({realm}), active=True))
        if there >= most:
            raise LimitReached(
                f"There are {there} active tokens in realm {realm}; the policy action tokencount allows {most}. "
                "Disable or remove some, or raise the limit."
            )


def _smallest(rules: Rules, action: Action[int | None], circumstances: Iterable[Circumstances]) -> int | None:
    said = (answer.value for about in circumstances for answer in rules.all(action, about))
    return min((number for number in said if number is not None), default=None)
