"""What somebody may do here and how: all that a portal's first page has to know."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from watchword.enrolment.limits import most_tokens
from watchword.model.policy import Scope
from watchword.plugin.loading import Kinds
from watchword.policy.catalogue import Catalogue
from watchword.selfservice.oneself import Oneself


class Standing(Struct, frozen=True, kw_only=True):
    """What policies say to one person, here and now."""

    rights: tuple[str, ...]
    """Names of the actions that give a right, as far as the person has it."""
    values: Mapping[str, Any]
    """Of the other actions what a policy says."""
    most: int | None
    """How many tokens the person may have; None: any number."""
    most_of: Mapping[str, int]
    """The same by name of the type, where there is a limit."""


def standing(oneself: Oneself, catalogue: Catalogue, kinds: Kinds) -> Standing:
    """What policies say to this person."""
    rights, values = [], {}
    for action in catalogue.of(Scope.SELFSERVICE).values():
        answer = oneself.occasion.snapshot.rules.ask(action, oneself.about)
        if action.kind != "bool" and answer.policy is not None:
            values[action.name] = answer.value
        elif answer.value is True:
            rights.append(action.name)
    limits = {kind.name: most_tokens(oneself.occasion, oneself.person, kind) for kind in kinds}
    return Standing(
        rights=tuple(sorted(rights)),
        values=values,
        most=most_tokens(oneself.occasion, oneself.person),
        most_of={name: most for name, most in limits.items() if most is not None},
    )
