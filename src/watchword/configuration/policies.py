"""Policies: what may be saved, and what would lock everybody out."""

from collections.abc import Iterable

from watchword.errors import Refused
from watchword.model.configuration import Configuration
from watchword.model.policy import Policy
from watchword.policy.catalogue import Catalogue
from watchword.policy.exchange import import_text
from watchword.policy.saving import check, refuse_lockout
from watchword.storage.promises import Unit


class Policies:
    """Saves, removes and imports policies."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    async def put(self, unit: Unit, policy: Policy, *, enforce: bool = False) -> Policy:
        """Save a policy, over the one of the same name. ``enforce`` permits even what locks everybody out."""
        configuration = await unit.configuration.held()
        kept = self.checked(policy, configuration)
        await self._replace(unit, configuration, [kept], enforce=enforce)
        return kept

    async def remove(self, unit: Unit, names: Iterable[str], *, enforce: bool = False) -> tuple[Policy, ...]:
        """Remove the policies of these names; those that there were."""
        configuration = await unit.configuration.held()
        wanted = set(names)
        gone = tuple(policy for policy in configuration.policies if policy.name in wanted)
        if not enforce:
            rest = [policy for policy in configuration.policies if policy.name not in wanted]
            refuse_lockout(configuration.policies, rest)
        await unit.configuration.remove_policies(policy.name for policy in gone)
        return gone

    async def read_in(self, unit: Unit, text: str) -> int:
        """Save all policies of an exported file, or none; how many. A file may also lock everybody out."""
        configuration = await unit.configuration.held()
        kept = [self.checked(policy, configuration, imported=True) for policy in import_text(text)]
        await self._replace(unit, configuration, kept, enforce=True)
        return len(kept)

    def checked(self, policy: Policy, configuration: Configuration, *, imported: bool = False) -> Policy:
        """The policy as it is kept; BadParameter if it cannot be used."""
        actions_too = configuration.flag("policy_action_validation", default=True)
        return check(policy, self._catalogue, actions_too=actions_too, imported=imported)

    def warnings(self, before: Configuration, after: Configuration) -> tuple[str, ...]:
        """What somebody who changes the first into the second should know."""
        try:
            refuse_lockout(before.policies, after.policies)
        except Refused as warning:
            return (warning.message,)
        return ()

    async def _replace(
        self, unit: Unit, configuration: Configuration, kept: list[Policy], *, enforce: bool
    ) -> None:
        if not enforce:
            names = {policy.name for policy in kept}
            rest = [policy for policy in configuration.policies if policy.name not in names]
            refuse_lockout(configuration.policies, [*rest, *kept])
        await unit.configuration.put_policies(kept)
