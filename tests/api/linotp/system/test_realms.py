"""``getRealms``, ``setRealm``, ``delRealm`` and the default realm."""

import pytest

from tests.api.caller import Caller
from tests.household import Household

PEOPLE = "useridresolver.SQLIdResolver.IdResolver.people"
ADMINS = "useridresolver.SQLIdResolver.IdResolver.LinOTP_local_admins"


async def test_realms_are_listed_as_linotp_lists_them(linotp: Caller) -> None:
    assert await linotp.value("/system/getRealms") == {
        "demo": {
            "realmname": "demo",
            "entry": "linotp.useridresolver.group.demo",
            "useridresolver": [PEOPLE],
            "default": "true",
            "admin": False,
        },
        "linotp_admins": {
            "realmname": "linotp_admins",
            "entry": "linotp.useridresolver.group.linotp_admins",
            "useridresolver": [ADMINS],
            "admin": True,
        },
    }
    assert list(await linotp.value("/system/getRealms", realm="Demo")) == ["demo"]
    assert len(await linotp.value("/system/getRealms", realm="nowhere")) == 2
    assert (await linotp.get("/system/getRealms")).json()["result"]["value"].keys() == {
        "demo",
        "linotp_admins",
    }


async def test_a_realm_is_made_changed_and_removed(linotp: Caller) -> None:
    assert await linotp.value("/system/setRealm", realm="My Corp", resolvers=f"{PEOPLE}, {ADMINS}") is True
    assert (await linotp.value("/system/getRealms"))["my-corp"]["useridresolver"] == [PEOPLE, ADMINS]
    assert await linotp.value("/system/setRealm", realm="my-corp", resolvers=ADMINS) is True
    assert (await linotp.value("/system/getRealms"))["my-corp"]["useridresolver"] == [ADMINS]
    assert await linotp.value("/system/delRealm", realm="MY-CORP") == {"delRealm": {"result": True}}
    assert await linotp.value("/system/delRealm", realm="my-corp") == {"delRealm": {"result": False}}


async def test_resolvers_may_come_as_a_json_list(linotp: Caller) -> None:
    answer = await linotp.post_json("/system/setRealm", {"realm": "corp", "resolvers": [PEOPLE, ADMINS]})
    assert answer.json()["result"]["value"] is True
    assert (await linotp.value("/system/getRealms"))["corp"]["useridresolver"] == [PEOPLE, ADMINS]


async def test_a_new_realm_does_not_become_the_default(linotp: Caller) -> None:
    assert await linotp.value("/system/setDefaultRealm") is False
    await linotp.value("/system/setRealm", realm="corp", resolvers=PEOPLE)
    assert all("default" not in realm for realm in (await linotp.value("/system/getRealms")).values())


async def test_the_default_realm_is_read_moved_and_cleared(linotp: Caller) -> None:
    assert list(await linotp.value("/system/getDefaultRealm")) == ["demo"]
    await linotp.value("/system/setRealm", realm="corp", resolvers=PEOPLE)
    assert await linotp.value("/system/setDefaultRealm", realm="nowhere") is False
    assert list(await linotp.value("/system/getDefaultRealm")) == ["demo"]
    assert await linotp.value("/system/setDefaultRealm", realm="CORP") is True
    default = await linotp.value("/system/getDefaultRealm")
    assert (list(default), default["corp"]["default"]) == (["corp"], "true")
    assert await linotp.value("/system/setDefaultRealm", realm="") is False
    assert await linotp.value("/system/getDefaultRealm") == await linotp.value("/system/getRealms")
    await linotp.value("/system/setDefaultRealm", realm="corp")
    await linotp.value("/system/delRealm", realm="corp")
    assert "DefaultRealm" not in await linotp.value("/system/getConfig")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"resolvers": PEOPLE}, 905),
        ({"realm": "new"}, 905),
        ({"realm": "b/d"}, 905),
        ({"realm": "", "resolvers": PEOPLE}, -311),
        ({"realm": "new", "resolvers": ""}, -311),
        ({"realm": "new", "resolvers": " , "}, -311),
        ({"realm": "new", "resolvers": "people"}, -311),
        ({"realm": "new", "resolvers": "useridresolver.PasswdIdResolver.IdResolver.people"}, -311),
        ({"realm": "new", "resolvers": f"{PEOPLE},useridresolver.SQLIdResolver.IdResolver.none"}, -311),
        ({"realm": "b/d", "resolvers": PEOPLE}, -311),
        ({"realm": "b\0d", "resolvers": PEOPLE}, -311),
        ({"realm": "bäd", "resolvers": PEOPLE}, -311),
        ({"realm": "linotp_admins", "resolvers": PEOPLE}, -311),
    ],
)
async def test_a_realm_that_cannot_be_is_an_error_and_nothing_is_changed(
    linotp: Caller, fields: dict[str, str], code: int
) -> None:
    before = await linotp.value("/system/getRealms")
    assert await linotp.code("/system/setRealm", **fields) == code
    assert await linotp.value("/system/getRealms") == before


async def test_the_administrators_realm_cannot_be_removed(linotp: Caller) -> None:
    assert await linotp.code("/system/delRealm", realm="linotp_admins") == -311
    assert await linotp.code("/system/delRealm") == 905
    assert "linotp_admins" in await linotp.value("/system/getRealms")


async def test_a_resolver_in_the_administrators_realm_lets_its_people_in(
    linotp: Caller, stranger: Caller
) -> None:
    login = {"username": "alice", "password": "wonderland"}
    assert (await stranger.post("/admin/login", **login)).status_code == 401
    await linotp.value("/system/setRealm", realm="linotp_admins", resolvers=f"{ADMINS},{PEOPLE}")
    assert (await linotp.value("/system/getResolvers"))["people"]["admin"] is True
    assert (await stranger.post("/admin/login", **login)).status_code == 200
    assert await stranger.code("/system/setRealm", realm="linotp_admins", resolvers=ADMINS) == -311
    await linotp.value("/system/setRealm", realm="linotp_admins", resolvers=ADMINS)
    assert (await stranger.post("/admin/login", **login)).status_code == 401


async def test_a_removed_realm_leaves_the_tokens(linotp: Caller, household: Household) -> None:
    await household.give("T1")
    await linotp.value("/system/delRealm", realm="demo")
    held = await household.held("T1")
    assert held.realms == ()
    assert held.owner is not None
