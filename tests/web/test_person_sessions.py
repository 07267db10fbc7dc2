from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.household import CLIENT, Household, household_on
from watchword.errors import NotAuthenticated
from watchword.model.configuration import Configuration, Entry
from watchword.model.person import Person, Subject
from watchword.model.session import PASSWORD, Proof, State
from watchword.web.person_sessions import Opened, PersonSessions, lifetime

ALICE = Person(subject=Subject("people", "alice"), login="alice", realm="demo")
PLAIN = Configuration()
HOUR, TEN_MINUTES = 3_600_000, 600_000


@pytest.fixture
async def household(database_url: str, tmp_path: Path) -> AsyncIterator[Household]:
    where = {"WATCHWORD_HOME": str(tmp_path), "WATCHWORD_DATABASE_URL": database_url}
    async with household_on(where) as household:
        yield household


@pytest.fixture
def sessions(household: Household) -> PersonSessions:
    return PersonSessions(household.clock, household.house.dice)


async def opened(
    household: Household,
    sessions: PersonSessions,
    state: State = State.CREDENTIALS_VERIFIED,
    person: Person = ALICE,
    configuration: Configuration = PLAIN,
) -> Opened:
    async with household.house.store.unit() as unit:
        return await sessions.open(
            unit,
            person,
            path="userservice",
            state=state,
            proofs=(Proof(how=PASSWORD, at=household.clock.now()),),
            client=CLIENT,
            configuration=configuration,
        )


async def test_each_step_gives_a_new_value_and_the_old_one_is_dead(
    household: Household, sessions: PersonSessions
) -> None:
    first = await opened(household, sessions)
    async with household.house.store.unit() as unit:
        second = await sessions.advance(
            unit, first.session, state=State.CHALLENGE_TRIGGERED, configuration=PLAIN, transaction="17"
        )
    async with household.house.store.unit() as unit:
        proof = Proof(how="totp", at=household.clock.now(), serial="TOTP1")
        third = await sessions.advance(
            unit, second.session, state=State.AUTHENTICATED, configuration=PLAIN, proof=proof
        )
    values = [first.value, second.value, third.value]
    assert len({*values}) == 3
    async with household.house.store.view() as view:
        found = [await sessions.find(view, value, path="userservice") for value in values]
    assert found == [None, None, third.session]
    assert third.session.transaction == "17"
    assert third.session.second_factor == proof


async def test_of_two_requests_with_one_value_one_gets_on(
    household: Household, sessions: PersonSessions
) -> None:
    first = await opened(household, sessions)
    async with household.house.store.unit() as unit:
        await sessions.advance(unit, first.session, state=State.AUTHENTICATED, configuration=PLAIN)
    with pytest.raises(NotAuthenticated):
        async with household.house.store.unit() as unit:
            await sessions.advance(unit, first.session, state=State.AUTHENTICATED, configuration=PLAIN)


async def test_a_session_counts_for_its_own_face_and_its_own_address(
    household: Household, sessions: PersonSessions
) -> None:
    held = await opened(household, sessions)
    async with household.house.store.view() as view:
        assert await sessions.find(view, held.value, path="userservice", client=CLIENT) == held.session
        assert await sessions.find(view, held.value, path="manage") is None
        assert await sessions.find(view, held.value, path="userservice", client="192.0.2.8") is None
        assert await sessions.find(view, "", path="userservice") is None
        assert await sessions.find(view, held.session.id.hex(), path="userservice") is None


async def test_a_log_in_half_way_ends_after_ten_minutes_and_a_session_after_an_hour(
    household: Household, sessions: PersonSessions
) -> None:
    half = await opened(household, sessions)
    whole = await opened(household, sessions, State.AUTHENTICATED)

    async def alive() -> list[bool]:
        async with household.house.store.view() as view:
            found = [await sessions.find(view, one.value, path="userservice") for one in (half, whole)]
        return [one is not None for one in found]

    household.clock.advance(seconds=TEN_MINUTES / 1000 - 1)
    assert await alive() == [True, True]
    household.clock.advance(seconds=1)
    assert await alive() == [False, True]
    household.clock.advance(seconds=(HOUR - TEN_MINUTES) / 1000)
    assert await alive() == [False, False]


async def test_a_further_proof_does_not_prolong_a_session(
    household: Household, sessions: PersonSessions
) -> None:
    held = await opened(household, sessions, State.AUTHENTICATED)
    household.clock.advance(seconds=60)
    async with household.house.store.unit() as unit:
        later = await sessions.advance(
            unit,
            held.session,
            state=State.AUTHENTICATED,
            configuration=PLAIN,
            proof=Proof(how="sms", at=household.clock.now(), serial="LSSM1"),
        )
    assert later.session.expires == held.session.expires
    assert later.session.entered == held.session.entered
    assert later.seconds == 3540


@pytest.mark.parametrize(
    ("said", "milliseconds"), [("", HOUR), ("30m", HOUR // 2), ("2h", 2 * HOUR), ("soon", HOUR), ("0s", HOUR)]
)
def test_the_setting_says_how_long_a_session_lasts(said: str, milliseconds: int) -> None:
    configuration = Configuration(entries={"selfservice.auth_expiry": Entry(value=said)})
    assert lifetime(configuration) == milliseconds


async def test_people_see_and_end_their_own_sessions_only(
    household: Household, sessions: PersonSessions
) -> None:
    bob = Person(subject=Subject("people", "bob"), login="bob", realm="demo")
    here, there, _half, bobs = [
        await opened(household, sessions, State.AUTHENTICATED),
        await opened(household, sessions, State.AUTHENTICATED),
        await opened(household, sessions),
        await opened(household, sessions, State.AUTHENTICATED, bob),
    ]
    async with household.house.store.unit() as unit:
        assert {one.name for one in await sessions.of(unit, ALICE.subject)} == {
            here.session.name,
            there.session.name,
        }
        assert not await sessions.end_named(unit, ALICE.subject, bobs.session.name)
        assert not await sessions.end_named(unit, ALICE.subject, there.session.name[:-1])
        assert await sessions.end_named(unit, ALICE.subject, there.session.name)
        assert await sessions.of(unit, ALICE.subject) == (here.session,)
    another = await opened(household, sessions, State.AUTHENTICATED)
    async with household.house.store.unit() as unit:
        assert await sessions.end_all(unit, ALICE.subject, but=another.session) == 2
        assert await sessions.of(unit, ALICE.subject) == (another.session,)
        assert await sessions.of(unit, bob.subject) == (bobs.session,)
        assert await sessions.end(unit, bobs.session)
        assert not await sessions.end(unit, bobs.session)


async def test_neither_the_row_nor_a_face_tells_what_the_client_holds(
    household: Household, sessions: PersonSessions
) -> None:
    held = await opened(household, sessions)
    async with household.house.store.view() as view:
        [row] = await view.sessions.of("user", ALICE.subject)
    assert held.value not in f"{row!r} {row.id.hex()} {held!r} {held.session!r}"
