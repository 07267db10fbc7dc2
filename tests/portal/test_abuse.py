"""What somebody may try who has a cookie, a form, a link or half a log-in that is not theirs to use."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.delivery.wires import Gateway
from tests.household import SEED, Household, policy
from tests.portal.browser import HOME, LOGIN, PASSWORD, Browser
from tests.sending import code, give_sms
from watchword.app import close_house, open_house
from watchword.crypto.otp import hotp
from watchword.settings import load
from watchword.web.house import House

MFA = policy("mfa_login", scope="selfservice", name="mfa")
COOKIE, VISIT = "watchword-portal", "watchword-portal-visit"


@pytest.fixture
async def other_node(household: Household, sqlite_url: str, tmp_path: Path) -> AsyncIterator[House]:
    """Another process on the same store and keys."""
    settings = load({}, {"WATCHWORD_HOME": str(tmp_path), "WATCHWORD_DATABASE_URL": sqlite_url})
    house = await open_house(settings, clock=household.clock)
    yield house
    await close_house(house)


def planted(browser: Browser, **cookies: str | None) -> None:
    """Cookies as somebody else has put them there."""
    for name, value in cookies.items():
        browser.http.cookies.delete(name) if name in browser.http.cookies else None
        if value is not None:
            browser.http.cookies.set(name, value, domain="watchword.example")


async def test_half_a_log_in_opens_no_page(household: Household, browser: Browser) -> None:
    await household.say(MFA)
    await household.give("OATH1")
    await browser.log_in()
    for path in (HOME, "/selfservice/sessions", "/selfservice/prove"):
        await browser.visit(path)
        assert browser.path == LOGIN
        assert browser.forms("code")
    answer = await browser.http.post("/selfservice/sessions/end", data={}, follow_redirects=False)
    assert answer.headers["location"].startswith(LOGIN)


async def test_a_planted_session_is_worth_nothing_after_the_log_in(
    household: Household, browser: Browser, other_browser: Browser
) -> None:
    """Session fixation: the planter's value does not become the victim's session."""
    await household.say(MFA)
    await household.give("OATH1")
    await household.give("OATH2", owner="bob")
    await other_browser.log_in("bob")
    planted_value = other_browser.cookie(COOKIE)
    await browser.visit(LOGIN)
    token = browser.forms("password")[0]
    planted(browser, **{COOKIE: planted_value})
    await browser.post(token.action, **{**token.fields, "name": "alice", "password": PASSWORD})
    await browser.send("code", code=hotp(SEED, 0))
    assert browser.is_in
    assert browser.cookie(COOKIE) != planted_value
    await other_browser.visit(HOME)
    assert not other_browser.is_in


async def test_each_step_changes_the_cookie_and_the_old_one_opens_nothing(
    household: Household, browser: Browser, other_browser: Browser
) -> None:
    await household.say(MFA)
    await household.give("OATH1")
    await household.give("OATH2")
    await browser.log_in()
    values = [browser.cookie(COOKIE)]
    await browser.send("choose")
    values.append(browser.cookie(COOKIE))
    serial = browser.text.find("OATH1")
    assert serial == -1 or browser.forms("code")
    await browser.send("code", code=hotp(SEED, 0))
    assert browser.is_in
    assert len({*values, browser.cookie(COOKIE)}) == 3
    for value in values:
        planted(other_browser, **{COOKIE: value})
        await other_browser.visit(HOME)
        assert not other_browser.is_in
        assert "Please log in again" in other_browser.text


async def test_forms_of_others_of_old_pages_and_none_do_nothing(
    household: Household, browser: Browser, other_browser: Browser
) -> None:
    await other_browser.visit(LOGIN)
    foreign = other_browser.forms("password")[0].fields["form"]
    await browser.visit(LOGIN)
    [form] = browser.forms("password")
    right = {**form.fields, "name": "alice", "password": PASSWORD}
    for token in ("", "0", ".", "zz.00", foreign, f"{form.fields['form']}0", form.fields["form"][::-1]):
        await browser.post(LOGIN, **{**right, "form": token})
        assert not browser.is_in
        assert "out of date" in browser.text
    answer = await browser.http.post(LOGIN, data=right, headers={"sec-fetch-site": "cross-site"})
    assert "out of date" in answer.text
    household.clock.advance(seconds=12 * 3600 + 1)
    await browser.post(LOGIN, **right)
    assert "out of date" in browser.text
    await browser.visit(LOGIN)
    await browser.send("password", name="alice", password=PASSWORD)
    assert browser.is_in


async def test_a_form_of_an_earlier_step_is_out_of_date(household: Household, browser: Browser) -> None:
    await household.say(MFA)
    await household.give("OATH1")
    await household.give("OATH2")
    await browser.log_in()
    [old, *_] = browser.forms("choose")
    await browser.send("choose")
    await browser.post(LOGIN, **{**old.fields, "step": "code", "code": hotp(SEED, 0)})
    assert "out of date" in browser.text
    assert not browser.is_in
    assert (await household.held("OATH1")).counter == 0


async def test_a_code_of_one_person_does_not_answer_for_another(
    household: Household, browser: Browser, other_browser: Browser, gateway: Gateway
) -> None:
    await household.say(MFA)
    await give_sms(household, "LSSM1")
    await give_sms(household, "LSSM2", owner="bob")
    await browser.log_in("alice")
    alices = code(gateway)
    await other_browser.log_in("bob")
    if code(gateway) == alices:
        pytest.skip("the dice threw the same code twice")
    await other_browser.send("code", code=alices)
    assert not other_browser.is_in
    await other_browser.send("code", code=alices, serial="LSSM1", transactionid="1" * 17)
    assert not other_browser.is_in
    await other_browser.post(
        LOGIN, **{**other_browser.forms("code")[0].fields, "step": "choose", "serial": "LSSM1"}
    )
    assert "LSSM1" not in other_browser.page
    await browser.send("code", code=alices)
    assert browser.is_in


async def test_a_log_out_on_one_node_ends_the_session_on_all(browser: Browser, other_node: House) -> None:
    await browser.log_in()
    async with Browser.at(other_node) as elsewhere:
        planted(elsewhere, **{COOKIE: browser.cookie(COOKIE)})
        await elsewhere.visit(HOME)
        assert elsewhere.is_in
        await browser.send()
        await elsewhere.visit(HOME)
        assert not elsewhere.is_in


async def test_sessions_are_listed_and_ended_one_by_one_or_all_but_this(
    browser: Browser, other_browser: Browser, household: Household
) -> None:
    await browser.log_in()
    await other_browser.log_in()
    await browser.visit("/selfservice/sessions")
    assert "192.0.2.8" in browser.text
    [end] = [form for form in browser.forms() if form.fields.get("name")]
    assert not {browser.cookie(COOKIE), other_browser.cookie(COOKIE)} & {*end.fields.values()}
    await browser.post(end.action, **{**end.fields, "form": "0"})
    await other_browser.visit(HOME)
    assert other_browser.is_in
    await browser.visit("/selfservice/sessions")
    await browser.post(end.action, **end.fields)
    assert "192.0.2.8" not in browser.text
    await other_browser.visit(HOME)
    assert not other_browser.is_in
    await browser.visit(HOME)
    assert browser.is_in
    assert (await household.last_row()).action_detail == "sessions ended: 1"


async def test_a_session_ends_by_itself_and_with_the_person(household: Household, browser: Browser) -> None:
    await household.set(**{"selfservice.auth_expiry": "30m"})
    await browser.log_in()
    household.clock.advance(seconds=1799)
    await browser.visit(HOME)
    assert browser.is_in
    household.clock.advance(seconds=1)
    await browser.visit(HOME)
    assert "Please log in again" in browser.text
    await browser.log_in()
    async with household.house.store.unit() as unit:
        await unit.people.remove("people", ["alice"])
        await unit.configuration.touch()
    await browser.visit(HOME)
    assert not browser.is_in


async def test_cookies_are_for_this_host_and_no_script(household: Household) -> None:
    async with Browser.at(household.house, scheme="https") as browser:
        await browser.visit(LOGIN)
        [form] = browser.forms("password")
        answer = await browser.http.post(
            LOGIN, data={**form.fields, "name": "alice", "password": PASSWORD}, follow_redirects=False
        )
        cookies = [value for name, value in answer.headers.multi_items() if name == "set-cookie"]
        [session] = [one for one in cookies if one.startswith(f"__Host-{COOKIE}=")]
        for attribute in ("HttpOnly", "Secure", "SameSite=Lax", "Path=/"):
            assert attribute in session
        assert "Domain" not in session
        assert "Max-Age" not in session, "it ends with the browser"
        assert any(one.startswith(f"__Host-{VISIT}=;") for one in cookies)
        planted(browser, **{COOKIE: "x"})
        await browser.visit(HOME)
        assert browser.is_in


async def test_neither_password_nor_cookie_nor_code_lies_in_the_store(
    household: Household, browser: Browser, gateway: Gateway, sqlite_url: str
) -> None:
    await household.say(MFA)
    await give_sms(household)
    await browser.log_in()
    half, sent = browser.cookie(COOKIE), code(gateway)
    await browser.send("code", code=sent)
    assert browser.is_in
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as file:
        lines = "\n".join(file.iterdump())
    for secret in (PASSWORD, half, browser.cookie(COOKIE), f"'{sent}'"):
        assert secret is not None
        assert secret not in lines
        assert secret.encode().hex().lower() not in lines.lower()


async def test_who_is_in_by_password_proves_one_thing_more_and_stays_in(
    household: Household, browser: Browser
) -> None:
    await household.give("OATH1")
    await browser.log_in()
    await browser.visit("/selfservice/prove?to=sessions")
    await browser.send("choose")
    await browser.send("code", code="000000")
    assert "not accepted" in browser.text
    before = browser.cookie(COOKIE)
    await browser.send("code", code=hotp(SEED, 0))
    assert browser.path == "/selfservice/sessions"
    assert browser.cookie(COOKIE) != before
    household.clock.advance(seconds=301)
    await browser.visit("/selfservice/prove")
    assert browser.path == "/selfservice/prove"
    await browser.send("cancel")
    assert browser.is_in


async def test_guesses_of_codes_are_counted_although_the_password_is_right_each_time(
    household: Household, browser: Browser
) -> None:
    await household.say(MFA)
    await household.give("OATH1", max_failures=100)
    for guess in range(5):
        await browser.log_in()
        await browser.send("code", code=f"{guess:06}")
    await browser.log_in()
    assert "was not accepted" in browser.text, "the password does not help who has to wait"
    household.clock.advance(seconds=3600)
    await browser.log_in()
    await browser.send("code", code=hotp(SEED, 0))
    assert browser.is_in
