"""The demo's data, loaded as often as one likes."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from watchword.cli.administrators import has_password
from watchword.cli.demo import load_demo
from watchword.cli.opening import opened
from watchword.configuration.realms import Realms
from watchword.model.configuration import MANAGED, ResolverConfig
from watchword.model.person import UserName
from watchword.settings import load
from watchword.storage.promises import AuditFilter, Page

LINE = re.compile(r"administrator admin, password (\w{4}(-\w{4}){3})\n")


async def test_three_people_of_the_default_realm_log_in_with_demo(home: Path) -> None:
    async with opened(load({"home": home}, {})) as house:
        await load_demo(house)
        configuration = (await house.snapshots.latest()).configuration
        assert configuration.default_realm == "demo"
        for login in ("alice", "bob", "carol"):
            person = await house.directory.find(UserName(login=login), configuration)
            assert person is not None
            assert person.realm == "demo"
            assert {"givenname", "surname", "email", "mobile", "phone"} <= person.attributes.keys()
            assert await house.directory.check_password(person, "demo", configuration)


async def test_what_is_there_is_left_alone(home: Path) -> None:
    async with opened(load({"home": home}, {})) as house:
        async with house.store.unit() as unit:
            await unit.configuration.put_resolver(ResolverConfig(name="other", kind=MANAGED))
            await Realms().put(unit, "mine", ["other"])
            await unit.configuration.set_default_realm("mine")
        await load_demo(house)
        before = (await house.snapshots.latest()).configuration
        assert before.default_realm == "mine"
        await load_demo(house)
        assert (await house.snapshots.latest()).configuration == before


async def test_a_removed_person_stays_removed(home: Path) -> None:
    async with opened(load({"home": home}, {})) as house:
        await load_demo(house)
        async with house.store.unit() as unit:
            assert await unit.people.remove("demo", ["alice"]) == 1
        await load_demo(house)
        async with house.store.view() as view:
            assert await view.people.find("demo", "alice") is None


def test_the_password_is_invented_anew_for_each_house_and_told_once(
    pipe: Callable[..., Any], tmp_path: Path
) -> None:
    first, other = (pipe("demo", "--home", tmp_path / name) for name in ("first", "other"))
    told = [LINE.fullmatch(said.printed) for said in (first, other)]
    assert told[0]
    assert told[1]
    assert told[0][1] != told[1][1]
    again = pipe("demo", "--home", tmp_path / "first")
    assert again.code == 0
    assert told[0][1] not in again.printed
    assert "admin set-password admin" in again.printed


async def test_the_variable_gives_the_password_now_and_later(
    pipe: Callable[..., Any], tmp_path: Path
) -> None:
    for password in ("geheim", "anders", "anders"):
        said = pipe("demo", "--home", tmp_path, environment={"WATCHWORD_DEMO_ADMIN_PASSWORD": password})
        assert said == (0, "administrator admin, password as in WATCHWORD_DEMO_ADMIN_PASSWORD\n", "")
        async with opened(load({"home": tmp_path}, {})) as house:
            assert await has_password(house, "admin", password)
    async with opened(load({"home": tmp_path}, {})) as house, house.store.view() as view:
        rows = [row.action async for row in view.audit.each(AuditFilter(), Page(sort="id"))]
    assert rows == ["demo", "admin create", "admin set-password"]
