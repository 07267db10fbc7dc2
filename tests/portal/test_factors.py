"""One's own factors and what is done with them, over HTTP; and whoever has no business there."""

import re
from collections.abc import Mapping
from urllib.parse import quote

import pytest

from tests.household import RESOLVER, SEED, Household, policy
from tests.portal.browser import HOME, LOGIN, Browser
from watchword.crypto.otp import hotp
from watchword.model.person import Subject
from watchword.portal.deeds import DEEDS
from watchword.portal.doors import DOORS
from watchword.portal.entrance import JOURNEY
from watchword.portal.visit import SAID
from watchword.web.assets import OURS

ALL = (
    "verify, resync, reset, enable, disable, delete, unassign, assign, getserial, setOTPPIN, setMOTPPIN, "
    "setDescription, history, enrollTOTP, enrollRECOVERY"
)
ONE = "/selfservice/factors/{}"
FIXED = {"serial": "MINE", "kind": "totp", "type": "totp", "row": "1"}


@pytest.fixture(autouse=True)
async def rights(household: Household) -> None:
    await household.say(policy(ALL, scope="selfservice"))
    await household.give("MINE", description="My key ring")
    await household.give("OTHER")
    await household.give("BOBS", owner="bob")


async def come_in(browser: Browser, counter: int = 0) -> None:
    """Logged in, with a second factor shown just now."""
    await browser.log_in()
    await browser.visit("/selfservice/prove")
    if browser.forms("choose"):
        await browser.send("choose", serial="OTHER")
    await browser.send("code", code=hotp(SEED, counter))
    assert browser.is_in, browser.text


async def do(browser: Browser, deed: str, serial: str = "MINE", **fields: str) -> str:
    await browser.visit(f"{ONE.format(serial)}/{deed}")
    forms = [form for form in browser.forms() if form.action.endswith(f"/{deed}")]
    assert forms, browser.text
    return await browser.post(forms[-1].action, **{**forms[-1].fields, **fields})


async def state(household: Household) -> Mapping[str, object]:
    async with household.house.store.view() as view:
        return {
            token.serial: token
            for owner in ("alice", "bob")
            for token in await view.tokens.of(Subject(RESOLVER, owner))
        }


async def test_the_first_page_shows_ones_own_and_nobody_elses(browser: Browser) -> None:
    await browser.log_in()
    assert "My key ring" in browser.text
    assert "OTHER" in browser.text
    assert "BOBS" not in browser.page


async def test_a_code_that_is_tried_is_used_up(browser: Browser, household: Household) -> None:
    await browser.log_in()
    assert "It works." in await do(browser, "test", code=hotp(SEED, 0))
    assert "was not accepted" in await do(browser, "test", code=hotp(SEED, 0))
    assert not (await household.check(hotp(SEED, 0), serial="MINE")).accepted
    assert (await household.held("MINE")).counter == 1


async def test_a_new_name_is_kept_and_shown_as_it_was_typed(browser: Browser, household: Household) -> None:
    await browser.log_in()
    await do(browser, "rename", description="<script>alert(1)</script>")
    assert (await household.held("MINE")).description == "<script>alert(1)</script>"
    assert "<script>alert" not in browser.page
    assert "This is needed." in await do(browser, "rename", description="  ")
    long = "x" * 100
    assert "At most 80 characters." in await do(browser, "rename", description=long)
    assert long in browser.page


async def test_a_pin_of_ones_own_counts_from_then_on(browser: Browser, household: Household) -> None:
    await come_in(browser)
    assert "not the same" in await do(browser, "pin", pin="4711", pin_again="4712")
    assert "4711" not in browser.page
    assert "good from now on" in await do(browser, "pin", pin="4711", pin_again="4711")
    assert (await household.check("4711" + hotp(SEED, 1))).accepted


async def test_two_codes_in_a_row_bring_it_back_into_step(browser: Browser, household: Household) -> None:
    await browser.log_in()
    assert "not two codes in a row" in await do(
        browser, "resync", first=hotp(SEED, 40), second=hotp(SEED, 50)
    )
    assert "back in step" in await do(browser, "resync", first=hotp(SEED, 40), second=hotp(SEED, 41))
    assert (await household.held("MINE")).counter == 42


async def test_it_is_disabled_and_enabled(browser: Browser, household: Household) -> None:
    await come_in(browser)
    await do(browser, "disable")
    assert not (await household.held("MINE")).active
    assert "Disabled" in browser.text
    await do(browser, "enable")
    assert (await household.held("MINE")).active


async def test_wrong_codes_are_forgotten(browser: Browser, household: Household) -> None:
    await household.give("STUCK", failures=10)
    await come_in(browser)
    await browser.visit(ONE.format("STUCK"))
    assert "Locked after too many wrong codes" in browser.text
    await do(browser, "reset", "STUCK")
    assert (await household.held("STUCK")).failures == 0


async def test_one_of_several_is_removed_at_a_click_and_the_last_by_its_serial(
    browser: Browser, household: Household
) -> None:
    await come_in(browser)
    await do(browser, "delete")
    assert browser.path == HOME
    assert "It is removed." in browser.text
    assert "your last factor" in await do(browser, "delete", "OTHER")
    assert "OTHER" in await state(household)
    await do(browser, "delete", "OTHER", confirm="OTHER")
    assert "OTHER" not in await state(household)


async def test_the_last_one_that_lets_in_stays_and_help_is_told(
    browser: Browser, household: Household
) -> None:
    await household.say(policy("mfa_login", scope="selfservice"))
    await browser.log_in()
    await browser.send("choose", serial="OTHER")
    await browser.send("code", code=hotp(SEED, 0))
    await do(browser, "delete")
    for deed in ("delete", "disable", "unassign"):
        await browser.visit(f"{ONE.format('OTHER')}/{deed}")
        assert "the only factor that lets you in" in browser.text
        [form, *_] = browser.forms()
        await browser.post(f"{ONE.format('OTHER')}/{deed}", **form.fields, confirm="OTHER")
        assert "the only factor that lets you in" in browser.text
    assert (await household.held("OTHER")).active


async def test_it_is_given_back_and_taken_again(browser: Browser, household: Household) -> None:
    await come_in(browser)
    await do(browser, "unassign")
    assert (await household.held("MINE")).owner is None
    for serial in ("BOBS", "NONE"):
        await browser.visit("/selfservice/take")
        form = browser.forms()[-1]
        assert "no such device" in await browser.post(form.action, **{**form.fields, "serial": serial})
        assert f'value="{serial}"' in browser.page
    form = browser.forms()[-1]
    assert "yours now" in await browser.post(form.action, **{**form.fields, "serial": "MINE"})
    assert (await household.held("MINE")).owner == Subject(RESOLVER, "alice")


async def test_a_device_is_found_by_its_code(browser: Browser, household: Household) -> None:
    await household.give("FREE", owner=None, counter=500)
    await come_in(browser)
    await browser.visit("/selfservice/take")
    form = browser.forms()[-1]
    assert "no such device" in await browser.post(form.action, **{**form.fields, "code": "000000"})
    assert "This is needed." in await browser.post(form.action, **form.fields)
    assert "yours now" in await browser.post(form.action, **{**form.fields, "code": hotp(SEED, 500)})


@pytest.mark.parametrize("deed", [deed.name for deed in DEEDS if deed.proof])
async def test_a_password_alone_changes_no_factor(browser: Browser, household: Household, deed: str) -> None:
    await household.give("OFF", active=False, failures=3)
    await browser.log_in()
    await browser.visit(ONE.format("MINE"))
    form = browser.forms()[0]
    before = await state(household)
    serial = "OFF" if deed in {"enable", "reset"} else "MINE"
    await browser.visit(f"{ONE.format(serial)}/{deed}")
    if deed != "app_pin":
        assert browser.path == "/selfservice/prove"
    await browser.post(f"{ONE.format(serial)}/{deed}", **form.fields, pin="4711", pin_again="4711")
    assert await state(household) == before


async def test_a_second_factor_of_long_ago_is_asked_for_anew(browser: Browser, household: Household) -> None:
    await come_in(browser)
    await browser.visit(f"{ONE.format('MINE')}/delete")
    form = browser.forms()[-1]
    household.clock.advance(seconds=16 * 60)
    await browser.post(form.action, **form.fields)
    assert browser.path == "/selfservice/prove"
    assert "MINE" in await state(household)


@pytest.mark.parametrize("deed", [deed.name for deed in DEEDS])
async def test_somebody_elses_factor_is_as_one_that_is_not_there(
    browser: Browser, household: Household, deed: str
) -> None:
    await come_in(browser)
    form = browser.forms()[0]
    before = await state(household)
    for serial in ("BOBS", "NONE"):
        for address in (ONE.format(serial), f"{ONE.format(serial)}/{deed}"):
            assert "not there any more" in await browser.visit(address)
        said = await browser.post(
            f"{ONE.format(serial)}/{deed}", **form.fields, confirm=serial, code=hotp(SEED, 0)
        )
        assert "not there any more" in said
    assert await state(household) == before


async def test_without_rights_there_is_nothing_to_do(browser: Browser, household: Household) -> None:
    await household.say(policy(ALL, scope="selfservice", active=False))
    await come_in(browser)
    form = browser.forms()[0]
    before = await state(household)
    assert "Add a factor" not in browser.text
    assert "looks after this one" in await browser.visit(ONE.format("MINE"))
    for deed in DEEDS:
        await browser.post(
            f"{ONE.format('MINE')}/{deed.name}", **form.fields, description="x", pin="1", pin_again="1"
        )
        assert browser.status < 500
    await browser.post("/selfservice/take", **form.fields, serial="FREE")
    assert await state(household) == before


# ---------------------------------------------------------------- that was not me


async def test_a_log_in_of_somebody_else_is_locked_out_and_told(
    browser: Browser, other_browser: Browser, household: Household
) -> None:
    await household.check("000000", serial="MINE")
    assert (await household.check(hotp(SEED, 0), serial="MINE")).accepted
    await other_browser.log_in()
    await browser.log_in()
    await browser.visit("/selfservice/log-ins")
    assert "Let in A service, such as the VPN · My key ring" in browser.text
    [*rows] = re.findall(r"/selfservice/log-ins/(\d+)", browser.page)
    await browser.visit(f"/selfservice/log-ins/{rows[-2]}")
    form = browser.forms()[-1]
    assert "“My key ring” is disabled" in await browser.post(form.action, **form.fields)
    assert not (await household.held("MINE")).active
    row = await household.last_row()
    assert (row.action, row.serial, row.success) == ("selfservice/not-me", "MINE", True)
    await other_browser.visit(HOME)
    assert other_browser.path == LOGIN
    await browser.visit(HOME)
    assert browser.is_in


async def test_a_refused_log_in_locks_nothing(browser: Browser, household: Household) -> None:
    await household.check("000000", serial="MINE")
    row = (await household.last_row()).id
    await browser.log_in()
    await browser.visit(f"/selfservice/log-ins/{row}")
    assert "tried in your name and was refused" in browser.text
    form = browser.forms()[-1]
    assert "Your other sessions have ended." in await browser.post(form.action, **form.fields)
    assert (await household.held("MINE")).active


async def test_nobody_raises_an_alarm_about_somebody_elses_log_in(
    browser: Browser, household: Household
) -> None:
    assert (await household.check(hotp(SEED, 0), user="bob", serial="BOBS")).accepted
    theirs = (await household.last_row()).id
    await browser.log_in()
    form = browser.forms()[0]
    await browser.post(f"/selfservice/log-ins/{theirs}", **form.fields)
    assert (await household.held("BOBS")).active


# ---------------------------------------------------------------- forged, foreign, garbled


def posts() -> list[str]:
    found = [
        door.path
        for door in DOORS
        if "P" in door.methods and "log" not in door.path and "prove" not in door.path
    ]
    return [path.format(**FIXED) for path in found] + ["/selfservice/log-ins/1"]


@pytest.mark.parametrize("path", posts())
async def test_no_form_but_our_own_does_anything(
    browser: Browser, other_browser: Browser, household: Household, path: str
) -> None:
    await come_in(browser)
    await other_browser.log_in("bob")
    before = await state(household)
    fields = {
        "description": "x",
        "confirm": "MINE",
        "pin": "1",
        "pin_again": "1",
        "serial": "MINE",
        "order": "1",
    }
    for form in ("", "nonsense", other_browser.forms()[0].fields["form"]):
        said = await browser.post(path, **fields, form=form)
        assert "out of date" in said
        assert browser.status == 200
    assert await state(household) == before


@pytest.mark.parametrize("path", posts())
async def test_without_a_session_everything_leads_to_the_log_in(
    browser: Browser, household: Household, path: str
) -> None:
    await come_in(browser)
    form = browser.forms()[0].fields
    await browser.post("/selfservice/logout", **form)
    before = await state(household)
    await browser.post(path, **form, confirm="MINE")
    assert browser.path == LOGIN
    assert await state(household) == before


GARBLED = ("\x00", "\u202e{}%00", "💣" * 300, "'; DROP", "x" * 5000, "\u0663")


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.path)
async def test_nothing_garbled_makes_the_server_fail(browser: Browser, door: object) -> None:
    await come_in(browser)
    path, form = door.path, browser.forms()[0].fields["form"]  # type: ignore[attr-defined]
    for garbled in GARBLED:
        said = quote(garbled.replace("/", ""), safe="") or "x"
        address = path.format(**dict.fromkeys(FIXED, said))
        own = path.format(**FIXED)
        for where in {address, own}:
            await browser.visit(f"{where}?say={said}&to={said}&q={said}")
            assert browser.status < 500, (where, garbled)
            await browser.post(
                where,
                form=form,
                **dict.fromkeys(
                    (
                        "code",
                        "pin",
                        "pin_again",
                        "first",
                        "second",
                        "description",
                        "serial",
                        "step",
                        "order",
                        "name",
                    ),
                    garbled,
                ),
            )
            assert browser.status < 500, (where, garbled)
        if "/logout" in path or "/end" in path:
            return


async def test_every_place_of_the_portal_is_the_address_of_a_page() -> None:
    shown = {re.sub(r"\{\w+\}", "{}", door.path) for door in DOORS if "G" in door.methods}
    assert set(JOURNEY.face.places.values()) <= shown


async def test_every_deed_leads_back_from_a_proof_and_says_what_became_of_it() -> None:
    icons = (OURS / "icons.svg").read_text()
    for deed in DEEDS:
        assert deed.name in JOURNEY.face.places
        assert deed.done in SAID
        assert f'id="{deed.icon}"' in icons
