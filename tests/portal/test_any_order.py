"""Whatever is sent in whatever order: nobody is in without the password, and the second factor where policy asks."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tests.delivery.wires import Gateway
from tests.delivery.wires import gateway as loopback
from tests.household import SEED, Household, household_on, policy
from tests.portal.browser import HOME, LOGIN, PASSWORD, Browser
from tests.sending import ALLOWED, code, connect, give_sms
from watchword.crypto.otp import hotp
from watchword.model.person import Subject
from watchword.model.session import PersonSession
from watchword.web.journey.steps import sessions_of

T = TypeVar("T")
COOKIE = "watchword-portal"
STEPS = ["password", "choose", "code", "again", "cancel", "", "authenticated"]
PLACES = [LOGIN, "/selfservice/prove", HOME, "/selfservice/sessions", "/selfservice/logout"]
SERIALS = ["OATH1", "LSSM1", "OATH2", ""]


@asynccontextmanager
async def _street(folder: Path) -> AsyncIterator[tuple[Household, Gateway, list[Browser]]]:
    where = {
        "WATCHWORD_HOME": str(folder),
        "WATCHWORD_DATABASE_URL": f"sqlite:///{folder}/watchword.db",
        "WATCHWORD_LIMITS_MODE": "record",
        **ALLOWED,
    }
    async with AsyncExitStack() as stack:
        household = await stack.enter_async_context(household_on(where))
        gateway = await stack.enter_async_context(loopback())
        await connect(household, "gateway", gateway.url)
        await household.say(policy("mfa_login", scope="selfservice", name="mfa"))
        await household.give("OATH1", max_failures=10_000, window=1000)
        await give_sms(household, "LSSM1", max_failures=10_000)
        await household.give("OATH2", owner="bob")
        browsers = [await stack.enter_async_context(Browser.at(household.house)) for _ in range(2)]
        yield household, gateway, browsers


class Visitors(RuleBasedStateMachine):
    """Two browsers of one thief and owner. The model knows what alice's right password and codes were used for."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = TemporaryDirectory()
        self.stack = AsyncExitStack()
        self.household, self.gateway, self.browsers = self.run(
            self.stack.enter_async_context(_street(Path(self.folder.name)))
        )
        self.counter = 0
        self.passwords = 0
        """How often the right password was sent."""
        self.rights = 0
        """How often a right code was sent after one."""
        self.cookies: list[str] = []

    def run(self, doing: Awaitable[T]) -> T:
        async def done() -> T:
            return await doing

        return self.runner.run(done())

    def teardown(self) -> None:
        self.run(self.stack.aclose())
        self.runner.close()
        self.folder.cleanup()

    @rule(who=st.integers(0, 1), path=st.sampled_from(PLACES))
    def visit(self, who: int, path: str) -> None:
        self.run(self.browsers[who].visit(path))
        self._remember(who)

    @rule(who=st.integers(0, 1), right=st.booleans(), extra=st.sampled_from(["", "code"]))
    def password(self, who: int, right: bool, extra: str) -> None:
        browser = self.browsers[who]
        self.run(browser.visit(LOGIN))
        if browser.forms("password"):
            self.passwords += right
            typed: dict[str, Any] = {"name": "alice", "password": PASSWORD if right else "wrong"}
            if extra:
                typed["code"] = "000000"
            self.run(browser.send("password", **typed))
        self._remember(who)

    @rule(who=st.integers(0, 1), where=st.integers(0, 2))
    def choose(self, who: int, where: int) -> None:
        browser = self.browsers[who]
        forms = browser.forms("choose")
        if forms:
            self.run(browser.send("choose", where % len(forms)))
        self._remember(who)

    @rule(who=st.integers(0, 1), answer=st.sampled_from(["", " ", "000000", PASSWORD]))
    def wrong_code(self, who: int, answer: str) -> None:
        self._code(who, answer)

    @rule(who=st.integers(0, 1), sent=st.booleans())
    def right_code(self, who: int, sent: bool) -> None:
        if sent and self.gateway.heard:
            answer = code(self.gateway)
        else:
            self.counter += 1
            answer = hotp(SEED, self.counter)
        if self.passwords:
            self.rights += 1
        self._code(who, answer)

    @rule(
        who=st.integers(0, 1),
        path=st.sampled_from(PLACES),
        step=st.sampled_from(STEPS),
        serial=st.sampled_from(SERIALS),
        answer=st.sampled_from(["", "000000", "1234"]),
        to=st.sampled_from(["", "sessions", "https://evil.example/"]),
    )
    def anything(self, who: int, path: str, step: str, serial: str, answer: str, to: str) -> None:
        browser = self.browsers[who]
        forms = [form.fields["form"] for form in browser.forms() if "form" in form.fields]
        fields = {"step": step, "serial": serial, "code": answer, "to": to, "state": "authenticated"}
        self.run(browser.post(path, **fields, **({"form": forms[0]} if forms else {})))
        self._remember(who)

    @rule(who=st.integers(0, 1), which=st.integers(0, 50))
    def an_old_cookie(self, who: int, which: int) -> None:
        if self.cookies:
            browser = self.browsers[who]
            browser.http.cookies.clear()
            value = self.cookies[which % len(self.cookies)]
            browser.http.cookies.set(COOKIE, value, domain="watchword.example")
            self.run(browser.visit(HOME))

    @rule(seconds=st.sampled_from([1, 30, 130, 700, 4000]))
    def time_passes(self, seconds: int) -> None:
        self.household.clock.advance(seconds=seconds)

    @invariant()
    def nobody_is_in_without_password_and_second_factor(self) -> None:
        for browser in self.browsers:
            self.run(browser.visit(HOME))
            if browser.is_in:
                assert self.passwords, "in without the password"
                assert self.rights, "in without a right code after it"
        for session in self.run(self._sessions()):
            assert session.second_factor is not None, "complete without a second factor"

    async def _sessions(self) -> tuple[PersonSession, ...]:
        async with self.household.house.store.view() as view:
            return await sessions_of(self.household.house).of(view, Subject("people", "alice"))

    def _code(self, who: int, answer: str) -> None:
        browser = self.browsers[who]
        if browser.forms("code"):
            self.run(browser.send("code", code=answer))
        else:
            self.run(browser.post(LOGIN, step="code", code=answer))
        self._remember(who)

    def _remember(self, who: int) -> None:
        for cookie in self.browsers[who].http.cookies.jar:
            if cookie.name == COOKIE and cookie.value and cookie.value not in self.cookies:
                self.cookies.append(cookie.value)


def test_no_order_of_requests_lets_in_without_password_and_second_factor() -> None:
    run_state_machine_as_test(
        Visitors,
        settings=settings(
            max_examples=8,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=[*HealthCheck],
        ),
    )
