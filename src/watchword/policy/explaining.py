"""Tells which policies speak and why others do not: for ``checkPolicy``, and for whoever tries policies out."""

from collections.abc import Iterable, Iterator
from typing import Literal, TypeAlias

from msgspec import Struct

from watchword.errors import Misconfigured
from watchword.model.policy import MANAGEMENT_SCOPES, Policy
from watchword.policy.catalogue import EVERY_ACTION
from watchword.policy.circumstances import Circumstances
from watchword.policy.rule import Rule
from watchword.policy.rules import Rules, places

Standing: TypeAlias = Literal["decides", "rival", "hidden", "off", "out"]
"""``decides``: its value is the answer, or it gives the right. ``rival``: fits as precisely, but comes later
by name. ``hidden``: fits, but a more precise policy speaks. ``off``: fits, and withholds the right. ``out``:
does not fit."""


class Explained(Struct, frozen=True, kw_only=True):
    """One policy that says the action, and what became of it."""

    policy: Policy
    standing: Standing
    failed: tuple[str, ...] = ()
    """What does not hold: ``active``, ``action`` (its value is of no use), ``realm``, ``user``, ``client``, ``time``."""


class Explanation(Struct, frozen=True, kw_only=True):
    """Every policy of the scope that says the action, by name."""

    policies: tuple[Explained, ...]
    open: bool
    """The scope gives rights, and no policy in it is active: every administrator has them all."""

    @property
    def allowed(self) -> bool:
        """Whether any policy decides, or the scope is open."""
        return self.open or any(each.standing == "decides" for each in self.policies)


def explain(
    rules: Rules,
    scope: str,
    action: str,
    circumstances: Circumstances,
    realms: str | Iterable[str] | None = None,
) -> Explanation:
    """What the rules make of an action under these circumstances. Nothing is sent, written or asked for.

    In the scopes for administrators the circumstances are the administrator's, and ``realms`` are those of
    the thing acted on, as for `Rules.permits`.
    """
    if scope not in MANAGEMENT_SCOPES:
        return Explanation(policies=tuple(_values(rules, scope, action, circumstances)), open=False)
    where = places(realms)
    policies = tuple(_rights(rules, scope, action, circumstances, where))
    return Explanation(policies=policies, open=not rules.governed(scope))


def _values(rules: Rules, scope: str, action: str, circumstances: Circumstances) -> Iterator[Explained]:
    said = [(policy, rule) for policy, rule in _readable(rules, scope) if action in rule.said]
    precisions = {
        policy.name: rule.precision(circumstances)
        for policy, rule in said
        if policy.active and action in rule.values
    }
    best = max(precisions.values(), default=0)
    decided = False
    for policy, rule in said:
        if not precisions.get(policy.name):
            failed = (
                *_inactive(policy),
                *(() if action in rule.values else ("action",)),
                *(() if rule.realms.precision(circumstances.realm) else ("realm",)),
                *rule.failing(circumstances),
            )
            yield Explained(policy=policy, standing="out", failed=failed)
        elif precisions[policy.name] < best:
            yield Explained(policy=policy, standing="hidden")
        else:
            yield Explained(policy=policy, standing="rival" if decided else "decides")
            decided = True


def _rights(
    rules: Rules, scope: str, action: str, administrator: Circumstances, realms: tuple[str, ...] | None
) -> Iterator[Explained]:
    granting = {rule.name for rule in rules.granting(scope, action, administrator)}
    for policy, rule in _readable(rules, scope):
        if not (rule.said & {action, EVERY_ACTION} or rule.name in granting):
            continue
        failed = (
            *_inactive(policy),
            *(() if rule.reaches(realms) else ("realm",)),
            *rule.failing(administrator),
        )
        given: Standing = "decides" if rule.name in granting else "off"
        yield Explained(policy=policy, standing="out" if failed else given, failed=failed)


def _readable(rules: Rules, scope: str) -> Iterator[tuple[Policy, Rule]]:
    for policy in rules.policies:
        if policy.scope == scope:
            try:
                yield policy, rules.read(policy)
            except Misconfigured:  # only an inactive one can be so: it has nothing to say
                continue


def _inactive(policy: Policy) -> tuple[str, ...]:
    return () if policy.active else ("active",)
