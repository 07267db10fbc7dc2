"""The shelf of the configuration."""

# ruff: noqa: S608  statements are put together of names of ours; values go beside them

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from watchword.crypto.sealing import Sealed
from watchword.errors import NoSuchRealm
from watchword.model.configuration import Configuration, Entry, ProviderConfig, Realm, ResolverConfig
from watchword.model.hook import HookConfig, Proof, Shape
from watchword.model.message import Channel
from watchword.model.method import MethodConfig
from watchword.model.oidc import Client
from watchword.model.policy import Policy
from watchword.model.route import Route
from watchword.storage.lines import Line
from watchword.storage.rows import mapping_of, sealed_json, sealed_of
from watchword.storage.texts import json_of

_POLICY = 'name, scope, action, realm, "user", client, time, active'
_METHOD = "name, enabled, level, aliases, properties, secrets, carrier, carrier_class"
_HOOK = "name, shape, proof, realm, settings, secrets, active"
_PROVIDER = "channel, name, class_name, config, timeout, is_default"


class ConfigurationShelf:
    def __init__(self, line: Line) -> None:
        self._line = line
        self._changed = False

    async def load(self) -> Configuration:
        # The revision first: should somebody write meanwhile, what follows is newer than it says, and the next
        # look-up finds that out.
        [(revision,)] = await self._line.rows("SELECT number FROM revision")
        entries = await self._line.rows("SELECT name, value, sealed, kind, description FROM config_entry")
        resolvers = await self._line.rows(
            "SELECT name, kind, settings, secrets, readonly, immutable FROM resolver ORDER BY name"
        )
        realms = await self._line.rows("SELECT name, is_default FROM realm ORDER BY name")
        members = await self._line.rows("SELECT realm, resolver FROM realm_resolver ORDER BY realm, position")
        policies = await self._line.rows(f"SELECT {_POLICY} FROM policy ORDER BY name")
        providers = await self._line.rows(f"SELECT {_PROVIDER} FROM provider ORDER BY channel, name")
        hooks = await self._line.rows(f"SELECT {_HOOK} FROM hook ORDER BY name")
        routes = await self._line.rows("SELECT content FROM route ORDER BY position, name")
        methods = await self._line.rows(f"SELECT {_METHOD} FROM method ORDER BY name")
        clients = await self._line.rows("SELECT facts FROM oidc_client ORDER BY id")
        return Configuration(
            revision=revision,
            entries={
                name: Entry(
                    value=value,
                    sealed=None if sealed is None else Sealed(sealed),
                    kind=kind,
                    description=description,
                )
                for name, value, sealed, kind, description in entries
            },
            resolvers={
                name: ResolverConfig(
                    name=name,
                    kind=kind,
                    settings=mapping_of(settings),
                    secrets=sealed_of(secrets),
                    readonly=readonly == 1,
                    immutable=immutable == 1,
                )
                for name, kind, settings, secrets, readonly, immutable in resolvers
            },
            realms={
                name: Realm(name=name, resolvers=tuple(member for realm, member in members if realm == name))
                for name, _ in realms
            },
            default_realm=next((name for name, is_default in realms if is_default), ""),
            policies=tuple(
                Policy(
                    name=name,
                    scope=scope,
                    action=action,
                    realm=realm,
                    user=user,
                    client=client,
                    time=time,
                    active=active == 1,
                )
                for name, scope, action, realm, user, client, time, active in policies
            ),
            providers=tuple(
                ProviderConfig(
                    channel=Channel(channel),
                    name=name,
                    class_name=class_name,
                    config=None if config is None else Sealed(config),
                    timeout=timeout,
                    default=is_default == 1,
                )
                for channel, name, class_name, config, timeout, is_default in providers
            ),
            hooks={
                name: HookConfig(
                    name=name,
                    shape=Shape(shape),
                    proof=Proof(proof),
                    realm=realm,
                    settings=mapping_of(settings),
                    secrets=sealed_of(secrets),
                    active=active == 1,
                )
                for name, shape, proof, realm, settings, secrets, active in hooks
            },
            routes=tuple(msgspec.json.decode(content, type=Route) for (content,) in routes),
            methods={
                name: MethodConfig(
                    name=name,
                    enabled=enabled == 1,
                    level=level,
                    aliases=tuple(aliases.split()),
                    properties=mapping_of(properties),
                    secrets=sealed_of(secrets),
                    carrier=None if carrier is None else Sealed(carrier),
                    carrier_class=carrier_class,
                )
                for name, enabled, level, aliases, properties, secrets, carrier, carrier_class in methods
            },
            clients=tuple(msgspec.json.decode(facts, type=Client) for (facts,) in clients),
        )

    async def held(self) -> Configuration:
        await self._hold()
        return await self.load()

    async def _hold(self) -> None:
        # Writing the row as it is takes its lock and moves nothing.
        await self._line.change("UPDATE revision SET number = number")

    async def put_entries(self, entries: Mapping[str, Entry]) -> None:
        await self.touch()
        await self._line.change_many(
            "INSERT INTO config_entry (name, value, sealed, kind, description) VALUES ($1, $2, $3, $4, $5)"
            " ON CONFLICT (name) DO UPDATE SET value = excluded.value, sealed = excluded.sealed,"
            " kind = excluded.kind, description = excluded.description",
            [(name, one.value, one.sealed, one.kind, one.description) for name, one in entries.items()],
        )

    async def remove_entries(self, names: Iterable[str]) -> None:
        await self.touch()
        await self._line.change_many("DELETE FROM config_entry WHERE name = $1", [(name,) for name in names])

    async def put_resolver(self, resolver: ResolverConfig) -> None:
        await self.touch()
        await self._line.change(
            "INSERT INTO resolver (name, kind, settings, secrets, readonly, immutable)"
            " VALUES ($1, $2, $3, $4, $5, $6)"
            " ON CONFLICT (name) DO UPDATE SET kind = excluded.kind, settings = excluded.settings,"
            " secrets = excluded.secrets, readonly = excluded.readonly, immutable = excluded.immutable",
            resolver.name,
            resolver.kind,
            json_of(resolver.settings),
            sealed_json(resolver.secrets),
            int(resolver.readonly),
            int(resolver.immutable),
        )

    async def remove_resolver(self, name: str) -> None:
        await self.touch()
        await self._line.change("DELETE FROM resolver WHERE name = $1", name)

    async def put_realm(self, realm: Realm) -> None:
        await self.touch()
        await self._line.change(
            "INSERT INTO realm (name) VALUES ($1) ON CONFLICT (name) DO NOTHING", realm.name
        )
        await self._line.change("DELETE FROM realm_resolver WHERE realm = $1", realm.name)
        await self._line.change_many(
            "INSERT INTO realm_resolver (realm, position, resolver) VALUES ($1, $2, $3)",
            [(realm.name, position, resolver) for position, resolver in enumerate(realm.resolvers)],
        )

    async def remove_realm(self, name: str) -> None:
        await self.touch()
        await self._line.change("DELETE FROM realm WHERE name = $1", name)
        await self._line.change("DELETE FROM token_realm WHERE realm = $1", name)

    async def set_default_realm(self, name: str) -> None:
        await self.touch()
        await self._line.change("UPDATE realm SET is_default = 0 WHERE is_default <> 0")
        if name and not await self._line.change("UPDATE realm SET is_default = 1 WHERE name = $1", name):
            raise NoSuchRealm(f"There is no realm {name!r} that could be the default.")

    async def put_policies(self, policies: Iterable[Policy]) -> None:
        await self.touch()
        await self._line.change_many(
            f"INSERT INTO policy ({_POLICY}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
            " ON CONFLICT (name) DO UPDATE SET scope = excluded.scope, action = excluded.action,"
            ' realm = excluded.realm, "user" = excluded."user", client = excluded.client,'
            " time = excluded.time, active = excluded.active",
            [
                (one.name, one.scope, one.action, one.realm, one.user, one.client, one.time, int(one.active))
                for one in policies
            ],
        )

    async def remove_policies(self, names: Iterable[str]) -> None:
        await self.touch()
        await self._line.change_many("DELETE FROM policy WHERE name = $1", [(name,) for name in names])

    async def put_provider(self, provider: ProviderConfig) -> None:
        await self.touch()
        if provider.default:
            # Two that become the default at once see each other.
            await self._hold()
            await self._line.change(
                "UPDATE provider SET is_default = 0 WHERE channel = $1 AND is_default <> 0",
                provider.channel.value,
            )
        await self._line.change(
            f"INSERT INTO provider ({_PROVIDER}) VALUES ($1, $2, $3, $4, $5, $6)"
            " ON CONFLICT (channel, name) DO UPDATE SET class_name = excluded.class_name,"
            " config = excluded.config, timeout = excluded.timeout, is_default = excluded.is_default",
            provider.channel.value,
            provider.name,
            provider.class_name,
            provider.config,
            provider.timeout,
            int(provider.default),
        )

    async def remove_provider(self, channel: Channel, name: str) -> None:
        await self.touch()
        await self._line.change("DELETE FROM provider WHERE channel = $1 AND name = $2", channel.value, name)

    async def put_method(self, method: MethodConfig) -> None:
        await self.touch()
        await self._line.change(
            f"INSERT INTO method ({_METHOD}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
            " ON CONFLICT (name) DO UPDATE SET enabled = excluded.enabled, level = excluded.level,"
            " aliases = excluded.aliases, properties = excluded.properties, secrets = excluded.secrets,"
            " carrier = excluded.carrier, carrier_class = excluded.carrier_class",
            method.name,
            int(method.enabled),
            method.level,
            " ".join(method.aliases),
            json_of(method.properties),
            sealed_json(method.secrets),
            method.carrier,
            method.carrier_class,
        )

    async def remove_method(self, name: str) -> None:
        await self.touch()
        await self._line.change("DELETE FROM method WHERE name = $1", name)

    async def put_client(self, client: Client) -> None:
        await self.touch()
        await self._line.change(
            "INSERT INTO oidc_client (id, facts) VALUES ($1, $2)"
            " ON CONFLICT (id) DO UPDATE SET facts = excluded.facts",
            client.id,
            json_of(msgspec.to_builtins(client)),
        )

    async def remove_client(self, identifier: str) -> None:
        await self.touch()
        await self._line.change("DELETE FROM oidc_client WHERE id = $1", identifier)

    async def put_hook(self, hook: HookConfig) -> None:
        await self.touch()
        await self._line.change(
            f"INSERT INTO hook ({_HOOK}) VALUES ($1, $2, $3, $4, $5, $6, $7)"
            " ON CONFLICT (name) DO UPDATE SET shape = excluded.shape, proof = excluded.proof,"
            " realm = excluded.realm, settings = excluded.settings, secrets = excluded.secrets,"
            " active = excluded.active",
            hook.name,
            hook.shape.value,
            hook.proof.value,
            hook.realm,
            json_of(hook.settings),
            sealed_json(hook.secrets),
            int(hook.active),
        )

    async def remove_hook(self, name: str) -> None:
        await self.touch()
        await self._line.change("DELETE FROM hook WHERE name = $1", name)

    async def put_routes(self, routes: Sequence[Route]) -> None:
        await self.touch()
        await self._line.change("DELETE FROM route")
        await self._line.change_many(
            "INSERT INTO route (name, position, content) VALUES ($1, $2, $3)",
            [
                (route.name, position, msgspec.json.encode(route).decode())
                for position, route in enumerate(routes)
            ],
        )

    async def touch(self) -> None:
        self._changed = True

    async def move_revision(self) -> None:
        """Once at the end of a unit, so that nobody waits for the row longer than a commit takes."""
        if self._changed:
            await self._line.change("UPDATE revision SET number = number + 1")
