"""Finds the one person behind every spelling: the resolvers of a realm in order, and what they said before."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from contextlib import aclosing

from msgspec import Struct
from msgspec.structs import replace

from watchword.clock import Clock
from watchword.crypto.keyring import KeyRing
from watchword.crypto.passwords import burn_password_time, password_matches
from watchword.directory.keeping import Kept
from watchword.directory.memory import Memory
from watchword.directory.names import readings, realm_key
from watchword.directory.reach import Bounds, Reach
from watchword.errors import AmbiguousUser, BadParameter, MissingParameter, Unreachable, WatchwordError
from watchword.limits.pool import CostlyWork
from watchword.model.configuration import Configuration, ResolverConfig
from watchword.model.person import Person, Subject, UserName
from watchword.plugin.shapes import Record, Resolver, ResolverContext
from watchword.storage.promises import Store

_SHORTEST_HASH = 13  # crypt(3) by DES


class DirectorySettings(Struct, frozen=True, kw_only=True):
    """How much of the directories is remembered, and how much they are asked."""

    remembered: int = 20_000
    """People, and as many names of nobody."""
    bounds: Bounds = Bounds()


class Directory:
    """All directories, as any revision of the configuration arranges them.

    For names of nobody it does the work that it does for people; `errors.Unreachable` says that nothing is known.
    """

    def __init__(
        self,
        kinds: Mapping[str, type[Resolver]],
        store: Store,
        ring: KeyRing,
        *,
        clock: Clock,
        costly: CostlyWork,
        settings: DirectorySettings | None = None,
    ) -> None:
        self._kinds = kinds
        self._store = store
        self._ring = ring
        self._clock = clock
        self._costly = costly
        self._settings = settings or DirectorySettings()
        self._reaches: dict[str, Reach] = {}
        self._revision: int | None = None
        self._people = Memory(clock, self._settings.remembered)

    async def find(self, name: UserName, configuration: Configuration) -> Person | None:
        """The person of this name, None if there surely is none.

        All resolvers of the realm are asked. The first in order that knows the login tells who it is; one that
        cannot answer makes the answer unknown (`errors.Unreachable`) only if none before it knows the login. Two
        that know it with different ids: `errors.AmbiguousUser`.
        """
        people = (
            self._people if configuration.revision == self._revision else await self._memory(configuration)
        )
        key = (name.login, name.realm, name.resolver)
        held = people.recall(key)
        if held is not None:
            return held.person
        wanted = readings(name, configuration)
        if not wanted:
            return None
        person, lifetime = None, None
        for reading in wanted:
            person, holds = await self._ask_all(reading, configuration)
            lifetime = _shortest((lifetime, holds))
            if person is not None:
                break
        people.keep(key, person, lifetime)
        return person

    async def owner(
        self, subject: Subject, configuration: Configuration, realms: Collection[str] = ()
    ) -> Person | None:
        """Whose subject this is, None if surely nobody's.

        The person is shown in the first realm that fits: one of ``realms``, the default one, any other.
        """
        if subject.resolver not in configuration.resolvers:
            return None
        people = await self._memory(configuration)
        held = people.recall(subject)
        if held is not None:
            person = held.person
        else:
            reach = await self._reach(subject.resolver, configuration)
            record = await reach.get(subject.userid)
            person = _person(record, subject.resolver, "") if record is not None else None
            people.keep(subject, person, _lifetime(reach, configuration))
        return person and replace(person, realm=_home(subject.resolver, configuration, realms))

    async def check_password(
        self, person: Person | None, password: str, configuration: Configuration
    ) -> bool:
        """Whether this is the person's password in the directory; an empty one never is.

        For nobody it takes about as long, and says no.
        """
        if not password:
            return False
        if person is None or person.subject.resolver not in configuration.resolvers:
            return await self._password_matches("", password)
        await self._memory(configuration)
        reach = await self._reach(person.subject.resolver, configuration)
        record = Record(userid=person.subject.userid, login=person.login, attributes=person.attributes)
        return await reach.check_password(record, password)

    async def search(
        self,
        patterns: Mapping[str, str],
        configuration: Configuration,
        *,
        realm: str = "",
        resolver: str = "",
    ) -> AsyncIterator[Person]:
        """Everybody in a realm, or in one resolver, who fits all patterns; resolvers in order, people by login.

        No realm and no resolver is the default realm; what is not configured holds nobody.
        """
        where = UserName(login="", realm=realm_key(realm), resolver=resolver)
        if not realm and not resolver:
            where = replace(where, realm=configuration.default_realm)
        home, names = _where(where, configuration)
        if resolver in configuration.resolvers and not realm:
            names = (resolver,)
        for name in names:
            await self._memory(configuration)
            reach = await self._reach(name, configuration)
            async with aclosing(reach.search(patterns)) as records:
                async for record in records:
                    yield _person(record, name, home)

    async def verify(self, config: ResolverConfig) -> None:
        """Raise `MissingParameter` or `BadParameter` if a resolver so configured can never work."""
        kind = self._kinds.get(config.kind)
        if kind is None:
            raise BadParameter(f"No kind of resolver {config.kind!r} is installed.")
        for name in kind.needs:
            if name not in config.settings and name not in config.secrets:
                raise MissingParameter(name)
        try:
            resolver = kind(config, self._context(config))
            try:
                await resolver.verify()
            finally:
                await resolver.close()
        except WatchwordError:
            raise
        except Exception as broken:  # a plug-in may raise anything, and then it cannot work so
            raise BadParameter(f"{config.name} does not start: {type(broken).__name__}.") from broken

    def forget(self) -> None:
        """Ask the directories anew from now on."""
        self._people.forget()

    async def close(self) -> None:
        """Close all directories."""
        reaches, self._reaches = self._reaches, {}
        for reach in reaches.values():
            await reach.retire()

    async def _memory(self, configuration: Configuration) -> Memory:
        """What is remembered of this revision: another one begins with nothing, and may bring other directories.

        Whoever asks keeps this memory for the answer, which may arrive when the revision has moved on.
        """
        if configuration.revision != self._revision:
            self._revision = configuration.revision
            self._people = Memory(self._clock, self._settings.remembered)
            for name, reach in [*self._reaches.items()]:
                if configuration.resolvers.get(name) != reach.config:
                    await self._reaches.pop(name).retire()
        return self._people

    async def _reach(self, name: str, configuration: Configuration) -> Reach:
        config = configuration.resolvers.get(name)
        if config is None:
            raise Unreachable(f"Resolver {name!r} is named by a realm, but not configured.")
        reach = self._reaches.get(name)
        if reach is not None and reach.config == config:
            return reach
        kind = self._kinds.get(config.kind)
        if kind is None:
            raise Unreachable(f"Resolver {name!r} is of the kind {config.kind!r}, which is not installed.")
        try:
            resolver = kind(config, self._context(config))
        except Exception as broken:  # a plug-in may raise anything, and then nothing is known
            raise Unreachable(f"Resolver {name!r} did not start: {type(broken).__name__}.") from broken
        fresh = self._reaches[name] = Reach(resolver, config, self._settings.bounds)
        if reach is not None:
            await reach.retire()
        return fresh

    def _context(self, config: ResolverConfig) -> ResolverContext:
        def secret(name: str) -> str:
            sealed = config.secrets.get(name)
            return self._ring.open(("resolver", config.name, name), sealed).decode() if sealed else ""

        return ResolverContext(
            clock=self._clock,
            people=Kept(self._store, config.name),
            secret=secret,
            password_matches=self._password_matches,
        )

    async def _password_matches(self, kept: str, password: str) -> bool:
        return await self._costly.run(_password_matches, self._ring, kept, password)

    async def _ask_all(
        self, name: UserName, configuration: Configuration
    ) -> tuple[Person | None, int | None]:
        """Whom the resolvers know by this name, and for how long that may be remembered."""
        realm, names = _where(name, configuration)
        if not names:
            return None, None
        reaches = [await self._reach(resolver, configuration) for resolver in names]
        answers = await asyncio.gather(*(reach.find(name.login) for reach in reaches), return_exceptions=True)
        lifetime = _shortest(_lifetime(reach, configuration) for reach in reaches)
        found: Person | None = None
        for resolver, answer in zip(names, answers, strict=True):
            if isinstance(answer, Unreachable) and found is not None:
                lifetime = 0
            elif isinstance(answer, BaseException):
                raise answer
            elif answer is not None and found is None:
                found = _person(answer, resolver, realm)
            elif answer is not None and found is not None and answer.userid != found.subject.userid:
                raise AmbiguousUser(
                    f"{name.login!r} is {found.subject.userid!r} in resolver {found.subject.resolver!r} and "
                    f"{answer.userid!r} in {resolver!r}: rename one, or part the realm {realm!r}."
                )
        return found, lifetime


def realms_of(subject: Subject, configuration: Configuration) -> tuple[str, ...]:
    """All realms that this subject's resolver belongs to, by name."""
    realms = configuration.realms.values()
    return tuple(sorted(realm.name for realm in realms if subject.resolver in realm.resolvers))


def user_info(person: Person | Record) -> dict[str, str]:
    """The person as LinOTP shows it: each of its fields, empty if not known, and a description if there is one."""
    userid = person.subject.userid if isinstance(person, Person) else person.userid
    known = person.attributes
    shown = {name: known.get(name, "") for name in ("surname", "givenname", "phone", "mobile", "email")}
    if "description" in known:
        shown["description"] = known["description"]
    return {"username": person.login, "userid": userid, **shown}


def _where(name: UserName, configuration: Configuration) -> tuple[str, tuple[str, ...]]:
    """The realm, and its resolvers that are meant, in order; a resolver in no realm holds nobody."""
    realm = name.realm or _home(name.resolver, configuration)
    known = configuration.realms.get(realm)
    names = known.resolvers if known is not None else ()
    if name.resolver:
        names = (name.resolver,) if name.resolver in names else ()
    return realm, names


def _home(resolver: str, configuration: Configuration, preferred: Collection[str] = ()) -> str:
    """In which realm to show people of this resolver; empty if it is in none."""
    realms = realms_of(Subject(resolver, ""), configuration)
    wanted = (*sorted(preferred), configuration.default_realm, *realms)
    return next((realm for realm in wanted if realm in realms), "")


def _person(record: Record, resolver: str, realm: str) -> Person:
    return Person(
        subject=Subject(resolver, record.userid),
        login=record.login,
        realm=realm,
        attributes=record.attributes,
    )


def _lifetime(reach: Reach, configuration: Configuration) -> int | None:
    """LinOTP's cache settings prolong what a resolver lets be remembered for a time."""
    own = reach.resolver.lifetime
    if own and configuration.flag("user_lookup_cache.enabled"):
        return 1000 * configuration.number("user_lookup_cache.expiration", 64_800)
    return own


def _shortest(lifetimes: Iterable[int | None]) -> int | None:
    return min((lifetime for lifetime in lifetimes if lifetime is not None), default=None)


def _password_matches(ring: KeyRing, kept: str, password: str) -> bool:
    if len(kept) < _SHORTEST_HASH or kept.startswith(("!", "*")):
        burn_password_time(ring, password)
        return False
    return password_matches(ring, kept, password)
