"""People in SQL databases, from ``setResolver`` to a log-in with the password of the table."""

import asyncio
import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest
from passlib.hash import sha512_crypt

from tests.api.caller import ADMIN, Caller
from tests.api.conftest import _add_administrator
from tests.household import SEED, Household, household_on, policy
from watchword.api import linotp as dialect
from watchword.api.linotp.doors import Doors
from watchword.crypto.otp import hotp
from watchword.model.person import Subject

SPEC = "useridresolver.SQLIdResolver.IdResolver"
MAP = '{"userid": "id", "username": "login", "password": "hash", "email": "mail", "mobile": "mobile"}'
TABLE = "CREATE TABLE people (id INTEGER, login VARCHAR(60), hash TEXT, mail TEXT, mobile TEXT, badge TEXT)"


def _rows() -> Iterator[tuple[object, ...]]:
    for number, login in enumerate(("carol", "dan"), 1):
        kept = sha512_crypt.using(rounds=1000).hash(f"{login}'s word")
        yield number, login, kept, f"{login}@example.org", f"+49 171 {number}", f"B{number}"


@pytest.fixture
def table(tmp_path: Path) -> str:
    return _file(tmp_path / "people.db", _rows())


def _file(path: Path, rows: Iterable[tuple[object, ...]]) -> str:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(TABLE)
        database.executemany("INSERT INTO people VALUES (?, ?, ?, ?, ?, ?)", rows)
    return str(path)


def _sent(table: str, **fields: str) -> dict[str, str]:
    return {
        "name": "staff",
        "type": "sqlresolver",
        "Driver": "sqlite",
        "Database": table,
        "Table": "people",
        "Map": MAP,
        **fields,
    }


async def _error(linotp: Caller, path: str, /, **fields: str) -> str:
    result = (await linotp.post(path, **fields)).json()["result"]
    assert result["status"] is False
    return str(result["error"]["message"])


async def test_a_sql_resolver_is_shown_as_it_was_sent_and_its_password_never(
    linotp: Caller, household: Household, table: str
) -> None:
    sent = _sent(table, Password="hush-hush", Where="id > 0", Limit="50", readonly="False")
    assert await linotp.value("/system/setResolver", **sent) is True
    shown = await linotp.value("/system/getResolver", resolver="staff")
    assert shown == {
        "type": "sqlresolver",
        "data": {
            "Driver": "sqlite",
            "Database": table,
            "Table": "people",
            "Map": MAP,
            "Where": "id > 0",
            "Limit": "50",
            "Password": "********",
        },
        "resolver": "staff",
        "spec": f"{SPEC}.staff",
        "admin": False,
        "immutable": False,
    }
    listed = (await linotp.value("/system/getResolvers"))["staff"]
    assert (listed["type"], listed["spec"], "readonly" in listed) == ("sqlresolver", f"{SPEC}.staff", False)
    for path in ("/system/getConfig", "/system/getResolvers", "/audit/search"):
        assert "hush-hush" not in (await linotp.post(path)).text
    before = (await household.house.snapshots.latest()).configuration.resolvers["staff"]
    assert (
        await linotp.value("/system/setResolver", **sent | {"previous_name": "staff"} | shown["data"]) is True
    )
    after = (await household.house.snapshots.latest()).configuration.resolvers["staff"]
    assert after == before


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"Database": "/nowhere/at/all"}, "Database: unable to open"),
        ({"Table": "nope"}, "Table: there is no table 'nope'"),
        ({"Table": ""}, "Table: "),
        ({"Map": "{"}, "Map: "),
        ({"Map": '{"userid": "id", "username": "nope"}'}, "Map: username is said to be in column 'nope'"),
        ({"Where": "nope = 1"}, "Where: no such column: nope"),
        ({"Where": "1=1) OR (1=1"}, "Where: "),
        ({"Limit": "x"}, "Limit: "),
        ({"Driver": "nothing"}, "Driver: "),
        ({"Driver": "postgresql", "Port": "x"}, "Port: "),
        ({"Connect": "postgresql://a:b@c/d", "Driver": ""}, "Connect: put the password into Password"),
        ({"Driver": "postgresql", "Server": "db.example.org"}, "Driver, Server of staff would show Password"),
    ],
)
async def test_what_cannot_work_is_refused_and_what_works_stays(
    linotp: Caller, household: Household, table: str, fields: dict[str, str], words: str
) -> None:
    await linotp.value("/system/setResolver", **_sent(table, Password="hush-hush"))
    await linotp.value("/system/setRealm", realm="corp", resolvers=f"{SPEC}.staff")
    before = (await household.house.snapshots.latest()).configuration
    password = {} if "Server" in fields else {"Password": "another"}
    message = await _error(
        linotp, "/system/setResolver", **_sent(table, previous_name="staff") | password | fields
    )
    assert message.startswith(words)
    assert (await household.house.snapshots.latest()).configuration == before
    assert [one["username"] for one in await linotp.value("/admin/userlist", realm="corp")] == [
        "carol",
        "dan",
    ]


async def test_a_missing_parameter_is_an_error_of_its_own(linotp: Caller, table: str) -> None:
    for name in ("Table", "Map"):
        sent = {key: value for key, value in _sent(table).items() if key != name}
        assert name in await _error(linotp, "/system/setResolver", **sent)


async def test_a_stored_table_is_tried_out_in_the_databases_own_words(linotp: Caller, table: str) -> None:
    await linotp.value("/system/setResolver", **_sent(table, Where="id > 1", Limit="1"))
    answer = await linotp.whole("/admin/testresolver", name="staff")
    assert answer["result"]["value"] == {"result": True, "desc": {"rows": 1, "err_string": ""}}
    assert answer["detail"] == {"steps": [{"step": "people", "problem": "", "found": 1}]}
    with closing(sqlite3.connect(table)) as database, database:
        database.execute("ALTER TABLE people RENAME COLUMN mail TO email")
    value = await linotp.value("/admin/testresolver", name="staff")
    assert value["result"] is False
    assert value["desc"]["rows"] == -1
    assert (
        "Map: email is said to be in column 'mail', but people has id, login" in value["desc"]["err_string"]
    )


async def test_only_who_may_see_the_configuration_may_have_a_resolver_tried_out(
    linotp: Caller, household: Household, table: str
) -> None:
    await linotp.value("/system/setResolver", **_sent(table))
    await household.say(policy("*", "admin", user=ADMIN), policy("read", "system", user="somebody"))
    assert await linotp.code("/admin/testresolver", name="staff") == 410
    assert await linotp.code("/admin/testresolver", name="nothing") == 410


async def test_special_addresses_of_this_machine_are_never_spoken_to(linotp: Caller, table: str) -> None:
    knocked: list[object] = []
    server = await asyncio.start_server(lambda *who: knocked.append(who), "127.0.0.1", 0)
    port = str(server.sockets[0].getsockname()[1])
    for host in ("127.0.0.1", "localhost", "::1", "0x7f.1", "::ffff:127.0.0.1", "169.254.169.254"):
        sent = _sent(table, Driver="postgresql", Server=host, Port=port)
        assert "outbound.allow" in await _error(linotp, "/system/setResolver", **sent)
    sent = _sent(table, Driver="", Connect=f"postgres://reader@127.0.0.1:{port}/people")
    assert "outbound.allow" in await _error(linotp, "/system/setResolver", **sent)
    await linotp.value(
        "/system/setResolver", **_sent(table, Driver="postgresql", Server="/var/run/postgresql")
    )
    assert (await linotp.value("/admin/testresolver", name="staff"))["result"] is False
    assert not knocked
    server.close()
    await server.wait_closed()


async def test_tokens_follow_their_owners_when_ids_are_other_ones(
    linotp: Caller, household: Household, table: str
) -> None:
    await linotp.value("/system/setResolver", **_sent(table))
    await household.give("T1", owner=None)
    await household.give("T2", owner=None)
    await linotp.value("/system/setRealm", realm="corp", resolvers=f"{SPEC}.staff")
    await linotp.value("/admin/assign", serial="T1", user="carol", realm="corp")
    await linotp.value("/admin/assign", serial="T2", user="dan", realm="corp")
    assert (await household.held("T1")).owner == Subject("staff", "1")
    changed = _sent(table, Map=MAP.replace('"id"', '"badge"'))
    await linotp.value("/system/setResolver", **changed | {"previous_name": "staff", "name": "crew"})
    assert (await household.held("T1")).owner == Subject("crew", "B1")
    assert (await household.held("T2")).owner == Subject("crew", "B2")
    shown = await linotp.value("/admin/show", user="carol", realm="corp")
    assert [row["LinOtp.TokenSerialnumber"] for row in shown["data"]] == ["T1"]


async def test_what_else_is_mapped_is_listed_and_no_hash(linotp: Caller, table: str) -> None:
    await linotp.value("/system/setResolver", **_sent(table, Map=MAP.replace("}", ', "badge": "badge"}')))
    [dan] = await linotp.value("/admin/userlist", resConf="staff", searchTerm="b2")
    assert dan == {
        "username": "dan",
        "userid": "2",
        "email": "dan@example.org",
        "mobile": "+49 171 2",
        "phone": "",
        "surname": "",
        "givenname": "",
        "badge": "B2",
        "resolver": f"{SPEC}.staff",
        "useridresolver": f"{SPEC}.staff",
    }


async def test_fifty_thousand_people_are_listed_and_a_page_of_them_at_once(
    linotp: Caller, tmp_path: Path
) -> None:
    many = ((number, f"user{number:06}", "", f"{number}@example.org", "", "") for number in range(50_000))
    table = _file(tmp_path / "many.db", many)
    await linotp.value("/system/setResolver", **_sent(table))
    answer = (await linotp.post("/admin/userlist", resConf="staff")).json()
    assert answer["result"]["queried"] == len(answer["result"]["value"]) == 50_000
    assert answer["result"]["value"][49_999]["username"] == "user049999"
    page = (await linotp.post("/admin/userlist", resConf="staff", page="3", rp="10")).json()["result"]
    assert [one["userid"] for one in page["value"]] == [str(number) for number in range(30, 40)]
    found = await linotp.value("/admin/userlist", resConf="staff", username="*4999.", email="*@EXAMPLE.org")
    assert [one["userid"] for one in found] == [str(number) for number in range(49_990, 50_000)]
    value = await linotp.value("/admin/testresolver", name="staff")
    assert value["desc"]["rows"] == 50_000


@pytest.fixture(params=["sqlite", "postgres"])
def settings(request: pytest.FixtureRequest) -> dict[str, str]:
    """What leads to a table of people."""
    if request.param == "sqlite":
        return _sent(request.getfixturevalue("table"))
    url = request.getfixturevalue("postgres_database")
    asyncio.run(_fill(url))
    parts = urlsplit(url)
    return _sent(
        parts.path.strip("/"),
        Driver="postgres",
        Server=parts.hostname or "",
        Port=str(parts.port),
        User=parts.username or "",
        Password=parts.password or "",
        Table="staff.people",
    )


async def _fill(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(
        f"DROP SCHEMA IF EXISTS staff CASCADE; CREATE SCHEMA staff; {TABLE.replace('people', 'staff.people')}"
    )
    await connection.executemany("INSERT INTO staff.people VALUES ($1, $2, $3, $4, $5, $6)", [*_rows()])
    await connection.close()


async def test_a_person_logs_in_with_the_tables_password_and_a_code(
    sqlite_url: str, tmp_path: Path, settings: dict[str, str]
) -> None:
    where = {
        "WATCHWORD_HOME": str(tmp_path),
        "WATCHWORD_DATABASE_URL": sqlite_url,
        "WATCHWORD_OUTBOUND_ALLOW": "127.0.0.0/8",
    }
    async with household_on(where) as household, Caller.at(Doors(household.house, dialect.doors())) as linotp:
        await _add_administrator(household, ADMIN)
        await linotp.log_in(ADMIN)
        await linotp.value("/system/setResolver", **settings)
        assert (await linotp.value("/admin/testresolver", name="staff"))["desc"]["rows"] == 2
        await linotp.value("/system/setRealm", realm="corp", resolvers=f"{SPEC}.staff")
        await household.say(policy("otppin=1"))
        who: dict[str, Any] = {"user": "carol", "realm": "corp"}
        await linotp.value("/admin/init", type="totp", otpkey=SEED.hex(), serial="T1", **who)
        code = hotp(SEED, household.clock.now() // 30_000, 6)
        for word in ("wrong", "", "dan's word"):
            assert await linotp.value("/validate/check", **who, **{"pass": word + code}) is False
        assert await linotp.value("/validate/check", **who, **{"pass": "carol's word" + code}) is True
        assert await linotp.value("/validate/check", **who, **{"pass": "carol's word" + code}) is False
        owner = await linotp.value("/admin/getTokenOwner", serial="T1")
        assert (owner["username"], owner["email"]) == ("carol", "carol@example.org")
        assert "hash" not in json.dumps(owner)
