"""Methods of authentication over OpenID: which are in force, and their properties."""

import json
from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from watchword.crypto.keyring import KeyRing
from watchword.delivery import providing
from watchword.delivery.configs import read
from watchword.errors import BadParameter, Refused
from watchword.model.configuration import Configuration, Entry, provider_context
from watchword.model.method import CONSOLE_ACR, DEFAULT_ACR, MethodConfig, carrier_name, property_context
from watchword.plugin.loading import Kinds
from watchword.plugin.methods import Method, effective, missing
from watchword.storage.promises import Unit

HIDDEN = "***"
"""Stands for a secret property that is set; sent back, it leaves the secret as it is."""
DEFAULTS: Mapping[str, str] = {DEFAULT_ACR: "Default acr", CONSOLE_ACR: "oxTrust acr"}
"""The settings that name a default, and what Gluu calls them."""

_MOST_LEVEL = 1000


class Methods:
    """Enables, disables and changes methods. One that could not work is not enabled."""

    def __init__(self, ring: KeyRing, kinds: Kinds, opened: providing.Providers) -> None:
        self._ring = ring
        self._kinds = kinds
        self._providers = opened

    def kind(self, name: str) -> Method:
        """The method of this name; BadParameter if none is installed."""
        found = self._kinds.methods.get(name.strip().lower())
        if found is None:
            there = ", ".join(self._kinds.methods)
            raise BadParameter(f"There is no method {name!r}; there are {there}.")
        return found

    async def put(
        self,
        unit: Unit,
        name: str,
        *,
        enabled: bool | None = None,
        level: int | None = None,
        aliases: tuple[str, ...] | None = None,
        properties: Mapping[str, str] | None = None,
    ) -> MethodConfig:
        """Change what is said and leave the rest. Refused for a default that would be disabled, BadParameter for what
        cannot work; an empty property is unset.
        """
        configuration = await unit.configuration.held()
        made = await self.made(
            configuration, name, enabled=enabled, level=level, aliases=aliases, properties=properties
        )
        await unit.configuration.put_method(made)
        return made

    async def made(
        self,
        configuration: Configuration,
        name: str,
        *,
        enabled: bool | None = None,
        level: int | None = None,
        aliases: tuple[str, ...] | None = None,
        properties: Mapping[str, str] | None = None,
    ) -> MethodConfig:
        """The method as it would be kept."""
        method = self.kind(name)
        before = effective(method, configuration.methods)
        made = replace(
            before,
            enabled=before.enabled if enabled is None else enabled,
            level=before.level if level is None else level,
            aliases=before.aliases if aliases is None else aliases,
        )
        if not 0 <= made.level <= _MOST_LEVEL:
            raise BadParameter(f"The level of {method.name} must be from 0 to {_MOST_LEVEL}.")
        self._check_aliases(configuration, made)
        if properties is not None:
            made = self._with_properties(method, made, properties)
        same = (made.properties, made.secrets) == (before.properties, before.secrets)
        if made.enabled and not (before.enabled and same and method.name in configuration.methods):
            made = await self._with_carrier(method, made)
        elif before.enabled:
            _refuse_default(configuration, made)
        return made

    async def set_default(self, unit: Unit, acr: str, *, setting: str = DEFAULT_ACR) -> None:
        """Say which method is asked for where nobody asks; empty: nobody says. Refused if it is not enabled."""
        configuration = await unit.configuration.held()
        if not acr:
            await unit.configuration.remove_entries([setting])
            return
        found = [
            method
            for method in self._kinds.methods.values()
            if acr in _words(effective(method, configuration.methods))
        ]
        if not found or not effective(found[0], configuration.methods).enabled:
            raise Refused(
                f"The method {acr} is not enabled, and cannot be the {DEFAULTS[setting]}: enable it first "
                f"(watchword oidc method enable {acr})."
            )
        await unit.configuration.put_entries({setting: Entry(value=acr)})

    def check_defaults(self, configuration: Configuration) -> None:
        """Refused if a default is not in force, which would let nobody in."""
        for setting, title in DEFAULTS.items():
            acr = configuration.text(setting).strip()
            found = (
                effective(method, configuration.methods).enabled
                for method in self._kinds.methods.values()
                if acr in _words(effective(method, configuration.methods))
            )
            if acr and not next(found, False):
                raise Refused(f"{setting}: the method {acr} is not enabled, and cannot be the {title}.")

    def shown(self, configuration: Configuration) -> list[dict[str, Any]]:
        """All methods as administrators see them, by name; of secrets only that they are set."""
        return [self._shown(method, configuration) for method in self._kinds.methods.values()]

    @staticmethod
    def _shown(method: Method, configuration: Configuration) -> dict[str, Any]:
        config = effective(method, configuration.methods)
        return {
            "name": method.name,
            "title": method.title,
            "enabled": config.enabled,
            "level": config.level,
            "aliases": list(config.aliases),
            "properties": {
                declared.name: (HIDDEN if declared.name in config.secrets else "")
                if declared.secret
                else config.properties.get(declared.name, declared.default or "")
                for declared in method.properties
            },
            "default": [DEFAULTS[name] for name in DEFAULTS if configuration.text(name) in _words(config)],
        }

    def _check_aliases(self, configuration: Configuration, made: MethodConfig) -> None:
        for word in _words(made):
            if not word.isascii() or not word.isprintable() or not word or any(map(str.isspace, word)):
                raise BadParameter(f"The name {word!r} cannot be an acr: it must be ASCII without blanks.")
            for other in self._kinds.methods.values():
                if other.name != made.name and word in _words(effective(other, configuration.methods)):
                    raise BadParameter(f"The name {word} is one of the method {other.name}.")

    def _with_properties(
        self, method: Method, made: MethodConfig, properties: Mapping[str, str]
    ) -> MethodConfig:
        declared = {one.name: one for one in method.properties}
        unknown = properties.keys() - declared.keys()
        if unknown:
            there = ", ".join(declared) or "none"
            raise BadParameter(
                f"The method {method.name} has no property {min(unknown)!r}; there are {there}."
            )
        plain, secrets = dict(made.properties), dict(made.secrets)
        for name, value in properties.items():
            if not declared[name].secret:
                plain[name] = value
            elif value and value != HIDDEN and value != self._opened(method, made, name):
                secrets[name] = self._ring.seal(property_context(method.name, name), value.encode())
            elif not value:
                secrets.pop(name, None)
        for name, one in declared.items():
            moved = plain.get(name, "") != made.properties.get(name, "")
            anew = all(properties.get(each, HIDDEN) != HIDDEN for each in made.secrets)
            if one.reaches and moved and made.secrets and not anew:
                secret = ", ".join(made.secrets)
                raise BadParameter(f"{name} says who will see the secrets: give {secret} with it, anew.")
        return replace(
            made, properties={name: value for name, value in plain.items() if value}, secrets=secrets
        )

    def _opened(self, method: Method, config: MethodConfig, name: str) -> str:
        sealed = config.secrets.get(name)
        return (
            self._ring.open(property_context(method.name, name), sealed).decode()
            if sealed is not None
            else ""
        )

    async def _with_carrier(self, method: Method, made: MethodConfig) -> MethodConfig:
        lacking = missing(method, made)
        if lacking:
            raise BadParameter(f"The method {method.name} cannot be enabled without {', '.join(lacking)}.")
        clear = {
            **made.properties,
            **{name: self._opened(method, made, name) for name in made.secrets},
        }
        carrier = method.carrier(read(json.dumps(clear), method.properties))
        if carrier is None:
            return replace(made, carrier=None, carrier_class="")
        text = json.dumps(carrier.config)
        await self._providers.make(carrier.channel, carrier.class_name, text).close()
        sealed = self._ring.seal(provider_context(carrier.channel, carrier_name(method.name)), text.encode())
        return replace(made, carrier=sealed, carrier_class=carrier.class_name)


def _words(config: MethodConfig) -> tuple[str, ...]:
    return (config.name, *config.aliases)


def _refuse_default(configuration: Configuration, made: MethodConfig) -> None:
    for setting, title in DEFAULTS.items():
        if configuration.text(setting) in _words(made):
            raise Refused(
                f"The method {made.name} is the {title}: make another one that before it is disabled."
            )
