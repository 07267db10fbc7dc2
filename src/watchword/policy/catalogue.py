"""All actions that policies can say, collected from the code that asks them."""

from collections.abc import Iterable, Mapping
from typing import Any

from watchword.errors import BadParameter, Misconfigured
from watchword.model.policy import LEGACY_SCOPES, Action, Kind, Scope
from watchword.policy.notation.actions import Said
from watchword.policy.notation.values import read_value

EVERY_ACTION = "*"
_LEGACY: Mapping[str, frozenset[str]] = {
    Scope.ADMIN: frozenset({"initETNG", "initSPASS", "setSCPIN"}),
    Scope.SELFSERVICE: frozenset(
        {
            "getotp",
            "max_count_dpw",
            "max_count_hotp",
            "max_count_totp",
            "show_landing_page",
        }
    ),
}
"""Names that policies of older servers hold: they may be said, and have no effect."""


class Catalogue:
    """Every declared action by scope and name."""

    def __init__(self, actions: Mapping[str, Mapping[str, Action[Any]]]) -> None:
        self._actions = actions

    @classmethod
    def collect(cls, actions: Iterable[Action[Any]]) -> "Catalogue":
        """The catalogue of these declarations; raises `errors.Misconfigured` if two of them differ."""
        found: dict[str, dict[str, Action[Any]]] = {
            scope.value: {} for scope in Scope if scope not in LEGACY_SCOPES
        }
        for action in actions:
            if found[action.scope].setdefault(action.name, action) != action:
                raise Misconfigured(
                    f"action {action.name!r} of scope {action.scope} is declared twice and differently; "
                    "a plug-in's action must begin with the name of its type"
                )
        return cls(found)

    def of(self, scope: str) -> Mapping[str, Action[Any]]:
        """The actions of one scope by name; none for a scope that does not exist."""
        return self._actions.get(scope, {})

    def find(self, scope: str, name: str) -> Action[Any] | None:
        """The action, also for a sub key (``qrtanurl.x`` of ``qrtanurl``); None if it is not declared."""
        actions = self.of(scope)
        return actions.get(name) or actions.get(name.partition(".")[0])

    def definition(self, scope: str | None = None) -> dict[str, Any]:
        """All actions as ``{scope: {action: {"type", "desc", "value"?}}}``, or those of one scope as the
        inner dict.

        Raises `errors.BadParameter` for a scope that does not exist.
        """
        if scope is None:
            return {each: self.definition(each) for each in self._actions}
        if scope not in self._actions:
            raise BadParameter(f"scope {scope!r} does not exist; use one of {', '.join(self._actions)}")
        return {name: _definition(action) for name, action in sorted(self.of(scope).items())}

    def check(self, scope: str, said: Mapping[str, Said]) -> None:
        """Raise `errors.BadParameter` for an action that this scope does not know or that says what its kind
        does not allow. Names of older servers pass, and in the legacy scopes everything does.
        """
        for name, value in said.items():
            action = self.find(scope, name)
            if action is not None:
                read_value(action, value)
            elif not is_legacy(scope, name):
                raise BadParameter(
                    f"action {name!r} does not exist in scope {scope!r}; see system/getPolicyDef"
                )


def is_legacy(scope: str, name: str) -> bool:
    """Whether the name may be said although nothing asks it."""
    return name == EVERY_ACTION or scope in LEGACY_SCOPES or name in _LEGACY.get(scope, ())


_TYPES: Mapping[Kind, str] = {"words": "set", "expression": "str"}


def _definition(action: Action[Any]) -> dict[str, Any]:
    kinds = action.kind if isinstance(action.kind, tuple) else (action.kind,)
    types = [_TYPES.get(kind, kind) for kind in kinds]
    definition: dict[str, Any] = {"type": types if len(types) > 1 else types[0], "desc": action.help}
    if action.values:
        definition["value"] = list(action.values)
    return definition
