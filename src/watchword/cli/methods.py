"""Methods of authentication over OpenID, for who sits at the server."""

import os
from collections.abc import Sequence

from watchword.cli.opening import write_down
from watchword.configuration.document import read_reference
from watchword.configuration.methods import HIDDEN
from watchword.errors import BadParameter
from watchword.model.method import CONSOLE_ACR, DEFAULT_ACR
from watchword.web.house import House


async def listed(house: House) -> list[str]:
    """All methods, a line each, and the defaults; no secret is in them."""
    async with house.store.view() as view:
        configuration = await view.configuration.load()
    lines = []
    for one in house.configuring.methods.shown(configuration):
        also = f" ({', '.join(one['aliases'])})" if one["aliases"] else ""
        default = f" [{', '.join(one['default'])}]" if one["default"] else ""
        state = "enabled" if one["enabled"] else "disabled"
        lines.append(f"{one['name']}{also}: {one['title']}, level {one['level']}, {state}{default}")
        lines += [f"  {name} = {value}" for name, value in one["properties"].items()]
    return lines


async def change(
    house: House,
    name: str,
    words: Sequence[str] = (),
    *,
    enabled: bool | None = None,
    level: int | None = None,
    aliases: Sequence[str] | None = None,
) -> str:
    """Change a method; its name. ``words`` are ``PROPERTY=VALUE``, a secret's value a reference."""
    methods = house.configuring.methods
    properties = _properties(house, name, words)
    async with house.store.unit() as unit:
        made = await methods.put(
            unit,
            name,
            enabled=enabled,
            level=level,
            aliases=tuple(aliases) if aliases is not None else None,
            properties=properties or None,
        )
        state = "enabled" if made.enabled else "disabled"
        await write_down(house, unit, "oidc method", f"{made.name} {state}")
        configuration = await unit.configuration.load()
    # Says in the log what becomes of it, as each running server does when it sees the change.
    house.methods.active(configuration)
    return f"{made.name} is {state}"


async def set_default(house: House, acr: str, *, console: bool) -> None:
    """The default for applications, or for the console; empty: none."""
    setting = CONSOLE_ACR if console else DEFAULT_ACR
    async with house.store.unit() as unit:
        await house.configuring.methods.set_default(unit, acr, setting=setting)
        await write_down(house, unit, "oidc default", f"{setting}={acr}")


def _properties(house: House, name: str, words: Sequence[str]) -> dict[str, str]:
    secrets = {one.name for one in house.configuring.methods.kind(name).properties if one.secret}
    found = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals:
            raise BadParameter(f"{word!r} is no PROPERTY=VALUE.")
        is_reference = key in secrets and value not in {"", HIDDEN}
        found[key] = read_reference(value, os.environ) if is_reference else value
    return found
