"""One policy, read once."""

from collections.abc import Mapping
from datetime import tzinfo
from typing import Any

from msgspec import Struct

from watchword.errors import BadParameter
from watchword.model.policy import MANAGEMENT_SCOPES, Policy
from watchword.policy.catalogue import EVERY_ACTION, Catalogue, is_legacy
from watchword.policy.circumstances import Circumstances
from watchword.policy.notation.actions import read_actions
from watchword.policy.notation.clients import Clients, read_clients
from watchword.policy.notation.realms import Realms, read_realms
from watchword.policy.notation.times import ALL_TIMES, Times, read_times
from watchword.policy.notation.users import Users, Who, read_users
from watchword.policy.notation.values import read_value

_EVERYBODY = Users((Who(),))


class Rule(Struct, frozen=True, kw_only=True):
    """A policy whose texts have become conditions. A condition that always holds is None."""

    name: str
    scope: str
    said: frozenset[str]
    """Names of the actions that it mentions."""
    values: Mapping[str, Any]
    """What it says to each declared action."""
    unread: tuple[str, ...]
    """Why it has no value for some of its actions."""
    realms: Realms
    users: Users | None
    clients: Clients | None
    times: Times | None
    zone: tzinfo

    def precision(self, circumstances: Circumstances) -> int:
        """How precisely the rule fits; 0: not at all. The user weighs most, then the realm, then the client."""
        realm = self.realms.precision(circumstances.realm)
        if not realm:
            return 0
        user = 1 if self.users is None else self.users.precision(circumstances)
        if not user:
            return 0
        client = 1 if self.clients is None else self.clients.precision(circumstances.client)
        if not client or (self.times is not None and not self.times.hold(circumstances.now, self.zone)):
            return 0
        return user * 16 + realm * 4 + client

    def concerns(self, administrator: Circumstances) -> bool:
        """Whether the rule is about this administrator here and now; its realms say on whom they may act."""
        return (
            (self.users is None or self.users.precision(administrator) > 0)
            and (self.clients is None or self.clients.precision(administrator.client) > 0)
            and (self.times is None or self.times.hold(administrator.now, self.zone))
        )

    def grants(self, action: str) -> bool:
        """Whether the rule gives this right: by name, or by ``*`` unless it says ``!name``."""
        given = self.values.get(action, self.values.get(EVERY_ACTION, False))
        return given is True

    def reaches(self, realms: tuple[str, ...] | None) -> bool:
        """Whether it holds for something that is in these realms: in one of them, where there are several.

        What is in no realm is reached only by a rule for all realms; None asks for any realm at all.
        """
        if realms is None:
            return self.realms.somewhere
        if not realms:
            return self.realms.everywhere
        return any(self.realms.precision(realm) for realm in realms)

    def failing(self, circumstances: Circumstances) -> tuple[str, ...]:
        """The conditions, but for the realm, that do not hold."""
        held = {
            "user": self.users is None or self.users.precision(circumstances) > 0,
            "client": self.clients is None or self.clients.precision(circumstances.client) > 0,
            "time": self.times is None or self.times.hold(circumstances.now, self.zone),
        }
        return tuple(condition for condition, holds in held.items() if not holds)


def read_rule(policy: Policy, catalogue: Catalogue, zone: tzinfo) -> Rule:
    """Read all texts of a policy; raises `errors.BadParameter` for conditions that cannot be used.

    An action without a usable value (they can be stored when ``policy_action_validation`` is off) is left out
    and named in `Rule.unread`.
    """
    said = read_actions(policy.action)
    values: dict[str, Any] = {}
    unread: list[str] = []
    for name, text in said.items():
        action = catalogue.find(policy.scope, name)
        if action is not None:
            try:
                values[name] = read_value(action, text)
            except BadParameter as bad:
                unread.append(bad.message)
        elif name == EVERY_ACTION and policy.scope in MANAGEMENT_SCOPES:
            values[name] = text
        elif not is_legacy(policy.scope, name):
            unread.append(f"action {name!r} does not exist in scope {policy.scope!r}")
    users, clients, times = read_users(policy.user), read_clients(policy.client), read_times(policy.time)
    return Rule(
        name=policy.name,
        scope=policy.scope,
        said=frozenset(said),
        values=values,
        unread=tuple(unread),
        realms=read_realms(policy.realm),
        users=None if users == _EVERYBODY else users,
        clients=None if clients == Clients(every=True) else clients,
        times=None if times == ALL_TIMES else times,
        zone=zone,
    )
