"""userlist."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from typing import Any

import msgspec
import pytest

from tests.api.caller import Caller
from tests.household import REALM, RESOLVER, Household, policy
from watchword.api.linotp.streams import Window, streamed
from watchword.errors import Unreachable
from watchword.model.configuration import MANAGED, Realm, ResolverConfig
from watchword.storage.promises import ManagedPerson

CALLERS = Callable[[str], Awaitable[Caller]]


async def with_crowd(household: Household, count: int) -> None:
    async with household.house.store.unit() as unit:
        await unit.configuration.put_resolver(ResolverConfig(name="crowd", kind=MANAGED))
        await unit.configuration.put_realm(Realm(name="many", resolvers=("crowd",)))
        await unit.people.put(
            ManagedPerson(
                resolver="crowd",
                userid=str(number),
                login=f"user{number:03}",
                attributes={"email": f"{number}@example.org", "surname": "Ünï"},
            )
            for number in range(count)
        )


async def test_without_parameters_the_default_realm_is_listed(linotp: Caller) -> None:
    envelope = (await linotp.get("/admin/userlist")).json()
    assert envelope["result"]["queried"] == 2
    assert "page" not in envelope["result"]
    assert "versionNumber" not in envelope
    alice = envelope["result"]["value"][0]
    spec = f"useridresolver.SQLIdResolver.IdResolver.{RESOLVER}"
    assert alice == {
        "username": "alice",
        "userid": "alice",
        "surname": "",
        "givenname": "Alice",
        "phone": "",
        "mobile": "",
        "email": "",
        "resolver": spec,
        "useridresolver": spec,
    }


async def test_people_come_whole_or_in_pages(linotp: Caller, household: Household) -> None:
    await with_crowd(household, 250)

    async def listed(**fields: str) -> tuple[list[str], Any, Any]:
        result = (await linotp.whole("/admin/userlist", realm="many", **fields))["result"]
        names = [entry["username"] for entry in result["value"]]
        return names, result["queried"], result.get("page")

    everybody = [f"user{number:03}" for number in range(250)]
    assert await listed() == (everybody, 250, None)
    assert await listed(rp="5") == (everybody, 250, None)
    assert await listed(page="0") == (everybody[:16], 16, 0)
    assert await listed(page="1", rp="5") == (everybody[5:10], 10, 1)
    assert await listed(page="1", rp="200") == (everybody[200:], 250, 1)
    assert await listed(page="9", rp="100") == ([], 250, 9)
    assert await listed(page="0", rp="0") == ([], 0, 0)
    for wrong in ({"page": "x"}, {"page": "-1"}, {"page": "0", "rp": "x"}, {"page": "9" * 20}):
        assert await linotp.code("/admin/userlist", realm="many", **wrong) == 9876


async def test_fields_are_patterns_and_the_search_term_is_anywhere(
    linotp: Caller, household: Household
) -> None:
    await with_crowd(household, 20)

    async def names(**fields: str) -> list[str]:
        found = await linotp.value("/admin/userlist", realm="MANY", **fields)
        return [entry["username"] for entry in found]

    assert await names(username="user01*") == [f"user01{digit}" for digit in range(10)]
    assert await names(username="USER00.", email="3@*") == ["user003"]
    assert await names(surname="ünï", username="user019") == ["user019"]
    assert await names(searchTerm="12@EXAMPLE") == ["user012"]
    assert await names(searchTerm="*user007*") == ["user007"]
    assert await names(username="nobody") == []
    assert await names(username="%") == []
    assert await names(username="a\x00" * 2000) == []
    assert await names(nonsense="x", username="user000") == ["user000"]
    assert await linotp.value("/admin/userlist", realm="nowhere") == []
    assert len(await linotp.value("/admin/userlist", resConf="crowd (useridresolver.SQLIdResolver)")) == 20


async def test_people_of_other_realms_are_not_shown(caller_for: CALLERS, household: Household) -> None:
    await with_crowd(household, 1)
    await household.say(
        policy("userlist", "admin", user="helen", realm=REALM), policy("show", "admin", user="x")
    )
    helen, nobody = await caller_for("helen"), await caller_for("frank")
    assert len(await helen.value("/admin/userlist")) == 2
    assert await helen.code("/admin/userlist", realm="many") == 410
    assert await helen.code("/admin/userlist", resConf="crowd") == 410
    assert await nobody.code("/admin/userlist") == 410


async def test_a_directory_that_fails_at_once_is_an_error_and_later_cuts_the_answer() -> None:
    async def rows(good: int) -> AsyncGenerator[Mapping[str, Any]]:
        for number in range(good):
            yield {"number": number}
        raise Unreachable("gone")

    with pytest.raises(Unreachable):
        await streamed(rows(0), Window(None, 16), {})
    answer, pieces = await streamed(rows(150), Window(None, 16), {}), list[bytes]()

    async def receive() -> None:
        async for piece in answer.pieces:
            pieces.append(piece)

    with pytest.raises(Unreachable):
        await receive()
    with pytest.raises(msgspec.DecodeError):
        msgspec.json.decode(b"".join(pieces))
