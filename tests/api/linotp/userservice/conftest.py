"""People who have logged in at LinOTP's doors for them."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest

from tests.api.caller import Caller
from tests.household import REALM, Household, policy
from watchword.api.linotp.admitting import COOKIE
from watchword.model.person import UserName
from watchword.model.session import PASSWORD, Proof, State
from watchword.web.person_sessions import PersonSessions

ADDRESS = "127.0.0.1"
ALL = (
    "enrollHMAC, enrollTOTP, enrollMOTP, enrollPW, enrollSPASS, enrollSMS, enrollEMAIL, assign, unassign, enable, disable,"
    "delete, reset, resync, setOTPPIN, setMOTPPIN, setDescription, getserial, history, verify"
)


class Portal(Caller):
    """A caller that sends a session along."""

    session = ""

    async def post(self, path: str, /, **fields: Any) -> httpx2.Response:
        return await super().post(path, **{"session": self.session, **fields})

    async def get(self, path: str, /, **fields: Any) -> httpx2.Response:
        return await super().get(path, **{"session": self.session, **fields})

    def hold(self, value: str) -> None:
        self.session = value
        self.http.cookies.set(COOKIE, value)


Enters = Callable[..., Awaitable[Portal]]


@pytest.fixture
async def enters(household: Household, caller_for: Callable[[str], Awaitable[Caller]]) -> Enters:
    """Lets somebody in: with every right unless other actions are said, by other proofs than a password if named."""

    async def enter(
        login: str = "alice",
        actions: str = ALL,
        *,
        state: State = State.AUTHENTICATED,
        proofs: tuple[Proof, ...] = (),
    ) -> Portal:
        if actions:
            await household.say(policy(actions, scope="selfservice"))
        portal = Portal((await caller_for("")).http)
        portal.hold(await opened(household, login, state, proofs))
        return portal

    return enter


async def opened(
    household: Household,
    login: str,
    state: State = State.AUTHENTICATED,
    proofs: tuple[Proof, ...] = (),
    *,
    client: str = ADDRESS,
) -> str:
    """The value of a fresh session."""
    house = household.house
    configuration = (await house.snapshots.latest()).configuration
    person = await house.directory.find(UserName(login=login, realm=REALM), configuration)
    assert person is not None
    async with house.store.unit() as unit:
        session = await PersonSessions(house.clock, house.dice).open(
            unit,
            person,
            path="userservice",
            state=state,
            proofs=(Proof(how=PASSWORD, at=household.clock.now()), *proofs),
            client=client,
            configuration=configuration,
        )
    return session.value
