"""Local administrators: people of one managed resolver that is always in the administrators' realm."""

import asyncio

from msgspec.structs import replace

from watchword.cli.opening import write_down
from watchword.clock import pick
from watchword.crypto.passwords import keep_password, password_matches
from watchword.directory.names import canonical
from watchword.errors import BadParameter, NoSuchUser, Refused
from watchword.model.configuration import ADMIN_REALM, ADMIN_RESOLVER
from watchword.storage.promises import ManagedPerson, Unit
from watchword.web.house import House

_HEX = "0123456789abcdef"


async def create(house: House, name: str, password: str) -> str:
    """A new administrator; returns the login. Refused if there is one of this name."""
    login = _login_of(name)
    kept = await asyncio.to_thread(keep_password, house.ring, password, house.dice)
    async with house.store.unit() as unit:
        await unit.configuration.held()
        if await unit.people.find(ADMIN_RESOLVER, login) is not None:
            raise Refused(
                f"There is an administrator {login} already: `watchword admin set-password {login}` "
                "gives another password."
            )
        fresh = ManagedPerson(
            resolver=ADMIN_RESOLVER, userid=pick(house.dice, _HEX, 16), login=login, password=kept
        )
        await _put(unit, fresh)
        await write_down(house, unit, "admin create", f"administrator {login}")
    return login


async def set_password(house: House, name: str, password: str) -> str:
    """Another password; ends all sessions of the administrator. NoSuchUser if there is none of this name."""
    kept = await asyncio.to_thread(keep_password, house.ring, password, house.dice)
    async with house.store.unit() as unit:
        await unit.configuration.held()
        person = await _existing(unit, name)
        await _put(unit, replace(person, password=kept))
        await _end_sessions(unit, person)
        await write_down(house, unit, "admin set-password", f"administrator {person.login}")
    return person.login


async def remove(house: House, name: str, *, even_the_last: bool) -> str:
    """Remove an administrator and end their sessions.

    Refused for the last one, unless ``even_the_last`` is said or other resolvers hold administrators too.
    """
    async with house.store.unit() as unit:
        configuration = await unit.configuration.held()
        person = await _existing(unit, name)
        others = [each async for each in unit.people.each(ADMIN_RESOLVER) if each.userid != person.userid]
        elsewhere = set(configuration.realms[ADMIN_REALM].resolvers) - {ADMIN_RESOLVER}
        if not others and not elsewhere and not even_the_last:
            raise Refused(
                f"{person.login} is the last administrator: create another one first, or say --yes to be "
                "left with none."
            )
        await unit.people.remove(ADMIN_RESOLVER, [person.userid])
        await unit.configuration.touch()
        await _end_sessions(unit, person)
        await write_down(house, unit, "admin remove", f"administrator {person.login}")
    return person.login


async def everybody(house: House) -> tuple[list[str], list[str]]:
    """The logins of local administrators, and the other resolvers whose people are administrators too."""
    async with house.store.view() as view:
        configuration = await view.configuration.load()
        logins = [person.login async for person in view.people.each(ADMIN_RESOLVER)]
    return logins, [name for name in configuration.realms[ADMIN_REALM].resolvers if name != ADMIN_RESOLVER]


async def has_password(house: House, name: str, password: str) -> bool | None:
    """Whether this is the administrator's password; None if there is no such administrator."""
    async with house.store.view() as view:
        person = await view.people.find(ADMIN_RESOLVER, _login_of(name))
    if person is None:
        return None
    return await asyncio.to_thread(password_matches, house.ring, person.password, password)


def _login_of(name: str) -> str:
    login = canonical(name)
    if not login or "@" in login or "\\" in login:
        raise BadParameter(
            f"{name!r} cannot be an administrator's name: it is empty, holds characters that cannot be seen, "
            "or an @ or backslash, which part a name from its realm."
        )
    return login


async def _existing(unit: Unit, name: str) -> ManagedPerson:
    person = await unit.people.find(ADMIN_RESOLVER, _login_of(name))
    if person is None:
        raise NoSuchUser(f"There is no local administrator {name}; `watchword admin list` shows them.")
    return person


async def _put(unit: Unit, person: ManagedPerson) -> None:
    await unit.people.put([person])
    await unit.configuration.touch()  # whoever remembers people of this revision forgets them


async def _end_sessions(unit: Unit, person: ManagedPerson) -> None:
    for kind in ("administrator", "legacy"):
        await unit.sessions.close_all(kind, {"login": person.login, "resolver": ADMIN_RESOLVER})
