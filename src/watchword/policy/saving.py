"""What a policy must be to be saved, and which changes would lock everybody out."""

import re
from collections.abc import Iterable

from msgspec.structs import replace

from watchword.errors import BadParameter, Refused
from watchword.model.policy import ALWAYS, Policy, Scope
from watchword.policy.catalogue import EVERY_ACTION, Catalogue
from watchword.policy.notation.actions import read_actions
from watchword.policy.notation.clients import read_clients
from watchword.policy.notation.realms import read_realms
from watchword.policy.notation.times import read_times
from watchword.policy.notation.users import read_users
from watchword.policy.notation.values import read_flag

_NAME = re.compile(r"[A-Za-z0-9_]+", re.ASCII)
_SCOPES = tuple(scope.value for scope in Scope)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
WRITE = "write"


def check(
    policy: Policy, catalogue: Catalogue, *, actions_too: bool = True, imported: bool = False
) -> Policy:
    """The policy as it is to be stored; raises `errors.BadParameter` with the field that cannot be used.

    An empty client becomes ``*``, an empty user too (but in scope ``system``, where it stays nobody and
    `refuse_lockout` objects), an empty time always; the realm becomes lower case. ``actions_too`` False lets
    unknown actions and wrong values pass (the setting ``policy_action_validation``). An empty realm is
    accepted only when ``imported``, and matches nothing.
    """
    if not _NAME.fullmatch(policy.name):
        raise BadParameter(f"policy name {policy.name!r}: use letters, digits and '_' only")
    if policy.scope not in _SCOPES:
        raise BadParameter(f"scope {policy.scope!r} does not exist; use one of {', '.join(_SCOPES)}")
    kept = replace(
        policy,
        scope=str(policy.scope),
        action=policy.action.replace("\r\n", "\n").strip(),
        realm=policy.realm.lower().strip(),
        user=policy.user.strip() or ("" if policy.scope == Scope.SYSTEM else "*"),
        client=policy.client.strip() or "*",
        time=policy.time.strip() or ALWAYS,
    )
    for field in ("action", "realm", "user", "client", "time"):
        if _CONTROL.search(getattr(kept, field)):
            raise BadParameter(f"{field} of policy {policy.name!r} holds a control character; remove it")
    said = read_actions(kept.action)
    if not said:
        raise BadParameter(f"policy {policy.name!r} has no action; name at least one")
    if actions_too:
        catalogue.check(kept.scope, said)
    if not kept.realm and not imported:
        raise BadParameter(f"policy {policy.name!r} has no realm; name one, or '*' for all")
    read_realms(kept.realm)
    read_users(kept.user)
    read_clients(kept.client)
    read_times(kept.time)
    return kept


def refuse_lockout(before: Iterable[Policy], after: Iterable[Policy]) -> None:
    """Raise `errors.Refused` if the change from ``before`` to ``after`` may lock all administrators out.

    That is: it brings a system policy that means no user or no realm, or it leaves system policies active of
    which none gives ``write`` to anybody. Without any active system policy the scope is open, so removing the
    last one is allowed. Callers leave this out when the administrator enforces the change.
    """
    system_before = {policy for policy in before if policy.scope == Scope.SYSTEM}
    system_after = {policy for policy in after if policy.scope == Scope.SYSTEM}
    for policy in sorted(system_after - system_before, key=lambda changed: changed.name):
        if not _means_somebody(policy):
            raise Refused(
                f"potential lockout: system policy {policy.name!r} needs a user and a realm; "
                "name them, or send enforce=true"
            )
    active = [policy for policy in system_after if policy.active]
    if active and system_after != system_before and not any(map(_gives_write, active)):
        raise Refused(
            "potential lockout: no active system policy would give anybody the right 'write'; "
            "give it in one of them, or send enforce=true"
        )


def _means_somebody(policy: Policy) -> bool:
    return bool(read_users(policy.user).wanted) and read_realms(policy.realm).somewhere


def _gives_write(policy: Policy) -> bool:
    said = read_actions(policy.action)
    return read_flag(said.get(WRITE, said.get(EVERY_ACTION, False))) is True and _means_somebody(policy)
