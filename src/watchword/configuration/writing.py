"""Writes a configuration as the document that `document` reads."""

from collections.abc import Callable, Iterator

from msgspec.structs import asdict

from watchword.configuration import toml
from watchword.configuration.entries import SEALED
from watchword.configuration.pieces import piece_of
from watchword.model.configuration import Configuration, Entry, ProviderConfig, ResolverConfig
from watchword.model.oidc import Client
from watchword.model.route import Route

STORED = "stored"
"""The reference of a secret that stays as it is kept."""

_HEAD = """\
# The configuration of this Watchword; `watchword config apply FILE` makes it true.
# A section is the whole of its kind: what it does not name is removed. A section that is not here is left alone.
# No secret stands here: "env:NAME" and "file:PATH" say where it is read, "stored" that it stays as it is kept.
"""
_ABOUT = {
    "settings": "System settings, by LinOTP's names. Booleans and numbers are kept as texts: True, 10.",
    "resolvers": "How each directory is reached. The resolver of local administrators is always there.",
    "realms": "Ordered lists of resolvers; one realm may be the default.",
    "providers": "By what messages are brought: sms, voice, email. The configuration is JSON, as setProvider takes it.",
    "hooks": "Who may have us bring codes of their own, and how they show it.",
    "routes": "Which way messages go: the first route that fits decides, else the channel's default provider.",
    "oidc.clients": "Applications that people sign in to over OpenID.",
    "methods": "Ways to log in over OpenID that applications ask for (acr). What is not named is as it is shipped.",
    "policies": "What the house says, in LinOTP's notation.",
}
_LARGEST = 10**15


def export(configuration: Configuration, config_of: Callable[[ProviderConfig], str]) -> str:
    """The configuration as a document; applied where it came from, it changes nothing.

    ``config_of`` tells a provider's own configuration, with references for its secrets.
    """
    return "".join(
        (
            _HEAD,
            *_settings(configuration),
            *_resolvers(configuration),
            *_realms(configuration),
            *_providers(configuration, config_of),
            *_hooks(configuration),
            *_routes(configuration),
            *_methods(configuration),
            *_policies(configuration),
            *_clients(configuration),
        )
    )


def _settings(configuration: Configuration) -> Iterator[str]:
    yield _section("settings")
    for name, entry in sorted(configuration.entries.items()):
        if piece_of(name) is None:  # half of a resolver cannot be applied anywhere
            yield f"{toml.key(name)} = {toml.value(_entry(entry))}\n"


def _resolvers(configuration: Configuration) -> Iterator[str]:
    yield _section("resolvers")
    for name, config in sorted(configuration.resolvers.items()):
        if not config.immutable:
            yield from _resolver(name, config)


def _realms(configuration: Configuration) -> Iterator[str]:
    yield _section("realms")
    for name, realm in sorted(configuration.realms.items()):
        default = {"default": True} if name == configuration.default_realm else {}
        yield toml.table(("realms", name), {"resolvers": realm.resolvers, **default})


def _providers(configuration: Configuration, config_of: Callable[[ProviderConfig], str]) -> Iterator[str]:
    yield _section("providers")
    for provider in configuration.providers:
        timeout = {"timeout": _scalar(provider.timeout)} if provider.timeout else {}
        default = {"default": True} if provider.default else {}
        path = ("providers", provider.channel.value, provider.name)
        yield toml.table(path, {"class": provider.class_name, **timeout, **default})
        if config := config_of(provider):
            yield f"config = {toml.lines(config)}\n"


def _hooks(configuration: Configuration) -> Iterator[str]:
    yield _section("hooks")
    for name, hook in sorted(configuration.hooks.items()):
        realm = {"realm": hook.realm} if hook.realm else {}
        active = {} if hook.active else {"active": False}
        secrets = dict.fromkeys(sorted(hook.secrets), STORED)
        fields = {"shape": hook.shape.value, "proof": hook.proof.value, **realm, **hook.settings}
        yield toml.table(("hooks", name), {**fields, **secrets, **active})


def _routes(configuration: Configuration) -> Iterator[str]:
    yield _section("routes")
    for route in configuration.routes:
        usual = asdict(Route(name=route.name))
        fields = {key: value for key, value in asdict(route).items() if value != usual[key]}
        if route.channel is not None:
            fields["channel"] = route.channel.value
        yield toml.table(("routes", route.name), {"providers": route.providers, **fields})


def _methods(configuration: Configuration) -> Iterator[str]:
    yield _section("methods")
    for name, method in sorted(configuration.methods.items()):
        aliases = {"aliases": list(method.aliases)} if method.aliases else {}
        yield toml.table(("methods", name), {"enabled": method.enabled, "level": method.level, **aliases})
        plain = {key: _scalar(value) for key, value in method.properties.items()}
        properties = {**plain, **dict.fromkeys(method.secrets, STORED)}
        if properties:
            yield toml.table(("methods", name, "properties"), dict(sorted(properties.items())))


def _policies(configuration: Configuration) -> Iterator[str]:
    yield _section("policies")
    for policy in configuration.policies:
        fields = asdict(policy)
        yield toml.table(("policies", fields.pop("name")), fields)


def _clients(configuration: Configuration) -> Iterator[str]:
    yield _section("oidc.clients")
    plain = Client(id="")
    for client in configuration.clients:
        secret = {"secret": STORED} if client.secret else {}
        said = {
            name: value
            for name, value in asdict(client).items()
            if name not in {"id", "secret"} and value != getattr(plain, name)
        }
        yield toml.table(("oidc", "clients", client.id), {**secret, **said})


def _section(name: str) -> str:
    return f"\n# {_ABOUT[name]}\n[{name}]\n"


def _entry(entry: Entry) -> toml.Value:
    about = {"description": entry.description} if entry.description else {}
    if entry.sealed is not None:
        kind = {"kind": entry.kind} if entry.kind != SEALED else {}
        return {"secret": STORED, **kind, **about}
    value = _scalar(entry.value)
    if not entry.kind and not about:
        return value
    return {"value": value, **({"kind": entry.kind} if entry.kind else {}), **about}


def _resolver(name: str, config: ResolverConfig) -> Iterator[str]:
    readonly = {"readonly": True} if config.readonly else {}
    yield toml.table(("resolvers", name), {"kind": config.kind, **readonly})
    plain = {key: _scalar(value) for key, value in config.settings.items()}
    settings = {**plain, **dict.fromkeys(config.secrets, STORED)}
    if settings:
        yield toml.table(("resolvers", name, "settings"), dict(sorted(settings.items())))


def _scalar(text: str) -> toml.Value:
    """The text as number or boolean, where that reads back as exactly this text."""
    if text in {"True", "False"}:
        return text == "True"
    if text.isascii() and text.isdigit() and len(text) < len(str(_LARGEST)) and str(int(text)) == text:
        return int(text)
    return text
