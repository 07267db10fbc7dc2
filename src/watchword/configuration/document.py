"""The whole configuration as one TOML document: written, compared, and made true.

A section that stands in a document is the whole of its kind: what it does not name is removed. A section that does
not stand there is left alone. No secret is ever in a document; a reference says where it is.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import asdict, replace

from watchword.configuration import realms, toml, writing
from watchword.configuration.clients import Clients, WantedClient
from watchword.configuration.differences import by_id, by_name, by_place, differences
from watchword.configuration.entries import SEALED, Entries, Setting, plain_name
from watchword.configuration.hooks import SETTINGS as HOOK_SETTINGS
from watchword.configuration.hooks import Hooks, WantedHook
from watchword.configuration.methods import HIDDEN as HIDDEN_PROPERTY
from watchword.configuration.methods import Methods
from watchword.configuration.moving import Move, move
from watchword.configuration.policies import Policies
from watchword.configuration.providers import Providers, Wanted, channel_of, refuse_used
from watchword.configuration.references import dereferenced, referenced
from watchword.configuration.resolvers import HIDDEN, Resolvers, checked_name
from watchword.configuration.routes import checked as checked_route
from watchword.configuration.routes import refuse_routed
from watchword.configuration.tables import (
    ClientTable,
    EntryTable,
    HookTable,
    MethodTable,
    PolicyTable,
    Problems,
    ProviderTable,
    RealmTable,
    ResolverTable,
    RouteTable,
    Scalar,
    as_text,
    converted,
    read_tables,
)
from watchword.configuration.writing import STORED
from watchword.errors import BadParameter, Refused
from watchword.model.configuration import (
    ADMIN_REALM,
    MANAGED,
    Configuration,
    Entry,
    ProviderConfig,
    Realm,
    ResolverConfig,
)
from watchword.model.hook import HookConfig
from watchword.model.message import Channel
from watchword.model.method import MethodConfig
from watchword.model.oidc import Client
from watchword.model.policy import Policy
from watchword.model.route import Route
from watchword.storage.promises import Unit

K = TypeVar("K")
T = TypeVar("T")


class Plan(Struct, frozen=True, kw_only=True):
    """What a document would change."""

    before: Configuration
    after: Configuration
    lines: tuple[str, ...] = ()
    """One a change, to be read by people: ``+ policy x``, ``~ realm y: resolvers a -> a, b``, ``- resolver z``."""
    warnings: tuple[str, ...] = ()
    moves: tuple[Move, ...] = ()
    """Whose ids are others afterwards: tokens follow."""


class Document:
    """Writes and reads the document."""

    def __init__(
        self,
        entries: Entries,
        resolvers: Resolvers,
        providers: Providers,
        hooks: Hooks,
        methods: Methods,
        policies: Policies,
        clients: Clients,
    ) -> None:
        self._entries = entries
        self._resolvers = resolvers
        self._providers = providers
        self._hooks = hooks
        self._methods = methods
        self._policies = policies
        self._clients = clients

    def export(self, configuration: Configuration) -> str:
        """The configuration as a document; applied where it came from, it changes nothing."""
        return writing.export(configuration, lambda provider: referenced(self._providers.shown(provider)))

    async def plan(self, text: str, current: Configuration, secret: Callable[[str], str]) -> Plan:
        """What the document would change; BadParameter with a line for each thing that is wrong with it.

        ``secret`` reads a reference (`read_reference`).
        """
        tables = read_tables(text)
        problems = Problems()
        after = current
        if tables.settings is not None:
            after = replace(after, entries=self._read_entries(tables.settings, current, secret, problems))
        if tables.resolvers is not None:
            resolvers = await self._read_resolvers(tables.resolvers, current, secret, problems)
            after = replace(after, resolvers=resolvers)
        if tables.realms is not None:
            after = _read_realms(tables.realms, after, problems)
        if tables.providers is not None:
            providers = await self._read_providers(tables.providers, current, secret, problems)
            after = replace(after, providers=providers)
        if tables.hooks is not None:
            after = replace(after, hooks=self._read_hooks(tables.hooks, current, secret, problems))
        if tables.routes is not None:
            after = replace(after, routes=_read_routes(tables.routes, after, problems))
        if tables.methods is not None:
            after = replace(
                after, methods=await self._read_methods(tables.methods, current, secret, problems)
            )
        if tables.policies is not None:
            after = replace(after, policies=self._read_policies(tables.policies, after, current, problems))
        if tables.oidc is not None and tables.oidc.clients is not None:
            clients = self._read_clients(tables.oidc.clients, current, secret, problems)
            after = replace(after, clients=clients)
        problems.raise_any()
        _check_realms(after, problems)
        _check_providers(current, after, problems)
        with problems.at("settings"):
            self._methods.check_defaults(after)
        problems.raise_any()
        warnings = self._policies.warnings(current, after)
        moves = [
            await self._resolvers.moved(current.resolvers[name], made)
            for name, made in after.resolvers.items()
            if name in current.resolvers and made != current.resolvers[name]
        ]
        return Plan(
            before=current,
            after=after,
            lines=tuple(differences(current, after)),
            warnings=warnings,
            moves=tuple(people for people in moves if people is not None),
        )

    async def apply(self, unit: Unit, plan: Plan) -> None:
        """Make the plan true; Refused if the configuration is no longer the one it was made for."""
        if not plan.lines:
            return
        held = await unit.configuration.held()
        if replace(held, revision=0) != replace(plan.before, revision=0):
            raise Refused("The configuration has changed since this plan was made: make a new one.")
        before, after, shelf = plan.before, plan.after, unit.configuration
        await shelf.put_entries(_changed(before.entries, after.entries))
        await shelf.remove_entries(before.entries.keys() - after.entries.keys())
        for config in _changed(before.resolvers, after.resolvers).values():
            await shelf.put_resolver(config)
        for people in plan.moves:
            await move(unit, people)
        for realm in _changed(before.realms, after.realms).values():
            await shelf.put_realm(realm)
        for name in before.realms.keys() - after.realms.keys():
            await shelf.remove_realm(name)
        for name in before.resolvers.keys() - after.resolvers.keys():
            await unit.people.remove(name)
            await shelf.remove_resolver(name)
        await shelf.set_default_realm(after.default_realm)
        providers = by_place(before.providers), by_place(after.providers)
        for provider in _changed(*providers).values():
            await shelf.put_provider(provider)
        for place in providers[0].keys() - providers[1].keys():
            await shelf.remove_provider(*place)
        for hook in _changed(before.hooks, after.hooks).values():
            await shelf.put_hook(hook)
        for name in before.hooks.keys() - after.hooks.keys():
            await shelf.remove_hook(name)
        if before.routes != after.routes:
            await shelf.put_routes(after.routes)
        for method in _changed(before.methods, after.methods).values():
            await shelf.put_method(method)
        for name in before.methods.keys() - after.methods.keys():
            await shelf.remove_method(name)
        policies = by_name(before.policies), by_name(after.policies)
        await shelf.put_policies(_changed(*policies).values())
        await shelf.remove_policies(policies[0].keys() - policies[1].keys())
        clients = by_id(before.clients), by_id(after.clients)
        for client in _changed(*clients).values():
            await shelf.put_client(client)
        for identifier in clients[0].keys() - clients[1].keys():
            await shelf.remove_client(identifier)

    def _read_entries(
        self,
        section: Mapping[str, Any],
        current: Configuration,
        secret: Callable[[str], str],
        problems: Problems,
    ) -> dict[str, Entry]:
        entries: dict[str, Entry] = {}
        for name, raw in section.items():
            with problems.at("settings", name):
                if plain_name(name) != name:
                    raise BadParameter(f"write it as {toml.key(plain_name(name))}")
                table = EntryTable(value=raw) if isinstance(raw, Scalar) else converted(raw, EntryTable)
                if (table.value is None) == (table.secret is None):
                    raise BadParameter("write either a value or { secret = ... }")
                entries[name] = self._entry(name, table, current.entries.get(name), secret)
        return entries

    def _entry(
        self, name: str, table: EntryTable, before: Entry | None, secret: Callable[[str], str]
    ) -> Entry:
        if table.secret is None:
            kind, value = table.kind, as_text(table.value)
            if kind == SEALED:
                raise BadParameter('a password is written as { secret = "env:NAME" }')
            return self._entries.made(name, Setting(value=value, kind=kind, description=table.description))
        kept = before if before is not None and before.sealed is not None else None
        if table.secret == STORED:
            if kept is None:
                raise BadParameter("no secret is stored here: write env:NAME or file:PATH")
        else:
            clear = secret(table.secret)
            if kept is None or self._entries.opened(name, kept) != clear:
                kept = self._entries.made(name, Setting(value=clear, kind=SEALED))
        return replace(kept, kind=table.kind or SEALED, description=table.description)

    async def _read_resolvers(
        self,
        section: Mapping[str, Any],
        current: Configuration,
        secret: Callable[[str], str],
        problems: Problems,
    ) -> dict[str, ResolverConfig]:
        resolvers = {name: config for name, config in current.resolvers.items() if config.immutable}
        for name, raw in section.items():
            with problems.at("resolvers", name):
                if checked_name(name) in resolvers:
                    raise Refused("local administrators are in it, and it cannot be changed")
                table = converted(raw, ResolverTable)
                before = current.resolvers.get(name)
                if before is not None and before.kind != table.kind:
                    raise BadParameter(
                        f"it is of the kind {before.kind}, and a resolver cannot change its kind"
                    )
                if table.readonly and table.kind != MANAGED:
                    raise BadParameter("readonly is only for resolvers whose people were imported")
                config = self._resolver(name, table, before, secret)
                if config is not before:
                    await self._resolvers.verify(config)
                resolvers[name] = config
        return resolvers

    def _resolver(
        self, name: str, table: ResolverTable, before: ResolverConfig | None, secret: Callable[[str], str]
    ) -> ResolverConfig:
        kind = self._resolvers.kind(table.kind)
        known = {*kind.needs, *kind.takes, *kind.secret_settings}
        for key in table.settings.keys() - known:
            raise BadParameter(f"settings.{toml.key(key)}: {table.kind} resolvers have no such setting")
        settings: dict[str, str] = {}
        kept: dict[str, Any] = {}
        for key, value in table.settings.items():
            settings[key] = as_text(value)
            if key not in kind.secret_settings:
                continue
            if value != STORED:
                settings[key] = secret(as_text(value))
            elif before is not None and key in before.secrets:
                settings[key], kept[key] = HIDDEN, before.secrets[key]
            else:
                raise BadParameter(f"settings.{key}: no secret is stored here: write env:NAME or file:PATH")
        base = before and replace(before, secrets=kept)
        made = self._resolvers.made(name, table.kind, settings, before=base, readonly=table.readonly)
        return before if before is not None and self._resolvers.agree(before, made) else made

    async def _read_providers(
        self,
        section: Mapping[str, Any],
        current: Configuration,
        secret: Callable[[str], str],
        problems: Problems,
    ) -> tuple[ProviderConfig, ...]:
        found: list[ProviderConfig] = []
        for word, raw in section.items():
            with problems.at("providers", word):
                channel = channel_of(word)
                if not isinstance(raw, dict):
                    raise BadParameter("write a table for each provider")
                of_channel: list[ProviderConfig] = []
                for name, inner in raw.items():
                    with problems.at("providers", word, name):
                        table = converted(inner, ProviderTable)
                        made = await self._provider(channel, name, table, current, secret)
                        if table.default and any(other.default for other in of_channel):
                            raise BadParameter("another one is the default already; there is exactly one")
                        of_channel.append(replace(made, default=table.default))
                if of_channel and not any(provider.default for provider in of_channel):
                    of_channel[0] = replace(of_channel[0], default=True)
                found.extend(of_channel)
        return tuple(sorted(found, key=lambda provider: (provider.channel, provider.name)))

    async def _provider(
        self,
        channel: Channel,
        name: str,
        table: ProviderTable,
        current: Configuration,
        secret: Callable[[str], str],
    ) -> ProviderConfig:
        """The provider; where the document says nothing else than what is kept, exactly as it is kept."""
        settings = self._providers.kind(channel, table.class_name).settings
        wanted = Wanted(
            channel=channel,
            name=name,
            class_name=table.class_name,
            timeout=as_text(table.timeout),
            config=dereferenced(table.config, settings, secret),
        )
        before = current.provider(channel, name) if name else None
        return await self._providers.made(wanted, before, unless_same=True)

    def _read_hooks(
        self,
        section: Mapping[str, Any],
        current: Configuration,
        secret: Callable[[str], str],
        problems: Problems,
    ) -> dict[str, HookConfig]:
        hooks: dict[str, HookConfig] = {}
        for name, raw in section.items():
            with problems.at("hooks", name):
                table = converted(raw, HookTable)
                said = {"secret": table.secret, "previous": table.previous}
                wanted = WantedHook(
                    name=name,
                    shape=table.shape,
                    proof=table.proof,
                    realm=table.realm,
                    settings={key: getattr(table, key) for key in HOOK_SETTINGS},
                    secrets={
                        key: None if reference == STORED else secret(reference)
                        for key, reference in said.items()
                        if reference
                    },
                    active=table.active,
                )
                hooks[name] = self._hooks.made(wanted, current.hooks.get(name))
        return hooks

    def _read_clients(
        self,
        section: Mapping[str, Any],
        current: Configuration,
        secret: Callable[[str], str],
        problems: Problems,
    ) -> tuple[Client, ...]:
        clients: list[Client] = []
        for name, raw in section.items():
            with problems.at("oidc", "clients", name):
                table = converted(raw, ClientTable)
                said: dict[str, Any] = {
                    field: tuple(value) if isinstance(value, list) else value
                    for field, value in asdict(table).items()
                }
                kept = table.secret is None or table.secret == STORED
                said["secret"] = None if kept else secret(str(table.secret))
                wanted = WantedClient(id=name, **said)
                clients.append(self._clients.made(wanted, current.client(name)))
        return tuple(sorted(clients, key=lambda client: client.id))

    async def _read_methods(
        self,
        section: Mapping[str, Any],
        current: Configuration,
        secret: Callable[[str], str],
        problems: Problems,
    ) -> dict[str, MethodConfig]:
        """The methods; of what a document does not name, nothing is kept."""
        found: dict[str, MethodConfig] = {}
        for name, raw in section.items():
            with problems.at("methods", name):
                table = converted(raw, MethodTable)
                method = self._methods.kind(name)
                declared = {one.name: one for one in method.properties}
                properties = dict.fromkeys(declared, "")
                for key, value in table.properties.items():
                    text = as_text(value)
                    if key in declared and declared[key].secret:
                        text = HIDDEN_PROPERTY if text == STORED else secret(text)
                    properties[key] = text
                found[method.name] = await self._methods.made(
                    # Whether a default stays in force is asked of the whole.
                    replace(current, entries={}),
                    name,
                    enabled=table.enabled,
                    level=method.level if table.level is None else table.level,
                    aliases=tuple(table.aliases),
                    properties=properties,
                )
        return found

    def _read_policies(
        self, section: Mapping[str, Any], after: Configuration, current: Configuration, problems: Problems
    ) -> tuple[Policy, ...]:
        known = by_name(current.policies)
        policies: list[Policy] = []
        for name, raw in section.items():
            with problems.at("policies", name):
                policy = Policy(name=name, **asdict(converted(raw, PolicyTable)))
                if policy != known.get(name):
                    policy = self._policies.checked(policy, after, imported=True)
                policies.append(policy)
        return tuple(sorted(policies, key=lambda policy: policy.name))


def read_reference(reference: str, environment: Mapping[str, str]) -> str:
    """The secret that a reference leads to: ``env:NAME``, or ``file:PATH`` without the line end at its end."""
    kind, _, place = reference.partition(":")
    if kind == "env" and place:
        if place not in environment:
            raise BadParameter(f"the variable {place} is not set")
        if any("\ud800" <= char <= "\udfff" for char in environment[place]):
            raise BadParameter(f"the variable {place} is not in UTF-8")
        return environment[place]
    if kind == "file" and place:
        try:
            return Path(place).read_text(encoding="utf-8").removesuffix("\n").removesuffix("\r")
        except (OSError, ValueError) as broken:
            raise BadParameter(f"the file {place} cannot be read ({type(broken).__name__})") from None
    raise BadParameter('a secret is written as "env:NAME", "file:PATH" or "stored", never as itself')


def _read_routes(section: Mapping[str, Any], after: Configuration, problems: Problems) -> tuple[Route, ...]:
    found: list[Route] = []
    for name, raw in section.items():
        with problems.at("routes", name):
            table = converted(raw, RouteTable)
            channel = channel_of(table.channel) if table.channel else None
            fields = {**asdict(table), "name": name, "channel": channel}
            found.append(checked_route(msgspec.convert(fields, Route), after))
    return tuple(found)


def _read_realms(section: Mapping[str, Any], after: Configuration, problems: Problems) -> Configuration:
    found: dict[str, Realm] = {}
    default = ""
    for name, raw in section.items():
        with problems.at("realms", name):
            if realms.plain_name(name) != name:
                raise BadParameter(f"write it as {toml.key(realms.plain_name(name))}")
            table = converted(raw, RealmTable)
            found[name] = Realm(name=name, resolvers=tuple(table.resolvers))
            if table.default and default:
                raise BadParameter(f"{default} is the default realm already; there is one at most")
            default = name if table.default else default
    with problems.at("realms", ADMIN_REALM):
        if ADMIN_REALM not in section:
            raise Refused("the administrators' realm cannot be removed")
    return replace(after, realms=found, default_realm=default)


def _check_realms(after: Configuration, problems: Problems) -> None:
    for name, realm in after.realms.items():
        with problems.at("realms", name):
            realms.checked(realm, after)


def _check_providers(before: Configuration, after: Configuration, problems: Problems) -> None:
    """Nothing that is removed is in use."""
    for channel, name in by_place(before.providers).keys() - by_place(after.providers).keys():
        with problems.at("providers", channel, name):
            refuse_used(after, channel, name)
            refuse_routed(after.routes, channel, name)


def _changed(before: Mapping[K, T], after: Mapping[K, T]) -> dict[K, T]:
    return {name: item for name, item in after.items() if before.get(name) != item}
