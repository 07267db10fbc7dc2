"""What administrators may look at and change."""

from collections.abc import AsyncIterator

import pytest

from tests.api.caller import ADMIN, ADMIN_PASSWORD, Caller
from tests.api.telephony.conftest import SECRET, Okta
from tests.household import CHEAP, policy
from watchword.api import linotp as dialect
from watchword.api.linotp.doors import Doors
from watchword.api.telephony.doors import DOORS
from watchword.clock import SystemDice
from watchword.crypto.passwords import keep_password
from watchword.model.configuration import ADMIN_RESOLVER
from watchword.model.route import Route
from watchword.storage.promises import ManagedPerson


@pytest.fixture
async def admin(okta: Okta) -> AsyncIterator[Caller]:
    house = okta.household.house
    kept = keep_password(house.ring, ADMIN_PASSWORD, SystemDice(), CHEAP)
    async with house.store.unit() as unit:
        await unit.people.put(
            [ManagedPerson(resolver=ADMIN_RESOLVER, userid=ADMIN, login=ADMIN, password=kept, attributes={})]
        )
        await unit.configuration.touch()
    async with Caller.at(Doors(house, (*dialect.doors(), *DOORS))) as caller:
        await caller.log_in(ADMIN)
        yield caller


async def test_hooks_are_shown_without_their_secrets(admin: Caller) -> None:
    answer = await admin.get("/api/v2/telephony/hooks")
    assert answer.json()["result"]["value"]["okta"]["secrets"] == ["secret"]
    assert SECRET not in answer.text


async def test_a_hook_is_made_changed_and_removed(okta: Okta, admin: Caller) -> None:
    path = "/api/v2/telephony/hooks/second"
    await admin.value(path, shape="okta", proof="basic", user="u", secret="another-long-secret")
    shown = await admin.value(path, shape="okta", proof="basic", user="u2", previous="the-one-before-it")
    assert (shown["user"], shown["secrets"]) == ("u2", ["previous", "secret"])
    row = await okta.household.last_row()
    assert (row.action, row.action_detail, row.success) == ("api/v2/telephony", "second", True)
    shown = await admin.value(path, shape="okta", proof="basic", user="u2", previous="")
    assert shown["secrets"] == ["secret"]
    assert await admin.value(f"{path}/remove") is True
    assert await admin.value(f"{path}/remove") is False


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"shape": "sms"}, "shape"),
        ({"proof": "none"}, "proof"),
        ({"secret": "short"}, "secret"),
        ({"secret": ""}, "secret"),
        ({"proof": "basic"}, "user"),
        ({"proof": "bearer", "issuer": "i", "audience": "a", "scope": "s"}, "keys"),
        ({"proof": "bearer", "issuer": "i", "audience": "a", "scope": "s", "keys": "ftp://x"}, "keys"),
        ({"proof": "signature"}, "whsec_"),
        ({"header": "a b"}, "header"),
        ({"issuer": "i"}, "issuer"),
    ],
    ids=repr,
)
async def test_a_hook_that_cannot_work_is_refused_by_name(
    admin: Caller, fields: dict[str, str], named: str
) -> None:
    usual = {"shape": "okta", "proof": "header", "secret": "a-long-enough-secret"}
    answer = await admin.post("/api/v2/telephony/hooks/fresh", **{**usual, **fields})
    assert answer.json()["result"]["status"] is False
    assert named in answer.text
    assert (await admin.get("/api/v2/telephony/hooks")).json()["result"]["value"].keys() == {"okta"}


async def test_which_way_is_told_and_nothing_is_sent(okta: Okta, admin: Caller) -> None:
    async with okta.household.house.store.unit() as unit:
        await unit.configuration.put_routes(
            [Route(name="fr", countries=("FR",)), Route(name="de", countries=("DE",), providers=("gateway",))]
        )
    value = await admin.value("/api/v2/telephony/way", number="+49 151 12345678")
    assert (value["country"], value["kind"], value["route"]) == ("DE", "mobile", "de")
    assert (value["providers"], value["passed"]) == (["gateway"], ["fr: the country is DE"])
    await okta.household.say(policy("sms_provider=other"))
    assert (await admin.value("/api/v2/telephony/way", number="+4915112345678"))["providers"] == ["other"]
    assert okta.gateway.heard == []
    assert "5112345678" not in repr(await okta.household.last_row())


async def test_a_number_that_is_none_has_no_way(admin: Caller) -> None:
    assert "number" in (await admin.post("/api/v2/telephony/way", number="110")).text


async def test_whoever_has_no_right_is_refused(okta: Okta, admin: Caller) -> None:
    await okta.household.say(policy("read, write", "system", user="somebody"))
    for path in ("hooks/x", "hooks/okta/remove", "way"):
        answer = await admin.post(f"/api/v2/telephony/{path}", shape="okta", proof="header", number="1")
        assert answer.status_code == 403
    assert (await admin.get("/api/v2/telephony/hooks")).status_code == 403


async def test_strangers_see_nothing(okta: Okta) -> None:
    async with Caller.at(Doors(okta.household.house, DOORS)) as stranger:
        assert (await stranger.get("/api/v2/telephony/hooks")).status_code == 401
