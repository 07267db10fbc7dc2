"""``watchword invite``."""

import asyncio
import re
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from watchword.cli.opening import opened
from watchword.delivery.inbox import Inbox
from watchword.model.audit import AuditEntry
from watchword.settings import load
from watchword.storage.promises import AuditFilter, Page

PASSWORD = re.compile(r"[a-z2-9]{4}(?:-[a-z2-9]{4}){3}")
PORTAL = "https://otp.example.org/selfservice/"
Say = Callable[..., Any]


@pytest.fixture
def people(home: Path, say: Say) -> Path:
    """A home with the demo's people, that says where its portal is."""
    assert say("demo", "--home", home).code == 0
    (home / "watchword.toml").write_text(f'[portal]\nurl = "{PORTAL}"\n')
    return home


def test_the_password_is_printed_where_nothing_else_brings_it(people: Path, say: Say) -> None:
    said = say("invite", "alice", "--home", people, "--valid", "1d")
    assert said.code == 0
    assert said.printed.startswith("invited: alice, good until ")
    assert f"portal: {PORTAL}\n" in said.printed
    assert len(PASSWORD.findall(said.printed)) == 1


def test_the_row_of_it_holds_no_password(people: Path, say: Say) -> None:
    [password] = PASSWORD.findall(say("invite", "bob@demo", "--home", people).printed)
    row = asyncio.run(last_row(people))
    assert row.action == "invite"
    assert row.action_detail.startswith("bob@demo by terminal, KIPW")
    assert password not in repr(row)


async def last_row(home: Path) -> AuditEntry:
    async with opened(load({"home": home}, {})) as house, house.store.view() as view:
        rows, _ = await view.audit.search(AuditFilter(), Page(size=1, sort="id", descending=True))
    return rows[0]


def test_a_letter_stands_alone_and_is_for_its_owners_eyes(people: Path, say: Say, tmp_path: Path) -> None:
    sheet = tmp_path / "alice.html"
    said = say("invite", "alice", "--home", people, "--print", sheet, "--language", "de")
    assert said.code == 0
    assert not PASSWORD.search(said.printed)
    page = sheet.read_text("utf-8")
    assert len(PASSWORD.findall(page)) == 1
    assert '<link rel="stylesheet" href="data:text/css;base64,' in page
    assert "/static/" not in page
    assert stat.S_IMODE(sheet.stat().st_mode) == 0o600
    again = say("invite", "alice", "--home", people, "--print", sheet)
    assert (again.code, again.printed) == (2, "")
    assert sheet.read_text("utf-8") == page


def test_a_mail_lands_in_the_inbox_of_the_demo(people: Path, say: Say) -> None:
    said = say("invite", "carol", "--home", people, "--email")
    assert (said.code, said.complaints) == (0, "")
    assert not PASSWORD.search(said.printed)
    [mail] = Inbox(people).newest()
    assert mail.to.startswith("carol@")
    assert PORTAL in mail.text
    assert PASSWORD.search(mail.text)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("nobody",), 1),
        (("alice", "--valid", "soon"), 2),
        (("alice", "--valid", "1y"), 2),
        (("alice", "--email", "--print", "letter.html"), 2),
        (("alice", "--realm", "elsewhere"), 1),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(
    words: tuple[str, ...], code: int, people: Path, say: Say
) -> None:
    said = say("invite", *words, "--home", people)
    assert (said.code, said.printed) == (code, "")
    assert said.complaints.startswith("watchword: ")


def test_without_the_portals_address_nobody_is_invited(people: Path, say: Say) -> None:
    (people / "watchword.toml").unlink()
    said = say("invite", "alice", "--home", people)
    assert said.code == 2
    assert "portal.url" in said.complaints
