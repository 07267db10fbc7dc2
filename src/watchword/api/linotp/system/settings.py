"""``getConfig``, ``setConfig``, ``delConfig``, ``setDefault``: system settings; ``setupSecurityModule``."""

from collections.abc import Iterator, Mapping

from watchword.api.linotp.directories import parameters, specs_of
from watchword.api.linotp.doors import Door
from watchword.api.linotp.envelope import Answer, Reply
from watchword.configuration.entries import SEALED, Setting
from watchword.configuration.pieces import piece_of
from watchword.configuration.resolvers import HIDDEN
from watchword.errors import BadParameter, MissingParameter, NothingToDo
from watchword.model.configuration import Configuration, Entry, ProviderConfig
from watchword.model.message import Channel
from watchword.plugin.loading import Kinds
from watchword.storage.promises import Unit
from watchword.web.administrators.rights import READ, WRITE
from watchword.web.call import Call
from watchword.web.parameters import Params

DEFAULT_REALM = "DefaultRealm"
"""The dialect reads and writes the default realm among the settings, too."""

_PREFIX = "linotp."
_NO_SETTINGS = frozenset({"session", "csrf_token", "httperror"})
_DEFAULTS = (
    "DefaultMaxFailCount",
    "DefaultSyncWindow",
    "DefaultCountWindow",
    "DefaultOtpLen",
    "DefaultResetFailCount",
)
_WRITTEN = {Channel.SMS: "SMS", Channel.VOICE: "Voice", Channel.EMAIL: "Email"}
"""How the names of settings begin that belong to providers."""


async def get_config(call: Call) -> Answer:
    """All settings, or one; one that is not set is null."""
    call.permit(READ)
    settings = dict(_settings(call.snapshot.configuration, call.house.kinds))
    key = call.params.text("key")
    if not key:
        return Reply(settings)
    return Reply({f"getConfig {key}": settings.get(key.strip().removeprefix(_PREFIX))})


async def set_config(call: Call) -> Answer:
    """One setting by ``key`` and ``value``, or any number of ``name=value``: all of them, or none.

    ``passwdresolver.fileName.NAME`` and its like make or change a resolver.
    """
    call.permit(WRITE)
    sent = call.params
    if sent.has("key"):
        key, value = sent.need("key"), sent.need_sent("value")
        setting = Setting(value=value, kind=sent.text("type"), description=sent.text("description"))
        changes, answer = {key: setting}, {f"setConfig {key}": True}
    else:
        changes = dict(_pairs(sent))
        secret = call.house.configuring.pieces.is_secret
        answer = {
            f"setConfig {name}:{HIDDEN if setting.kind == SEALED or secret(name) else setting.value}": True
            for name, setting in changes.items()
        }
    if not changes:
        raise MissingParameter("key")
    call.note.action_detail = ", ".join(changes)
    pieces = {
        piece: changes.pop(name).value for name in list(changes) if (piece := piece_of(name)) is not None
    }
    resolvers = [
        await call.house.configuring.pieces.prepare(
            call.snapshot.configuration,
            {piece: value for piece, value in pieces.items() if piece.resolver == name},
        )
        for name in dict.fromkeys(piece.resolver for piece in pieces)
    ]
    async with call.unit() as unit:
        await _put(call, unit, changes)
        for resolver in resolvers:
            await call.house.configuring.pieces.put(unit, resolver)
    return Reply(answer)


async def del_config(call: Call) -> Answer:
    """Forget a setting; true also if it was not set."""
    call.permit(WRITE)
    key = call.params.need("key")
    call.note.action_detail = key
    changes = call.house.configuring
    piece = piece_of(key)
    kept = await changes.pieces.without(call.snapshot.configuration, piece) if piece is not None else None
    async with call.unit() as unit:
        if _is_default_realm(key):
            await changes.realms.set_default(unit, "")
        elif piece is not None:
            await changes.pieces.remove(unit, piece, kept)
        else:
            await changes.entries.remove(unit, [key])
    return Reply({f"delConfig {key}": True})


async def set_up_security_module(call: Call) -> Answer:
    """Which module keeps the keys. Ours are open since the start, so that a password sent along opens nothing."""
    call.permit(WRITE)
    return Reply({"setupSecurityModule": {"activeSecurityModule": "default", "connected": True}})


async def set_default(call: Call) -> Answer:
    """The defaults of new tokens."""
    call.permit(WRITE)
    sent = call.params.folded()
    changes = {
        name: Setting(value=value) for name in _DEFAULTS if (value := sent.sent(name.lower())) is not None
    }
    if not changes:
        raise NothingToDo(f"No default was sent: name at least one of {', '.join(_DEFAULTS)}.")
    call.note.action_detail = ", ".join(changes)
    async with call.unit() as unit:
        await call.house.configuring.entries.put(unit, changes)
    return Reply({f"set {name}": True for name in changes})


def _pairs(sent: Params) -> Iterator[tuple[str, Setting]]:
    """``name=value``, where ``name.type`` and ``name.desc`` say more about a name that is there."""
    values = {name: value for name, value in sent.items() if name not in _NO_SETTINGS}
    about = {f"{name}.{word}" for name in values for word in ("type", "desc")}
    for name, value in values.items():
        if name not in about:
            kind, description = values.get(f"{name}.type", ""), values.get(f"{name}.desc", "")
            yield name, Setting(value=value, kind=kind, description=description)


async def _put(call: Call, unit: Unit, settings: Mapping[str, Setting]) -> None:
    changes = call.house.configuring
    for name, setting in settings.items():
        if _is_default_realm(name) and not await changes.realms.set_default(unit, setting.value):
            raise BadParameter(f"There is no realm {setting.value!r} that could be the default.")
    await changes.entries.put(
        unit, {name: setting for name, setting in settings.items() if not _is_default_realm(name)}
    )


def _is_default_realm(name: str) -> bool:
    return name.strip().removeprefix(_PREFIX) == DEFAULT_REALM


def _settings(configuration: Configuration, kinds: Kinds) -> Iterator[tuple[str, str]]:
    """Everything that the dialect keeps among the settings, by name."""
    for name, entry in configuration.entries.items():
        yield name, _text(entry)
    if configuration.default_realm:
        yield DEFAULT_REALM, configuration.default_realm
    for realm in configuration.realms.values():
        yield f"useridresolver.group.{realm.name}", ",".join(specs_of(realm, configuration, kinds))
    for config in configuration.resolvers.values():
        yield from parameters(config, kinds)
    for provider in configuration.providers:
        yield from _provider(provider)
    for policy in configuration.policies:
        for field in ("action", "scope", "realm", "user", "time", "client", "active"):
            yield f"Policy.{policy.name}.{field}", str(getattr(policy, field))


def _provider(provider: ProviderConfig) -> Iterator[tuple[str, str]]:
    """A provider as the dialect keeps it: its configuration is a password."""
    name = f"{_WRITTEN[provider.channel]}Provider.{provider.name}"
    yield name, provider.class_name
    yield f"{name}.Timeout", provider.timeout
    if provider.config is not None:
        yield f"{name}.Config", provider.config.hex()
    if provider.default:
        yield f"Provider.Default.{provider.channel}_provider", provider.name


def _text(entry: Entry) -> str:
    return entry.value if entry.sealed is None else entry.sealed.hex()


DOORS = (
    Door("/system/getConfig", "GP", get_config),
    Door("/system/setConfig", "P", set_config),
    Door("/system/delConfig", "P", del_config),
    Door("/system/setDefault", "P", set_default),
    Door("/system/setupSecurityModule", "P", set_up_security_module),
)
