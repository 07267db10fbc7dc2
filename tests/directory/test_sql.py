"""The SQL resolver on SQLite and on PostgreSQL."""

import asyncio
import base64
import hashlib
import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
from msgspec.structs import replace
from passlib.hash import md5_crypt, sha512_crypt

from watchword.directory.resolvers.sql import Sql
from watchword.directory.sql.address import url_of
from watchword.directory.sql.database import _for_asyncpg
from watchword.errors import (
    AmbiguousUser,
    BadParameter,
    Misconfigured,
    NoSuchUser,
    NotAllowed,
    Refused,
    Unreachable,
)
from watchword.model.configuration import ResolverConfig
from watchword.plugin.shapes import Record, Resolver
from watchword.testing.resolver_contract import PEOPLE, ResolverContract, resolver_context

MAP = (
    '{"userid": "id", "username": "login", "password": "hash", "givenname": "given", "surname": "family",'
    ' "email": "mail", "phone": "phone", "mobile": "mobile"}'
)
COLUMNS = "(id INTEGER PRIMARY KEY, login VARCHAR(40), hash VARCHAR(200), given TEXT, family TEXT, mail TEXT, phone TEXT, mobile TEXT, active INTEGER DEFAULT 1)"


def rows() -> Iterator[tuple[object, ...]]:
    for one in PEOPLE:
        kept = sha512_crypt.using(rounds=1000).hash(one.password) if one.password else None
        known = [one.attributes.get(name) for name in ("givenname", "surname", "email", "phone", "mobile")]
        yield int(one.userid), one.login, kept, *known


def sql(settings: Mapping[str, str], password: str = "") -> Sql:
    config = ResolverConfig(name="staff", kind="sql", settings={"Table": "people", "Map": MAP, **settings})
    return Sql(config, resolver_context(secrets={"Password": password}))


def sqlite_file(
    path: Path, columns: str = COLUMNS, people: Iterator[tuple[object, ...]] | None = None
) -> str:
    """The path of a database whose table ``people`` holds these rows."""
    with sqlite3.connect(path) as database:
        database.execute(f"CREATE TABLE people {columns}")
        for row in people if people is not None else rows():
            marks = ", ".join("?" * len(row))
            names = ", ".join(name.split()[0] for name in columns.strip("()").split(", ")[: len(row)])
            database.execute(f"INSERT INTO people ({names}) VALUES ({marks})", row)
    database.close()
    return str(path)


@pytest.fixture
async def staff(tmp_path: Path) -> AsyncIterator[Callable[..., Sql]]:
    """Makes resolvers on SQLite, and closes them."""
    made: list[Sql] = []
    path = sqlite_file(tmp_path / "people.db")

    def make(password: str = "", **settings: str) -> Sql:
        made.append(sql({"Driver": "sqlite", "Database": path, **settings}, password))
        return made[-1]

    yield make
    for resolver in made:
        await resolver.close()


class TestOnSqlite(ResolverContract):
    @pytest.fixture
    async def resolver(self, staff: Callable[..., Sql]) -> Resolver:
        return staff()

    @pytest.fixture
    async def unreachable(self, staff: Callable[..., Sql], tmp_path: Path) -> Resolver:
        return staff(Database=str(tmp_path / "nowhere.db"))


@pytest.fixture(scope="session")
def postgres_people(postgres_database: str) -> str:
    """A PostgreSQL database whose table ``directory.people`` holds the people."""

    async def make() -> None:
        connection = await asyncpg.connect(postgres_database)
        await connection.execute(f"CREATE SCHEMA directory; CREATE TABLE directory.people {COLUMNS}")
        for row in rows():
            marks = ", ".join(f"${place}" for place in range(1, 9))
            await connection.execute(f"INSERT INTO directory.people VALUES ({marks})", *row)
        await connection.close()

    asyncio.run(make())
    return postgres_database


def at(url: str) -> dict[str, str]:
    """LinOTP's parts of a URL."""
    parts = urlsplit(url)
    return {
        "Driver": "postgresql",
        "Server": parts.hostname or "",
        "Port": str(parts.port or ""),
        "Database": parts.path.strip("/"),
        "User": parts.username or "",
        "Table": "directory.people",
    }


class TestOnPostgres(ResolverContract):
    @pytest.fixture
    async def resolver(self, postgres_people: str) -> AsyncIterator[Resolver]:
        password = urlsplit(postgres_people).password or ""
        resolver = sql(at(postgres_people), password)
        yield resolver
        await resolver.close()

    @pytest.fixture
    async def unreachable(self) -> AsyncIterator[Resolver]:
        resolver = sql({"Connect": "postgres://somebody@127.0.0.1:1/people"}, "hush")
        yield resolver
        await resolver.close()


# ---- the rest is tried on SQLite, where both would do


async def test_everybody_is_reached_by_a_url_as_well_as_by_its_parts(
    staff: Callable[..., Sql], tmp_path: Path
) -> None:
    resolver = staff(Driver="", Connect=f"sqlite:///{tmp_path / 'people.db'}")
    assert await resolver.find("alice") is not None


async def test_names_and_patterns_never_become_part_of_a_statement(
    staff: Callable[..., Sql], tmp_path: Path
) -> None:
    resolver = staff(Where="active = 1")
    for text in (
        "x' OR '1'='1",
        "x'); DROP TABLE people; --",
        '" OR ""="',
        "%",
        "_lice",
        "alice\\' OR 1=1 --",
        ":login",
        "?",
        "%(login)s",
        "x\0",
        "\ud800",
        "1001 OR 1=1",
        "01001",
        "+1001",
        "1001.0",
        "9" * 30,
        "١٠٠١",
    ):
        assert await resolver.get(text) is None
        assert await resolver.find(text) is None
        assert not await resolver.check_password(Record(userid=text, login=text), "Wonderland 1")
        for field in ("username", "userid", "email", "nothing"):
            assert [record async for record in resolver.search({field: text})] == []
    with sqlite3.connect(tmp_path / "people.db") as database:
        assert database.execute("SELECT count(*) FROM people").fetchone() == (3,)
    database.close()


async def test_a_condition_narrows_every_question(staff: Callable[..., Sql], tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "people.db") as database:
        database.execute("UPDATE people SET active = 0 WHERE login = 'alice'")
    database.close()
    resolver = staff(Where="active = 1 OR login = ':x%y'")
    assert await resolver.find("alice") is None
    assert await resolver.get("1001") is None
    assert not await resolver.check_password(Record(userid="1001", login="alice"), "Wonderland 1")
    assert [record.login async for record in resolver.search({})] == ["bob.b", "zoë"]
    assert await resolver.find("bob.b") is not None
    assert [trial.found async for trial in resolver.try_out()] == [2]


@pytest.mark.parametrize(
    "where",
    ["1=1) OR (1=1", "(1=1", "login = 'x", "1=1; DROP TABLE people", "1=1 -- more", "1=1 /* more", "1=1\0"],
)
def test_a_condition_that_would_leave_its_brackets_is_refused(where: str) -> None:
    with pytest.raises(BadParameter, match=r"^Where:"):
        sql({"Where": where})


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"Table": ""}, "Table: name a table"),
        ({"Table": "nothing"}, "Table: there is no table 'nothing'"),
        ({"Map": ""}, "Map: it must say in which column the userid is"),
        ({"Map": "{"}, "Map: this is no JSON object"),
        ({"Map": '["id"]'}, "Map: this is no JSON object"),
        ({"Map": '{"userid": "id", "username": 5}'}, "Map: this is no JSON object"),
        (
            {"Map": '{"userid": "id", "username": "nothing"}'},
            "Map: username is said to be in column 'nothing'",
        ),
        (
            {"Map": '{"userid": "id", "username": "login", "password": "hash", "phone": "HASH"}'},
            "Map: phone would show the column of passwords",
        ),
        ({"Where": "nope = 1"}, "Where: no such column: nope"),
        ({"Where": "login ="}, "Where: "),
        ({"Limit": "many"}, "Limit: 'many'"),
        ({"Limit": "-1"}, "Limit: '-1'"),
        ({"Encoding": "rot13"}, "Encoding: 'rot13'"),
        ({"Encoding": "klingon"}, "Encoding: 'klingon'"),
        ({"writable": "perhaps"}, "writable: 'perhaps'"),
        ({"Database": "/nowhere/at/all.db"}, "Database: unable to open database file"),
        ({"Database": ""}, "Database: name a file"),
        ({"Database": ":memory:"}, "Database: name a file"),
        ({"Database": "file:x?mode=rwc"}, "Database: name a file"),
        ({"Database": __file__}, "Database: file is not a database"),
        ({"Driver": ""}, "Driver: '' is no driver"),
        ({"Driver": "nothing"}, "Driver: SQLAlchemy knows no 'nothing'"),
        ({"Driver": "sqlite", "Server": "db.example.org"}, "Database: name a file"),
        ({"Driver": "postgresql", "Port": "abc"}, "Port: 'abc' is no port"),
        ({"Driver": "postgresql", "Port": "70000"}, "Port: '70000' is no port"),
        ({"Driver": "postgresql", "conParams": "x"}, "conParams: these are not of the form"),
        ({"Driver": "postgresql", "conParams": "password=hush"}, "conParams: put the password into Password"),
        ({"Driver": "postgresql", "conParams": "host=db.example.org"}, "conParams: say the server in Server"),
        ({"Driver": "postgresql", "conParams": "sslrootcert=/nothing"}, "conParams: sslrootcert /nothing"),
        ({"Connect": "what"}, "Connect: this is no URL"),
        ({"Connect": "postgresql://a:hush@db.example.org/b"}, "Connect: put the password into Password"),
        ({"Connect": "postgresql://db.example.org:x/b"}, "Connect: this is no URL"),
        (
            {"Driver": "mssql+pyodbc:///?odbc_connect=", "conParams": "SERVER={SERVER};PWD=hush"},
            "conParams: write SERVER=",
        ),
    ],
)
async def test_what_can_never_work_is_refused_with_the_settings_name(
    tmp_path: Path, settings: dict[str, str], words: str
) -> None:
    path = sqlite_file(tmp_path / "people.db")

    async def verify() -> None:
        resolver = sql({"Driver": "sqlite", "Database": path, **settings})
        try:
            await resolver.verify()
        finally:
            await resolver.close()

    with pytest.raises(BadParameter) as refused:
        await verify()
    assert refused.value.message.startswith(words)
    assert "hush" not in refused.value.message
    assert not Path(":memory:").exists()


async def test_a_driver_that_is_not_installed_is_named_with_its_package() -> None:
    resolver = sql({"Driver": "oracle", "Server": "db.example.org"})
    with pytest.raises(Misconfigured, match="needs the package oracledb"):
        await resolver.verify()
    with pytest.raises(Unreachable, match="oracledb"):
        await resolver.find("alice")
    assert ["oracledb" in trial.problem async for trial in resolver.try_out()] == [True]
    await resolver.close()


async def test_two_entries_of_one_login_are_ambiguous_and_one_entry_twice_is_not(tmp_path: Path) -> None:
    people = iter([(1, "alice"), (2, "alice"), (3, "bob"), (3, "bob"), (4, "carol"), (4, "carola")])
    path = sqlite_file(tmp_path / "p.db", "(id INTEGER, login TEXT)", people)
    resolver = sql({"Driver": "sqlite", "Database": path, "Map": '{"userid": "id", "username": "login"}'})
    with pytest.raises(AmbiguousUser, match="alice"):
        await resolver.find("alice")
    assert await resolver.find("bob") == Record(userid="3", login="bob")
    assert await resolver.find("carola") == Record(userid="4", login="carola")
    assert not await resolver.check_password(Record(userid="3", login="bob"), "x")
    await resolver.close()


async def test_case_counts_as_the_column_has_it(tmp_path: Path) -> None:
    for columns, found in (
        ("(id INTEGER, login TEXT)", False),
        ("(id INTEGER, login TEXT COLLATE NOCASE)", True),
    ):
        path = sqlite_file(tmp_path / f"{found}.db", columns, iter([(1, "Alice")]))
        resolver = sql({"Driver": "sqlite", "Database": path, "Map": '{"userid": "id", "username": "login"}'})
        assert (await resolver.find("alice") is not None) is found
        assert [record.login async for record in resolver.search({"username": "aLICE"})] == ["Alice"]
        await resolver.close()


@pytest.mark.parametrize(
    "columns", ["(id TEXT, login TEXT)", "(id VARCHAR(2), login CHAR(2))", "(id, login)"]
)
async def test_ids_and_logins_may_be_texts_of_any_kind(tmp_path: Path, columns: str) -> None:
    path = sqlite_file(
        tmp_path / "p.db", columns, iter([("u-1", "alice"), (None, "bob"), ("u-3", None), ("", "x")])
    )
    resolver = sql({"Driver": "sqlite", "Database": path, "Map": '{"userid": "id", "username": "login"}'})
    record = Record(userid="u-1", login="alice")
    assert await resolver.find("alice") == await resolver.get("u-1") == record
    assert await resolver.find("bob") is None
    assert [record async for record in resolver.search({})] == [record]
    await resolver.close()


@pytest.mark.parametrize(
    ("kept", "salt", "matches"),
    [
        ("$1$abcdefgh$irWbblnpmw.5z7wgBnprh0", None, True),
        ("{SSHA}n8Qp3Tzmn4bfjP7oFjkb0/GPl6dzYWx0", None, True),
        (hashlib.sha256(b"pepsecret").hexdigest(), "pep", True),
        (hashlib.sha1(b"secretpep").hexdigest().upper(), "pep", True),
        (hashlib.md5(b"pepsecret").hexdigest(), "salz", False),
        (hashlib.sha256(b"secret").hexdigest(), "", False),
        ("secret", None, False),
        ("secret", "pep", False),
        ("", "pep", False),
        (None, None, False),
    ],
)
async def test_forms_of_passwords(tmp_path: Path, kept: str | None, salt: str | None, matches: bool) -> None:
    if kept and kept.startswith("$1$"):
        kept = md5_crypt.hash("secret")
    if kept and kept.startswith("{SSHA}"):
        digest = hashlib.sha1(b"secretsalt").digest()
        kept = "{SSHA}" + base64.b64encode(digest + b"salt").decode()
    path = sqlite_file(
        tmp_path / "p.db", "(id INTEGER, login TEXT, hash TEXT, salt TEXT)", iter([(1, "a", kept, salt)])
    )
    columns = '{"userid": "id", "username": "login", "password": "hash", "salt": "salt"}'
    resolver = sql({"Driver": "sqlite", "Database": path, "Map": columns})
    record = Record(userid="1", login="a")
    assert await resolver.check_password(record, "secret") is matches
    for wrong in ("", "Secret", "secretpep", "pepsecret", "pep"):
        assert await resolver.check_password(record, wrong) is False
    await resolver.close()


async def test_texts_that_are_kept_as_bytes_are_read_in_their_encoding(tmp_path: Path) -> None:
    path = sqlite_file(
        tmp_path / "p.db", "(id INTEGER, login TEXT, given BLOB)", iter([(1, "a", "Zoë".encode("latin-1"))])
    )
    columns = '\'{"userid": "id", "username": "LOGIN", "givenname": "given"}\''
    resolver = sql({"Driver": "sqlite", "Database": path, "Map": columns, "Encoding": "latin-1"})
    record = await resolver.find("a")
    assert record is not None
    assert record.attributes == {"givenname": "Zoë"}
    assert [one async for one in resolver.search({"givenname": "zo*"})] == [record]
    await resolver.close()


async def test_a_list_of_many_comes_in_pages_and_ends_at_the_limit(tmp_path: Path) -> None:
    many = ((number, f"user{number:05}" if number % 3 else "same") for number in range(2345))
    path = sqlite_file(tmp_path / "p.db", "(id INTEGER, login TEXT)", many)
    where = {"Driver": "sqlite", "Database": path, "Map": '{"userid": "id", "username": "login"}'}
    everybody, some = sql(where), sql({**where, "Limit": "1500"})
    listed = [(record.login, int(record.userid)) async for record in everybody.search({})]
    assert listed == sorted(listed)
    assert len({*listed}) == len(listed) == 2345
    assert len([one async for one in some.search({})]) == 1500
    assert [one.login async for one in some.search({"username": "*00002"})] == ["user00002"]
    assert [trial.found async for trial in some.try_out()] == [2345]
    await everybody.close()
    await some.close()


# ---- what may be changed


async def test_nothing_is_changed_where_nobody_said_so(staff: Callable[..., Sql]) -> None:
    resolver = staff()
    alice = await resolver.find("alice")
    assert alice is not None
    assert not resolver.writable
    with pytest.raises(Refused):
        await resolver.set_attributes(alice, {"phone": "1"})
    with pytest.raises(Refused):
        await resolver.set_password(alice, "another")
    sneaky = staff(Where="login IN (SELECT login FROM people)")
    assert await sneaky.find("alice") == alice


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_attributes_and_passwords_are_changed_where_that_is_said(
    request: pytest.FixtureRequest, kind: str, tmp_path: Path
) -> None:
    if kind == "sqlite":
        settings = {"Driver": "sqlite", "Database": sqlite_file(tmp_path / "w.db")}
    else:
        settings = at(request.getfixturevalue("postgres_people"))
    resolver = sql({**settings, "writable": "True"}, urlsplit(settings.get("Connect", "")).password or "")
    bob = await resolver.find("bob.b")
    assert bob is not None
    await resolver.set_attributes(bob, {"phone": "+49 89 1' --", "surname": ""})
    changed = await resolver.get(bob.userid)
    assert changed is not None
    assert (changed.attributes["phone"], changed.attributes["surname"]) == ("+49 89 1' --", "")
    await resolver.set_password(bob, "another 1")
    assert await resolver.check_password(bob, "another 1")
    assert not await resolver.check_password(bob, "hät'ter")
    alice = await resolver.find("alice")
    assert alice is not None
    assert await resolver.check_password(alice, "Wonderland 1")
    await resolver.set_attributes(bob, {"phone": ""})
    with pytest.raises(BadParameter, match="shoe"):
        await resolver.set_attributes(bob, {"shoe": "42"})
    with pytest.raises(BadParameter):
        await resolver.set_password(bob, "")
    with pytest.raises(NoSuchUser):
        await resolver.set_attributes(Record(userid="77", login="nobody"), {"phone": "1"})
    await resolver.set_password(bob, "hät'ter")
    await resolver.close()


async def test_an_account_without_the_right_to_change_is_told_so(postgres_people: str) -> None:
    connection = await asyncpg.connect(postgres_people)
    await connection.execute(
        "DROP ROLE IF EXISTS reader; CREATE ROLE reader LOGIN PASSWORD 'geheim'; GRANT USAGE ON SCHEMA directory TO"
        " reader; GRANT SELECT ON directory.people TO reader"
    )
    resolver = sql({**at(postgres_people), "User": "reader", "writable": "1"}, "geheim")
    alice = await resolver.find("alice")
    assert alice is not None
    with pytest.raises(NotAllowed, match="permission denied"):
        await resolver.set_attributes(alice, {"phone": "1"})
    await resolver.close()
    await connection.execute("DROP OWNED BY reader; DROP ROLE reader")
    await connection.close()


# ---- PostgreSQL alone


async def test_postgres_types_of_ids_and_logins(postgres_people: str) -> None:
    connection = await asyncpg.connect(postgres_people)
    uuid = "0b6e7c52-6f0f-4c8e-9d3c-0123456789ab"
    for number, (kind, userid) in enumerate(
        [
            ("bigint", "9007199254740993"),
            ("smallint", "7"),
            ("numeric(12, 0)", "12345"),
            ("uuid", uuid),
            ("varchar(4)", "abcd"),
            ("char(8)", "abcd"),
            ("text", "ä b"),
        ]
    ):
        await connection.execute(
            f"CREATE TABLE directory.kinds{number} (id {kind}, login char(12), born date, extra jsonb)"
        )
        await connection.execute(
            f"INSERT INTO directory.kinds{number} VALUES ('{userid}', 'alice', '1990-01-02', '[1]'),"
            " (NULL, 'bob', NULL, NULL)"
        )
        columns = '{"userid": "ID", "username": "login", "born": "born", "extra": "extra"}'
        resolver = sql({**at(postgres_people), "Table": f"directory.kinds{number}", "Map": columns})
        alice = Record(userid=userid, login="alice", attributes={"born": "1990-01-02", "extra": "[1]"})
        assert await resolver.find("alice") == alice
        assert await resolver.get(userid) == alice
        assert [one async for one in resolver.search({"userid": f"{userid[:2]}*", "born": "1990*"})] == [
            alice
        ]
        for other in (
            "abcdefghijkl",
            "abcd ",
            "8",
            "70000",
            "99999999999999999999",
            uuid.upper(),
            "x" * 300,
            "12345.0",
        ):
            assert await resolver.get(other) is None
        assert await resolver.find("alicealicealice") is None
        await resolver.close()
    await connection.close()


async def test_a_refused_server_is_never_spoken_to(postgres_people: str) -> None:
    asked: list[tuple[str, int]] = []

    async def refuse(host: str, port: int) -> None:
        asked.append((host, port))
        raise Refused(f"{host} is private.")

    settings = at(postgres_people) | {"Map": MAP}
    config = ResolverConfig(name="staff", kind="sql", settings=settings)
    resolver = Sql(config, replace(resolver_context(), allow=refuse))
    with pytest.raises(BadParameter, match=r"Server: .* is private"):
        await resolver.verify()
    with pytest.raises(Unreachable, match="is private"):
        await resolver.find("alice")
    assert asked == [("127.0.0.1", int(settings["Port"]))] * 2
    await resolver.close()


@contextmanager
def statements() -> Iterator[list[str]]:
    """What is sent to databases from now on."""
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    counted: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        counted.append(statement)

    event.listen(Engine, "before_cursor_execute", count)
    yield counted
    event.remove(Engine, "before_cursor_execute", count)


async def test_a_list_is_read_as_far_as_it_is_asked_for(tmp_path: Path) -> None:
    many = ((number, f"user{number:05}") for number in range(5000))
    path = sqlite_file(tmp_path / "p.db", "(id INTEGER, login TEXT)", many)
    where = {
        "Driver": "sqlite",
        "Database": path,
        "Map": '{"userid": "id", "username": "login"}',
        "Limit": "0",
    }
    resolver = sql(where)
    assert await resolver.find("user00000") is not None
    with statements() as counted:
        people = resolver.search({})
        for read, pages in ((1, 1), (999, 1), (1, 2), (2000, 4)):
            for _ in range(read):
                await anext(people)
            assert len(counted) == pages
    await resolver.close()


async def test_a_question_is_one_statement(staff: Callable[..., Sql], postgres_people: str) -> None:
    with statements() as counted:
        for resolver in (staff(), sql(at(postgres_people))):
            alice = await resolver.find("alice")
            assert alice is not None
            counted.clear()
            await resolver.find("alice")
            await resolver.find("mallory")
            await resolver.get("1001")
            await resolver.check_password(alice, "Wonderland 1")
            assert [record async for record in resolver.search({"username": "alice"})] == [alice]
            assert len(counted) == 5
            assert not any("alice" in statement or "1001" in statement for statement in counted)
            await resolver.close()


class Line:
    """A wire to a server that can be cut, or fall silent."""

    def __init__(self, host: str, port: int) -> None:
        self._there = (host, port)
        self._writers: list[asyncio.StreamWriter] = []
        self.silent = False

    async def lay(self, port: int = 0) -> int:
        self._server = await asyncio.start_server(self._connect, "127.0.0.1", port)
        return int(self._server.sockets[0].getsockname()[1])

    async def cut(self) -> None:
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()
        await self._server.wait_closed()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(*self._there)
        self._writers += [writer, far_writer]
        await asyncio.gather(self._carry(reader, far_writer), self._carry(far_reader, writer))

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await reader.read(65536):
                while self.silent:
                    await asyncio.sleep(0.01)
                writer.write(piece)
        writer.close()


@pytest.fixture
async def line(postgres_people: str) -> AsyncIterator[Line]:
    parts = urlsplit(postgres_people)
    line = Line(parts.hostname or "", parts.port or 5432)
    yield line
    line.silent = False
    await line.cut()


async def test_a_server_that_was_restarted_is_asked_anew_without_anybody_noticing(
    line: Line, postgres_people: str
) -> None:
    port = await line.lay()
    resolver = sql(at(postgres_people) | {"Port": str(port)})
    await asyncio.gather(*(resolver.find("alice") for _ in range(20)))
    await line.cut()
    with pytest.raises(Unreachable):
        await resolver.find("alice")
    await line.lay(port)
    assert all(await asyncio.gather(*(resolver.find("alice") for _ in range(20))))
    connection = await asyncpg.connect(postgres_people)
    await connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        " AND datname = current_database()"
    )
    await connection.close()
    assert all(await asyncio.gather(*(resolver.find("alice") for _ in range(20))))
    await resolver.close()


@pytest.mark.slow
async def test_a_silent_server_is_unknown_in_time_and_no_connection_is_lost_to_it(
    line: Line, postgres_people: str
) -> None:
    resolver = sql(at(postgres_people) | {"Port": str(await line.lay())})
    await asyncio.gather(*(resolver.find("alice") for _ in range(20)))
    line.silent = True
    answers = await asyncio.gather(*(resolver.find("alice") for _ in range(12)), return_exceptions=True)
    assert all(isinstance(answer, Unreachable) for answer in answers)
    impatient = [asyncio.create_task(resolver.find("alice")) for _ in range(12)]
    await asyncio.sleep(0.2)
    for task in impatient:
        task.cancel()
    await asyncio.wait(impatient)
    line.silent = False
    assert all(await asyncio.gather(*(resolver.find("alice") for _ in range(20))))
    await resolver.close()


@pytest.mark.slow
async def test_a_question_that_takes_too_long_is_given_up(tmp_path: Path, postgres_people: str) -> None:
    path = sqlite_file(tmp_path / "p.db")
    endless = (
        "EXISTS (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n WHERE i < 0)"
    )
    slow = (
        sql({"Driver": "sqlite", "Database": path, "Where": endless}),
        sql(at(postgres_people) | {"Where": "pg_sleep(60) IS NULL"}),
    )
    answers = await asyncio.gather(
        *(resolver.find("alice") for resolver in slow),
        *(resolver.verify() for resolver in slow),
        return_exceptions=True,
    )
    assert [type(answer) for answer in answers[:2]] == [Unreachable] * 2
    assert answers[2:] == [None, None]
    for resolver in slow:
        await resolver.close()
    connection = await asyncpg.connect(postgres_people)
    sleeping = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND state = 'active' AND pid <> pg_backend_pid()"
    assert await connection.fetchval(sleeping) == 0
    await connection.close()


async def test_the_servers_own_credentials_are_never_used(postgres_people: str) -> None:
    made = sql(at(postgres_people) | {"User": "postgres"})
    url, own = _for_asyncpg(url_of(made.config.settings, ""))
    assert own["password"] == ""
    assert own["passfile"] == os.devnull
    assert url.host == "127.0.0.1"
    await made.close()
