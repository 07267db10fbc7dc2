"""The rules of the house as one immutable snapshot, and the questions it answers.

Ordinary scopes: `Rules.ask` and `Rules.all`. Of the active policies that say the action, those fit whose
conditions on user, realm, client and time all hold; of these only the most precise count (user by name before
a group before ``*``; within that realm by name before ``*``; within that client likewise).

Scopes for administrators: `Rules.permits` and `Rules.realms_of`. Policies add up there, and a scope without
any active policy is open to all administrators.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

from watchword.errors import BadParameter, Misconfigured
from watchword.model.policy import Action, Answer, Policy, Scope
from watchword.policy.catalogue import Catalogue
from watchword.policy.circumstances import Administrator, Circumstances
from watchword.policy.notation.times import read_zone
from watchword.policy.rule import Rule, read_rule

T = TypeVar("T")

SHOW = "show"
"""The right to see tokens: implied by every other right, unless a policy says it explicitly."""

_NONE: Mapping[str, tuple[Rule, ...]] = {}


class Rules:
    """All policies, read. Immutable: a request uses one of these throughout."""

    def __init__(self, policies: Iterable[Policy], catalogue: Catalogue, *, zone: str = "UTC") -> None:
        """Read the policies; raises `errors.Misconfigured` if an active one cannot be used.

        Without it the server could be more generous than its administrator wished.
        """
        self.policies = tuple(sorted(policies, key=lambda policy: policy.name))
        self._catalogue = catalogue
        self._zone = read_zone(zone)
        self._of: dict[str, list[Rule]] = {}
        saying: dict[str, dict[str, tuple[Rule, ...]]] = {}
        for policy in self.policies:
            if not policy.active:
                continue
            rule = self.read(policy)
            self._of.setdefault(rule.scope, []).append(rule)
            sayings = saying.setdefault(rule.scope, {})
            for name in rule.values:
                sayings[name] = (*sayings.get(name, ()), rule)
        self._saying = saying
        rules = [rule for group in self._of.values() for rule in group]
        self._said = frozenset((rule.scope, name) for rule in rules for name in rule.said)
        self.unread = tuple(f"policy {rule.name!r}: {why}" for rule in rules for why in rule.unread)
        """Actions of active policies that have no effect, and why."""
        self.tests_attributes = any(rule.users is not None and rule.users.test_attributes for rule in rules)
        """Whether an answer can depend on `Circumstances.attributes`."""

    # ordinary scopes

    def ask(self, action: Action[T], circumstances: Circumstances) -> Answer[T]:
        """What the house says to this action.

        Where equally precise policies differ, the first by name wins and the others are the answer's rivals.
        """
        rules = self._saying.get(action.scope, _NONE).get(action.name)
        fitting = _most_precise(rules, circumstances) if rules is not None else None
        if not fitting:
            return Answer(value=action.default)
        first, *others = fitting
        value = first.values[action.name]
        if not others:
            return Answer(value=value, policy=first.name)
        rivals = tuple(rule.name for rule in others if rule.values[action.name] != value)
        return Answer(value=value, policy=first.name, rivals=rivals)

    def all(self, action: Action[T], circumstances: Circumstances) -> list[Answer[T]]:
        """What each of the most precise policies says, by name. Empty: no policy fits.

        For callers that merge: the smallest ``maxtoken``, every ``tokentype``.
        """
        rules = self._saying.get(action.scope, _NONE).get(action.name, ())
        fitting = _most_precise(rules, circumstances)
        return [Answer(value=rule.values[action.name], policy=rule.name) for rule in fitting]

    def governed(self, scope: str) -> bool:
        """Whether any policy of this scope is active."""
        return scope in self._of

    def governs(self, action: Action[Any]) -> bool:
        """Whether any active policy mentions this action, for whomever.

        ``authorize`` needs it: as soon as one policy has it, users whom none fits are refused.
        """
        return (action.scope, action.name) in self._said

    # scopes for administrators

    def permits(
        self,
        action: Action[bool],
        administrator: Administrator,
        realms: str | Iterable[str] | None = None,
        *,
        each: bool = False,
    ) -> Answer[bool]:
        """Whether the administrator may do this to something that is in these realms.

        Of several realms one suffices, unless the right is needed in ``each``. No realms (an empty
        collection): the thing is in none, and only a right in all realms suffices. None: is the right held
        anywhere at all (scopes ``system``, ``audit``, ``tools``; or before the thing is known).
        """
        if not self.governed(action.scope):
            return Answer(value=True)
        where = places(realms)
        if each and where and len(where) > 1:
            answers = [self.permits(action, administrator, realm) for realm in where]
            return next((answer for answer in answers if not answer.value), answers[0])
        for rule in self.granting(action.scope, action.name, administrator):
            if rule.reaches(where):
                return Answer(value=True, policy=rule.name)
        return Answer(value=False)

    def realms_of(
        self, action: Action[bool], administrator: Administrator, existing: Iterable[str]
    ) -> frozenset[str] | None:
        """In which realms the administrator has this right, to narrow lists by.

        None: everywhere, also on what is in no realm. ``existing`` are the realms that there are, for
        policies such as ``*, !secret``.
        """
        if not self.governed(action.scope):
            return None
        granting = list(self.granting(action.scope, action.name, administrator))
        if any(rule.realms.everywhere for rule in granting):
            return None
        known = tuple(existing)
        return frozenset[str]().union(*(rule.realms.among(known) for rule in granting))

    def granting(self, scope: str, action: str, administrator: Circumstances) -> Iterator[Rule]:
        """The rules that give the administrator this right, each in its realms."""
        at_work = [rule for rule in self._of.get(scope, ()) if rule.concerns(administrator)]
        implied = (scope, action) == (Scope.ADMIN, SHOW) and not any(SHOW in rule.said for rule in at_work)
        for rule in at_work:
            if rule.grants(action) or (implied and True in rule.values.values()):
                yield rule

    def read(self, policy: Policy) -> Rule:
        """The policy as these rules read it; raises `errors.Misconfigured` if it cannot be used."""
        try:
            return read_rule(policy, self._catalogue, self._zone)
        except BadParameter as bad:
            raise Misconfigured(
                f"policy {policy.name!r} cannot be used ({bad.message}); correct, disable or remove it"
            ) from bad


def places(realms: str | Iterable[str] | None) -> tuple[str, ...] | None:
    """Realms as they may be given, as a tuple; a text is one realm."""
    if realms is None:
        return None
    return (realms,) if isinstance(realms, str) else tuple(realms)


def _most_precise(rules: Iterable[Rule], circumstances: Circumstances) -> list[Rule]:
    best, fitting = 0, list[Rule]()
    for rule in rules:
        found = rule.precision(circumstances)
        if found > best:
            best, fitting = found, [rule]
        elif found and found == best:
            fitting.append(rule)
    return fitting
