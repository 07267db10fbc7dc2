"""Methods and pages of the operator's own."""

from pathlib import Path

import pytest

from tests.api.oidc.conftest import ISSUER, Application, browser_of, register
from tests.household import household_on
from watchword.app import OUR_KINDS
from watchword.authentication.methods import Methods
from watchword.errors import Misconfigured
from watchword.model.configuration import Configuration
from watchword.plugin.loading import load_kinds

GOLD = """
from watchword.plugin.methods import Method
from watchword.plugin.shapes import Timed


class Gold(Method):
    name = "gold"
    title = "Gold"
    level = 90
    enabled = True

    def takes(self, kind):
        return isinstance(kind, Timed)
"""


def test_a_method_in_a_folder_of_the_operator_is_one_like_ours(tmp_path: Path) -> None:
    (tmp_path / "gold.py").write_text(GOLD)
    kinds = load_kinds(*OUR_KINDS, folders=[tmp_path])
    assert kinds.methods["gold"].level == 90
    assert "gold" in Methods(kinds).supported(Configuration())


@pytest.mark.parametrize("wrong", [GOLD.replace('"gold"', '"pwd"'), GOLD.replace('"gold"', '"Gold"')])
def test_a_method_that_takes_a_name_of_ours_or_is_no_acr_is_refused(tmp_path: Path, wrong: str) -> None:
    (tmp_path / "gold.py").write_text(wrong)
    with pytest.raises(Misconfigured):
        load_kinds(*OUR_KINDS, folders=[tmp_path])


async def test_the_page_for_the_code_of_a_method_may_be_the_operators_own(
    sqlite_url: str, tmp_path: Path
) -> None:
    templates = tmp_path / "templates"
    (templates / "oidc").mkdir(parents=True)
    (templates / "oidc" / "otp.html").write_text(
        '{% extends "journey/code.html" %}{% block heading %}Our own page{% endblock %}'
    )
    where = {
        "WATCHWORD_HOME": str(tmp_path / "home"),
        "WATCHWORD_DATABASE_URL": sqlite_url,
        "WATCHWORD_OIDC_ISSUER": ISSUER,
        "WATCHWORD_PAGES_TEMPLATES": str(templates),
    }
    (tmp_path / "home").mkdir()
    async with household_on(where) as household, browser_of(household) as browser:
        await register(household)
        await household.give("OATH1")
        app = Application(browser, household)
        await app.ask(acr_values="otp")
        await app.log_in()
        assert "Our own page" in browser.text
        await app.ask(acr_values="pwd", prompt="login")
        assert "Our own page" not in browser.text
