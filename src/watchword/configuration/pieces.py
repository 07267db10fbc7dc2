"""Resolvers that come in pieces: LinOTP's older clients write and delete them setting by setting."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from watchword.configuration.entries import SEALED, Entries, Setting
from watchword.configuration.resolvers import HIDDEN, Prepared, Resolvers
from watchword.errors import BadParameter, Refused
from watchword.model.configuration import MANAGED, Configuration, ResolverConfig
from watchword.plugin.shapes import Resolver
from watchword.storage.promises import Unit

TYPES = ("ldapresolver", "passwdresolver", "sqlresolver")
"""How the names of such settings begin: ``passwdresolver.fileName.NAME``."""


class Piece(Struct, frozen=True, kw_only=True):
    """One setting of one resolver."""

    dialect_type: str
    setting: str
    resolver: str

    @property
    def name(self) -> str:
        return f"{self.dialect_type}.{self.setting}.{self.resolver}"


class Change(Struct, frozen=True, kw_only=True):
    """What becomes of the pieces: what waits for the others, what waits no more, resolvers that are whole."""

    waiting: Mapping[str, Setting] = {}
    arrived: tuple[str, ...] = ()
    whole: Prepared | None = None


def piece_of(name: str) -> Piece | None:
    """Which piece a system setting of this name is; None if it is none."""
    dialect_type, _, rest = name.strip().removeprefix("linotp.").partition(".")
    setting, _, resolver = rest.partition(".")
    if dialect_type not in TYPES or not setting or not resolver:
        return None
    return Piece(dialect_type=dialect_type, setting=setting, resolver=resolver)


class Pieces:
    """Puts resolvers together. A piece waits among the system settings until all that the kind needs are there."""

    def __init__(self, entries: Entries, resolvers: Resolvers, kinds: Iterable[type[Resolver]]) -> None:
        self._entries = entries
        self._resolvers = resolvers
        self._kinds = [kind for kind in kinds if kind.kind != MANAGED]

    async def prepare(self, configuration: Configuration, pieces: Mapping[Piece, str]) -> Change:
        """What these pieces of one resolver come to; asked outside of any transaction."""
        first = next(iter(pieces))
        kind = self._kind(first, configuration)
        sent = {self._setting(kind, piece): value for piece, value in pieces.items()}
        before = configuration.resolvers.get(first.resolver)
        waiting = self._waiting(configuration, first, kind) if before is None else {}
        settings = {**_shown(before), **waiting, **sent}
        if before is None and not set(kind.needs) <= settings.keys():
            return Change(
                waiting={
                    f"{first.dialect_type}.{name}.{first.resolver}": Setting(
                        value=value, kind=SEALED if name in kind.secret_settings else ""
                    )
                    for name, value in sent.items()
                }
            )
        whole = await self._resolvers.prepare(
            configuration,
            first.resolver,
            kind.kind,
            settings,
            previous=first.resolver if before is not None else None,
        )
        return Change(
            whole=whole, arrived=tuple(f"{first.dialect_type}.{name}.{first.resolver}" for name in waiting)
        )

    async def put(self, unit: Unit, change: Change) -> None:
        """Write it down."""
        await unit.configuration.held()
        await unit.configuration.put_entries(
            {name: self._entries.made(name, setting) for name, setting in change.waiting.items()}
        )
        await unit.configuration.remove_entries(change.arrived)
        if change.whole is not None:
            await self._resolvers.put(unit, change.whole)

    async def without(self, configuration: Configuration, piece: Piece) -> Prepared | None:
        """The resolver without this piece; None if it cannot be without it, or there is none of this name."""
        before = configuration.resolvers.get(piece.resolver)
        if before is None:
            return None
        kind = self._kind(piece, configuration)
        setting = self._setting(kind, piece)
        if setting in kind.needs:
            return None
        settings = {name: value for name, value in _shown(before).items() if name != setting}
        return await self._resolvers.prepare(
            configuration, piece.resolver, kind.kind, settings, previous=piece.resolver
        )

    async def remove(self, unit: Unit, piece: Piece, kept: Prepared | None) -> None:
        """Forget the piece, and the resolver with it where it cannot be without."""
        configuration = await unit.configuration.held()
        await unit.configuration.remove_entries([piece.name])
        if kept is not None:
            await self._resolvers.put(unit, kept)
        elif piece.resolver in configuration.resolvers:
            await self._resolvers.remove(unit, piece.resolver)

    def is_secret(self, name: str) -> bool:
        """Whether the system setting of this name is a secret of a resolver."""
        piece = piece_of(name)
        return piece is not None and any(
            piece.setting.lower() == secret.lower()
            for kind in self._kinds
            if kind.dialect_type == piece.dialect_type
            for secret in kind.secret_settings
        )

    def _kind(self, piece: Piece, configuration: Configuration) -> type[Resolver]:
        before = configuration.resolvers.get(piece.resolver)
        for kind in self._kinds:
            if kind.dialect_type == piece.dialect_type and (before is None or before.kind == kind.kind):
                return kind
        if before is not None:
            raise Refused(f"The resolver {piece.resolver} is not one whose settings {piece.name} could be.")
        raise BadParameter(f"No {piece.dialect_type} can be set up here.")

    def _setting(self, kind: type[Resolver], piece: Piece) -> str:
        """The kind's own spelling."""
        for name in (*kind.needs, *kind.takes, *kind.secret_settings):
            if name.lower() == piece.setting.lower():
                return name
        raise BadParameter(f"{piece.name}: a {piece.dialect_type} has no setting {piece.setting!r}.")

    def _waiting(self, configuration: Configuration, first: Piece, kind: type[Resolver]) -> dict[str, str]:
        """What of this resolver has come before."""
        found: dict[str, str] = {}
        for name in (*kind.needs, *kind.takes, *kind.secret_settings):
            entry = configuration.entries.get(f"{first.dialect_type}.{name}.{first.resolver}")
            if entry is not None:
                found[name] = self._entries.opened(f"{first.dialect_type}.{name}.{first.resolver}", entry)
        return found


def _shown(before: ResolverConfig | None) -> dict[str, str]:
    """The settings of a resolver; what keeps each secret stands for it."""
    if before is None:
        return {}
    return {**before.settings, **dict.fromkeys(before.secrets, HIDDEN)}
