"""Resolvers: how each directory is reached."""

import re
from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from watchword.configuration.moving import Move, find_by_login, give, move
from watchword.crypto.keyring import KeyRing
from watchword.crypto.sealing import Sealed
from watchword.directory.finding import Directory
from watchword.errors import BadParameter, Refused
from watchword.model.configuration import MANAGED, Configuration, ResolverConfig
from watchword.model.person import Subject
from watchword.plugin.shapes import Resolver
from watchword.storage.promises import Store, TokenFilter, Unit

HIDDEN = "********"
"""What stands for a secret on the way out; on the way in it keeps the stored one."""

_NAME = re.compile(r"[a-zA-Z0-9_-]{4,255}", re.ASCII)


class Prepared(Struct, frozen=True, kw_only=True):
    """A resolver that is to be stored, and the one that it replaces."""

    before: ResolverConfig | None
    made: ResolverConfig
    move: Move | None = None
    """Whose ids are others now; None: everybody keeps theirs."""


class Resolvers:
    """Makes, changes, renames and removes resolvers."""

    def __init__(
        self, ring: KeyRing, store: Store, directory: Directory, kinds: Mapping[str, type[Resolver]]
    ) -> None:
        self._ring = ring
        self._store = store
        self._directory = directory
        self._kinds = kinds

    async def prepare(
        self,
        configuration: Configuration,
        name: str,
        kind: str,
        settings: Mapping[str, str],
        *,
        previous: str | None = None,
        readonly: bool | None = None,
    ) -> Prepared:
        """A resolver that can work, ready to be stored; asked outside of any transaction.

        Without ``previous`` it is a new one; with its own name as ``previous`` it is changed; with another one
        it is renamed. ``settings`` holds secrets in clear; one that is missing, or `HIDDEN`, stays as it is, and so
        does ``readonly``. Settings that the kind does not know are left out.
        """
        before = _existing(configuration, name, kind, previous)
        if readonly and (before is None or before.kind != MANAGED):
            raise BadParameter("readonly is only for resolvers whose people were imported.")
        if readonly is None:
            readonly = before is not None and before.readonly
        made = self.made(name, kind, settings, before=before, readonly=readonly)
        await self.verify(made)
        move = await self.moved(before, made) if before is not None else None
        return Prepared(before=before, made=made, move=move)

    async def put(self, unit: Unit, prepared: Prepared) -> None:
        """Store it; where it is renamed, realms, tokens and people follow."""
        configuration = await unit.configuration.held()
        before, made = prepared.before, prepared.made
        known = configuration.resolvers
        replaced = [before] if before is not None else []
        names = {made.name, *(config.name for config in replaced)}
        if [known[name] for name in names if name in known] != replaced:
            raise Refused(f"The resolver {made.name} was changed by somebody else: look at it and try again.")
        await unit.configuration.put_resolver(made)
        if prepared.move is not None:
            await move(unit, prepared.move)
        if before is not None and before.name != made.name:
            await _follow(unit, configuration, before.name, made.name)
            await unit.configuration.remove_resolver(before.name)

    async def remove(self, unit: Unit, name: str) -> bool:
        """Remove a resolver and the people kept in it; False if there is none of this name."""
        configuration = await unit.configuration.held()
        config = configuration.resolvers.get(name)
        if config is None:
            return False
        if config.immutable:
            raise Refused(f"The resolver {name} cannot be removed: local administrators are in it.")
        users = [realm.name for realm in configuration.realms.values() if name in realm.resolvers]
        if users:
            raise Refused(f"The resolver {name} is in use: take it out of realm {', '.join(users)} first.")
        await unit.people.remove(name)
        await unit.configuration.remove_resolver(name)
        return True

    async def moved(self, before: ResolverConfig, made: ResolverConfig) -> Move | None:
        """Where people are by their new ids, if these come from elsewhere now; asked outside of any transaction."""
        kind = self.kind(made.kind)
        if kind.ids_of(before.settings) == kind.ids_of(made.settings):
            return None
        return await find_by_login(self._store, self._directory, before, made)

    async def prepare_move(self, configuration: Configuration, source: str, target: str) -> Move:
        """Where the owners of one resolver's tokens are in another one; asked outside of any transaction."""
        known = configuration.resolvers
        for name in (source, target):
            if name not in known:
                raise BadParameter(f"There is no resolver {name!r}; there are {', '.join(sorted(known))}.")
        if source == target:
            raise BadParameter("Tokens move from one resolver to another one: name two.")
        return await find_by_login(self._store, self._directory, known[source], known[target])

    async def move(self, unit: Unit, plan: Move) -> tuple[list[str], int]:
        """Serials of the tokens that were moved, and how many of the resolver there are in all."""
        configuration = await unit.configuration.held()
        if plan.target not in configuration.resolvers:
            raise Refused(f"The resolver {plan.target} was removed by somebody else.")
        return await move(unit, plan)

    def kind(self, name: str) -> type[Resolver]:
        """The kind of this name; BadParameter if none is installed."""
        kind = self._kinds.get(name)
        if kind is None:
            known = ", ".join(sorted(self._kinds))
            raise BadParameter(f"No kind of resolver {name!r} is installed; there are: {known}.")
        return kind

    def made(
        self,
        name: str,
        kind: str,
        settings: Mapping[str, str],
        *,
        before: ResolverConfig | None,
        readonly: bool,
    ) -> ResolverConfig:
        """The resolver as it is kept, not yet asked whether it can work."""
        shape = self.kind(kind)
        secrets = {
            key: self._ring.seal(("resolver", name, key), clear.encode())
            for key in shape.secret_settings
            if (clear := settings.get(key, HIDDEN)) != HIDDEN
        }
        plain = {
            key: settings[key]
            for key in (*shape.needs, *shape.takes)
            if key in settings and key not in shape.secret_settings
        }
        made = ResolverConfig(name=name, kind=kind, settings=plain, secrets=secrets, readonly=readonly)
        return made if before is None else self._with_kept_secrets(made, before)

    async def verify(self, config: ResolverConfig) -> None:
        """BadParameter or MissingParameter if a resolver so configured can never work."""
        await self._directory.verify(config)

    def agree(self, one: ResolverConfig, other: ResolverConfig) -> bool:
        """Whether the two say the same, secrets in clear included."""
        return (
            replace(one, secrets=other.secrets) == other
            and one.secrets.keys() == other.secrets.keys()
            and all(self._opened(one, key) == self._opened(other, key) for key in one.secrets)
        )

    def _with_kept_secrets(self, made: ResolverConfig, before: ResolverConfig) -> ResolverConfig:
        kept = {key: sealed for key, sealed in before.secrets.items() if key not in made.secrets}
        moved = [
            key
            for key in self.kind(made.kind).reached_by
            if made.settings.get(key, "") != before.settings.get(key, "")
        ]
        if kept and moved:
            raise BadParameter(
                f"{', '.join(moved)} of {made.name} would show {', '.join(kept)} to somebody else: "
                "send the secret again together with the change."
            )
        return replace(
            made, secrets={**{key: self._moved(before, made.name, key) for key in kept}, **made.secrets}
        )

    def _moved(self, before: ResolverConfig, name: str, key: str) -> Sealed:
        if before.name == name:
            return before.secrets[key]
        return self._ring.seal(("resolver", name, key), self._opened(before, key))

    def _opened(self, config: ResolverConfig, key: str) -> bytes:
        return self._ring.open(("resolver", config.name, key), config.secrets[key])


def checked_name(name: str) -> str:
    """The name; BadParameter if no resolver can have it."""
    if not _NAME.fullmatch(name):
        raise BadParameter("The name of a resolver has at least 4 letters, digits, dashes or underscores.")
    return name


def _existing(
    configuration: Configuration, name: str, kind: str, previous: str | None
) -> ResolverConfig | None:
    """The resolver that is to be changed, None for a new one; whether the name may be used at all."""
    checked_name(name)
    if name in configuration.resolvers and name != previous:
        raise Refused(f"There is a resolver {name} already: choose another name, or change that one.")
    if previous is None:
        return None
    before = configuration.resolvers.get(previous)
    if before is None:
        raise BadParameter(f"There is no resolver {previous!r} to change.")
    if before.immutable:
        raise Refused(f"The resolver {previous} cannot be changed: local administrators are in it.")
    if before.kind != kind:
        raise BadParameter(f"{previous} is of the kind {before.kind}, and a resolver cannot change its kind.")
    return before


async def _follow(unit: Unit, configuration: Configuration, old: str, new: str) -> None:
    """Everything that hangs on the old name hangs on the new one."""
    for realm in configuration.realms.values():
        if old in realm.resolvers:
            names = tuple(new if name == old else name for name in realm.resolvers)
            await unit.configuration.put_realm(replace(realm, resolvers=names))
    people = [person async for person in unit.people.each(old)]
    if people:
        await unit.people.put(replace(person, resolver=new) for person in people)
        await unit.people.remove(old)
    tokens = [token async for token in unit.tokens.each(TokenFilter(resolver=old))]
    await give(unit, ((token, Subject(new, token.owner.userid)) for token in tokens if token.owner))
