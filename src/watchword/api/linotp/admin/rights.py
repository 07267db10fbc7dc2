"""How the rights of administrators on tokens are declared."""

from watchword.model.policy import Action, Scope


def right(name: str, meaning: str) -> Action[bool]:
    """A right in the scope ``admin``; the realms of such a policy are those of the tokens and users."""
    return Action(name=name, scope=Scope.ADMIN, kind="bool", default=False, help=meaning)
