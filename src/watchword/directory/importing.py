"""Brings people of a file into a managed resolver: afterwards it holds them and nobody else."""

import asyncio
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from msgspec import Struct

from watchword.clock import Dice
from watchword.crypto.keyring import KeyRing
from watchword.crypto.passwords import keep_password, password_matches
from watchword.directory.reading import Form, Listed, read_people
from watchword.errors import BadParameter, Refused
from watchword.limits.pool import CostlyWork
from watchword.model.configuration import MANAGED, Configuration, ResolverConfig
from watchword.storage.promises import ManagedPerson, Store, Unit

Item = TypeVar("Item")

_SOME = 500
_RESOLVER_NAME = re.compile(r"[a-zA-Z0-9_-]{4,255}", re.ASCII)

Progress = Callable[[int, int], None]
"""Told how many people are prepared, of how many."""


class Imported(Struct, frozen=True, kw_only=True):
    """What an import did, or would do: user id to login. ``updated`` are those who stay as they were (LinOTP's word)."""

    created: dict[str, str]
    updated: dict[str, str]
    modified: dict[str, str]
    deleted: dict[str, str]


class Importing:
    """Imports people.

    ``costly`` should be a pool of its own: an import prepares as many passwords at once as the pool has workers,
    and must not take the places of people who want to log in.
    """

    def __init__(self, store: Store, ring: KeyRing, dice: Dice, costly: CostlyWork) -> None:
        self._store = store
        self._ring = ring
        self._dice = dice
        self._costly = costly

    async def bring_in(
        self,
        text: str,
        form: Form,
        resolver: str,
        *,
        dry_run: bool = False,
        progress: Progress = lambda _done, _all: None,
    ) -> Imported:
        """Make the resolver hold the people of this file; a new one is made on the way.

        All in one transaction, or nothing. `BadParameter` for a file or name that cannot be used, `Refused` for a
        resolver that imports may not touch, or that somebody else changed while passwords were prepared.
        """
        people = await asyncio.to_thread(read_people, text, form)
        if not people:
            raise BadParameter("The file holds nobody: an import of it would remove everybody.")
        async with self._store.view() as view:
            before = await _people(view, resolver, await view.configuration.load())
        wanted = await self._prepared(people, before, resolver, form, dry_run=dry_run, progress=progress)
        imported = _compared(before, wanted)
        if not dry_run:
            async with self._store.unit() as unit:
                configuration = await unit.configuration.held()
                if await _people(unit, resolver, configuration) != before:
                    raise Refused(f"Somebody else changed the people of {resolver}: import again.")
                if resolver not in configuration.resolvers:
                    fresh = ResolverConfig(name=resolver, kind=MANAGED, readonly=True)
                    await unit.configuration.put_resolver(fresh)
                await _write(unit, resolver, before, wanted)
        return imported

    async def _prepared(
        self,
        people: Sequence[Listed],
        before: dict[str, ManagedPerson],
        resolver: str,
        form: Form,
        *,
        dry_run: bool,
        progress: Progress,
    ) -> dict[str, ManagedPerson]:
        """The people as they are to be kept, in the file's order."""
        passwords: dict[str, str] = {}
        left = iter(people)

        async def work() -> None:
            for person in left:
                held = before.get(person.userid)
                kept = held.password if held is not None else ""
                passwords[person.userid] = (
                    await self._password(person.password, kept, dry_run=dry_run)
                    if form.passwords_in_plaintext
                    else person.password
                )
                progress(len(passwords), len(people))
                if not len(passwords) % _SOME:
                    await asyncio.sleep(0)

        try:
            async with asyncio.TaskGroup() as workers:
                for _ in range(self._costly.workers):
                    workers.create_task(work())
        except BaseExceptionGroup as several:
            raise several.exceptions[0] from None
        return {
            person.userid: ManagedPerson(
                resolver=resolver,
                userid=person.userid,
                login=person.login,
                attributes=person.attributes,
                password=passwords[person.userid],
            )
            for person in people
        }

    async def _password(self, clear: str, kept: str, *, dry_run: bool) -> str:
        """The kept form: as before if it is the same password."""
        if not clear:
            return ""
        if kept != "" and await self._costly.run(password_matches, self._ring, kept, clear):
            return kept
        if dry_run:
            return "changed"
        return await self._costly.run(keep_password, self._ring, clear, self._dice)


async def _people(unit: Unit, resolver: str, configuration: Configuration) -> dict[str, ManagedPerson]:
    """Whom the resolver holds, if an import may change it."""
    if not _RESOLVER_NAME.fullmatch(resolver):
        raise BadParameter("The name of a resolver has at least 4 letters, digits, dashes or underscores.")
    config = configuration.resolvers.get(resolver)
    if config is not None and config.kind != MANAGED:
        raise Refused(f"The people of {resolver} are not kept here: import into a new resolver.")
    if config is not None and config.immutable:
        raise Refused(f"{resolver} holds local administrators: import into another resolver.")
    return {person.userid: person async for person in unit.people.each(resolver)}


def _compared(before: dict[str, ManagedPerson], wanted: dict[str, ManagedPerson]) -> Imported:
    def logins(people: Iterable[ManagedPerson]) -> dict[str, str]:
        return {person.userid: person.login for person in people}

    known = [person for person in wanted.values() if person.userid in before]
    return Imported(
        created=logins(person for person in wanted.values() if person.userid not in before),
        updated=logins(person for person in known if person == before[person.userid]),
        modified=logins(person for person in known if person != before[person.userid]),
        deleted=logins(person for person in before.values() if person.userid not in wanted),
    )


async def _write(
    unit: Unit, resolver: str, before: dict[str, ManagedPerson], wanted: dict[str, ManagedPerson]
) -> None:
    await unit.configuration.touch()
    # Some at a time: the store lets others speak between two calls, not within one.
    for userids in _parted(before.keys() - wanted.keys()):
        await unit.people.remove(resolver, userids)
        await asyncio.sleep(0)
    for people in _parted(person for person in wanted.values() if person != before.get(person.userid)):
        await unit.people.put(people)
        await asyncio.sleep(0)


def _parted(items: Iterable[Item]) -> Iterator[list[Item]]:
    left = iter(items)
    while some := list(islice(left, _SOME)):
        yield some
