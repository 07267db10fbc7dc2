"""The plug-ins that we show are loaded into a server, and somebody logs in with each."""

import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from jinja2.exceptions import SecurityError, TemplateNotFound, UndefinedError

from tests.api.caller import Caller
from tests.household import Household, household_on, policy
from tests.portal.browser import Browser
from watchword.api import answering
from watchword.api.linotp import doors
from watchword.api.linotp.doors import Doors
from watchword.configuration.entries import Setting
from watchword.enrolment.issuing import Order
from watchword.enrolment.labels import label_of
from watchword.enrolment.occasion import Occasion
from watchword.errors import BadParameter
from watchword.model.configuration import Configuration, Entry
from watchword.model.person import UserName
from watchword.plugin.loading import Kinds
from watchword.storage.promises import TokenFilter
from watchword.web.faces import TypeFaces, enrolment_fields, settings_fields
from watchword.web.parameters import Params

FOLDER = Path(__file__).parents[2] / "examples" / "plugins"


def installed(folder: Path) -> Path:
    """The examples as an operator installs them: nobody but the owner can write to them."""
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    for path in (folder, *folder.iterdir()):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return folder


@pytest.fixture
async def household(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Household]:
    where = {
        "WATCHWORD_HOME": str(tmp_path),
        "WATCHWORD_DATABASE_URL": sqlite_url,
        "WATCHWORD_PLUGINS_FOLDERS": str(installed(tmp_path / "plugins")),
        "WATCHWORD_PLUGINS_ALLOW_WRITABLE": "true",
    }
    async with household_on(where) as household:
        yield household


@pytest.fixture
async def caller(household: Household) -> AsyncIterator[Caller]:
    async with Caller.at(Doors(household.house, (*doors(), *answering.DOORS))) as caller:
        yield caller


async def enrolled(household: Household, kind: str) -> str:
    """Issue alice one of these with a PIN; what was shown once."""
    house = household.house
    snapshot = await house.snapshots.latest()
    occasion = Occasion(snapshot=snapshot, now=household.clock.now(), client="")
    made = await house.enrolment.prepare(house.kinds.token_type(kind), Params({}), occasion)
    person = await house.directory.find(UserName(login="alice"), snapshot.configuration)
    assert person is not None
    pin = await house.enrolment.pins.prepare_first(
        occasion, occasion.about(person, ()), "1234", readable=False
    )
    async with house.store.unit() as unit:
        order = Order(kind=house.kinds.token_type(kind), enrolled=made, owner=person, pin=pin)
        token = await house.enrolment.issue(unit, occasion, order)
    [shown] = made.show(label_of(occasion, token, person))
    return shown.value


async def asked(caller: Caller) -> dict[str, Any]:
    """What the question says that comes for the PIN."""
    detail: dict[str, Any] = (await caller.whole("/validate/check", user="alice", **{"pass": "1234"}))[
        "detail"
    ]
    return detail


def read(card: str, cells: str) -> str:
    """What stands in these cells of the printed card."""
    head, *rows = (line.split() for line in card.splitlines())
    return "".join(rows[int(cell[1:]) - 1][1 + head.index(cell[0])] for cell in cells.split())


async def test_the_cells_of_a_grid_card_let_in_once(household: Household, caller: Caller) -> None:
    card = await enrolled(household, "gridcard")
    detail = await asked(caller)
    assert re.fullmatch(r"Cells of your card: [A-H]\d [A-H]\d [A-H]\d", detail["message"])
    answer = {"user": "alice", "transactionid": detail["transactionid"]}
    wrong = {**answer, "pass": "1234" + read(card, detail["cells"])[::-1].replace("2", "3") + "X"}
    assert await caller.value("/validate/check", **wrong) is False
    right = {**answer, "pass": read(card, detail["cells"])}
    assert await caller.value("/validate/check", **right) is True
    assert await caller.value("/validate/check", **right) is False


async def test_new_grid_cards_are_as_large_as_the_setting_says(household: Household) -> None:
    await household.set(**{"gridcard.rows": "9"})
    assert len((await enrolled(household, "gridcard")).splitlines()) == 10
    await household.set(**{"gridcard.rows": "many"})
    assert len((await enrolled(household, "gridcard")).splitlines()) == 6


async def status(caller: Caller, transaction: str) -> dict[str, Any]:
    detail = (await caller.whole("/validate/check_status", transactionid=transaction, **{"pass": "1234"}))[
        "detail"
    ]
    told: dict[str, Any] = detail["transactions"][transaction]
    return told


async def test_the_button_lets_in_whoever_waits_and_only_once(household: Household, caller: Caller) -> None:
    key = await enrolled(household, "webbutton")
    detail = await asked(caller)
    transaction = detail["transactionid"]
    assert (await status(caller, transaction))["valid_tan"] is False
    page = await caller.http.get(detail["answered_at"], headers={"accept": "text/html"})
    assert page.status_code == 200
    assert "Is this you?" in page.text
    assert "script-src 'self'" in page.headers["content-security-policy"]
    pressed = {"transactionid": transaction, "key": key, "choice": "yes"}
    assert "Done" in (await caller.post("/answer", **pressed)).text
    assert (await status(caller, transaction))["valid_tan"] is True
    assert (await caller.post("/answer", **pressed)).status_code == 404
    row = await household.last_row()
    assert (row.action, row.success, row.action_detail) == ("validate/answer", True, "allowed by its owner")


async def test_no_closes_the_question_and_counts_nothing(household: Household, caller: Caller) -> None:
    key = await enrolled(household, "webbutton")
    transaction = (await asked(caller))["transactionid"]
    told = await caller.post("/answer", transactionid=transaction, key=key, choice="no")
    assert "Refused" in told.text
    now = await status(caller, transaction)
    assert (now["status"], now["valid_tan"]) == ("closed", False)
    assert (await household.held(await serial(household))).failures == 0


async def test_another_key_is_a_guess_and_is_counted(household: Household, caller: Caller) -> None:
    await enrolled(household, "webbutton")
    transaction = (await asked(caller))["transactionid"]
    told = await caller.post("/answer", transactionid=transaction, key="guess", choice="yes")
    assert "not right" in told.text
    assert (await status(caller, transaction))["status"] == "open"
    assert (await household.held(await serial(household))).failures == 1


async def test_whoever_waits_cannot_answer_and_is_not_counted_for_asking(
    household: Household, caller: Caller
) -> None:
    key = await enrolled(household, "webbutton")
    transaction = (await asked(caller))["transactionid"]
    for said in ("1234", key, f"1234{key}", ""):
        fields = {"user": "alice", "transactionid": transaction, "pass": said, "key": key, "choice": "yes"}
        assert await caller.value("/validate/check", **fields) is False
    assert (await household.held(await serial(household))).failures == 0
    assert (await status(caller, transaction))["status"] == "open"


async def serial(household: Household) -> str:
    async with household.house.store.view() as view:
        [token] = [token async for token in view.tokens.each(TokenFilter())]
    return token.serial


def test_the_examples_have_a_screen_of_python_each() -> None:
    for path in FOLDER.glob("*.py"):
        assert len(path.read_text("utf-8").splitlines()) <= 85, path.name


async def test_people_enrol_one_at_the_portal_where_its_own_words_stand(household: Household) -> None:
    await household.say(policy("enrollGRIDCARD", scope="selfservice"))
    async with Browser.at(household.house) as browser:
        await browser.log_in()
        page = await browser.visit("/selfservice/enrol/gridcard")
        assert "keep it in your wallet" in page
        [form] = [one for one in browser.forms() if one.action == "/selfservice/enrol/gridcard"]
        page = await browser.post(form.action, **form.fields)
        assert "A B C D E F G H" in page


async def test_what_a_setting_of_a_type_cannot_be_is_refused(household: Household) -> None:
    changes = household.house.configuring.entries
    async with household.house.store.unit() as unit:
        for wrong in ("3", "21", "many", "-5", "9" * 5000):
            with pytest.raises(BadParameter, match="rows must be a whole number from 4 to 20"):
                await changes.put(unit, {"gridcard.rows": Setting(value=wrong)})
        await changes.put(unit, {"linotp.gridcard.rows": Setting(value="12")})


async def test_a_console_can_show_the_settings_of_a_type_in_its_own_form(household: Household) -> None:
    house = household.house
    kind = house.kinds.token_type("gridcard")
    fields = settings_fields(kind, Configuration(entries={"gridcard.rows": Entry(value="9")}))
    shown = house.faces.show(kind, "settings", "en", fields)
    assert 'name="gridcard.rows"' in shown
    assert 'value="9"' in shown
    assert "Cards that are printed" in shown
    assert house.faces.title(kind, "settings", "de") == "Grid cards"
    plain = house.kinds.token_type("sms")
    assert not house.faces.has(plain, "enrol")
    assert 'name="phone"' in house.faces.show(plain, "enrol", "en", enrolment_fields(plain))


async def test_templates_of_types_reach_for_nothing_and_escape_what_they_are_shown(
    household: Household,
) -> None:
    pages = household.house.pages
    kind = household.house.kinds.token_type("gridcard")

    def shown(block: str, **more: str) -> str:
        face = "{% block enrol %}" + block + "{% endblock %}"
        return TypeFaces(pages, Kinds([kind], faces={"gridcard": face})).show(kind, "enrol", "en", (), **more)

    assert shown("{{ prompt }}", prompt="<b onload=x>") == "&lt;b onload=x&gt;"
    for reaching in (
        "{{ ''.__class__.__mro__ }}",
        "{{ _.__globals__ }}",
        "{% include 'base.html' %}",
        "{% include '../pages.py' %}",
        "{% include 'parts/../base.html' %}",
        "{{ all_fields.__init__.__globals__ }}",
    ):
        with pytest.raises((SecurityError, TemplateNotFound, UndefinedError)):
            shown(reaching)
