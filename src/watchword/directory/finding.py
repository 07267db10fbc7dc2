"""Finds the one person behind every spelling: the resolvers of a realm in order, and what they said before.

An answer is a person, nobody, or unknown (`errors.DirectorySilent`), and unknown is never taken for nobody: it lets
nobody in and takes nothing from anybody.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, aclosing, suppress

from msgspec.structs import replace

from watchword.clock import Clock
from watchword.crypto.keyring import KeyRing
from watchword.directory.absences import too_many
from watchword.directory.health import Health
from watchword.directory.memory import Memory
from watchword.directory.names import readings, realm_key
from watchword.directory.reach import Reach
from watchword.directory.reaches import Reaches
from watchword.directory.settings import DirectorySettings
from watchword.errors import AmbiguousUser, DirectorySilent, Unreachable, WatchwordError
from watchword.limits.pool import CostlyWork
from watchword.model.configuration import Configuration, ResolverConfig
from watchword.model.person import Person, Subject, UserName
from watchword.plugin.shapes import Record, Resolver, Trial, anywhere
from watchword.storage.promises import Store

log = logging.getLogger(__name__)

_NOBODY = 15_000
"""Milliseconds for which it is remembered at most that a remote directory does not know somebody."""
_LONGEST = 7 * 86_400
"""Seconds; what is set beyond is a slip."""
_AT_ONCE = 16

Report = Callable[[str, str], Awaitable[None]]
"""Writes down what an operator must see: which resolver, and a sentence."""


class Directory:
    """All directories, as any revision of the configuration arranges them.

    For names of nobody it does the work that it does for people.
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
        report: Report | None = None,
        allow: Callable[[str, int], Awaitable[None]] = anywhere,
    ) -> None:
        """``allow``: the operator's rule about servers, see `plugin.shapes.ResolverContext`."""
        self._clock = clock
        self._settings = settings or DirectorySettings()
        self._report = report
        self._reaches = Reaches(
            kinds, store, ring, clock=clock, costly=costly, settings=self._settings, allow=allow
        )
        self._revision: int | None = None
        self._people = Memory(clock, self._settings.remembered)
        self._braked: set[str] = set()
        """Resolvers whose brake was reported and still holds."""

    async def find(self, name: UserName, configuration: Configuration) -> Person | None:
        """The person of this name, None if there surely is none.

        All resolvers of the realm are asked. The first in order that knows the login tells who it is; one that
        cannot answer makes the answer unknown (`errors.DirectorySilent`) only if none before it knows the login. Two
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
        people.keep(key, person, _held_for(person, lifetime))
        return person

    async def owner(
        self, subject: Subject, configuration: Configuration, realms: Collection[str] = ()
    ) -> Person | None:
        """Whose subject this is, None if surely nobody's: one of too many who are missing at once is unknown.

        The person is shown in the first realm that fits: one of ``realms``, the default one, any other.
        """
        person = await self._owner(subject, configuration)
        if person is None:
            await self._believe(subject.resolver, configuration)
            self._forget_last_known([subject], configuration)
        return person and replace(person, realm=_home(subject.resolver, configuration, realms))

    async def owners(
        self,
        wanted: Mapping[Subject, Collection[str]],
        configuration: Configuration,
        unanswered: dict[str, str],
    ) -> dict[Subject, Person | None]:
        """Whose subjects these are, each shown in one of its realms: for lists, and for nothing else.

        A resolver that does not answer, or is not believed, is put into ``unanswered`` with the reason; its people are
        those that were last known.
        """
        found: dict[Subject, Person | None] = {}
        for resolver, subjects in _by_resolver(wanted).items():
            try:
                answers = await self._answers(subjects, configuration)
                missing = [subject for subject, person in answers.items() if person is None]
                if missing:
                    # How many are missing of a list that was chosen, perhaps because they are, says nothing.
                    await self._believe(resolver, configuration)
                    self._forget_last_known(missing, configuration)
            except DirectorySilent as unknown:
                unanswered[resolver] = unknown.message
                answers = {subject: self._last_known(subject, configuration) for subject in subjects}
            found.update(answers)
        return {
            subject: person and replace(person, realm=_home(subject.resolver, configuration, wanted[subject]))
            for subject, person in found.items()
        }

    async def gone(self, owners: Collection[Subject], configuration: Configuration) -> set[Subject]:
        """Those of these owners who surely are not in their directory any more.

        Whoever changes what belongs to such people asks here, for all of them, before the first change.
        `DirectorySilent` if a directory does not answer for one, or misses too many of them to be believed.
        """
        gone: set[Subject] = set()
        for resolver, subjects in _by_resolver(owners).items():
            answers = await self._answers(subjects, configuration)
            missing = {subject for subject, person in answers.items() if person is None}
            if missing:
                await self._believe(resolver, configuration, missing=len(missing), people=len(subjects))
            gone |= missing
        return gone

    def doubts(self, *, missing: int, people: int) -> bool:
        """Whether so many of so many people cannot be gone at once."""
        return too_many(missing, people, self._settings.brake)

    async def check_password(
        self, person: Person | None, password: str, configuration: Configuration
    ) -> bool:
        """Whether this is the person's password in the directory, which is asked each time; an empty one never is.

        For nobody it takes about as long, and says no.
        """
        if not password:
            return False
        if person is None or person.subject.resolver not in configuration.resolvers:
            return await self._reaches.password_matches("", password)
        await self._memory(configuration)
        reach = await self._reaches.of(person.subject.resolver, configuration)
        record = Record(userid=person.subject.userid, login=person.login, attributes=person.attributes)
        return await reach.check_password(record, password)

    async def search(
        self,
        patterns: Mapping[str, str],
        configuration: Configuration,
        *,
        realm: str = "",
        resolver: str = "",
        unanswered: dict[str, str] | None = None,
    ) -> AsyncIterator[Person]:
        """Everybody in a realm, or in one resolver, who fits all patterns; resolvers in order, people by login.

        No realm and no resolver is the default realm; what is not configured holds nobody. With ``unanswered`` a
        resolver that does not answer is left out and put there, with the reason, as long as another one answers;
        one that breaks off in the midst is an error all the same.
        """
        where = UserName(login="", realm=realm_key(realm), resolver=resolver)
        if not realm and not resolver:
            where = replace(where, realm=configuration.default_realm)
        home, names = _where(where, configuration)
        if resolver in configuration.resolvers and not realm:
            names = (resolver,)
        silent: dict[str, str] = {} if unanswered is None else unanswered
        for name in names:
            begun = False
            try:
                await self._memory(configuration)
                reach = await self._reaches.of(name, configuration)
                async with aclosing(reach.search(patterns)) as records:
                    async for record in records:
                        begun = True
                        yield _person(record, name, home)
            except DirectorySilent as unknown:
                if begun or unanswered is None:
                    raise
                silent[name] = unknown.message
        if names and len(silent) == len(names):
            raise DirectorySilent(" ".join(silent.values()))

    def apart(self, config: ResolverConfig) -> AbstractAsyncContextManager[Reach]:
        """A directory that serves nobody else, as this configuration has it, stored or not: to try it, or to ask it
        about many.
        """
        return self._reaches.apart(config)

    async def try_out(self, config: ResolverConfig) -> list[Trial]:
        """What came of trying each step by which this directory is reached; a directory that breaks is a problem."""
        try:
            async with self.apart(config) as reach:
                return await reach.try_out()
        except WatchwordError as trouble:
            return [Trial(step=config.name, problem=trouble.message)]

    async def verify(self, config: ResolverConfig) -> None:
        """Raise `MissingParameter` or `BadParameter` if a resolver so configured can never work."""
        await self._reaches.verify(config)

    def health(self, configuration: Configuration) -> tuple[Health, ...]:
        """How each directory is doing, as this worker knows it."""
        return self._reaches.health(configuration)

    def forget(self) -> None:
        """Ask the directories anew from now on."""
        self._people.forget()

    async def close(self) -> None:
        """Close all directories."""
        await self._reaches.close()

    async def _memory(self, configuration: Configuration) -> Memory:
        """What is remembered of this revision: another one begins with nothing, and may bring other directories.

        Whoever asks keeps this memory for the answer, which may arrive when the revision has moved on.
        """
        if configuration.revision != self._revision:
            self._revision = configuration.revision
            self._people = Memory(self._clock, self._settings.remembered)
            await self._reaches.retire_all_but(configuration)
        return self._people

    async def _owner(self, subject: Subject, configuration: Configuration) -> Person | None:
        """Who it is, shown in no realm; None also for one of too many who are missing."""
        if subject.resolver not in configuration.resolvers:
            return None
        people = await self._memory(configuration)
        held = people.recall(subject)
        if held is not None:
            return held.person
        reach = await self._reaches.of(subject.resolver, configuration)
        record = await reach.get(subject.userid)
        person = self._kept(reach, record, "") if record is not None else None
        people.keep(subject, person, _held_for(person, _lifetime(reach, configuration)))
        return person

    async def _answers(
        self, subjects: Collection[Subject], configuration: Configuration
    ) -> dict[Subject, Person | None]:
        """Who they are, some asked for at once; if one is not answered for, the rest are not asked for."""
        asked, answers = list(subjects), dict[Subject, Person | None]()
        for start in range(0, len(asked), _AT_ONCE):
            some = asked[start : start + _AT_ONCE]
            people = await asyncio.gather(
                *(self._owner(subject, configuration) for subject in some), return_exceptions=True
            )
            for subject, person in zip(some, people, strict=True):
                if isinstance(person, AmbiguousUser):
                    answers[subject] = None
                elif isinstance(person, BaseException):
                    raise person
                else:
                    answers[subject] = person
        return answers

    def _last_known(self, subject: Subject, configuration: Configuration) -> Person | None:
        reach = self._reaches.opened(subject.resolver, configuration)
        held = reach.last_known.recall(subject) if reach is not None else None
        return held.person if held is not None else None

    def _forget_last_known(self, subjects: Iterable[Subject], configuration: Configuration) -> None:
        for subject in subjects:
            reach = self._reaches.opened(subject.resolver, configuration)
            if reach is not None:
                reach.last_known.drop(subject)

    async def _ask_all(
        self, name: UserName, configuration: Configuration
    ) -> tuple[Person | None, int | None]:
        """Whom the resolvers know by this name, and for how long that may be remembered."""
        realm, names = _where(name, configuration)
        if not names:
            return None, None
        reaches = [await self._reaches.of(resolver, configuration) for resolver in names]
        answers = await asyncio.gather(*(reach.find(name.login) for reach in reaches), return_exceptions=True)
        lifetime = _shortest(_lifetime(reach, configuration) for reach in reaches)
        found: Person | None = None
        for reach, answer in zip(reaches, answers, strict=True):
            if isinstance(answer, Unreachable) and found is not None:
                lifetime = 0
            elif isinstance(answer, BaseException):
                raise answer
            elif answer is not None and found is None:
                found = self._kept(reach, answer, realm)
            elif answer is not None and found is not None and answer.userid != found.subject.userid:
                raise AmbiguousUser(
                    f"{name.login!r} is {found.subject.userid!r} in resolver {found.subject.resolver!r} and "
                    f"{answer.userid!r} in {reach.config.name!r}: rename one, or part the realm {realm!r}."
                )
        return found, lifetime

    def _kept(self, reach: Reach, record: Record, realm: str) -> Person:
        """The person, whom lists may show while the directory does not answer."""
        person = _person(record, reach.config.name, realm)
        reach.last_known.keep(person.subject, person, self._settings.last_known * 1000)
        return person

    async def _believe(
        self, resolver: str, configuration: Configuration, *, missing: int = 0, people: int = 0
    ) -> None:
        """`DirectorySilent` if the resolver misses too many to be believed that anybody is gone (the brake).

        They may be too many of all that were looked up lately, or of those whom somebody asks for. An administrator
        who knows that they are gone says so by the setting ``brake.<resolver>`` = ``off``.
        """
        if resolver not in configuration.resolvers:
            return  # an administrator has taken the whole directory away
        absences = (await self._reaches.of(resolver, configuration)).absences
        counts = absences.missing, absences.people
        if self.doubts(missing=missing, people=people):
            counts = missing, people
        held = self.doubts(missing=counts[0], people=counts[1])
        if not held or not configuration.flag(f"brake.{resolver}", default=True):
            if not held:
                self._braked.discard(resolver)
            return
        sentence = f"Resolver {resolver!r} misses {counts[0]} of {counts[1]} people looked up lately"
        if resolver not in self._braked:
            self._braked.add(resolver)
            log.warning("%s: none of them is taken for gone", sentence, extra={"resolver": resolver})
            if self._report is not None:
                with suppress(Unreachable):  # the log has it
                    await self._report(resolver, f"{sentence}: none of them is taken for gone.")
        raise DirectorySilent(
            f"{sentence}, and so none of them is taken for gone. If they are, set brake.{resolver} to off."
        )


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


def _by_resolver(subjects: Iterable[Subject]) -> dict[str, set[Subject]]:
    grouped: dict[str, set[Subject]] = defaultdict(set)
    for subject in subjects:
        grouped[subject.resolver].add(subject)
    return grouped


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
        seconds = configuration.number("user_lookup_cache.expiration", 64_800)
        return 1000 * min(max(seconds, 0), _LONGEST)
    return own


def _held_for(person: Person | None, lifetime: int | None) -> int | None:
    """Who is not there may be there in a moment: that is remembered for less long, unless it cannot change unseen."""
    return lifetime if person is not None or lifetime is None else min(lifetime, _NOBODY)


def _shortest(lifetimes: Iterable[int | None]) -> int | None:
    return min((lifetime for lifetime in lifetimes if lifetime is not None), default=None)
