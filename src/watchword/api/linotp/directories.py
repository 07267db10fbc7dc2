"""How the dialect writes realms and resolvers."""

from collections.abc import Iterator, Mapping
from typing import Any

from watchword.api.linotp.specs import spec
from watchword.configuration.resolvers import HIDDEN
from watchword.model.configuration import ADMIN_REALM, MANAGED, Configuration, Realm, ResolverConfig
from watchword.plugin.loading import Kinds


def type_of(config: ResolverConfig, kinds: Kinds) -> str:
    """``sqlresolver``, ``passwdresolver`` ...; our own name for a kind that is not installed any more."""
    kind = kinds.resolvers.get(config.kind)
    return kind.dialect_type if kind is not None else config.kind


def specs_of(realm: Realm, configuration: Configuration, kinds: Kinds) -> list[str]:
    """The realm's resolvers, in order."""
    return [spec(kinds, configuration, name) for name in realm.resolvers if name in configuration.resolvers]


def realm_entry(realm: Realm, configuration: Configuration, kinds: Kinds) -> dict[str, Any]:
    """One realm, as ``getRealms`` lists it: ``default`` is a text, and is there for the default realm alone."""
    default = {"default": "true"} if realm.name == configuration.default_realm else {}
    return {
        "realmname": realm.name,
        "entry": f"linotp.useridresolver.group.{realm.name}",
        "useridresolver": specs_of(realm, configuration, kinds),
        **default,
        "admin": realm.name == ADMIN_REALM,
    }


def realm_entries(configuration: Configuration, kinds: Kinds) -> dict[str, Any]:
    """All realms by name."""
    return {name: realm_entry(realm, configuration, kinds) for name, realm in configuration.realms.items()}


def resolver_entry(config: ResolverConfig, configuration: Configuration, kinds: Kinds) -> dict[str, Any]:
    """One resolver, as ``getResolvers`` lists it: ``readonly`` is there for managed ones alone."""
    readonly = {"readonly": True} if config.kind == MANAGED else {}
    return {
        "resolvername": config.name,
        "entry": f"linotp.{next(parameters(config, kinds))[0]}",
        "type": type_of(config, kinds),
        "spec": spec(kinds, configuration, config.name),
        "admin": is_admin(config, configuration),
        "immutable": config.immutable,
        **readonly,
    }


def is_admin(config: ResolverConfig, configuration: Configuration) -> bool:
    """Whether administrators are in this resolver."""
    realm = configuration.realms.get(ADMIN_REALM)
    return realm is not None and config.name in realm.resolvers


def data_of(config: ResolverConfig) -> dict[str, str]:
    """The resolver's parameters as text; for each secret that is set stands what keeps it when it is sent back."""
    readonly = {"readonly": "True"} if config.readonly else {}
    return {**config.settings, **dict.fromkeys(config.secrets, HIDDEN), **readonly}


def parameters(config: ResolverConfig, kinds: Kinds) -> Iterator[tuple[str, str]]:
    """The same under their names among the system settings: ``passwdresolver.fileName.name``."""
    data: Mapping[str, str] = data_of(config) or {"readonly": "False"}
    for key, value in data.items():
        yield f"{type_of(config, kinds)}.{key}.{config.name}", value
