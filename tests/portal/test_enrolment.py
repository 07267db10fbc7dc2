"""A factor of one's own, step by step, over HTTP."""

import base64
import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.delivery.wires import Gateway
from tests.household import RESOLVER, SEED, Household, policy
from tests.portal.browser import HOME, Browser
from tests.sending import another
from tests.sending import code as sent
from watchword.crypto.otp import hotp, totp_step
from watchword.model.person import Subject
from watchword.model.token import Token
from watchword.portal.cards import portrait_of
from watchword.storage.promises import AuditFilter, ManagedPerson, Page
from watchword.web.assets import OURS

ENROL = "/selfservice/enrol"
RIGHTS = "enrollTOTP, enrollSMS, enrollPW, enrollSPASS, enrollRECOVERY, enrollMOTP, setDescription, delete, history"
ALICE = Subject(RESOLVER, "alice")


@pytest.fixture(autouse=True)
async def rights(household: Household) -> None:
    await household.say(policy(RIGHTS, scope="selfservice"))


async def own(household: Household) -> tuple[Token, ...]:
    async with household.house.store.view() as view:
        return await view.tokens.of(ALICE)


async def begin(browser: Browser, kind: str = "totp", **fields: str) -> str:
    await browser.visit(ENROL)
    if not any(one.action == f"{ENROL}/{kind}" for one in browser.forms()):
        await browser.visit(f"{ENROL}/{kind}")
    [form] = [one for one in browser.forms() if one.action == f"{ENROL}/{kind}"]
    return await browser.post(form.action, **{**form.fields, **fields})


def secret(page: str) -> str:
    """The seed that the page shows for an app, or nothing."""
    found = re.search(r'href="(otpauth:[^"]*)"', page)
    return parse_qs(urlsplit(unescape(found[1])).query)["secret"][0] if found else ""


def code(household: Household, page: str, later: int = 0) -> str:
    seed = base64.b32decode(secret(page) + "=" * (-len(secret(page)) % 8))
    return hotp(seed, totp_step(household.clock.now(), 30) + later)


async def confirm(browser: Browser, answer: str) -> str:
    [form] = [one for one in browser.forms() if "code" in one.fields]
    return await browser.post(form.action, **{**form.fields, "code": answer})


async def test_what_is_begun_is_good_for_nothing_until_its_first_code(
    browser: Browser, household: Household
) -> None:
    await browser.log_in()
    await begin(browser)
    right = code(household, browser.page)
    [token] = await own(household)
    assert token.pending
    assert not (await household.check(right)).accepted
    assert not (await household.check(right, path="userservice")).accepted
    assert "It works." in await confirm(browser, right)
    [token] = await own(household)
    assert not token.pending
    assert token.paths == frozenset()
    assert not (await household.check(right)).accepted


async def test_its_next_code_logs_in(browser: Browser, household: Household) -> None:
    await browser.log_in()
    await begin(browser)
    right, following = code(household, browser.page), code(household, browser.page, 1)
    await confirm(browser, right)
    assert (await household.check(following)).accepted


async def test_who_has_only_begun_is_as_one_without_tokens(
    browser: Browser, other_browser: Browser, household: Household
) -> None:
    await household.say(policy("passOnNoToken"), policy("mfa_login, mfa_passOnNoToken", scope="selfservice"))
    await browser.log_in()
    await begin(browser)
    assert (await household.check("whatever")).accepted
    await other_browser.log_in()
    assert other_browser.is_in


async def test_a_reload_shows_the_same_and_another_log_in_nothing(
    browser: Browser, other_browser: Browser, household: Household
) -> None:
    await browser.log_in()
    await begin(browser)
    address, seed = browser.path, secret(browser.page)
    await browser.visit(address)
    assert secret(browser.page) == seed
    household.clock.advance(seconds=1)
    await other_browser.log_in()
    await other_browser.visit(address)
    assert "another log-in" in other_browser.text
    assert seed not in other_browser.page


async def test_nothing_is_shown_again_once_it_is_finished(browser: Browser, household: Household) -> None:
    await browser.log_in()
    await begin(browser)
    address, seed = browser.path, secret(browser.page)
    await confirm(browser, code(household, browser.page))
    await browser.visit(address)
    assert browser.path.startswith("/selfservice/factors/")
    assert seed not in browser.page


async def test_a_wrong_code_is_told_beside_the_field_and_the_picture_stays(browser: Browser) -> None:
    await browser.log_in()
    await begin(browser)
    seed = secret(browser.page)
    assert "was not accepted" in await confirm(browser, "000000")
    assert 'aria-invalid="true"' in browser.page
    assert secret(browser.page) == seed
    assert "Type the code." in await confirm(browser, "")


async def test_after_half_an_hour_one_begins_anew(browser: Browser, household: Household) -> None:
    await browser.log_in()
    await begin(browser)
    right = code(household, browser.page)
    household.clock.advance(seconds=31 * 60)
    assert "begin anew" in await confirm(browser, right)
    assert "Not finished yet" not in browser.text


async def test_there_is_one_unfinished_factor_at_most(browser: Browser, household: Household) -> None:
    await browser.log_in()
    await begin(browser)
    first = browser.path
    await begin(browser)
    assert len(await own(household)) == 1
    await browser.visit(first)
    assert browser.path == HOME


async def test_a_form_that_is_sent_twice_makes_one_token(browser: Browser, household: Household) -> None:
    await browser.log_in()
    await browser.visit(ENROL)
    [form] = [one for one in browser.forms() if one.action == f"{ENROL}/totp"]
    await browser.post(form.action, **form.fields)
    await browser.post(form.action, **form.fields)
    assert len(await own(household)) == 1
    await confirm(browser, code(household, browser.page))
    await browser.visit(HOME)
    assert len([one for one in await own(household) if not one.pending]) == 1


async def test_it_can_be_forgotten(browser: Browser, household: Household) -> None:
    await browser.log_in()
    await begin(browser)
    await browser.send("cancel")
    assert "Nothing was set up." in browser.text
    assert await own(household) == ()


async def test_a_password_alone_adds_nothing_where_a_factor_is(
    browser: Browser, household: Household
) -> None:
    await browser.log_in()
    await browser.visit(ENROL)
    [form] = [one for one in browser.forms() if one.action == f"{ENROL}/totp"]
    await household.give("OLD1", active=False)
    await browser.visit(ENROL)
    assert browser.path == "/selfservice/prove"
    await browser.post(form.action, **form.fields)
    assert browser.path == "/selfservice/prove"
    assert [one.serial for one in await own(household)] == ["OLD1"]


async def test_proving_the_old_one_leads_back_to_where_one_was(
    browser: Browser, household: Household
) -> None:
    await household.give("OLD1")
    await browser.log_in()
    await browser.visit(f"{ENROL}/pw")
    assert browser.path == "/selfservice/prove"
    if browser.forms("choose"):
        await browser.send("choose", serial="OLD1")
    await browser.send("code", code=hotp(SEED, 0))
    assert browser.path == f"{ENROL}/pw"


async def test_recovery_codes_are_offered_and_shown_once(browser: Browser, household: Household) -> None:
    await browser.log_in()
    await begin(browser)
    await confirm(browser, code(household, browser.page))
    [form] = [one for one in browser.forms() if "description" in one.fields]
    assert form.fields["description"] == "My phone"
    await browser.post(form.action, **{**form.fields, "description": "Anna's <b>"})
    assert browser.path == f"{ENROL}/recovery"
    [form] = [one for one in browser.forms() if one.action == browser.path]
    await browser.post(form.action, **form.fields)
    codes = re.findall(r"<code>([0-9A-Z-]{19})</code>", browser.page)
    assert len(codes) == 10
    again = await browser.post(form.action, **form.fields)
    assert not any(one in again for one in codes)
    [last] = re.findall(r"<code>([0-9A-Z-]{19})</code>", browser.page)[:1]
    assert [one.kind for one in await own(household)].count("recovery") == 1
    assert (await household.check(last)).accepted
    await browser.visit(HOME)
    assert "9 left" in browser.text
    assert "Anna's &lt;b&gt;" in browser.page or "Anna&#39;s &lt;b&gt;" in browser.page


async def test_a_number_gets_a_code_at_once(browser: Browser, household: Household, gateway: Gateway) -> None:
    await browser.log_in()
    said = await begin(browser, "sms", phone="no number")
    assert "This is no telephone number" in said
    assert 'value="no number"' in browser.page
    said = await begin(browser, "sms", phone="+49 170 1234567")
    assert "We sent a code to ••• 67" in said
    assert "was not accepted" in await confirm(browser, another(sent(gateway)))
    assert "It works." in await confirm(browser, sent(gateway))
    [token] = await own(household)
    assert not token.pending


async def test_a_code_that_cannot_be_sent_is_told(browser: Browser, gateway: Gateway) -> None:
    gateway.status = 500
    await browser.log_in()
    assert "could not be sent" in await begin(browser, "sms", phone="+49 170 1234567")


async def test_whoever_wants_it_is_told_by_mail_when_it_is_finished(
    browser: Browser, household: Household
) -> None:
    await household.say(policy("enrollment=email::post", scope="notification"))
    person = ManagedPerson(
        resolver=RESOLVER,
        userid="alice",
        login="alice",
        password=await kept_password(household),
        attributes={"email": "alice@example.com"},
    )
    async with household.house.store.unit() as unit:
        await unit.people.put([person])
    await browser.log_in()
    await begin(browser)
    assert await errands(household) == 0
    await confirm(browser, code(household, browser.page))
    assert await errands(household) == 1


async def kept_password(household: Household) -> str:
    async with household.house.store.view() as view:
        person = await view.people.get(RESOLVER, "alice")
    assert person is not None
    return person.password


async def errands(household: Household) -> int:
    async with household.house.store.view() as view:
        _, total = await view.errands.search(Page())
    return total


async def test_passwords_and_pins_are_typed_once_more(browser: Browser) -> None:
    await browser.log_in()
    await begin(browser, "pw", otpkey="correct horse")
    assert "not what you chose" in await confirm(browser, "battery")
    assert "It works." in await confirm(browser, "correct horse")


async def test_a_pin_that_breaks_the_rules_is_told_by_the_rules(
    browser: Browser, household: Household
) -> None:
    await household.say(policy("otp_pin_minlength=4, otp_pin_contents=+n", scope="selfservice"))
    await browser.log_in()
    assert "does not keep to the rules" in await begin(browser, "spass", pin="ab", pin_again="ab")
    assert "At least 4 characters. Nothing but digits." in browser.text
    assert "not the same" in await begin(browser, "spass", pin="4711", pin_again="4712")
    await begin(browser, "spass", pin="4711", pin_again="4711")
    assert "It works." in await confirm(browser, "4711")


async def test_limits_are_told_before_and_hold_at_the_end(browser: Browser, household: Household) -> None:
    await household.say(policy("maxtokenTOTP=1", scope="enrollment"))
    await browser.log_in()
    await begin(browser)
    await household.give("OTHER", kind="totp")
    right = code(household, browser.page)
    assert "as many factors as your organisation allows" in await confirm(browser, right)
    assert sum(one.kind == "totp" and not one.pending for one in await own(household)) == 1


async def test_nobody_enrols_what_policy_does_not_allow(browser: Browser, household: Household) -> None:
    await browser.log_in()
    await browser.visit(f"{ENROL}/hmac")
    assert browser.path == ENROL
    await browser.visit(ENROL)
    form = browser.forms()[1]
    await browser.post(f"{ENROL}/hmac", **form.fields)
    assert await own(household) == ()


async def test_the_seed_is_in_no_row_of_the_audit(browser: Browser, household: Household) -> None:
    await browser.log_in()
    await begin(browser)
    seed = secret(browser.page)
    await confirm(browser, code(household, browser.page))
    async with household.house.store.view() as view:
        rows, _ = await view.audit.search(AuditFilter(), Page())
    assert seed not in str(rows)
    assert base64.b32decode(seed + "=" * (-len(seed) % 8)).hex() not in str(rows)
    assert any(row.action == "selfservice/enroll" and row.success for row in rows)


async def test_a_chosen_seed_is_passed_over(browser: Browser, household: Household) -> None:
    await browser.log_in()
    await begin(browser, otpkey="00" * 20, serial="MINE")
    assert secret(browser.page) != base64.b32encode(bytes(20)).decode()
    assert [one.serial for one in await own(household)] != ["MINE"]


async def test_every_type_that_people_enrol_says_how_it_is_told_to_them(household: Household) -> None:
    icons = (OURS / "icons.svg").read_text()
    for kind in household.house.kinds:
        if kind.self_enrolment:
            assert kind.portrait is not None, kind.name
            assert f'id="{portrait_of(kind).icon}"' in icons
