"""One compiled revision of the configuration, and its keeper.

A request takes one snapshot and sees it throughout. The keeper replaces it when the store reports another
revision, so that a change on one node holds on every node for the next request.
"""

import asyncio

from msgspec import Struct

from watchword.model.configuration import Configuration
from watchword.policy.catalogue import Catalogue
from watchword.policy.rules import Rules
from watchword.storage.promises import Store


class Snapshot(Struct, frozen=True, kw_only=True):
    """What is configured, and the compiled rules of it."""

    configuration: Configuration
    rules: Rules

    @property
    def revision(self) -> int:
        return self.configuration.revision


class Snapshots:
    """Keeps the newest snapshot of this process."""

    def __init__(self, store: Store, catalogue: Catalogue, *, zone: str = "UTC") -> None:
        self._store = store
        self._catalogue = catalogue
        self._zone = zone
        self._loading = asyncio.Lock()
        self._current: Snapshot | None = None

    async def current(self) -> Snapshot:
        """The snapshot at hand; read from the store only the first time."""
        return self._current or await self.at_least(0)

    async def latest(self) -> Snapshot:
        """The snapshot of the store's present revision (one small read, more only if it has moved)."""
        return await self.at_least(await self._store.revision())

    async def at_least(self, revision: int) -> Snapshot:
        """A snapshot that is not older than ``revision``."""
        held = self._current
        if held is not None and held.revision >= revision:
            return held
        async with self._loading:
            held = self._current
            if held is not None and held.revision >= revision:
                return held
            async with self._store.view() as view:
                configuration = await view.configuration.load()
            self._current = self.compile(configuration)
            return self._current

    def compile(self, configuration: Configuration) -> Snapshot:
        """A snapshot of any configuration, also of one that is only being considered."""
        rules = Rules(configuration.policies, self._catalogue, zone=self._zone)
        return Snapshot(configuration=configuration, rules=rules)
