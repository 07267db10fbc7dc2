"""The pages on which somebody tries a log-in: plain forms that ask the gate."""

import re
from html.parser import HTMLParser

import pytest

from tests.api.caller import Caller
from tests.household import SEED, Household, policy
from watchword.crypto.otp import hotp

PAGES = ("/auth/", "/auth/index", "/auth/index3", "/auth/challenge-response", "/auth/challenge_response")
PROBES = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' autofocus onfocus=alert(1) '",
    "{{ 7 * 7 }}{% raw %}",
    "javascript:alert(1)",
    "\x00\ud7ff\u202e<svg/onload=alert(1)>",
)
YES, NO, QUESTION = 'class="decision yes"', 'class="decision no"', 'class="decision question"'


class Seen(HTMLParser):
    """The elements of a page, as a browser sees them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def fields(self) -> dict[str, str]:
        """What a browser would send."""
        return {given["name"]: given.get("value", "") for tag, given in self.elements if tag == "input"}


def code(counter: int) -> str:
    return hotp(SEED, counter)


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_is_a_form_that_posts_to_itself(stranger: Caller, path: str) -> None:
    answer = await stranger.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "<html" in answer.text
    elements = Seen(answer.text).elements
    assert [given for tag, given in elements if tag == "form" and given["action"] == path]
    assert {given["method"] for tag, given in elements if tag == "form"} == {"post"}
    assert "decision" not in answer.text


@pytest.mark.parametrize("path", PAGES)
async def test_a_browser_is_bound_to_our_files(stranger: Caller, path: str) -> None:
    answer = await stranger.get(path)
    policy_header = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy_header
    assert "frame-ancestors 'none'" in policy_header
    assert "unsafe" not in policy_header
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cache-control"] == "no-store"
    assert "set-cookie" not in answer.headers
    assert len(answer.content) < 60_000
    for tag, given in Seen(answer.text).elements:
        assert tag != "style"
        assert tag != "script" or given["src"].startswith("/static/")
        assert not [name for name in given if name == "style" or name.startswith("on")]
    assert not re.search(r"https?://", answer.text)


async def test_the_first_page_has_two_addresses(stranger: Caller) -> None:
    first = (await stranger.get("/auth/")).text
    assert (
        first.replace('"/auth/"', '"/auth/index"').replace("/auth/?", "/auth/index?")
        == (await stranger.get("/auth/index")).text
    )


async def test_a_right_answer_is_a_yes_and_is_used_up(stranger: Caller, household: Household) -> None:
    await household.give("H1", pin="geheim")
    fields = {"user": "alice", "pass": f"geheim{code(0)}"}
    assert YES in (await stranger.post("/auth/index", **fields)).text
    assert (await household.held("H1")).counter == 1
    row = await household.last_row()
    assert (row.action, row.success, row.serial) == ("validate/check", True, "H1")
    assert NO in (await stranger.post("/auth/index", **fields)).text
    assert (await household.last_row()).success is False


async def test_a_name_stays_and_a_secret_does_not(stranger: Caller) -> None:
    page = (await stranger.post("/auth/index", user="alice", **{"pass": "hush755224"})).text
    assert NO in page
    assert Seen(page).fields() == {"user": "alice", "pass": ""}
    assert "hush755224" not in page


async def test_pin_and_code_are_put_together_as_the_setting_says(
    stranger: Caller, household: Household
) -> None:
    await household.give("H1", pin="geheim")
    assert YES in (await stranger.post("/auth/index3", user="alice", pin="geheim", otp=code(0))).text
    await household.set(PrependPin="False")
    assert YES in (await stranger.post("/auth/index3", user="alice", pin="geheim", otp=code(1))).text
    assert NO in (await stranger.post("/auth/index", user="alice", **{"pass": f"geheim{code(2)}"})).text


async def test_refusals_are_the_same_whatever_the_reason(stranger: Caller, household: Household) -> None:
    await household.give("H1", owner="bob", pin="geheim", active=False)
    pages = {
        (await stranger.post("/auth/index", user=user, **{"pass": "geheim755224"})).text.replace(
            user, "somebody"
        )
        for user in ("alice", "bob", "nobody")
    }
    assert len(pages) == 1


async def test_nobody_named_is_nothing_tried(stranger: Caller) -> None:
    for user in ("", "  "):
        page = (await stranger.post("/auth/index", user=user, **{"pass": "x"})).text
        assert "decision" not in page


async def test_a_get_judges_nothing(stranger: Caller, household: Household) -> None:
    await household.give("H1")
    page = (await stranger.get("/auth/index", user="alice", **{"pass": code(0)})).text
    assert "decision" not in page
    assert Seen(page).fields() == {"user": "alice", "pass": ""}
    assert (await household.held("H1")).counter == 0


@pytest.mark.parametrize("path", PAGES)
async def test_whatever_is_typed_comes_out_as_text(stranger: Caller, path: str) -> None:
    names = ("user", "pass", "pin", "otp", "transactionid", "language", "realm")
    clean = await stranger.post(path, **dict.fromkeys(names, "1"))
    expected = [tag for tag, _ in Seen(clean.text).elements]
    for probe in PROBES:
        answer = await stranger.post(path, **dict.fromkeys(names, probe))
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        seen = Seen(answer.text).elements
        assert [tag for tag, _ in seen] == expected
        assert not [name for _, given in seen for name in given if name.startswith("on")]
        assert "49" not in answer.text
        assert len(answer.content) < 60_000


async def test_a_name_of_a_million_letters_is_not_repeated(stranger: Caller) -> None:
    answer = await stranger.post("/auth/index", user="a" * 1_000_000, **{"pass": "x"})
    assert NO in answer.text
    assert len(answer.content) < 60_000


async def test_a_challenge_is_triggered_and_answered_without_scripts(
    stranger: Caller, household: Household
) -> None:
    await household.give("H1", pin="geheim")
    await household.say(policy("challenge_response=hmac"))
    path = "/auth/challenge-response"
    asked = (await stranger.post(path, user="alice", **{"pass": "geheim"})).text
    assert QUESTION in asked
    fields = Seen(asked).fields()
    assert fields.keys() == {"user", "transactionid", "pass"}
    assert (fields["user"], fields["pass"]) == ("alice", "")
    field = next(given for tag, given in Seen(asked).elements if given.get("id") == "pass")
    assert (field["inputmode"], field["autocomplete"]) == ("numeric", "one-time-code")
    refused = (await stranger.post(path, **{**fields, "pass": "000000"})).text
    assert NO in refused
    assert Seen(refused).fields() == fields
    accepted = (await stranger.post(path, **{**fields, "pass": f" {code(0)[:3]} {code(0)[3:]} "})).text
    assert YES in accepted
    assert "transactionid" not in Seen(accepted).fields()


async def test_a_wrong_pin_triggers_nothing(stranger: Caller, household: Household) -> None:
    await household.give("H1", pin="geheim")
    await household.say(policy("challenge_response=hmac"))
    page = (await stranger.post("/auth/challenge-response", user="alice", **{"pass": "wrong"})).text
    assert NO in page
    assert "transactionid" not in Seen(page).fields()


async def test_a_transaction_that_is_none_is_a_plain_no(stranger: Caller, household: Household) -> None:
    await household.give("H1")
    for transaction in ("1" * 17, "%", "*", "1" * 10_000):
        page = await stranger.post(
            "/auth/challenge-response", user="alice", transactionid=transaction, **{"pass": code(0)}
        )
        assert NO in page.text


async def test_a_page_speaks_the_language_that_is_accepted_or_chosen(stranger: Caller) -> None:
    german = await stranger.http.get("/auth/index", headers={"accept-language": "de-CH, en;q=0.5"})
    assert '<html lang="de">' in german.text
    assert "Anmeldung testen" in german.text
    assert '<html lang="en">' in (await stranger.get("/auth/index")).text
    chosen = await stranger.get("/auth/index", language="de")
    assert '<html lang="de">' in chosen.text
    assert '<html lang="de">' in (await stranger.post("/auth/index", user="alice", **{"pass": "x"})).text
    assert '<html lang="en">' in (await stranger.get("/auth/index", language="en")).text
    assert '<html lang="en">' in (await stranger.get("/auth/index")).text


async def test_no_inbox_is_there_without_a_demo(stranger: Caller) -> None:
    assert (await stranger.get("/dev/inbox")).status_code == 404
