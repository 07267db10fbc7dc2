"""Tells in lines for people how two configurations differ; no secret is in them."""

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from msgspec.structs import asdict

from watchword.configuration import toml
from watchword.model.configuration import MANAGED, Configuration, Entry, ProviderConfig, Realm, ResolverConfig
from watchword.model.hook import HookConfig
from watchword.model.message import Channel
from watchword.model.method import MethodConfig
from watchword.model.oidc import Client
from watchword.model.policy import Policy
from watchword.model.route import Route

T = TypeVar("T")

_LONGEST_SHOWN = 60


def differences(before: Configuration, after: Configuration) -> Iterator[str]:
    """One line a change: ``+ policy x``, ``~ realm y: resolvers a -> a, b``, ``- resolver z``."""
    yield from _of_kind("setting", before.entries, after.entries, _entry_shown, _entry_change)
    yield from _of_kind("resolver", before.resolvers, after.resolvers, _resolver_shown, _resolver_change)
    yield from _of_kind(
        "realm", before.realms, after.realms, lambda realm: ": " + ", ".join(realm.resolvers), _realm_change
    )
    if before.default_realm != after.default_realm:
        yield f"~ default realm: {before.default_realm or '(none)'} -> {after.default_realm or '(none)'}"
    providers = _by_words(before.providers), _by_words(after.providers)
    yield from _of_kind("provider", *providers, _provider_shown, _provider_change)
    yield from _of_kind("hook", before.hooks, after.hooks, _hook_shown, _hook_change)
    yield from _of_kind("route", _routes_of(before), _routes_of(after), _route_shown, _route_change)
    if _order(before, after) != _order(after, before):
        yield "~ routes: looked at in another order"
    yield from _of_kind("method", before.methods, after.methods, _method_shown, _method_change)
    policies = by_name(before.policies), by_name(after.policies)
    yield from _of_kind("policy", *policies, lambda _policy: "", _policy_change)
    clients = by_id(before.clients), by_id(after.clients)
    yield from _of_kind("client", *clients, lambda client: f" ({client.authentication})", _client_change)


def _of_kind(
    noun: str,
    before: Mapping[str, T],
    after: Mapping[str, T],
    shown: Callable[[T], str],
    change: Callable[[T, T], str],
) -> Iterator[str]:
    for name in sorted(before.keys() | after.keys()):
        label = f"{noun} {_shown(name)}"
        if name not in before:
            yield f"+ {label}{shown(after[name])}"
        elif name not in after:
            yield f"- {label}{shown(before[name])}"
        elif before[name] != after[name]:
            yield f"~ {label}: {change(before[name], after[name])}"


def _entry_shown(entry: Entry) -> str:
    return f": {_entry_value(entry)}"


def _entry_value(entry: Entry) -> str:
    return "(secret)" if entry.sealed is not None else _shown(entry.value)


def _entry_change(before: Entry, after: Entry) -> str:
    if (before.value, before.sealed) == (after.value, after.sealed):
        return "described anew"
    if before.sealed is not None and after.sealed is not None:
        return "secret set anew"
    return f"{_entry_value(before)} -> {_entry_value(after)}"


def _resolver_shown(config: ResolverConfig) -> str:
    return " (with the people kept in it)" if config.kind == MANAGED else f" ({config.kind})"


def _resolver_change(before: ResolverConfig, after: ResolverConfig) -> str:
    parts = [
        f"{key} {_shown(before.settings.get(key, ''))} -> {_shown(after.settings.get(key, ''))}"
        for key in sorted(before.settings.keys() | after.settings.keys())
        if before.settings.get(key) != after.settings.get(key)
    ]
    for key in sorted(before.secrets.keys() | after.secrets.keys()):
        if key not in after.secrets:
            parts.append(f"{key} removed")
        elif before.secrets.get(key) != after.secrets[key]:
            parts.append(f"{key} set anew")
    if before.readonly != after.readonly:
        parts.append(f"readonly {before.readonly} -> {after.readonly}")
    return "; ".join(parts)


def _provider_shown(config: ProviderConfig) -> str:
    return f" ({_shown(config.class_name)}{', default' if config.default else ''})"


def _provider_change(before: ProviderConfig, after: ProviderConfig) -> str:
    parts = [
        f"{what} {_shown(old)} -> {_shown(new)}"
        for what, old, new in (
            ("class", before.class_name, after.class_name),
            ("timeout", before.timeout, after.timeout),
        )
        if old != new
    ]
    if before.config != after.config:
        parts.append("configured anew")
    if before.default != after.default:
        parts.append("default now" if after.default else "default no more")
    return "; ".join(parts)


def _hook_shown(hook: HookConfig) -> str:
    return f" ({hook.shape}, {hook.proof})"


def _hook_change(before: HookConfig, after: HookConfig) -> str:
    parts = [
        f"{what} {_shown(str(old))} -> {_shown(str(new))}"
        for what, old, new in (
            ("shape", before.shape, after.shape),
            ("proof", before.proof, after.proof),
            ("realm", before.realm, after.realm),
            ("active", before.active, after.active),
        )
        if old != new
    ]
    parts += [
        f"{key} {_shown(before.settings.get(key, ''))} -> {_shown(after.settings.get(key, ''))}"
        for key in sorted(before.settings.keys() | after.settings.keys())
        if before.settings.get(key) != after.settings.get(key)
    ]
    for key in sorted(before.secrets.keys() | after.secrets.keys()):
        if before.secrets.get(key) != after.secrets.get(key):
            parts.append(f"{key} set anew" if key in after.secrets else f"{key} removed")
    return "; ".join(parts)


def _routes_of(configuration: Configuration) -> dict[str, Route]:
    return {route.name: route for route in configuration.routes}


def _route_shown(route: Route) -> str:
    return f": {', '.join(route.providers) or '(nothing is sent)'}"


def _route_change(before: Route, after: Route) -> str:
    old, new = asdict(before), asdict(after)
    changed = [name for name in old if old[name] != new[name]]
    return "; ".join(f"{name} {_listed(old[name])} -> {_listed(new[name])}" for name in changed)


def _listed(value: object) -> str:
    return _shown(", ".join(map(str, value)) if isinstance(value, tuple) else str(value))


def _order(one: Configuration, other: Configuration) -> list[str]:
    """The routes of the one that are in the other, too, in the one's order."""
    names = {route.name for route in other.routes}
    return [route.name for route in one.routes if route.name in names]


def _method_shown(method: MethodConfig) -> str:
    return f" ({'enabled' if method.enabled else 'disabled'})"


def _method_change(before: MethodConfig, after: MethodConfig) -> str:
    parts = [
        f"{what} {_shown(str(old))} -> {_shown(str(new))}"
        for what, old, new in (
            ("enabled", before.enabled, after.enabled),
            ("level", before.level, after.level),
            ("aliases", " ".join(before.aliases), " ".join(after.aliases)),
            *(
                (name, before.properties.get(name, ""), after.properties.get(name, ""))
                for name in sorted(before.properties.keys() | after.properties.keys())
            ),
        )
        if old != new
    ]
    parts += [
        f"{name} {'set anew' if name in after.secrets else 'removed'}"
        for name in sorted(before.secrets.keys() | after.secrets.keys())
        if before.secrets.get(name) != after.secrets.get(name)
    ]
    return "; ".join(parts)


def _by_words(providers: tuple[ProviderConfig, ...]) -> dict[str, ProviderConfig]:
    return {f"{channel} {name}": provider for (channel, name), provider in by_place(providers).items()}


def _realm_change(before: Realm, after: Realm) -> str:
    return f"resolvers {', '.join(before.resolvers)} -> {', '.join(after.resolvers)}"


def _policy_change(before: Policy, after: Policy) -> str:
    old, new = asdict(before), asdict(after)
    changed = [name for name in old if old[name] != new[name]]
    return "; ".join(f"{name} {_shown(str(old[name]))} -> {_shown(str(new[name]))}" for name in changed)


def _client_change(before: Client, after: Client) -> str:
    old, new = asdict(before), asdict(after)
    changed = [name for name in old if name != "secret" and old[name] != new[name]]
    parts = [f"{name} {_shown(str(old[name]))} -> {_shown(str(new[name]))}" for name in changed]
    return "; ".join([*parts, *(["secret set anew"] if before.secret != after.secret else [])])


def _shown(text: str) -> str:
    """The text for one line of a terminal: nothing in it can move the cursor."""
    short = text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."
    return short if short and short.isprintable() else toml.text(short)


def by_name(policies: tuple[Policy, ...]) -> dict[str, Policy]:
    """The policies by their names."""
    return {policy.name: policy for policy in policies}


def by_id(clients: tuple[Client, ...]) -> dict[str, Client]:
    """The clients by their ids."""
    return {client.id: client for client in clients}


def by_place(providers: tuple[ProviderConfig, ...]) -> dict[tuple[Channel, str], ProviderConfig]:
    """The providers by channel and name."""
    return {(provider.channel, provider.name): provider for provider in providers}
