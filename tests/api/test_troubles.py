"""Pages about what went wrong: people get one, programs do not, and neither learns a secret."""

import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.api.caller import Caller
from tests.household import Household, policy
from watchword.api.linotp.doors import Door, Doors
from watchword.api.linotp.envelope import Answer
from watchword.errors import NotAllowed, NotAuthenticated, Unreachable
from watchword.web.call import Call
from watchword.web.pages import Pages
from watchword.web.settings import PageSettings
from watchword.web.showing import page

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


async def fails(_call: Call) -> Answer:
    raise LookupError("hush, a secret")


async def ended(_call: Call) -> Answer:
    raise NotAuthenticated


async def refuses(_call: Call) -> Answer:
    raise NotAllowed("Only db7.internal may do this.")


async def waits(_call: Call) -> Answer:
    raise Unreachable("db7.internal does not answer.")


async def shows(call: Call) -> Answer:
    return page(call, "development/inbox.html", messages=[])


DOORS = (
    *(
        Door(f"/page/{one.__name__}", "GP", one, guard="none", audited=False, page=True)
        for one in (fails, ended)
    ),
    *(
        Door(f"/page/{one.__name__}", "GP", one, guard="none", audited=False, page=True)
        for one in (refuses, waits)
    ),
    Door("/page/shows", "GP", shows, guard="none", audited=False, page=True),
    Door("/data", "G", fails, guard="none", audited=False),
)


@pytest.fixture
async def caller(household: Household) -> AsyncIterator[Caller]:
    async with Caller.at(Doors(household.house, DOORS)) as caller:
        yield caller


@pytest.mark.parametrize(
    ("path", "status", "title"),
    [
        ("fails", 500, "Something went wrong here"),
        ("ended", 401, "You are logged out"),
        ("refuses", 403, "You may not do this"),
        ("waits", 503, "Not at the moment"),
        ("nowhere", 404, "There is no such page"),
    ],
)
async def test_a_trouble_is_a_page_with_its_status(
    caller: Caller, path: str, status: int, title: str
) -> None:
    answer = await caller.http.get(f"/page/{path}", headers=BROWSER)
    assert answer.status_code == status
    assert title in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "hush" not in answer.text
    assert "db7.internal" not in answer.text


async def test_a_failure_has_the_number_that_the_log_has(
    caller: Caller, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        answer = await caller.http.get("/page/fails", headers=BROWSER)
    (record,) = caplog.records
    assert f"<code>{vars(record)['number']}</code>" in answer.text
    assert "hush" not in caplog.text


async def test_programs_get_no_page(caller: Caller) -> None:
    assert (await caller.http.get("/nowhere", headers={"accept": "*/*"})).text.count(
        "<h1>404 Not Found</h1>"
    ) == 1
    assert (await caller.http.get("/data", headers=BROWSER)).json()["result"]["status"] is False


async def test_no_address_leads_away(caller: Caller) -> None:
    for path in ("//evil.example/x", "/\\evil.example", '/"><script>alert(1)</script>'):
        answer = await caller.http.get(f"http://watchword.example{path}", headers=BROWSER)
        assert answer.status_code == 404
        assert 'href="//' not in answer.text
        assert "evil.example\\" not in answer.text
        assert "<script>alert" not in answer.text


async def test_a_template_of_the_operator_that_fails_is_an_answer_all_the_same(
    household: Household, tmp_path: Path
) -> None:
    (tmp_path / "base.html").write_text("{{ nobody.knows.this }}")
    house = replace(household.house, pages=Pages(PageSettings(templates=str(tmp_path))))
    async with Caller.at(Doors(house, DOORS)) as caller:
        for path in ("shows", "fails"):
            answer = await caller.http.get(f"/page/{path}", headers=BROWSER)
            assert answer.status_code == 500
            assert "<h1>500" in answer.text


async def test_what_policies_say_stands_at_the_foot(caller: Caller, household: Household) -> None:
    await household.say(
        policy("footer_text=Help: 4711, imprint_url=https://example.com/imprint", "selfservice", name="foot"),
        policy("privacy_notice_url=javascript:alert(1)", "selfservice", name="privacy"),
    )
    text = (await caller.get("/page/shows")).text
    assert "Help: 4711" in text
    assert 'href="https://example.com/imprint"' in text
    assert "javascript:" not in text


async def test_a_brightness_is_kept_for_the_next_pages(caller: Caller) -> None:
    assert "data-theme" not in (await caller.get("/page/shows")).text.partition("<body")[0]
    assert '<html lang="en" data-theme="dark">' in (await caller.get("/page/shows", theme="dark")).text
    assert '<html lang="en" data-theme="dark">' in (await caller.get("/page/shows")).text
    assert '<html lang="en">' in (await caller.get("/page/shows", theme="auto")).text
    assert '<html lang="en">' in (await caller.get("/page/shows", theme='dark"')).text
