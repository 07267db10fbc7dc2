"""Administrators of the command line."""

import os
import pty
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from watchword.cli import administrators
from watchword.cli.opening import opened
from watchword.errors import BadParameter, NoSuchUser, Refused
from watchword.model.configuration import ADMIN_REALM, ADMIN_RESOLVER
from watchword.model.person import UserName
from watchword.model.session import Session
from watchword.settings import load
from watchword.storage.promises import AuditFilter, Page
from watchword.web.house import House


async def logs_in(house: House, login: str, password: str) -> bool:
    configuration = (await house.snapshots.latest()).configuration
    person = await house.directory.find(UserName(login=login, realm=ADMIN_REALM), configuration)
    return await house.directory.check_password(person, password, configuration)


async def sessions_of(house: House, *identifiers: bytes) -> list[bytes]:
    async with house.store.view() as view:
        return [each for each in identifiers if await view.sessions.find(each)]


async def test_a_created_administrator_can_log_in_with_this_password_only(home: Path) -> None:
    async with opened(load({"home": home}, {})) as house:
        assert await administrators.create(house, " alice ", "geheim") == "alice"
        assert await logs_in(house, "alice", "geheim")
        assert not await logs_in(house, "alice", "falsch")


async def test_a_name_is_given_once_whatever_its_spelling(home: Path) -> None:
    async with opened(load({"home": home}, {})) as house:
        await administrators.create(house, "alice", "geheim")
        with pytest.raises(Refused, match="set-password"):
            await administrators.create(house, "\uff21LICE", "anders")
        assert await logs_in(house, "alice", "geheim")


@pytest.mark.parametrize("name", ["", "  ", "alice@realm", "realm\\alice", "a\0b", "x\u200b", "a" * 400])
async def test_names_that_nobody_could_type_at_the_log_in_are_refused(home: Path, name: str) -> None:
    async with opened(load({"home": home}, {})) as house:
        with pytest.raises(BadParameter):
            await administrators.create(house, name, "geheim")


async def test_an_empty_password_is_refused(home: Path) -> None:
    async with opened(load({"home": home}, {})) as house:
        with pytest.raises(BadParameter):
            await administrators.create(house, "alice", "")


@pytest.mark.parametrize("act", ["set_password", "remove"])
async def test_another_password_and_removal_end_the_sessions_of_this_administrator_alone(
    home: Path, act: str
) -> None:
    async with opened(load({"home": home}, {})) as house:
        for name in ("alice", "bob"):
            await administrators.create(house, name, "geheim")
        async with house.store.unit() as unit:
            for login, kind in (("alice", "administrator"), ("alice", "legacy"), ("bob", "administrator")):
                holder = {"login": login, "realm": ADMIN_REALM, "resolver": ADMIN_RESOLVER}
                identifier = f"{login} {kind}".encode()
                await unit.sessions.open(
                    Session(id=identifier, kind=kind, holder=holder, opened=0, expires=2**50)
                )
        if act == "remove":
            await administrators.remove(house, "alice", even_the_last=False)
        else:
            await administrators.set_password(house, "alice", "neu")
            assert await logs_in(house, "alice", "neu")
        assert not await logs_in(house, "alice", "geheim")
        left = await sessions_of(house, b"alice administrator", b"alice legacy", b"bob administrator")
        assert left == [b"bob administrator"]


async def test_the_last_administrator_goes_only_where_that_was_said(home: Path) -> None:
    async with opened(load({"home": home}, {})) as house:
        await administrators.create(house, "alice", "geheim")
        with pytest.raises(Refused, match="last administrator"):
            await administrators.remove(house, "alice", even_the_last=False)
        assert await administrators.remove(house, "ALICE", even_the_last=True) == "alice"
        assert await administrators.everybody(house) == ([], [])


async def test_nobody_cannot_be_changed(home: Path) -> None:
    async with opened(load({"home": home}, {})) as house:
        with pytest.raises(NoSuchUser, match="admin list"):
            await administrators.set_password(house, "nobody", "x")


async def test_every_change_is_in_the_audit_and_no_password_is(home: Path) -> None:
    async with opened(load({"home": home}, {})) as house:
        await administrators.create(house, "alice", "geheim")
        await administrators.set_password(house, "alice", "geheimer")
        await administrators.remove(house, "alice", even_the_last=True)
        async with house.store.view() as view:
            rows, _ = await view.audit.search(AuditFilter(), Page(sort="id"))
        assert [row.action for row in rows] == ["admin create", "admin set-password", "admin remove"]
        assert all(row.success and "alice" in row.action_detail for row in rows)
        assert all("geheim" not in repr(row) and house.journal.genuine(row) for row in rows)


def test_the_commands_say_what_they_did(
    pipe: Callable[..., Any], say: Callable[..., Any], home: Path
) -> None:
    here = ("--home", home)
    created = pipe("admin", "create", "alice", "--password-stdin", *here, given="geheim\n")
    assert created == (0, "created: alice\n", "")
    assert say("admin", "list", *here) == (0, "alice\n", "")
    again = pipe("admin", "create", "alice", "--password-stdin", *here, given="x")
    assert (again.code, again.printed) == (1, "")
    assert again.complaints.startswith("watchword: There is an administrator alice already")
    changed = pipe("admin", "set-password", "alice", "--password-stdin", *here, given="neu\n")
    assert changed == (0, "password set: alice\n", "")
    last = say("admin", "remove", "alice", *here)
    assert (last.code, "--yes" in last.complaints) == (1, True)
    assert say("admin", "remove", "alice", "--yes", *here) == (0, "removed: alice\n", "")
    assert say("admin", "list", *here) == (0, "", "")


@pytest.mark.parametrize(
    ("words", "given", "sentence"),
    [
        ((), "geheim\n", "--password-stdin"),
        (("--password-stdin",), "zwei\nzeilen\n", "several lines"),
        (("--password-stdin",), "", "between 1 and"),
    ],
)
def test_a_password_that_cannot_be_read_changes_nothing(
    pipe: Callable[..., Any], home: Path, words: tuple[str, ...], given: str, sentence: str
) -> None:
    said = pipe("admin", "create", "alice", *words, "--home", home, given=given)
    assert (said.code, said.printed) == (2, "")
    assert sentence in said.complaints


@pytest.mark.parametrize(("second", "code"), [("geheim", 0), ("anders", 2)])
def test_at_a_terminal_the_password_is_asked_for_twice_and_not_shown(
    home: Path, second: str, code: int
) -> None:
    words = [sys.executable, "-m", "watchword.cli", "admin", "create", "alice", "--home", str(home)]
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(sys.executable, words)
    shown = b""
    for question, answer in ((b"Password: ", "geheim"), (b"Once more: ", second)):
        while question not in shown:
            shown += os.read(terminal, 1024)
        os.write(terminal, f"{answer}\n".encode())
    try:
        while part := os.read(terminal, 1024):
            shown += part
    except OSError:  # Linux says so when the other side has ended
        pass
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == code
    assert b"geheim" not in shown
    assert (b"created: alice" in shown) == (code == 0)
