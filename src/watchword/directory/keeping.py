"""The people whom the store keeps for one resolver."""

from collections.abc import AsyncIterator

from watchword.plugin.shapes import Record
from watchword.storage.promises import ManagedPerson, Store


class Kept:
    """Keeps the promises of `plugin.shapes.KeptPeople`."""

    def __init__(self, store: Store, resolver: str) -> None:
        self._store = store
        self._resolver = resolver

    async def find(self, login: str) -> Record | None:
        async with self._store.glance() as view:
            return _record(await view.people.find(self._resolver, login))

    async def get(self, userid: str) -> Record | None:
        async with self._store.glance() as view:
            return _record(await view.people.get(self._resolver, userid))

    async def kept_password(self, userid: str) -> str:
        async with self._store.glance() as view:
            person = await view.people.get(self._resolver, userid)
        return person.password if person else ""

    async def each(self) -> AsyncIterator[Record]:
        async with self._store.view() as view:
            async for person in view.people.each(self._resolver):
                yield Record(userid=person.userid, login=person.login, attributes=person.attributes)


def _record(person: ManagedPerson | None) -> Record | None:
    if person is None:
        return None
    return Record(userid=person.userid, login=person.login, attributes=person.attributes)
