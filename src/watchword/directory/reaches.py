"""The directories that are open, as the configuration of now wants them."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

from watchword.clock import Clock
from watchword.crypto.keyring import KeyRing
from watchword.crypto.passwords import burn_password_time, password_matches
from watchword.directory.health import Health
from watchword.directory.keeping import Kept
from watchword.directory.reach import Reach
from watchword.directory.settings import DirectorySettings
from watchword.errors import BadParameter, DirectorySilent, MissingParameter, WatchwordError
from watchword.limits.pool import CostlyWork
from watchword.model.configuration import Configuration, ResolverConfig
from watchword.plugin.shapes import Resolver, ResolverContext
from watchword.storage.promises import Store

_SHORTEST_HASH = 13  # crypt(3) by DES


class Reaches:
    """Opens a directory when it is first asked, and closes it when it is configured otherwise."""

    def __init__(
        self,
        kinds: Mapping[str, type[Resolver]],
        store: Store,
        ring: KeyRing,
        *,
        clock: Clock,
        costly: CostlyWork,
        settings: DirectorySettings,
        allow: Callable[[str, int], Awaitable[None]],
    ) -> None:
        self._kinds = kinds
        self._store = store
        self._ring = ring
        self._clock = clock
        self._costly = costly
        self._settings = settings
        self._allow = allow
        self._open: dict[str, Reach] = {}

    async def of(self, name: str, configuration: Configuration) -> Reach:
        """The resolver of this name; `DirectorySilent` if there is none that could be asked."""
        config = configuration.resolvers.get(name)
        if config is None:
            raise DirectorySilent(f"Resolver {name!r} is named by a realm, but not configured.")
        reach = self.opened(name, configuration)
        if reach is not None:
            return reach
        kind = self._kinds.get(config.kind)
        if kind is None:
            raise DirectorySilent(
                f"Resolver {name!r} is of the kind {config.kind!r}, which is not installed."
            )
        try:
            resolver = kind(config, self._context(config))
        except Exception as broken:  # a plug-in may raise anything, and then nothing is known
            raise DirectorySilent(f"Resolver {name!r} did not start: {type(broken).__name__}.") from broken
        before = self._open.get(name)
        fresh = self._open[name] = Reach(resolver, config, self._settings, self._clock)
        if before is not None:
            await before.retire()
        return fresh

    def opened(self, name: str, configuration: Configuration) -> Reach | None:
        """The resolver of this name, if it was asked already as it is configured now."""
        reach = self._open.get(name)
        return reach if reach is not None and reach.config == configuration.resolvers.get(name) else None

    async def retire_all_but(self, configuration: Configuration) -> None:
        """Close what this configuration has not, or has otherwise."""
        for name, reach in [*self._open.items()]:
            if configuration.resolvers.get(name) != reach.config:
                await self._open.pop(name).retire()

    @asynccontextmanager
    async def apart(self, config: ResolverConfig) -> AsyncIterator[Reach]:
        """A directory that serves nobody else, as this configuration has it, stored or not; closed in the end."""
        kind = self._kinds.get(config.kind)
        if kind is None:
            raise BadParameter(f"No kind of resolver {config.kind!r} is installed.")
        reach = Reach(kind(config, self._context(config)), config, self._settings, self._clock)
        try:
            yield reach
        finally:
            await reach.end()

    async def verify(self, config: ResolverConfig) -> None:
        """Raise `MissingParameter` or `BadParameter` if a resolver so configured can never work."""
        kind = self._kinds.get(config.kind)
        if kind is None:
            raise BadParameter(f"No kind of resolver {config.kind!r} is installed.")
        for name in kind.needs:
            if name not in config.settings and name not in config.secrets:
                raise MissingParameter(name)
        try:
            resolver = kind(config, self._context(config))
            try:
                await resolver.verify()
            finally:
                await resolver.close()
        except WatchwordError:
            raise
        except Exception as broken:  # a plug-in may raise anything, and then it cannot work so
            raise BadParameter(f"{config.name} does not start: {type(broken).__name__}.") from broken

    async def password_matches(self, kept: str, password: str) -> bool:
        """Whether a kept hash is this password's; one that is none takes as long."""
        return await self._costly.run(_password_matches, self._ring, kept, password)

    def health(self, configuration: Configuration) -> tuple[Health, ...]:
        """How each configured directory is doing; one that was not asked yet has done nothing."""
        return tuple(
            self._open[name].health() if name in self._open else Health(resolver=name)
            for name in configuration.resolvers
        )

    async def close(self) -> None:
        """Close all directories."""
        opened, self._open = self._open, {}
        for reach in opened.values():
            await reach.end()

    def _context(self, config: ResolverConfig) -> ResolverContext:
        def secret(name: str) -> str:
            sealed = config.secrets.get(name)
            return self._ring.open(("resolver", config.name, name), sealed).decode() if sealed else ""

        return ResolverContext(
            clock=self._clock,
            people=Kept(self._store, config.name),
            secret=secret,
            password_matches=self.password_matches,
            allow=self._allow,
        )


def _password_matches(ring: KeyRing, kept: str, password: str) -> bool:
    if len(kept) < _SHORTEST_HASH or kept.startswith(("!", "*")):
        burn_password_time(ring, password)
        return False
    return password_matches(ring, kept, password)
