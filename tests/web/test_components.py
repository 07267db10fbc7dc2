"""What the components do in a browser, with scripts and without, by mouse and by keyboard."""

import re
from typing import TYPE_CHECKING

from tests.browsing import Browse, Window, browse, chromium, demo
from watchword.api.components import PATH

if TYPE_CHECKING:
    from playwright.sync_api import Request

__all__ = ["browse", "chromium", "demo"]


def focused(window: Window) -> str:
    """Name, address or text of what the keyboard is at."""
    return str(
        window.page.evaluate(
            "(e => e.name || e.getAttribute('href') || e.innerText.trim() || e.id)(document.activeElement)"
        )
    )


def stops(window: Window, many: int) -> list[str]:
    """Where Tab leads, one stop after the other."""
    reached = []
    for _ in range(many):
        window.page.keyboard.press("Tab")
        reached.append(focused(window))
    return reached


# forms


def test_what_is_wrong_is_told_above_and_beside_and_nothing_is_lost(browse: Browse) -> None:
    for scripts in (True, False):
        window = browse(f"{PATH}/forms", scripts=scripts)
        page = window.page
        page.fill("[name=login]", "")
        page.fill("[name=minutes]", "90")
        page.fill("[name=note]", "Lost it <again>")
        page.fill("[name=password]", "correct horse")
        page.get_by_role("button", name="Enrol").click()
        alert = page.get_by_role("alert").filter(has_text="Something is not right yet")
        alert.wait_for()
        if scripts:
            assert alert.evaluate("e => e === document.activeElement")
        field = page.locator("[name=minutes]")
        assert field.get_attribute("aria-invalid") == "true"
        told = page.locator(f"#{field.get_attribute('aria-describedby')}")
        assert told.inner_text().strip() == "At most 60."
        assert field.input_value() == "90"
        assert page.input_value("[name=note]") == "Lost it <again>"
        assert page.input_value("[name=password]") == ""
        if scripts:
            window.check()
            window.shoot("dev-components-forms-faulty")
        assert page.url.endswith(f"{PATH}/forms")


def test_a_link_of_the_summary_leads_to_its_field(browse: Browse) -> None:
    window = browse(f"{PATH}/forms")
    window.page.get_by_role("button", name="Enrol").click()
    window.page.get_by_role("link", name="Realm", exact=True).click()
    assert window.page.url.endswith("#realm")


def test_a_code_is_pasted_grouped_and_sent_plain(browse: Browse) -> None:
    window = browse(f"{PATH}/person")
    page = window.page
    sent: list[str] = []
    page.on("request", lambda request: sent.append(_body(request)))
    field = page.locator("#code")
    assert focused(window) == "code"
    page.keyboard.insert_text("123 4")
    page.keyboard.insert_text("56")
    assert field.input_value() == "123 456"
    page.keyboard.press("Backspace")
    page.keyboard.press("Home")
    page.keyboard.press("Delete")
    assert field.input_value() == "234 5"
    assert field.evaluate("e => e.selectionStart") == 0
    page.keyboard.insert_text("9")
    page.keyboard.insert_text("8")
    assert field.input_value() == "982 345"
    page.keyboard.press("Enter")
    page.wait_for_url("**/forms")
    assert "code=982345" in sent


def _body(request: "Request") -> str:
    return request.post_data or ""


def test_letters_in_a_code_stay_as_they_are(browse: Browse) -> None:
    page = browse(f"{PATH}/person").page
    page.keyboard.insert_text("7K2M-9QXA")
    assert page.input_value("#code") == "7K2M-9QXA"


def test_a_password_can_be_looked_at(browse: Browse) -> None:
    page = browse("/auth/index").page
    page.fill("#pass", "geheim")
    page.get_by_role("button", name="Show").click()
    assert page.get_attribute("#pass", "type") == "text"
    assert page.get_by_role("button", name="Show").get_attribute("aria-pressed") == "true"


def test_a_log_in_is_tried_without_scripts_and_with_them(browse: Browse) -> None:
    for scripts in (True, False):
        page = browse("/auth/index", scripts=scripts).page
        page.fill("#user", "alice")
        page.fill("#pass", "000000")
        page.get_by_role("button", name="Log in").click()
        page.get_by_role("heading", name="No, refused").wait_for()
        assert page.input_value("#user") == "alice"
        assert page.input_value("#pass") == ""


# dialogs


def test_a_dialog_holds_the_keyboard_and_gives_it_back(browse: Browse) -> None:
    window = browse(f"{PATH}/dialogs")
    page = window.page
    opener = page.get_by_role("link", name="Remove …")
    opener.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Remove WW00001A2B?")
    dialog.wait_for()
    assert focused(window) == "confirm"
    window.check()
    window.shoot("dev-components-dialog-open")
    for _ in range(6):
        page.keyboard.press("Tab")
        assert page.evaluate(
            "document.activeElement === document.body || !!document.activeElement.closest('dialog')"
        )
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    assert opener.evaluate("e => e === document.activeElement")


def test_what_is_removed_has_to_be_typed(browse: Browse) -> None:
    page = browse(f"{PATH}/dialogs").page
    page.get_by_role("link", name="Remove …").click()
    button = page.get_by_role("dialog").get_by_role("button", name="Remove", exact=True)
    assert button.is_disabled()
    page.get_by_role("dialog").get_by_role("textbox").fill("WW00001A2B")
    assert button.is_enabled()


def test_without_scripts_a_dialog_is_a_link_and_its_button_works(browse: Browse) -> None:
    page = browse(f"{PATH}/dialogs", scripts=False).page
    page.get_by_role("link", name="Remove …").click()
    assert page.url.endswith("#own-page")
    assert page.get_by_role("button", name="Remove", exact=True).is_enabled()


# lists


def test_a_list_is_sorted_searched_and_paged_by_links_and_a_form(browse: Browse) -> None:
    for scripts in (True, False):
        page = browse(f"{PATH}/lists", scripts=scripts).page
        page.get_by_role("link", name="Next").click()
        page.get_by_text("13–24 of 60").wait_for()
        page.get_by_role("link", name="Owner").click()
        page.get_by_role("columnheader", name="Owner").and_(page.locator("[aria-sort=ascending]")).wait_for()
        assert page.locator("tbody tr").first.inner_text().count("alice")
        page.get_by_role("searchbox").fill("bob")
        if not scripts:
            page.get_by_role("button", name="Search").click()
        page.get_by_text("1–9 of 9").wait_for()
        page.wait_for_url("**q=bob**")
        page.get_by_role("searchbox").fill("nobody")
        if not scripts:
            page.get_by_role("button", name="Search").click()
        page.get_by_text("Nothing here matches “nobody”.").wait_for()


def test_typing_goes_on_while_the_list_changes(browse: Browse) -> None:
    window = browse(f"{PATH}/lists")
    page = window.page
    page.get_by_role("searchbox").focus()
    page.keyboard.type("ali")
    page.get_by_text("1–9 of 9").wait_for()
    page.keyboard.type("ce")
    assert page.get_by_role("searchbox").input_value() == "alice"


def test_the_keyboard_stays_at_a_heading_whose_list_it_turned_round(browse: Browse) -> None:
    window = browse(f"{PATH}/lists")
    link = window.page.get_by_role("link", name="Owner")
    link.focus()
    window.page.keyboard.press("Enter")
    window.page.locator("th[aria-sort=ascending]").wait_for()
    window.page.keyboard.press("Enter")
    window.page.locator("th[aria-sort=descending]").wait_for()


def test_the_way_back_leads_through_the_pages_of_a_list(browse: Browse) -> None:
    page = browse(f"{PATH}/lists").page
    page.get_by_role("link", name="Next").click()
    page.get_by_text("13–24 of 60").wait_for()
    page.go_back()
    page.get_by_text("1–12 of 60").wait_for()


def test_all_rows_are_chosen_at_once(browse: Browse) -> None:
    page = browse(f"{PATH}/lists").page
    page.get_by_role("checkbox", name="Choose all on this page").check()
    assert page.locator("tbody input:checked").count() == 12


def test_a_row_is_a_card_on_a_phone_and_still_a_row_of_a_table(browse: Browse) -> None:
    window = browse(f"{PATH}/lists", width=360)
    row = window.page.get_by_role("row").nth(1)
    assert row.evaluate("e => getComputedStyle(e).display") == "grid"
    assert row.get_by_role("cell").count() == 7
    boxes = [row.get_by_role("cell").nth(at).bounding_box() for at in (1, 2)]
    assert boxes[0] is not None
    assert boxes[1] is not None
    assert boxes[1]["y"] > boxes[0]["y"]


# the shell


def test_the_first_stop_leads_past_the_bar(browse: Browse) -> None:
    window = browse(f"{PATH}/messages")
    assert stops(window, 1) == ["#main"]
    window.page.keyboard.press("Enter")
    assert focused(window) == "main" or window.page.evaluate("document.activeElement.id") == "main"


def test_tabs_are_reached_one_by_one(browse: Browse) -> None:
    window = browse(PATH)
    window.page.get_by_role("button", name="New token").focus()
    assert stops(window, 3) == [PATH, f"{PATH}/lists", f"{PATH}/messages"]


def test_the_side_folds_away_on_a_phone_without_scripts_too(browse: Browse) -> None:
    for scripts in (True, False):
        window = browse(f"{PATH}/forms", width=360, scripts=scripts)
        side = window.page.get_by_role("navigation", name="Sections")
        assert side.count() == 0
        window.page.get_by_role("button", name="Menu").click()
        side.wait_for()
        if scripts:
            window.check()
        side.get_by_role("link", name="Lists", exact=True).click()
        window.page.wait_for_url("**/lists")


def test_a_brightness_is_chosen_and_kept_and_nothing_typed_is_lost(browse: Browse) -> None:
    window = browse("/auth/index")
    page = window.page
    page.fill("#user", "anna")
    with page.expect_response("**theme=dark**"):
        page.get_by_role("link", name="Dark").click()
    assert (
        page.evaluate(
            "getComputedStyle(document.body).colorScheme || getComputedStyle(document.documentElement).colorScheme"
        )
        == "dark"
    )
    assert page.input_value("#user") == "anna"
    page.reload()
    assert page.get_attribute("html", "data-theme") == "dark"


def test_a_brightness_and_a_language_are_chosen_without_scripts(browse: Browse) -> None:
    page = browse(f"{PATH}/lists?q=ali", scripts=False).page
    page.get_by_role("link", name="Deutsch").click()
    page.get_by_role("link", name="Dunkel").click()
    assert page.get_attribute("html", "data-theme") == "dark"
    assert page.get_attribute("html", "lang") == "de"
    assert "q=ali" in page.url


def test_german_letters_fit_everywhere(browse: Browse) -> None:
    window = browse(f"{PATH}/forms", language="de", width=320)
    assert window.overhang() == 0
    assert window.page.get_attribute("html", "lang") == "de"
    window.check()


# waiting and secrets


def test_a_second_code_is_asked_for_when_the_time_is_over(browse: Browse) -> None:
    window = browse("about:blank")
    page = window.page
    page.clock.install()
    window.visit(f"{PATH}/secrets")
    again = page.get_by_role("button", name=re.compile("^Send again"))
    assert again.is_disabled()
    assert page.locator("[data-countdown]").inner_text().startswith("1:5")
    page.clock.run_for(25_000)
    assert again.is_enabled()
    assert page.locator("[data-countdown]").inner_text().startswith("1:3")
    page.clock.run_for(120_000)
    assert page.locator("[data-countdown]").inner_text() == "over"


def test_without_scripts_a_code_can_be_asked_for_at_once(browse: Browse) -> None:
    page = browse(f"{PATH}/secrets", scripts=False).page
    assert page.get_by_role("button", name="Send again").is_enabled()
    assert page.get_by_role("button", name="Copy").count() == 0


def test_who_has_no_camera_sees_and_copies_the_secret(browse: Browse) -> None:
    window = browse(f"{PATH}/secrets")
    page = window.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_text("I cannot scan this").click()
    page.get_by_text("JBSW Y3DP").wait_for()
    page.locator("details").get_by_role("button", name="Copy").click()
    page.locator("details").get_by_text("Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def test_a_toast_can_be_closed(browse: Browse) -> None:
    page = browse(f"{PATH}/messages").page
    page.get_by_role("button", name="Close").click()
    assert page.locator("[data-toast]").count() == 0


def test_a_page_is_small_and_asks_nobody_else(browse: Browse) -> None:
    window = browse("about:blank")
    sizes: list[int] = []
    hosts: set[str] = set()

    def weigh(request: "Request") -> None:
        answer = request.response()
        hosts.add(request.url.split("/")[2])
        sizes.append(len(answer.body()) if answer is not None else 0)

    window.page.on("requestfinished", weigh)
    window.visit("/auth/challenge-response")
    window.page.wait_for_load_state("networkidle")
    assert len(hosts) == 1
    assert sum(sizes) < 60_000
