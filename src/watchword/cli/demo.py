"""The demo's data: a realm with three people, an administrator, and an inbox for all messages."""

import asyncio
import json
import os
from contextlib import suppress
from pathlib import Path

from watchword.cli import administrators
from watchword.cli.opening import write_down
from watchword.clock import Dice, pick
from watchword.configuration.providers import Wanted
from watchword.crypto.passwords import keep_password
from watchword.errors import Refused
from watchword.model.configuration import MANAGED, Configuration, ResolverConfig
from watchword.model.message import Channel
from watchword.model.policy import Policy, Scope
from watchword.storage.promises import ManagedPerson
from watchword.web.house import House

ADMINISTRATOR = "admin"
PASSWORD_VARIABLE = "WATCHWORD_DEMO_ADMIN_PASSWORD"  # noqa: S105 (the name of a variable)

_REALM = "demo"
_PASSWORD = "demo"  # noqa: S105 (told to everybody)
_PEOPLE = (  # telephone numbers that are kept free for invented stories
    ("alice", "Alice", "Anders", "+49 171 3920001", "+49 30 23125001"),
    ("bob", "Bob", "Brandt", "+49 171 3920002", "+49 30 23125002"),
    ("carol", "Carol", "Conrad", "+49 171 3920003", "+49 30 23125003"),
)
_RIGHTS = "enrollTOTP, enrollSMS, enrollEMAIL, enrollRECOVERY, verify, resync, setDescription, enable, disable, delete, history"
"""What the people may do at the portal, so that there is something to be seen."""
_INBOX = "inbox"
_PROVIDERS = {
    Channel.SMS: "InboxSMSProvider",
    Channel.VOICE: "InboxVoiceProvider",
    Channel.EMAIL: "InboxEmailProvider",
}
_READABLE = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that looks like something else


async def load_demo(house: House, home: Path) -> list[str]:
    """Add what is missing of the demo, and change nothing else; returns what to tell the operator.

    Messages land in an inbox in the home folder.
    """
    await _add_people(house)
    await _add_inbox(house, home)
    return [await _administrator(house, os.environ.get(PASSWORD_VARIABLE, ""))]


async def _add_people(house: House) -> None:
    async with house.store.view() as view:
        if _is_loaded(await view.configuration.load()):
            return
    kept = [await asyncio.to_thread(keep_password, house.ring, _PASSWORD, house.dice) for _ in _PEOPLE]
    async with house.store.unit() as unit:
        configuration = await unit.configuration.held()
        if _is_loaded(configuration):
            return
        await unit.configuration.put_resolver(ResolverConfig(name=_REALM, kind=MANAGED))
        await unit.people.put(
            ManagedPerson(
                resolver=_REALM,
                userid=login,
                login=login,
                attributes={
                    "givenname": givenname,
                    "surname": surname,
                    "email": f"{login}@demo.example",
                    "mobile": mobile,
                    "phone": phone,
                },
                password=password,
            )
            for (login, givenname, surname, mobile, phone), password in zip(_PEOPLE, kept, strict=True)
        )
        await house.configuring.realms.put(unit, _REALM, [_REALM])
        await house.configuring.policies.put(
            unit, Policy(name="demo_selfservice", scope=Scope.SELFSERVICE, action=_RIGHTS, realm=_REALM)
        )
        if not configuration.default_realm:
            await unit.configuration.set_default_realm(_REALM)
        await write_down(house, unit, "demo", f"realm {_REALM}")


async def _add_inbox(house: House, home: Path) -> None:
    """Where a channel has no provider, its messages go to the inbox."""
    async with house.store.view() as view:
        if not _without_provider(await view.configuration.load()):
            return
    config = json.dumps({"folder": str(home)})
    async with house.store.unit() as unit:
        channels = _without_provider(await unit.configuration.held())
        for channel in channels:
            wanted = Wanted(channel=channel, name=_INBOX, class_name=_PROVIDERS[channel], config=config)
            await house.configuring.providers.put(unit, wanted)
        if channels:
            await write_down(house, unit, "demo", f"provider {_INBOX} for {', '.join(channels)}")


def _without_provider(configuration: Configuration) -> list[Channel]:
    return [channel for channel in _PROVIDERS if configuration.provider(channel) is None]


def _is_loaded(configuration: Configuration) -> bool:
    return _REALM in configuration.realms or _REALM in configuration.resolvers


async def _administrator(house: House, wanted: str) -> str:
    """See to it that there is an administrator; returns the line that tells of the password."""
    known = await administrators.has_password(house, ADMINISTRATOR, wanted)
    if known is None:
        password = wanted or invented_password(house.dice)
        with suppress(Refused):  # another node was faster
            await administrators.create(house, ADMINISTRATOR, password)
            if not wanted:
                return f"administrator {ADMINISTRATOR}, password {password}"
    elif wanted and not known:
        await administrators.set_password(house, ADMINISTRATOR, wanted)
    if wanted:
        return f"administrator {ADMINISTRATOR}, password as in {PASSWORD_VARIABLE}"
    return (
        f"administrator {ADMINISTRATOR}, password as before; "
        f"`watchword admin set-password {ADMINISTRATOR}` gives another"
    )


def invented_password(dice: Dice) -> str:
    """Four groups of four readable characters: 79 bits."""
    return "-".join(pick(dice, _READABLE, 4) for _ in range(4))
