"""The demo's data, loaded as often as one likes."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from watchword.cli.administrators import has_password
from watchword.cli.demo import load_demo
from watchword.cli.opening import opened
from watchword.configuration.providers import Wanted
from watchword.configuration.realms import Realms
from watchword.delivery.inbox import Inbox
from watchword.model.configuration import MANAGED, ResolverConfig
from watchword.model.message import Channel, Fate, Message
from watchword.model.person import UserName
from watchword.settings import load
from watchword.storage.promises import AuditFilter, Page

LINE = re.compile(r"administrator admin, password (\w{4}(-\w{4}){3})\n")


async def test_three_people_of_the_default_realm_log_in_with_demo(home: Path) -> None:
    async with opened(load({"home": home}, {})) as house:
        await load_demo(house, home)
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
        await load_demo(house, home)
        before = (await house.snapshots.latest()).configuration
        assert before.default_realm == "mine"
        await load_demo(house, home)
        assert (await house.snapshots.latest()).configuration == before


async def test_messages_of_all_channels_land_in_the_inbox(home: Path) -> None:
    async with opened(load({"home": home}, {})) as house:
        await load_demo(house, home)
        configuration = (await house.snapshots.latest()).configuration
        for channel in Channel:
            config = configuration.provider(channel)
            assert config is not None
            sent = Message(channel=channel, to=f"to {channel}", text="Your code is 755224", code="755224")
            async with house.providers.using(config) as provider:
                assert (await provider.send(sent)).fate is Fate.ACCEPTED
    assert {kept.to for kept in Inbox(home).newest()} == {f"to {channel}" for channel in Channel}


async def test_a_provider_that_is_there_is_left_alone(home: Path, tmp_path: Path) -> None:
    config = json.dumps({"file": str(tmp_path / "messages.txt")})
    mine = Wanted(channel=Channel.SMS, name="mine", class_name="FileSMSProvider", config=config)
    async with opened(load({"home": home}, {})) as house:
        async with house.store.unit() as unit:
            await house.configuring.providers.put(unit, mine)
        await load_demo(house, home)
        configuration = (await house.snapshots.latest()).configuration
        assert [config.name for config in configuration.providers if config.channel is Channel.SMS] == [
            "mine"
        ]
        assert configuration.provider(Channel.VOICE) is not None


async def test_a_removed_person_stays_removed(home: Path) -> None:
    async with opened(load({"home": home}, {})) as house:
        await load_demo(house, home)
        async with house.store.unit() as unit:
            assert await unit.people.remove("demo", ["alice"]) == 1
        await load_demo(house, home)
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
    assert rows == ["demo", "demo", "admin create", "admin set-password"]
