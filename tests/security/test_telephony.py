"""Attacks on the telephony face: sent once whatever happens, and not to every number."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx2
import msgspec
import pytest

from tests.api.telephony.conftest import CODE, EVENT, PHONE, SECRET, Okta, okta_on
from tests.delivery.wires import raw, whole_request
from tests.sending import ALLOWED
from tests.serving_process import LIMIT, Serve, Server
from watchword.api.telephony.face import OKTA, TelephonyFace
from watchword.app import close_house, open_house
from watchword.clock import SystemClock
from watchword.limits.settings import TelephonySettings
from watchword.model.errand import Stage
from watchword.model.route import Route
from watchword.settings import load
from watchword.storage.promises import Page


@pytest.fixture
async def okta(database_url: str, tmp_path: Path) -> AsyncIterator[Okta]:
    async with okta_on({"WATCHWORD_HOME": str(tmp_path), "WATCHWORD_DATABASE_URL": database_url}) as it:
        yield it


async def test_two_nodes_that_are_asked_for_the_same_send_it_once(
    okta: Okta, database_url: str, tmp_path: Path
) -> None:
    where = {"WATCHWORD_HOME": str(tmp_path), "WATCHWORD_DATABASE_URL": database_url, **ALLOWED}
    house = await open_house(load({}, where), clock=okta.household.clock)
    face: Any = TelephonyFace(house, TelephonySettings())
    transport = httpx2.ASGITransport(app=face, client=("192.0.2.2", 40000))
    async with httpx2.AsyncClient(transport=transport, base_url="http://other.example") as second:
        body = json.dumps(okta.event()).encode()

        async def ask(client: httpx2.AsyncClient) -> bytes:
            answer = await client.post(OKTA, content=body, headers={"authorization": SECRET})
            assert answer.status_code == 200
            return answer.content

        answers = await asyncio.gather(*(ask((okta.http, second)[n % 2]) for n in range(8)))
    await face.close()
    await close_house(house)
    assert len(set(answers)) == 1
    assert b"SUCCESSFUL" in answers[0]
    assert len(okta.gateway.heard) == 1


@pytest.mark.parametrize(
    "number",
    [
        "+4915112345678 ext. 12",
        "+4915112345678;ext=12",
        "+4915112345678x12",
        "110",
        "84510",
        "+49151CALLME",
        "+49 (0) one",
        "tel:+4915112345678",
        "+4915112345678,+4915112345679",
        "+4915112345678\n+4915112345679",
        "+٤٩١٥١١٢٣٤٥٦٧٨",
        "++4915112345678",
        "+" + "9" * 30,
        "+449098790000",
        "+19002345678",
        "+448712345678",
        "+33899123456",
        "+881612345678",
    ],
)
async def test_a72_extensions_short_codes_letters_and_premium_numbers_get_nothing(
    sqlite_url: str, tmp_path: Path, number: str
) -> None:
    where = {"WATCHWORD_HOME": str(tmp_path), "WATCHWORD_DATABASE_URL": sqlite_url}
    async with okta_on(where) as okta:
        assert await okta.status(okta.event(phoneNumber=number)) == "FAILED"
        assert await okta.errands() == []
        assert not (await okta.household.last_row()).success


def bounded(okta: Okta, bounds: Mapping[str, int], *, enforce: bool = True) -> None:
    """Other bounds for the face."""
    none = dict.fromkeys(("number_hour", "number_day", "person_day", "address_day", "range_hour"), 0)
    settings = msgspec.convert({**none, **bounds}, TelephonySettings)
    face: Any = TelephonyFace(okta.household.house, settings, enforce=enforce)
    okta.http = httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=face, client=("192.0.2.1", 40000)), base_url="http://x.example"
    )


async def bomb(okta: Okta, numbers: list[str], *, person: str = "") -> list[str]:
    """What is answered to a code for each of these numbers."""
    answers = []
    for at, number in enumerate(numbers):
        event = okta.event(f"b{at}", phoneNumber=number)
        event["data"]["userProfile"]["login"] = person or f"person{at}"
        event["data"]["context"]["request"]["ipAddress"] = f"203.0.113.{at}"
        answers.append(await okta.status(event))
    return answers


SENT, REFUSED = "SUCCESSFUL", "FAILED"
RANGE = [f"+4915112345{n:03}" for n in range(4)]


@pytest.mark.parametrize(
    ("bound", "numbers", "person"),
    [
        ("number_hour", [PHONE] * 4, ""),
        ("number_day", [PHONE] * 4, ""),
        ("range_hour", RANGE, ""),
        ("person_day", [f"+491511{n}345678" for n in range(4)], "ada"),
        ("country_day", [f"+491511{n}345678" for n in range(4)], ""),
        ("total_day", ["+4915112345678", "+33612345678", "+436641234567", "+48512345678"], ""),
    ],
)
async def test_a101_bombing_ends_at_its_bound(
    okta: Okta, bound: str, numbers: list[str], person: str
) -> None:
    bounded(okta, {bound: 2})
    assert await bomb(okta, numbers, person=person) == [SENT, SENT, REFUSED, REFUSED]
    assert len(okta.gateway.heard) == 2
    row = await okta.household.last_row()
    assert not row.success
    assert bound.replace("_", "-") in row.info
    # The same event is told the same, and another hour is another one.
    assert await okta.status(okta.event("b3", phoneNumber=numbers[3])) in {SENT, REFUSED}
    okta.household.clock.advance(seconds=86_400)
    assert await okta.status(okta.event("later", phoneNumber=numbers[3])) == SENT


async def test_a101_money_is_spent_up_to_the_budget(okta: Okta) -> None:
    async with okta.household.house.store.unit() as unit:
        await unit.configuration.put_routes([Route(name="r", providers=("gateway",), cost=40)])
    bounded(okta, {"budget_day": 100})
    assert await bomb(okta, RANGE) == [SENT, SENT, REFUSED, REFUSED]


async def test_a101_codes_asked_for_at_once_are_counted_all_the_same(okta: Okta) -> None:
    bounded(okta, {"number_hour": 3})
    answers = await asyncio.gather(*(okta.status(okta.event(f"x{n}")) for n in range(8)))
    assert sorted(answers) == [REFUSED] * 5 + [SENT] * 3
    assert len(okta.gateway.heard) == 3


async def test_a101_in_record_all_is_sent_and_told(okta: Okta) -> None:
    bounded(okta, {"number_hour": 1}, enforce=False)
    assert await bomb(okta, [PHONE] * 2) == [SENT, SENT]
    assert "Would have been refused" in (await okta.household.last_row()).info


async def prepare(server: Server, url: str) -> None:
    """A hook for Okta, and a gateway."""
    async with server.administrator() as admin:
        provider = {"type": "sms", "name": "gateway", "class": "HttpSMSProvider", "timeout": "600"}
        await admin.value("/system/setProvider", **provider, config=json.dumps({"URL": url}))
        await admin.value("/system/setDefaultProvider", type="sms", name="gateway")
        await admin.value("/api/v2/telephony/hooks/okta", shape="okta", proof="header", secret=SECRET)


def event() -> dict[str, Any]:
    body: dict[str, Any] = json.loads(json.dumps(EVENT))
    expires = datetime.fromtimestamp(SystemClock().now() / 1000 + 600, UTC)
    body["data"]["messageProfile"]["otpExpires"] = expires.isoformat()
    return body


async def ask(server: Server) -> bytes:
    """The answer; nothing if none came."""
    async with server.client() as okta:
        try:
            answer = await okta.http.post(OKTA, json=event(), headers={"authorization": SECRET})
        except httpx2.TransportError:
            return b""
    assert answer.status_code == 200
    return answer.content


@pytest.mark.slow
async def test_a_code_that_was_under_way_at_a_crash_is_not_sent_again_when_okta_asks_again(
    serve: Serve, place: Mapping[str, str]
) -> None:
    heard: list[bytes] = []
    read = asyncio.Event()

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await whole_request(reader))
        read.set()
        await asyncio.sleep(60)
        writer.close()

    where = {**place, **ALLOWED}
    async with raw(hang) as port:
        server = serve("--demo", "--workers", "2", environment=where)
        await prepare(server, f"http://127.0.0.1:{port}/")
        asking = asyncio.create_task(ask(server))
        await asyncio.wait_for(read.wait(), LIMIT)
        server.kill()
        assert await asking == b""
        server = serve("--workers", "2", environment=where)
        assert b"PENDING" in await ask(server)
    house = await open_house(load({}, where))
    async with house.store.view() as view:
        (errand,), _ = await view.errands.search(Page(size=5))
    await close_house(house)
    assert errand.stage is Stage.UNDER_WAY
    assert len(heard) == 1
    assert parse_qs(heard[0].partition(b"\r\n\r\n")[2].decode())["sms"] == [f"Your code is {CODE}"]
    assert PHONE not in repr(errand)
