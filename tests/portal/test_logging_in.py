"""The log-in of the portal, as a browser without scripts goes through it."""

import re

import pytest

from tests.delivery.wires import Gateway
from tests.household import SEED, Household, policy
from tests.portal.browser import HOME, LOGIN, PASSWORD, Browser
from tests.sending import another, code, give_sms
from watchword.crypto.otp import hotp

MFA = policy("mfa_login", scope="selfservice", name="mfa")


async def test_the_first_address_leads_to_the_log_in(browser: Browser) -> None:
    await browser.visit("/")
    assert browser.path == LOGIN
    assert browser.forms("password")


async def test_without_a_policy_the_password_is_the_whole_log_in(browser: Browser) -> None:
    await browser.log_in()
    assert browser.is_in
    assert "Hello, Alice" in browser.text


@pytest.mark.parametrize(
    ("name", "password"), [("alice", "wrong"), ("alice", ""), ("nobody", PASSWORD), ("bob", "")]
)
async def test_refusals_are_the_same_to_the_letter(browser: Browser, name: str, password: str) -> None:
    await browser.log_in("somebody", "wrong")
    refused = values_left_out(browser.page)
    assert "was not accepted" in browser.text
    await browser.log_in(name, password)
    assert values_left_out(browser.page) == refused
    assert browser.status == 200
    assert browser.cookie("watchword-portal") is None


def values_left_out(page: str) -> str:
    """The page without what was typed, and without the values against forged requests."""
    return re.sub(r'value="[^"]*"', "", page)


async def test_what_was_typed_as_a_name_is_still_there_but_no_password(browser: Browser) -> None:
    await browser.log_in("carol <b>", "sesame-123")
    assert browser.forms("password")[0].fields["name"] == "carol <b>"
    assert "sesame-123" not in browser.page
    assert "carol <b>" not in browser.page


async def test_a_typed_code_is_the_second_step(household: Household, browser: Browser) -> None:
    await household.say(MFA)
    await household.give("OATH1", pin="sesame")
    await browser.log_in()
    assert not browser.is_in
    await browser.visit(HOME)
    assert browser.path == LOGIN
    await browser.send("code", code="000000")
    assert "not accepted" in browser.text
    await browser.send("code", code="")
    assert "Type the code." in browser.text
    await browser.send("code", code=hotp(SEED, 0))
    assert browser.is_in


async def test_the_only_way_is_taken_without_a_choice_and_its_code_is_sent(
    household: Household, browser: Browser, gateway: Gateway
) -> None:
    await household.say(MFA)
    await give_sms(household)
    await browser.log_in()
    assert "sent to ••• 67" in browser.text
    assert "1234567" not in browser.page
    right = code(gateway)
    await browser.send("code", code=another(right))
    assert "not accepted" in browser.text
    await browser.send("code", code=right)
    assert browser.is_in
    assert len(gateway.heard) == 1


async def test_of_several_ways_one_is_chosen_and_another_afterwards(
    household: Household, browser: Browser, gateway: Gateway
) -> None:
    await household.say(MFA)
    await give_sms(household)
    await household.give("OATH1", description="My key ring")
    await browser.log_in()
    assert "Choose what you have at hand" in browser.text
    assert "My key ring" in browser.text
    assert gateway.heard == []
    serials = [form.fields["serial"] for form in browser.forms("choose") if "serial" in form.fields]
    assert sorted(serials) == ["LSSM1", "OATH1"]
    await browser.send("choose", serials.index("LSSM1"))
    assert len(gateway.heard) == 1
    await browser.send("choose")  # another way
    assert "Choose what you have at hand" in browser.text
    await browser.send("choose", serials.index("OATH1"))
    await browser.send("code", code=code(gateway))
    assert "not accepted" in browser.text
    await browser.send("code", code=hotp(SEED, 0))
    assert browser.is_in


async def test_a_code_that_was_sent_is_sent_again_after_the_pause_and_says_how_long_it_is_good(
    household: Household, browser: Browser, gateway: Gateway
) -> None:
    await household.set(SMSBlockingTimeout="60", SMSChallengeValidityTime="300")
    await household.say(MFA)
    await give_sms(household)
    await browser.log_in()
    assert 'data-after="60"' in browser.page
    assert 'data-countdown="300"' in browser.page
    await browser.send("again")
    assert "Please wait" in browser.text
    assert len(gateway.heard) == 1
    household.clock.advance(seconds=60)
    await browser.send("again")
    assert "on its way once more" in browser.text
    assert len(gateway.heard) == 2
    await browser.send("code", code=code(gateway))
    assert browser.is_in


async def test_when_the_time_of_a_code_is_over_a_new_one_is_asked_for(
    household: Household, browser: Browser, gateway: Gateway
) -> None:
    await household.say(MFA)
    await give_sms(household)
    await browser.log_in()
    household.clock.advance(seconds=150)
    await browser.send("code", code=code(gateway))
    assert "time of that code is over" in browser.text
    await browser.send("choose")
    assert len(gateway.heard) == 2
    await browser.send("code", code=code(gateway))
    assert browser.is_in


async def test_a_gateway_that_fails_is_told_and_another_way_can_be_taken(
    household: Household, browser: Browser, gateway: Gateway
) -> None:
    gateway.status = 400
    await household.say(MFA)
    await give_sms(household)
    await browser.log_in()
    assert "could not be sent" in browser.text
    assert not browser.is_in
    gateway.status = 200
    await browser.send("choose")
    await browser.send("code", code=code(gateway))
    assert browser.is_in


async def test_who_has_no_second_factor_is_told_so_and_may_go(household: Household, browser: Browser) -> None:
    await household.say(MFA)
    await household.give("OATH1", failures=10)
    await browser.log_in()
    assert "you have none that works" in browser.text
    await browser.send("cancel")
    assert "cancelled" in browser.text
    assert browser.path == LOGIN


async def test_without_a_token_the_password_is_enough_where_policy_says_so(
    household: Household, browser: Browser
) -> None:
    await household.say(MFA, policy("mfa_passOnNoToken", scope="selfservice", name="pass"))
    await household.give_password("KIPW1", "start", info={"scope": {"path": ["userservice"]}})
    await browser.log_in()
    assert browser.is_in
    await household.give("OATH1", active=False)
    await browser.visit(HOME)
    await browser.send()
    await browser.log_in()
    assert not browser.is_in


async def test_three_fields_log_in_at_once_and_an_empty_code_asks_for_one(
    household: Household, browser: Browser
) -> None:
    await household.say(MFA, policy("mfa_3_fields", scope="selfservice", name="three"))
    await household.give_password("KIPW1", "start", info={"scope": {"path": ["userservice"]}})
    await browser.log_in(code="wrong")
    assert "was not accepted" in browser.text
    await browser.log_in(code="start")
    assert browser.is_in
    await browser.send()
    await browser.log_in(code="")
    assert not browser.is_in
    await browser.send("code", code="start")
    assert browser.is_in


async def test_the_page_offers_no_third_field_without_the_policy(browser: Browser) -> None:
    await browser.visit(LOGIN)
    assert "code" not in browser.forms("password")[0].fields


async def test_realms_are_offered_where_the_setting_says_so(household: Household, browser: Browser) -> None:
    await browser.visit(LOGIN)
    assert "realm" not in browser.forms("password")[0].fields
    await household.set(**{"selfservice.realmbox": "true"})
    await browser.log_in(realm="demo")
    assert browser.is_in


async def test_logging_out_ends_the_session_and_needs_our_form(browser: Browser) -> None:
    await browser.log_in()
    await browser.visit("/selfservice/logout")
    assert browser.is_in
    await browser.post("/selfservice/logout")
    assert browser.is_in
    await browser.send()
    assert "You are logged out" in browser.text
    await browser.visit(HOME)
    assert browser.path == LOGIN


async def test_people_are_led_to_the_place_that_they_wanted_and_to_no_other(browser: Browser) -> None:
    await browser.visit("/selfservice/sessions")
    assert browser.path == LOGIN
    await browser.send("password", name="alice", password=PASSWORD)
    assert browser.path == "/selfservice/sessions"
    for elsewhere in (
        "https://evil.example/",
        "//evil.example",
        "/admin/show",
        "nowhere",
        "sessions\r\nx: y",
    ):
        answer = await browser.http.get(LOGIN, params={"to": elsewhere}, follow_redirects=False)
        assert answer.headers["location"] == HOME


async def test_each_log_in_leaves_its_rows(household: Household, browser: Browser) -> None:
    await browser.log_in("alice", "wrong")
    row = await household.last_row()
    assert (row.action, row.success, row.user, row.realm) == ("selfservice/login", False, "alice", "demo")
    await browser.log_in()
    row = await household.last_row()
    assert (row.action, row.success, row.user, row.client) == (
        "selfservice/login",
        True,
        "alice",
        "192.0.2.7",
    )
    await browser.send()
    row = await household.last_row()
    assert (row.action, row.action_detail, row.user) == ("selfservice/logout", "logged out", "alice")
    assert PASSWORD not in f"{row!r}"
