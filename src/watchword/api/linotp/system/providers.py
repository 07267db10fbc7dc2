"""``setProvider``, ``getProvider``, ``testProvider`` and their kin."""

from collections.abc import Iterable
from typing import Any

from watchword.api.linotp.doors import Door
from watchword.api.linotp.envelope import Answer, Reply
from watchword.configuration.providers import Wanted, channel_of
from watchword.errors import Refused
from watchword.model.configuration import ProviderConfig
from watchword.model.message import Channel, Fate
from watchword.plugin.providers import Declared, Provider
from watchword.web.administrators.rights import READ, WRITE
from watchword.web.call import Call


async def set_provider(call: Call) -> Answer:
    """Save a provider, over the one of the same name; a configuration that cannot work is refused by its key."""
    call.permit(WRITE)
    sent = call.params
    name, channel = sent.need("name"), channel_of(sent.need("type"))
    wanted = Wanted(
        channel=channel,
        name=name,
        class_name=sent.need("class"),
        timeout=sent.need_sent("timeout"),
        config=sent.text("config") or None,
        default=sent.flag("default"),
    )
    _noted(call, channel, name)
    async with call.unit() as unit:
        await call.house.configuring.providers.put(unit, wanted)
    return Reply(value=True)


async def get_provider(call: Call) -> Answer:
    """A type's providers, or the one that is named; their secrets are hidden."""
    call.permit(READ)
    channel, name = channel_of(call.params.need("type")), call.params.text("name")
    return Reply(
        {
            config.name: _entry(call, config)
            for config in call.snapshot.configuration.providers
            if config.channel is channel and name in {"", config.name}
        }
    )


async def del_provider(call: Call) -> Answer:
    """Remove a provider, unless it is the default one of several, or an active policy names it."""
    call.permit(WRITE)
    name, channel = call.params.need("name"), channel_of(call.params.need("type"))
    _noted(call, channel, name)
    try:
        async with call.unit() as unit:
            removed = call.note.success = await call.house.configuring.providers.remove(unit, channel, name)
    except Refused as used:
        return _no(call, used.message)
    return Reply(removed)


async def set_default_provider(call: Call) -> Answer:
    """Make a provider its type's default one."""
    call.permit(WRITE)
    name, channel = call.params.need("name"), channel_of(call.params.need("type"))
    _noted(call, channel, name)
    async with call.unit() as unit:
        found = call.note.success = await call.house.configuring.providers.set_default(unit, channel, name)
    return Reply(found, None if found else {"message": f"There is no provider {name!r} for {channel}."})


async def test_provider(call: Call) -> Answer:
    """Whether a provider could bring something; the detail says in words what is wrong. Nobody gets a message."""
    call.permit(WRITE)
    name, channel = call.params.need("name"), channel_of(call.params.need("type"))
    _noted(call, channel, name)
    receipt = await call.house.configuring.providers.test(call.snapshot.configuration, channel, name)
    if receipt.fate is not Fate.ACCEPTED:
        return _no(call, receipt.reason)
    return Reply(value=True, detail={"message": receipt.reason} if receipt.reason else None)


async def get_provider_def(call: Call) -> Answer:
    """The classes of providers by type, each with what its configuration may hold."""
    call.permit(READ)
    kind, name = call.params.text("type"), call.params.text("name")
    channels = [channel_of(kind)] if kind else list(Channel)
    return Reply(
        {
            channel.value: {
                each.names[0]: _definition(each)
                for each in call.house.kinds.providers
                if each.channel is channel and name in {"", *each.names}
            }
            for channel in channels
        }
    )


def _noted(call: Call, channel: Channel, name: str) -> None:
    call.note.action_detail = f"{name} ({channel})"


def _no(call: Call, message: str) -> Reply:
    call.note.success = False
    call.note.info = message
    return Reply(value=False, detail={"message": message})


def _entry(call: Call, config: ProviderConfig) -> dict[str, Any]:
    shown = call.house.configuring.providers.shown(config)
    return {
        "Class": config.class_name,
        "Timeout": config.timeout,
        **({"Config": shown} if shown else {}),
        "Default": config.default,
    }


def _definition(kind: type[Provider]) -> dict[str, Any]:
    return {"desc": kind.title, "names": list(kind.names), "config": _settings(kind.settings)}


def _settings(settings: Iterable[Declared]) -> dict[str, Any]:
    return {declared.name: _setting(declared) for declared in settings}


def _setting(declared: Declared) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "type": declared.takes.value,
        "desc": declared.help,
        "required": declared.needed,
        "secret": declared.secret,
    }
    if declared.default is not None:
        shown["default"] = declared.default
    if declared.choices:
        shown["value"] = list(declared.choices)
    if declared.parts:
        shown["parts"] = _settings(declared.parts)
    return shown


DOORS = (
    Door("/system/setProvider", "P", set_provider),
    Door("/system/getProvider", "GP", get_provider),
    Door("/system/delProvider", "P", del_provider),
    Door("/system/setDefaultProvider", "P", set_default_provider),
    Door("/system/testProvider", "P", test_provider),
    Door("/system/getProviderDef", "GP", get_provider_def),
)
