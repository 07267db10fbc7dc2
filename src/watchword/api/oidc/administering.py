"""The administrators' doors of the OpenID provider: methods of authentication, and the defaults."""

from watchword.api.linotp.doors import Door
from watchword.api.linotp.envelope import Answer, Reply
from watchword.errors import BadParameter
from watchword.model.method import CONSOLE_ACR, DEFAULT_ACR
from watchword.web.administrators.rights import READ, WRITE
from watchword.web.call import Call

_LEVEL = range(1001)


async def methods(call: Call) -> Answer:
    """All methods with their properties; of secrets only that they are set. And the defaults."""
    call.permit(READ)
    configuration = call.snapshot.configuration
    return Reply(
        {
            "methods": call.house.configuring.methods.shown(configuration),
            "default_acr": configuration.text(DEFAULT_ACR),
            "console_acr": configuration.text(CONSOLE_ACR),
        }
    )


async def set_method(call: Call) -> Answer:
    """Change the method of the path: ``enabled``, ``level``, ``aliases`` (a list with blanks), and ``property.NAME``
    for each property; an empty one is unset, and a secret that is sent as ``***`` stays as it is.
    """
    call.permit(WRITE)
    sent, name = call.params, call.parts["name"]
    properties = {
        key.removeprefix("property."): sent.text(key) for key in sent.names() if key.startswith("property.")
    }
    call.note.action_detail = name
    async with call.unit() as unit:
        made = await call.house.configuring.methods.put(
            unit,
            name,
            enabled=sent.flag("enabled") if sent.has("enabled") else None,
            level=_level(sent.text("level")) if sent.has("level") else None,
            aliases=tuple(sent.text("aliases").split()) if sent.has("aliases") else None,
            properties=properties or None,
        )
        call.note.action_detail = f"{made.name} {'enabled' if made.enabled else 'disabled'}"
    return Reply(value=True)


async def set_defaults(call: Call) -> Answer:
    """Say which method applications get that ask for none (``default_acr``), and which one the console
    (``console_acr``); empty: none is said.
    """
    call.permit(WRITE)
    said = {
        setting: call.params.text(key)
        for key, setting in (("default_acr", DEFAULT_ACR), ("console_acr", CONSOLE_ACR))
        if call.params.has(key)
    }
    if not said:
        raise BadParameter("Send default_acr or console_acr.")
    call.note.action_detail = ", ".join(f"{setting}={acr}" for setting, acr in said.items())
    async with call.unit() as unit:
        for setting, acr in said.items():
            await call.house.configuring.methods.set_default(unit, acr, setting=setting)
    return Reply(value=True)


def _level(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or int(text[:5]) not in _LEVEL:
        raise BadParameter(f"Parameter 'level' must be a number from 0 to {_LEVEL[-1]}.")
    return int(text)


DOORS = (
    Door("/oidc/methods", "G", methods),
    Door("/oidc/methods/{name}", "P", set_method),
    Door("/oidc/defaults", "P", set_defaults),
)
