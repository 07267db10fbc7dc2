import asyncio
import time
import unicodedata
from collections.abc import AsyncIterator, Callable, Mapping
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from watchword.crypto.keyring import KeyRing
from watchword.directory.finding import Directory, realms_of, user_info
from watchword.directory.health import Health
from watchword.directory.importing import Importing
from watchword.directory.names import login_key, split
from watchword.directory.reading import Form
from watchword.directory.settings import DirectorySettings
from watchword.errors import AmbiguousUser, BadParameter, DirectorySilent, MissingParameter, Unreachable
from watchword.limits.pool import CostlyWork
from watchword.model.configuration import Configuration, Entry, Realm, ResolverConfig
from watchword.model.person import Person, Subject, UserName
from watchword.plugin.shapes import Record, Resolver, ResolverContext
from watchword.storage.promises import Store
from watchword.testing import StoppedClock

ALICE = Subject("people", "1001")
STAFF = "alice,1001,Liddell,Alice\nbob,1002\nzoë@example.org,1003\n"


class Faraway(Resolver):
    """A directory elsewhere: it counts its questions, and does what its settings say."""

    kind = "faraway"
    dialect_type = "ldapresolver"
    dialect_class = "LDAPIdResolver"
    needs = ("people",)
    asked: int = 0
    closed: int = 0
    secret = ""
    going: asyncio.Event

    def __init__(self, config: ResolverConfig, context: ResolverContext) -> None:
        super().__init__(config, context)
        if config.settings.get("does") == "not start":
            raise RuntimeError("no")
        self.people = dict(pair.split("=") for pair in config.settings["people"].split())
        self.going = asyncio.Event()
        _made.append(self)

    async def verify(self) -> None:
        if not self.people:
            raise BadParameter("people: nobody is there.")

    async def find(self, login: str) -> Record | None:
        self.asked += 1
        match self.config.settings.get("does"):
            case "wait":
                await self.going.wait()
            case "hang":
                await asyncio.sleep(60)
            case "raise":
                raise RuntimeError("secret words")
            case "lie":
                return {"userid": "1"}  # type: ignore[return-value]
        userid = self.people.get(login.lower())
        return Record(userid=userid, login=login.lower()) if userid else None

    async def get(self, userid: str) -> Record | None:
        self.asked += 1
        return next(
            (Record(userid=known, login=name) for name, known in self.people.items() if known == userid), None
        )

    async def check_password(self, record: Record, password: str) -> bool:
        return password == self.context.secret("word")

    async def search(self, patterns: Mapping[str, str]) -> AsyncIterator[Record]:
        for name, userid in self.people.items():
            yield Record(userid=userid, login=name)
        if self.config.settings.get("does") == "raise":
            raise RuntimeError("secret words")

    async def close(self) -> None:
        self.closed += 1


_made: list[Faraway] = []


def faraway(name: str, people: str, does: str = "") -> ResolverConfig:
    return ResolverConfig(name=name, kind="faraway", settings={"people": people, "does": does})


def arranged(*resolvers: ResolverConfig, revision: int = 1, **realms: str) -> Configuration:
    """A configuration whose first realm is the default one."""
    return Configuration(
        revision=revision,
        resolvers={resolver.name: resolver for resolver in resolvers},
        realms={name: Realm(name=name, resolvers=tuple(names.split())) for name, names in realms.items()},
        default_realm=next(iter(realms), ""),
    )


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One keeping is enough where it is not the question."""
    return sqlite_url


@pytest.fixture
async def far(
    store: Store, ring: KeyRing, costly: CostlyWork, clock: StoppedClock
) -> AsyncIterator[Directory]:
    _made.clear()
    small = DirectorySettings(remembered=100, at_once=2, waiting=3, seconds=0.2, rest_after=3)
    directory = Directory({"faraway": Faraway}, store, ring, clock=clock, costly=costly, settings=small)
    yield directory
    await directory.close()


@pytest.fixture
async def staff(importing: Importing, store: Store) -> Configuration:
    await importing.bring_in(STAFF, Form(), "people")
    return await in_realm(store)


async def in_realm(store: Store) -> Configuration:
    async with store.unit() as unit:
        await unit.configuration.put_realm(Realm(name="demo", resolvers=("people",)))
        await unit.configuration.set_default_realm("demo")
    async with store.view() as view:
        return await view.configuration.load()


@pytest.mark.parametrize(
    "typed",
    [
        "alice",
        "ALICE",
        " alice ",
        "\uff41lice",
        "alice@demo",
        "Alice@DEMO",
        "alice @ demo",
        "demo\\alice",
        "Demo\\\u24b6lice",
    ],
)
async def test_every_spelling_is_the_same_person(
    directory: Directory, staff: Configuration, typed: str
) -> None:
    person = await directory.find(split(typed, staff), staff)
    assert person == Person(
        subject=ALICE, login="alice", realm="demo", attributes={"surname": "Liddell", "givenname": "Alice"}
    )


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "alic",
        "al*",
        "alice@nowhere",
        "nowhere\\alice",
        "al\0ice",
        "alice\u200b",
        "\u0430lice",
        "x" * 5000,
    ],
)
async def test_everything_else_is_nobody(directory: Directory, staff: Configuration, typed: str) -> None:
    assert await directory.find(split(typed, staff), staff) is None


letters = st.sampled_from(
    [*"aliceALICEbob@\\. \t", *"\uff41\uff2c\u24b8\u0131\u0130\u0301\u00ad\u200b\u3000\0"]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.one_of(st.sampled_from(["alice", "BOB", "zo\u00eb@example.org@demo"]), st.text(letters, max_size=8)),
    st.text(letters, max_size=2),
    st.text(letters, max_size=2),
    st.sampled_from(["demo", "", " Demo", "DEMO "]),
    st.sampled_from([str.upper, str.lower, str.title, str.swapcase, partial(unicodedata.normalize, "NFD")]),
)
async def test_any_spelling_that_finds_somebody_finds_the_one_with_its_login(
    directory: Directory,
    staff: Configuration,
    core: str,
    before: str,
    after: str,
    realm: str,
    spelled: Callable[[str], str],
) -> None:
    userids = {"alice": "1001", "bob": "1002", "zoë@example.org": "1003"}
    name = split(before + spelled(core) + after, staff, realm=realm)
    person = await directory.find(name, staff)
    expected = userids.get(login_key(name.login)) if name.realm in {"", "demo"} else None
    assert (person.subject.userid if person else None) == expected


async def test_a_realm_or_resolver_that_does_not_hold_them_hides_people(
    directory: Directory, staff: Configuration
) -> None:
    staff = replace(staff, realms={**staff.realms, "other": Realm(name="other", resolvers=("people",))})
    for name, realm in (
        (UserName(login="alice", realm="other"), "other"),
        (UserName(login="alice", resolver="people"), "demo"),
        (UserName(login="alice", realm="other", resolver="people"), "other"),
        (UserName(login="alice", resolver="People"), None),
        (UserName(login="alice", realm="nowhere", resolver="people"), None),
    ):
        person = await directory.find(name, staff)
        assert (person.realm if person else None) == realm


async def test_a_resolver_in_no_realm_lets_nobody_in(directory: Directory, staff: Configuration) -> None:
    alone = replace(staff, realms={}, default_realm="")
    assert await directory.find(UserName(login="alice", resolver="people"), alone) is None
    assert await directory.find(UserName(login="alice"), alone) is None


async def test_an_address_may_be_a_login_where_nothing_is_parted(
    directory: Directory, staff: Configuration
) -> None:
    literal = replace(staff, entries={"splitAtSign": Entry(value="false")})
    for typed, userid in (("zoë@example.org", "1003"), ("alice@demo", "1001"), ("alice@example.org", None)):
        person = await directory.find(split(typed, literal), literal)
        assert (person.subject.userid if person else None) == userid


async def test_the_first_resolver_of_a_realm_that_knows_a_login_tells_who_it_is(far: Directory) -> None:
    configuration = arranged(faraway("one", "alice=1"), faraway("two", "alice=1 bob=2"), demo="one two")
    alice, bob = [await far.find(UserName(login=name), configuration) for name in ("alice", "bob")]
    assert alice is not None
    assert alice.subject == Subject("one", "1")
    assert bob is not None
    assert bob.subject == Subject("two", "2")


async def test_one_login_with_two_ids_is_refused(far: Directory) -> None:
    configuration = arranged(faraway("one", "alice=1"), faraway("two", "alice=2"), demo="one two", left="one")
    with pytest.raises(AmbiguousUser, match="'alice' is '1' in resolver 'one' and '2' in 'two'"):
        await far.find(UserName(login="alice"), configuration)
    assert await far.find(UserName(login="alice", realm="left"), configuration) is not None


@pytest.mark.parametrize("does", ["raise", "hang", "lie", "not start"])
async def test_a_directory_that_fails_leaves_it_unknown_who_somebody_is(far: Directory, does: str) -> None:
    broken, works = faraway("broken", "alice=1", does), faraway("works", "alice=1")
    configuration = arranged(broken, works, demo="broken works")
    for login in ("alice", "mallory"):
        with pytest.raises(Unreachable, match="broken") as told:
            await far.find(UserName(login=login), configuration)
        assert "secret" not in told.value.message


async def test_a_kind_that_is_not_installed_leaves_it_unknown_who_somebody_is(far: Directory) -> None:
    lost = ResolverConfig(name="lost", kind="gone")
    configuration = arranged(lost, demo="lost")
    with pytest.raises(Unreachable, match="'gone', which is not installed"):
        await far.find(UserName(login="alice"), configuration)
    with pytest.raises(Unreachable):
        await far.owner(Subject("lost", "1"), configuration)


async def test_a_later_directory_that_fails_does_not_hide_whom_an_earlier_one_knows(far: Directory) -> None:
    configuration = arranged(
        faraway("works", "alice=1"), faraway("broken", "bob=2", "raise"), demo="works broken"
    )
    for asked in (1, 2):
        assert await far.find(UserName(login="alice"), configuration) is not None
        assert _made[0].asked == asked, "an answer in doubt is not remembered"
    with pytest.raises(Unreachable):
        await far.find(UserName(login="bob"), configuration)


@pytest.mark.parametrize(("login", "time"), [("alice", 60), ("mallory", 15)])
async def test_people_are_remembered_for_the_resolvers_time_and_nobodies_for_a_quarter_of_it(
    far: Directory, clock: StoppedClock, login: str, time: int
) -> None:
    configuration = arranged(faraway("one", "alice=1"), demo="one")
    for seconds, asked in ((0, 1), (time - 1, 1), (1, 2), (-3600, 3)):
        clock.advance(seconds=seconds)
        await far.find(UserName(login=login), configuration)
        assert _made[0].asked == asked


async def test_linotps_cache_settings_prolong_what_is_remembered(far: Directory, clock: StoppedClock) -> None:
    settings = {"enabled": "True", "expiration": "600"}
    entries = {f"user_lookup_cache.{name}": Entry(value=value) for name, value in settings.items()}
    configuration = replace(arranged(faraway("one", "alice=1"), demo="one"), entries=entries)
    for seconds, asked in ((0, 1), (599, 1), (1, 2)):
        clock.advance(seconds=seconds)
        await far.find(UserName(login="alice"), configuration)
        assert _made[0].asked == asked


async def test_forgetting_asks_anew(far: Directory) -> None:
    configuration = arranged(faraway("one", "alice=1"), demo="one")
    await far.find(UserName(login="alice"), configuration)
    far.forget()
    await far.find(UserName(login="alice"), configuration)
    assert _made[0].asked == 2


async def test_a_log_in_after_an_import_sees_the_change(
    directory: Directory, importing: Importing, staff: Configuration, store: Store
) -> None:
    assert await directory.find(UserName(login="carol"), staff) is None
    before = await directory.find(UserName(login="alice"), staff)
    await importing.bring_in("alice,1001,Hargreaves\ncarol,1004\n", Form(), "people")
    async with store.view() as view:
        after = await view.configuration.load()
    assert after.revision > staff.revision
    alice = await directory.find(UserName(login="alice"), after)
    assert before is not None
    assert alice is not None
    assert (before.attributes["surname"], alice.attributes["surname"]) == ("Liddell", "Hargreaves")
    assert await directory.find(UserName(login="carol"), after) is not None
    assert await directory.find(UserName(login="bob"), after) is None


async def test_a_person_seen_before_costs_no_round_trip(
    directory: Directory, staff: Configuration, store: Store
) -> None:
    names = [UserName(login="alice"), UserName(login="mallory"), UserName(login="ALICE", realm="demo")]
    for name in names:
        await directory.find(name, staff)
    async with store.unit() as unit:
        await unit.people.remove("people")
    found = [await directory.find(name, staff) for name in names]
    assert [person is not None for person in found] == [True, False, True]


async def test_a_flood_of_made_up_names_pushes_out_nobody_and_grows_nothing(far: Directory) -> None:
    configuration = arranged(faraway("one", "alice=1"), demo="one")
    await far.find(UserName(login="alice"), configuration)
    for number in range(1000):
        assert await far.find(UserName(login=f"mallory{number}"), configuration) is None
    assert (len(far._people._found), len(far._people._missing)) == (1, 100)
    asked = _made[0].asked
    await far.find(UserName(login="alice"), configuration)
    assert _made[0].asked == asked


async def test_a_flood_does_not_reach_the_directory_at_once(far: Directory) -> None:
    configuration = arranged(faraway("one", "alice=1", "wait"), demo="one")
    questions = [
        asyncio.create_task(far.find(UserName(login=f"m{number}"), configuration)) for number in range(50)
    ]
    await asyncio.sleep(0.05)
    assert _made[0].asked == 2
    _made[0].going.set()
    answers = await asyncio.gather(*questions, return_exceptions=True)
    assert sum(isinstance(answer, DirectorySilent) for answer in answers) == 45


async def test_who_asks_what_is_asked_already_shares_the_answer_and_may_go_before(far: Directory) -> None:
    configuration = arranged(faraway("one", "alice=1", "wait"), demo="one")
    asking = [asyncio.create_task(far.find(UserName(login="alice"), configuration)) for _ in range(50)]
    await asyncio.sleep(0.01)
    asking[0].cancel()
    await asyncio.sleep(0)
    _made[0].going.set()
    first, *others = await asyncio.gather(*asking, return_exceptions=True)
    assert isinstance(first, asyncio.CancelledError)
    assert {isinstance(person, Person) for person in others} == {True}
    assert _made[0].asked == 1


async def test_a_question_that_nobody_waits_for_any_more_harms_nobody(far: Directory) -> None:
    configuration = arranged(faraway("one", "alice=1", "hang"), demo="one")
    asking = asyncio.create_task(far.find(UserName(login="alice"), configuration))
    await asyncio.sleep(0.01)
    asking.cancel()
    await asyncio.sleep(0.3)
    (health,) = far.health(configuration)
    assert health.unanswered == 1


async def test_questions_that_waited_in_vain_for_their_turn_say_nothing_of_the_directory(
    far: Directory,
) -> None:
    configuration = arranged(faraway("one", "alice=1", "hang"), demo="one")
    asking = [far.find(UserName(login=f"m{number}"), configuration) for number in range(9)]
    answers = await asyncio.gather(*asking, return_exceptions=True)
    assert all(isinstance(answer, DirectorySilent) for answer in answers)
    (health,) = far.health(configuration)
    assert (health.unanswered, health.resting) == (2, False)


async def test_a_plug_in_that_fails_for_one_name_is_not_left_alone(far: Directory) -> None:
    """Else whoever finds such a name locks everybody out."""
    configuration = arranged(faraway("one", "alice=1", "raise"), demo="one")
    for _ in range(5):
        with pytest.raises(DirectorySilent, match="failed: RuntimeError"):
            await far.find(UserName(login="alice"), configuration)
    assert not far.health(configuration)[0].resting


async def test_closing_does_not_wait_for_who_hangs(far: Directory) -> None:
    configuration = arranged(faraway("one", "alice=1", "wait"), demo="one")
    asking = asyncio.create_task(far.find(UserName(login="alice"), configuration))
    await asyncio.sleep(0.01)
    await far.close()
    assert _made[0].closed == 1
    with pytest.raises(asyncio.CancelledError):
        await asking


async def test_a_directory_that_was_not_asked_yet_has_done_nothing(far: Directory) -> None:
    configuration = arranged(faraway("one", "alice=1"), faraway("two", "bob=2"), demo="one", other="two")
    await far.find(UserName(login="alice"), configuration)
    one, two = far.health(configuration)
    assert (one.answers, one.people, one.latency > 0) == (1, 1, True)
    assert two == Health(resolver="two")


async def test_a_directory_is_closed_when_it_is_replaced_and_nobody_asks_it_any_more(far: Directory) -> None:
    first = arranged(faraway("one", "alice=1", "wait"), faraway("two", "bob=2"), demo="one", other="two")
    await far.find(UserName(login="bob", realm="other"), first)
    asking = asyncio.create_task(far.find(UserName(login="alice"), first))
    await asyncio.sleep(0.01)
    two, one = _made
    second = arranged(faraway("one", "alice=7"), faraway("two", "bob=2"), revision=2, demo="one", other="two")
    alice = await far.find(UserName(login="alice"), second)
    assert alice is not None
    assert alice.subject.userid == "7"
    assert one.closed == 0
    one.going.set()
    late = await asking
    assert late is not None
    assert late.subject.userid == "1"
    assert (one.closed, two.closed) == (1, 0)
    assert await far.find(UserName(login="alice"), second) == alice, "a late answer is of its own revision"
    await far.find(UserName(login="bob", realm="other"), second)
    assert len(_made) == 3, "what did not change is kept"


async def test_an_owner_is_found_by_id_and_shown_in_a_realm_that_fits(
    directory: Directory, staff: Configuration
) -> None:
    realms = {name: Realm(name=name, resolvers=("people",)) for name in ("demo", "annex", "branch")}
    staff = replace(staff, realms=realms | {"empty": Realm(name="empty")})
    for preferred, realm in (((), "demo"), (("branch", "annex"), "annex"), (("empty",), "demo")):
        owner = await directory.owner(ALICE, staff, preferred)
        assert owner is not None
        assert (owner.subject, owner.login, owner.realm) == (ALICE, "alice", realm)
    assert realms_of(ALICE, staff) == ("annex", "branch", "demo")
    assert await directory.owner(Subject("people", "9"), staff) is None
    assert await directory.owner(Subject("gone", "1001"), staff) is None


async def test_an_owner_is_remembered(far: Directory) -> None:
    configuration = arranged(faraway("one", "alice=1"), demo="one")
    for _ in range(3):
        assert await far.owner(Subject("one", "1"), configuration) is not None
        assert await far.owner(Subject("one", "2"), configuration) is None
    assert _made[0].asked == 2


async def test_the_directory_says_whether_a_password_is_right(
    directory: Directory, importing: Importing, store: Store
) -> None:
    await importing.bring_in(
        "alice,1001,,,,,,secret\nbob,1002\n", Form(passwords_in_plaintext=True), "people"
    )
    configuration = await in_realm(store)
    alice, bob = [await directory.find(UserName(login=name), configuration) for name in ("alice", "bob")]
    assert await directory.check_password(alice, "secret", configuration)
    for person in (alice, bob, None):
        for password in ("", "wrong", "*"):
            assert not await directory.check_password(person, password, configuration)
    assert not await directory.check_password(bob, "secret", configuration)
    assert not await directory.check_password(alice, "secret", arranged())


async def test_an_unknown_name_costs_as_much_as_a_wrong_password(
    directory: Directory, importing: Importing, store: Store
) -> None:
    await importing.bring_in(
        "alice,1001,,,,,,secret\nbob,1002\n", Form(passwords_in_plaintext=True), "people"
    )
    configuration = await in_realm(store)
    people = [
        await directory.find(UserName(login=name), configuration) for name in ("alice", "bob", "mallory")
    ]
    spent = []
    for person in people:
        times = []
        for _ in range(5):
            began = time.perf_counter()
            assert not await directory.check_password(person, "wrong", configuration)
            times.append(time.perf_counter() - began)
        spent.append(min(times))
    assert max(spent) < 3 * min(spent)


async def test_more_passwords_than_can_wait_are_refused(
    store: Store, ring: KeyRing, clock: StoppedClock
) -> None:
    pool = CostlyWork(workers=1, queue=1)
    directory = Directory({}, store, ring, clock=clock, costly=pool)
    answers = await asyncio.gather(
        *(directory.check_password(None, "wrong", arranged()) for _ in range(10)), return_exceptions=True
    )
    assert [type(answer) for answer in answers] == [bool] * 2 + [Unreachable] * 8
    pool.close()


async def test_a_secret_setting_is_opened_for_its_own_resolver_only(far: Directory, ring: KeyRing) -> None:
    sealed = ring.seal(("resolver", "one", "word"), b"open sesame")
    one, two = [replace(faraway(name, "alice=1"), secrets={"word": sealed}) for name in ("one", "two")]
    configuration = arranged(one, two, demo="one", other="two")
    alice, other = [
        await far.find(UserName(login="alice", realm=realm), configuration) for realm in ("demo", "other")
    ]
    assert await far.check_password(alice, "open sesame", configuration)
    with pytest.raises(Exception, match="does not open"):
        await far.check_password(other, "open sesame", configuration)


async def test_a_search_goes_through_the_resolvers_in_order(far: Directory) -> None:
    configuration = arranged(faraway("one", "bob=1"), faraway("two", "alice=2"), demo="one two", other="two")

    async def found(*, realm: str = "", resolver: str = "") -> list[str]:
        people = far.search({}, configuration, realm=realm, resolver=resolver)
        return [f"{person.login}@{person.realm}" async for person in people]

    assert await found() == await found(realm=" DEMO ") == ["bob@demo", "alice@demo"]
    assert await found(realm="other") == ["alice@other"]
    assert await found(resolver="two") == ["alice@demo"]
    assert await found(realm="demo", resolver="two") == ["alice@demo"]
    assert await found(realm="other", resolver="one") == []
    assert await found(realm="nowhere") == await found(resolver="none") == []


async def test_a_resolver_in_no_realm_can_be_listed(far: Directory) -> None:
    configuration = arranged(faraway("one", "bob=1"))
    assert [person.login async for person in far.search({}, configuration, resolver="one")] == ["bob"]
    assert [person.login async for person in far.search({}, configuration)] == []


async def test_a_list_that_breaks_off_is_not_taken_for_the_whole(far: Directory) -> None:
    configuration = arranged(faraway("one", "bob=1", "raise"), demo="one")
    people = far.search({}, configuration)
    assert (await anext(people)).login == "bob"
    with pytest.raises(Unreachable, match="'one' failed: RuntimeError"):
        await anext(people)


async def test_people_are_searched_by_pattern(directory: Directory, staff: Configuration) -> None:
    found = [person.login async for person in directory.search({"username": "*B*"}, staff)]
    assert found == ["bob"]


async def test_a_resolver_that_can_never_work_is_refused(far: Directory) -> None:
    await far.verify(faraway("one", "alice=1"))
    assert _made[0].closed == 1
    with pytest.raises(BadParameter, match="'gone' is installed"):
        await far.verify(ResolverConfig(name="one", kind="gone"))
    with pytest.raises(MissingParameter, match="people"):
        await far.verify(ResolverConfig(name="one", kind="faraway"))
    with pytest.raises(BadParameter, match="nobody is there"):
        await far.verify(faraway("one", ""))
    with pytest.raises(BadParameter, match="one does not start: RuntimeError"):
        await far.verify(faraway("one", "alice=1", "not start"))


async def test_a_passwd_file_and_kept_people_share_a_realm(
    directory: Directory, importing: Importing, store: Store, tmp_path: Path
) -> None:
    (tmp_path / "passwd").write_text("carol:x:7:7:Carol:/:/\n")
    config = ResolverConfig(name="file", kind="passwd", settings={"fileName": str(tmp_path / "passwd")})
    await importing.bring_in("alice,1\n", Form(), "people")
    async with store.view() as view:
        kept = (await view.configuration.load()).resolvers["people"]
    configuration = arranged(kept, config, demo="people file")
    people = [
        await directory.find(UserName(login=login), configuration) for login in ("alice", "carol", "Carol")
    ]
    assert [person and person.subject.resolver for person in people] == ["people", "file", None]


@pytest.mark.parametrize("kind", [Person, Record])
def test_people_are_shown_with_exactly_linotps_fields(kind: type) -> None:
    attributes = {"surname": "Liddell", "shoe": "37"}
    person: Person | Record
    if kind is Person:
        person = Person(subject=ALICE, login="alice", realm="demo", attributes=attributes)
    else:
        person = Record(userid="1001", login="alice", attributes=attributes)
    shown = {
        "username": "alice",
        "userid": "1001",
        "surname": "Liddell",
        "givenname": "",
        "phone": "",
        "mobile": "",
        "email": "",
    }
    assert user_info(person) == shown
    assert user_info(replace(person, attributes={**attributes, "description": "d"})) == {
        **shown,
        "description": "d",
    }
