"""``policies.md``: every action that a policy can say."""

from collections.abc import Mapping
from typing import Any

from watchword.app import catalogue_of
from watchword.cli.reference.markdown import code, listed, our_kinds, section, table, titled
from watchword.model.policy import LEGACY_SCOPES, Action, Scope

_ABOUT = """\
A policy says one or several actions of one scope, under conditions on users, realms, clients and times. Notation and
precedence are told in [What policies can say](../explanation/what-policies-can-say.md). `system/getPolicyDef` answers
the same list."""
_RIGHTS = "A right of administrators. As long as no policy of the scope is active, every administrator has them all."
_SCOPES: Mapping[Scope, str] = {
    Scope.ADMIN: f"{_RIGHTS} The realm of the policy is that of the tokens and users.",
    Scope.SYSTEM: f"{_RIGHTS} The realm of the policy says nothing here, but must not be empty.",
    Scope.AUDIT: _RIGHTS,
    Scope.TOOLS: _RIGHTS,
    Scope.MONITORING: _RIGHTS,
    Scope.REPORTING: "What is counted for reports.",
    Scope.REPORTING_ACCESS: _RIGHTS,
    Scope.GETTOKEN: "Whose codes may be fetched, and how many.",
    Scope.SELFSERVICE: "What people may do for themselves: nothing, unless a policy says so.",
    Scope.ENROLLMENT: "How tokens are issued. The realm and user of the policy are those of the token's owner.",
    Scope.AUTHENTICATION: "How answers are judged. The realm and user of the policy are those who log in.",
    Scope.AUTHORIZATION: "Who may log in after all, and what the client is told.",
    Scope.NOTIFICATION: "What people are told of.",
}
_FORMS = {
    "bool": "yes or no",
    "int": "a whole number",
    "str": "a text",
    "words": "words, separated by blanks",
    "duration": "a time such as `1d 2h`",
    "expression": "a regular expression",
}


def page() -> str:
    catalogue = catalogue_of(our_kinds())
    asked = [scope for scope in Scope if catalogue.of(scope)]
    unasked = [code(scope) for scope in Scope if scope not in asked and scope not in LEGACY_SCOPES]
    sections = [
        section(
            f"Scope {scope}",
            _SCOPES[scope],
            table(
                ("Action", "May be", "Default", "Meaning"),
                (_row(action) for _, action in sorted(catalogue.of(scope).items())),
            ),
        )
        for scope in asked
    ]
    rest = section(
        "Other scopes",
        f"Nothing is asked yet in the scopes {listed(unasked)}. In {listed(map(code, sorted(LEGACY_SCOPES)))}, which policies of "
        "older servers name, every action is taken and none has an effect.",
    )
    return titled("Policy actions", _ABOUT) + "".join(sections) + rest


def _row(action: Action[Any]) -> tuple[str, str, str, str]:
    return code(action.name), _form(action), _default(action), f"{action.help}."


def _form(action: Action[Any]) -> str:
    kinds = action.kind if isinstance(action.kind, tuple) else (action.kind,)
    values = ", ".join(code(str(value)) for value in action.values)
    return listed((values if kind == "set" else _FORMS[kind] for kind in kinds), "or")


def _default(action: Action[Any]) -> str:
    if isinstance(action.default, bool):
        return "yes" if action.default else "no"
    return "" if action.default in {None, "", ()} else code(str(action.default))
