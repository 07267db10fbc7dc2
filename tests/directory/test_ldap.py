import asyncio
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import trustme

from tests.ldap_server import (
    BASE,
    PEOPLE_BASE,
    READER,
    READER_PASSWORD,
    WRITER,
    WRITER_PASSWORD,
    Directory,
    Entry,
    directory,
    free_port,
    missing,
    person,
)
from watchword.directory.resolvers.ldap import Ldap
from watchword.errors import (
    AmbiguousUser,
    BadParameter,
    NoSuchUser,
    NotAllowed,
    Refused,
    Unreachable,
)
from watchword.model.configuration import ResolverConfig
from watchword.plugin.shapes import Record, Resolver
from watchword.testing import StoppedClock
from watchword.testing.resolver_contract import PEOPLE, ResolverContract, resolver_context

FIELDS = {
    "givenname": "givenName",
    "surname": "sn",
    "email": "mail",
    "phone": "telephoneNumber",
    "mobile": "mobile",
}
GUID = bytes(range(200, 216))
ODD = ("star*name", "(paren)", "back\\slash", "zoë ß 名", "a&b|c!", "x=1,y=2", "#+<>;\"'", "50%s")
"""Logins that mean something to filters and names."""


def resolver_of(
    settings: dict[str, str], password: str = READER_PASSWORD, clock: StoppedClock | None = None
) -> Ldap:
    if why := missing():
        pytest.skip(why)
    config = ResolverConfig(name="corp", kind="ldap", settings=settings)
    return Ldap(config, resolver_context(clock=clock, secrets={"BINDPW": password}))


@asynccontextmanager
async def opened(
    settings: dict[str, str], password: str = READER_PASSWORD, clock: StoppedClock | None = None
) -> AsyncIterator[Ldap]:
    resolver = resolver_of(settings, password, clock)
    try:
        yield resolver
    finally:
        await resolver.close()


def in_contract() -> list[Entry]:
    return [
        person(
            one.login,
            one.password,
            employeeNumber=one.userid,
            **{FIELDS[name]: value for name, value in one.attributes.items()},
        )
        for one in PEOPLE
    ]


@pytest.fixture(scope="module")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Directory]:
    with directory(tmp_path_factory.mktemp("contract"), in_contract()) as running:
        yield running


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Directory]:
    """Nobody changes or stops this one."""
    people = [
        person(
            "carol",
            "looking glass",
            objectGUID=GUID,
            sAMAccountName="CarolX",
            mail=["carol@example.org", "c@example.org"],
            phoneNumberVerified="+49 171 1",
            description="the first\nand second line",
            jpegPhoto=b"\xff\xd8\xff\xe0",
            accountExpires="9223372036854775807",
        ),
        person("dave", "d", cn="dave 1", mail="shared@example.org", accountExpires="116444736000000001"),
        person("erin", "e", cn="erin 1", mail="shared@example.org"),
        person("frank", "f", cn="frank 1", mail="shared@example.org"),
        person("dave", "d", cn="dave 2"),
        *(person(login, f"password of {login}") for login in ODD),
    ]
    with directory(tmp_path_factory.mktemp("company"), people) as running:
        yield running


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Directory]:
    """Of one test alone."""
    with directory(tmp_path / "ldap", [person("carol", "looking glass", description="old")]) as running:
        yield running


class TestLdap(ResolverContract):
    @pytest.fixture
    async def resolver(self, contract: Directory) -> AsyncIterator[Resolver]:
        async with opened(contract.settings(UIDTYPE="employeeNumber")) as resolver:
            yield resolver

    @pytest.fixture
    async def unreachable(self, contract: Directory) -> AsyncIterator[Resolver]:
        async with opened(contract.settings(LDAPURI=f"ldap://127.0.0.1:{free_port()}")) as resolver:
            yield resolver


class TestLdapWithTls(TestLdap):
    """The same over StartTLS, a page for each person."""

    @pytest.fixture
    async def resolver(self, contract: Directory) -> AsyncIterator[Resolver]:
        settings = contract.settings(
            UIDTYPE="employeeNumber", EnforceTLS="True", CACERTIFICATE=contract.authority_file, SIZELIMIT="1"
        )
        async with opened(settings) as resolver:
            yield resolver


async def test_names_that_mean_something_to_filters_are_only_names(company: Directory) -> None:
    async with opened(company.settings()) as resolver:
        for login in ODD:
            record = await resolver.find(login)
            assert record is not None
            assert record.login == login
            assert await resolver.get(record.userid) == record
            assert await resolver.check_password(record, f"password of {login}")
            assert not await resolver.check_password(record, "password of somebody")
            assert [found async for found in resolver.search({"username": login.replace("*", ".")})] == [
                record
            ]
        for nobody in ("star*", "*", "\0", "carol\0", "car\0l", "carol)(uid=*", "\ud800"):
            assert await resolver.find(nobody) is None
            assert await resolver.get(nobody) is None


async def test_what_is_known_of_a_person_is_what_userinfo_names(company: Directory) -> None:
    userinfo = (
        '{"email": "mail", "phoneNumberVerified": "phoneNumberVerified", "description": "description",'
        ' "photo": "jpegPhoto", "mobile": "mobile", "guid": "objectGUID"}'
    )
    async with opened(company.settings(USERINFO=userinfo)) as resolver:
        record = await resolver.find("carol")
        assert record is not None
        assert record.attributes == {
            "email": "carol@example.org",
            "phoneNumberVerified": "+49 171 1",
            "description": "the first\nand second line",
            "guid": GUID.hex(),
        }


@pytest.mark.parametrize("spelling", ["objectGUID", "OBJECTGUID"])
async def test_a_binary_id_is_written_in_hexadecimal(company: Directory, spelling: str) -> None:
    async with opened(company.settings(UIDTYPE=spelling, LDAPSEARCHFILTER="(uid=carol)")) as resolver:
        record = await resolver.find("carol")
        assert record is not None
        assert record.userid == GUID.hex()
        assert await resolver.get(GUID.hex().upper()) == record
        assert [record] == [found async for found in resolver.search({"userid": "c8c9*"})]
        for nobody in ("", "c8", "carol", "*", "c8*", GUID.hex()[:-2]):
            assert await resolver.get(nobody) is None
        assert await resolver.check_password(record, "looking glass")


async def test_a_name_as_id_is_read_only_below_the_base(company: Directory) -> None:
    async with opened(company.settings(UIDTYPE="DN")) as resolver:
        record = await resolver.find("carol")
        assert record is not None
        assert record.userid == f"cn=carol,{PEOPLE_BASE}"
        assert await resolver.get(f"CN=Carol, {PEOPLE_BASE}") == record
        assert await resolver.check_password(record, "looking glass")
        for nobody in (READER, PEOPLE_BASE, BASE, "cn=config", "", f"cn=x,{PEOPLE_BASE}", f"=,{PEOPLE_BASE}"):
            assert await resolver.get(nobody) is None


async def test_an_entry_without_the_id_is_unknown_and_not_nobody(company: Directory) -> None:
    async with opened(company.settings(UIDTYPE="objectGUID")) as resolver:
        with pytest.raises(Unreachable, match="no uid or no objectGUID, or our account may not read it"):
            await resolver.find("erin")
        assert [record.login async for record in resolver.search({})] == ["carol"]
        *_, trial = [trial async for trial in resolver.try_out()]
        assert trial.found == 1
        assert "12 entries: no uid or no objectGUID" in trial.problem


async def test_two_entries_of_one_login_are_refused(company: Directory) -> None:
    settings = company.settings(LDAPFILTER="(|(uid=%s)(mail=%s))")
    async with opened(settings) as resolver:
        with pytest.raises(AmbiguousUser, match=r"cn=dave 1,.* and 'cn=dave 2,.* answer to 'dave'"):
            await resolver.find("dave")
        with pytest.raises(AmbiguousUser, match=r"More than two entries answer to 'shared@example.org'"):
            await resolver.find("shared@example.org")
        record = await resolver.find("c@example.org")
        assert record is not None
        assert record.login == "carol"


async def test_a_filter_may_compare_with_the_hour(company: Directory) -> None:
    settings = company.settings(
        LOGINNAMEATTRIBUTE="sAMAccountName",
        LDAPFILTER="(&(sAMAccountName=%s)(accountExpires>=%(now)s))",
        LDAPSEARCHFILTER="(accountExpires<=%(now)s)",
    )
    async with opened(settings) as resolver:
        assert await resolver.find("carolx") is not None
        *_, trial = [trial async for trial in resolver.try_out()]
        assert trial.problem.startswith("1 entries")


async def test_no_password_and_half_of_one_is_never_sent(company: Directory) -> None:
    async with opened(company.settings()) as resolver:
        record = await resolver.find("carol")
        assert record is not None
        before = company.asked()
        for password in ("", "\0", "looking glass\0", "looking glass\0more", "\ud800"):
            assert await resolver.check_password(record, password) is False
        assert company.asked() == before


async def test_an_account_without_a_password_is_refused_and_nobody_needs_none(company: Directory) -> None:
    with pytest.raises(BadParameter, match="BINDPW is empty"):
        await resolver_of(company.settings(), password="").verify()
    await resolver_of(company.settings(BINDDN=""), password="").verify()


async def test_a_first_log_in_is_three_questions_and_no_more(own: Directory) -> None:
    async with opened(own.settings()) as resolver:
        record = await resolver.find("carol")
        assert record is not None
        opening = own.asked()
        assert opening == [
            f"BIND {READER}",
            "SRCH (objectClass=*)",
            "SRCH (&(objectClass=inetOrgPerson)(uid=carol))",
        ]
        assert await resolver.check_password(record, "looking glass")
        entry = f"SRCH (entryUUID={record.userid})"
        assert own.asked()[len(opening) :] == [entry, f"BIND cn=carol,{PEOPLE_BASE}"]


async def test_a_refused_account_is_named_and_not_tried_over_and_over(own: Directory) -> None:
    clock = StoppedClock()
    async with opened(own.settings(LDAPURI=f"{own.uri}, {own.uri}/"), "wrong", clock) as resolver:
        for _ in range(3):
            with pytest.raises(
                Unreachable, match=r"refuses our account 'cn=reader,.*: Invalid credentials \(49\)"
            ):
                await resolver.find("carol")
        assert own.asked() == [f"BIND {READER}"]
        clock.advance(seconds=31)
        with pytest.raises(Unreachable):
            await resolver.find("carol")
        assert own.asked() == [f"BIND {READER}"] * 2


async def test_a_base_that_is_not_there_makes_nobody_gone(company: Directory) -> None:
    async with opened(company.settings(LDAPBASE=f"ou=people2,{BASE}")) as resolver:
        for question in (resolver.find("carol"), resolver.get("1")):
            with pytest.raises(Unreachable, match="it has no 'ou=people2,dc=example,dc=org'"):
                await question


async def test_the_next_server_is_asked_where_one_fails_and_the_first_again_after_a_rest(
    own: Directory,
) -> None:
    clock = StoppedClock()
    dead = free_port()
    async with opened(own.settings(LDAPURI=f"ldap://127.0.0.1:{dead},{own.uri}"), clock=clock) as resolver:
        assert await resolver.find("carol") is not None
        async with posing(port=dead) as poser:
            assert await resolver.find("carol") is not None
            assert poser.visits == []
            clock.advance(seconds=31)
            assert await resolver.find("carol") is not None
            assert len(poser.visits) == 1
        trials = {trial.step: trial.problem async for trial in resolver.try_out()}
        assert "Connect" in trials[f"ldap://127.0.0.1:{dead}"]
        assert trials[own.uri] == ""


async def test_a_directory_that_was_killed_is_unknown_until_it_is_back(own: Directory) -> None:
    async with opened(own.settings()) as resolver:
        record = await resolver.find("carol")
        assert record is not None
        own.kill()
        for question in (resolver.find("carol"), resolver.find("nobody"), resolver.get(record.userid)):
            with pytest.raises(Unreachable, match=own.uri):
                await question
        with pytest.raises(Unreachable):
            await resolver.check_password(record, "looking glass")
        own.start()
        assert await resolver.find("carol") == record
        assert await resolver.find("nobody") is None


async def test_a_connection_that_was_lost_without_a_word_is_replaced(own: Directory) -> None:
    async with opened(own.settings()) as resolver:
        record = await resolver.find("carol")
        own.kill()
        own.start()
        assert await resolver.find("carol") == record


@pytest.mark.parametrize("way", ["plain", "starttls", "ldaps"])
async def test_a_directory_that_hangs_holds_up_nobody_else(
    own: Directory, contract: Directory, way: str
) -> None:
    settings = own.settings(
        LDAPURI=own.tls_uri if way == "ldaps" else own.uri,
        EnforceTLS=str(way == "starttls"),
        CACERTIFICATE=own.authority_file,
        TIMEOUT="0.3;0.3",
    )
    async with opened(settings) as resolver, opened(contract.settings()) as other:
        record = await resolver.find("carol")
        assert record is not None
        own.hold_still()
        hanging = [
            asyncio.ensure_future(question)
            for question in (
                resolver.find("carol"),
                resolver.get(record.userid),
                resolver.check_password(record, "looking glass"),
            )
        ]
        answered = 0
        while not all(question.done() for question in hanging):
            assert await other.find("alice") is not None
            answered += 1
        for question in hanging:
            with pytest.raises(Unreachable, match="did not answer in time"):
                await question
        assert answered > 0
        own.go_on()
        assert await resolver.find("carol") == record


async def test_questions_that_were_broken_off_leave_nothing_open(own: Directory) -> None:
    async with opened(own.settings(TIMEOUT="5;5")) as resolver:
        record = await resolver.find("carol")
        assert record is not None
        own.hold_still()
        before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
        for _ in range(3):
            questions = [resolver.find("carol"), resolver.check_password(record, "x")]
            tasks = [asyncio.ensure_future(question) for question in questions]
            await asyncio.sleep(0.1)
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        await asyncio.sleep(0.05)
        assert len(os.listdir("/proc/self/fd")) <= before  # noqa: PTH208
        own.go_on()


@dataclass
class Poser:
    """No directory, but something that listens where one should be."""

    uri: str = ""
    visits: list["asyncio.Task[None] | None"] = field(default_factory=list)


@asynccontextmanager
async def posing(answer: bytes = b"", *, port: int = 0, hangs: bool = False) -> AsyncIterator[Poser]:
    """It gives everybody this answer, and hangs up or says no more."""
    poser = Poser()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        poser.visits.append(asyncio.current_task())
        with suppress(OSError):
            await reader.read(1000)
            writer.write(answer)
            if hangs:
                await reader.read()
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    async with await asyncio.start_server(serve, "127.0.0.1", port) as server:
        poser.uri = f"ldap://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield poser
    await asyncio.gather(*(visit for visit in poser.visits if visit is not None))


async def test_half_a_message_stops_nobody() -> None:
    async with posing(b"\x30\x84\x00\x01\x00\x00\x02\x01\x01\x61", hangs=True) as poser:
        settings = {**_settings(), "LDAPURI": poser.uri, "EnforceTLS": "False", "TIMEOUT": "1;0.3"}
        async with opened(settings) as resolver:
            with pytest.raises(Unreachable, match="did not answer in time"):
                await resolver.find("carol")


REPLY = b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01%c\x04\x00\x04\x00"


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (REPLY % 2, "refused TLS"),
        (b"\x30\x0f\x02\x01\x01\x78\x0a\x0a\x01\x34\x04\x00\x04\x03no.", "refused TLS: no"),
        (
            b"\x30\x84\x00\x00\x00\x0c"
            + (REPLY % 0)[2:]
            + b"\x30\x0c\x02\x01\x01\x61\x07\x0a\x01\x00\x04\x00\x04\x00",
            "sent more than was asked, before TLS began",
        ),
        (b"", "hung up"),
        (b"\x30", "hung up"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "hung up|refused TLS"),
        (b"\x30\x00", "refused TLS"),
        (b"\x30\x84\xff\xff\xff\xff" + bytes(70_000), "hung up"),
    ],
)
async def test_starttls_goes_on_only_after_a_plain_yes(reply: bytes, why: str) -> None:
    async with posing(reply) as poser, opened({**_settings(), "LDAPURI": poser.uri}) as resolver:
        with pytest.raises(Unreachable, match=why):
            await resolver.find("carol")


async def test_certificates_are_checked_unless_told_otherwise(company: Directory, tmp_path: Path) -> None:
    trustme.CA().cert_pem.write_to_path(tmp_path / "other.pem")
    for uri in (company.tls_uri, company.uri):
        tls = {"LDAPURI": uri, "EnforceTLS": ""}
        for trusted in (company.authority_file, Path(company.authority_file).read_text()):
            async with opened(company.settings(**tls, CACERTIFICATE=trusted)) as resolver:
                assert await resolver.find("carol") is not None
        for untrusted in ("", str(tmp_path / "other.pem")):
            async with opened(company.settings(**tls, CACERTIFICATE=untrusted)) as resolver:
                with pytest.raises(
                    Unreachable, match=r"The certificate was refused: .*(self-signed|local issuer)"
                ):
                    await resolver.find("carol")
                first, *_ = [trial async for trial in resolver.try_out()]
                assert "The certificate was refused" in first.problem
        async with opened(company.settings(**tls, only_trusted_certs="False")) as resolver:
            assert await resolver.find("carol") is not None


async def test_a_certificate_of_another_host_is_refused(tmp_path: Path) -> None:
    with directory(tmp_path / "ldap", names=("elsewhere.example",)) as running:
        settings = running.settings(LDAPURI=running.tls_uri, CACERTIFICATE=running.authority_file)
        async with opened(settings) as resolver:
            with pytest.raises(Unreachable, match=r"The certificate was refused: .*ostname mismatch"):
                await resolver.find("carol")


async def test_a_list_is_whole_or_it_is_none(tmp_path: Path) -> None:
    people = [person(f"p{number}") for number in range(20)]
    limits = f'limits dn.exact="{READER}" size=5 size.prtotal=15'
    with directory(tmp_path / "ldap", people, limits=limits) as running:
        async with opened(running.settings(SIZELIMIT="3")) as resolver:
            with pytest.raises(
                Unreachable, match=r"Size limit exceeded|[Aa]dministrative limit|\(4\)|\(11\)"
            ):
                _ = [record async for record in resolver.search({})]
        async with opened(running.settings(SIZELIMIT="3", BINDDN=WRITER), WRITER_PASSWORD) as resolver:
            listed = [record.login async for record in resolver.search({})]
            assert sorted(listed) == sorted(f"p{number}" for number in range(20))
            assert "p7" in [
                record.login async for record in resolver.search({"username": "P*", "surname": "X"})
            ]


async def test_the_rights_of_the_manual_are_enough_and_no_more(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs/how-to/openldap.md").read_text("utf-8").replace("\n  ", " ")
    rules = [
        rule.replace("cn=watchword,", "cn=reader,")
        for rule in re.findall(r"olcAccess: (?:\{.\})?(to .*)", page)
    ]
    (limits,) = re.findall(r"olcLimits: (.*)", page)
    people = [person("carol", "looking glass", mail="carol@example.org", description="secret")]
    reading = "\n".join(f"access {rule}" for rule in rules[:2])
    said = {"limits": f"limits {limits.replace('watchword', 'reader')}"}
    userinfo = '{"email": "mail", "description": "description", "mobile": "mobile"}'
    with directory(tmp_path / "read", people, access=reading, **said) as running:
        async with opened(running.settings(USERINFO=userinfo, writable="True")) as resolver:
            record = await resolver.find("carol")
            assert record is not None
            assert record.attributes == {"email": "carol@example.org"}
            assert await resolver.check_password(record, "looking glass")
            assert [found async for found in resolver.search({})] == [record]
            with pytest.raises(NotAllowed):
                await resolver.set_attributes(record, {"mobile": "1"})
            with pytest.raises(NotAllowed):
                await resolver.set_password(record, "new")
    writing = f"access {rules[2]}\n{reading}"
    with directory(tmp_path / "write", people, access=writing, **said) as running:
        async with opened(running.settings(USERINFO=userinfo, writable="True")) as resolver:
            record = await resolver.find("carol")
            assert record is not None
            await resolver.set_attributes(record, {"mobile": "1"})
            await resolver.set_password(record, "new")
            assert await resolver.check_password(record, "new")
            with pytest.raises(NotAllowed):
                await resolver.set_attributes(record, {"email": "x"})


async def test_people_are_changed_only_where_the_configuration_says_so(own: Directory) -> None:
    userinfo = '{"mobile": "mobile", "description": "description", "surname": "sn", "login": "uid"}'
    settings = own.settings(BINDDN=WRITER, USERINFO=userinfo)
    async with opened(settings, WRITER_PASSWORD) as resolver:
        record = await resolver.find("carol")
        assert record is not None
        assert not resolver.writable
        for change in (
            resolver.set_attributes(record, {"mobile": "1"}),
            resolver.set_password(record, "new"),
        ):
            with pytest.raises(Refused, match="only reads"):
                await change
    async with opened({**settings, "writable": "True"}, WRITER_PASSWORD) as resolver:
        assert resolver.writable
        await resolver.set_attributes(record, {"mobile": "+49 171 1", "description": ""})
        changed = await resolver.find("carol")
        assert changed is not None
        assert changed.attributes == {"mobile": "+49 171 1", "surname": "x", "login": "carol"}
        await resolver.set_password(record, "neues Paßwort")
        assert await resolver.check_password(record, "neues Paßwort")
        assert not await resolver.check_password(record, "looking glass")
        for values, why in (
            ({"shoe": "44"}, "'shoe' is no attribute that may be changed"),
            ({"login": "mallory"}, "'login' is no attribute"),
            ({"mobile": "1\0"}, "no text"),
            ({"surname": ""}, r"\(65\)|\(69\)"),
            ({"mobile": "ö" * 20 + "\n"}, r"\(21\)"),
        ):
            with pytest.raises(BadParameter, match=why):
                await resolver.set_attributes(record, {"description": "new", **values})
        assert await resolver.find("carol") == changed
        for password in ("", "a\0b"):
            with pytest.raises(BadParameter):
                await resolver.set_password(record, password)
        stranger = Record(userid="00000000-0000-0000-0000-000000000000", login="mallory")
        with pytest.raises(NoSuchUser):
            await resolver.set_password(stranger, "new")
    async with opened({**own.settings(), "writable": "True"}) as resolver:
        with pytest.raises(NotAllowed, match=r"\(50\)"):
            await resolver.set_attributes(record, {"mobile": "2"})
        with pytest.raises(NotAllowed, match=r"\(50\)"):
            await resolver.set_password(record, "new")


async def test_active_directory_is_given_passwords_in_its_own_way(tmp_path: Path) -> None:
    root = tmp_path / "root.ldif"
    root.write_text("dn:\nsupportedCapabilities: 1.2.840.113556.1.4.800\n")
    with directory(tmp_path / "ldap", [person("carol")], more=f"rootDSE {root}") as running:
        settings = running.settings(BINDDN=WRITER, writable="True")
        async with opened(settings, WRITER_PASSWORD) as resolver:
            record = await resolver.find("carol")
            assert record is not None
            await resolver.set_password(record, "Paß1")
        kept = running.read("(uid=carol)", "unicodePwd")
        assert kept == ['"Paß1"'.encode("utf-16-le")]


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"LDAPURI": ""}, "LDAPURI"),
        ({"LDAPURI": "http://x"}, "LDAPURI"),
        ({"LDAPURI": "ldap://u:p@x"}, "LDAPURI"),
        ({"LDAPURI": "ldap://x:99999"}, "LDAPURI"),
        ({"LDAPURI": "ldap://x/dc=y"}, "LDAPURI"),
        ({"LDAPURI": "ldapi:///"}, "LDAPURI"),
        ({"LDAPBASE": " "}, "LDAPBASE"),
        ({"LOGINNAMEATTRIBUTE": "u id"}, "LOGINNAMEATTRIBUTE"),
        ({"UIDTYPE": "(uid"}, "UIDTYPE"),
        ({"LDAPFILTER": "(uid=*)"}, "LDAPFILTER needs %s"),
        ({"LDAPFILTER": "(%s=1)"}, "LDAPFILTER compares nothing"),
        ({"LDAPFILTER": "(uid=%s"}, "LDAPFILTER lacks"),
        ({"LDAPSEARCHFILTER": "(uid=%s)"}, "LDAPSEARCHFILTER is for everybody"),
        ({"LDAPSEARCHFILTER": ""}, "LDAPSEARCHFILTER"),
        ({"USERINFO": "{"}, "USERINFO is JSON"),
        ({"USERINFO": '{"email": 1}'}, "USERINFO is JSON"),
        ({"USERINFO": '{"email": "userPassword"}'}, "userPassword holds passwords"),
        ({"USERINFO": '{"email": "mail)(x"}'}, "no name of an attribute"),
        ({"EnforceTLS": "perhaps"}, "EnforceTLS"),
        ({"TIMEOUT": "soon"}, "TIMEOUT"),
        ({"TIMEOUT": "0"}, "TIMEOUT"),
        ({"TIMEOUT": "1;2;3"}, "TIMEOUT"),
        ({"SIZELIMIT": "many"}, "SIZELIMIT"),
        ({"CACERTIFICATE": "/nowhere/ca.pem"}, "CACERTIFICATE: /nowhere/ca.pem"),
        ({"CACERTIFICATE": "-----BEGIN CERTIFICATE-----\nx"}, "CACERTIFICATE: the text"),
    ],
)
async def test_settings_that_can_never_work_are_named(wrong: dict[str, str], why: str) -> None:
    with pytest.raises(BadParameter, match=why):
        await resolver_of({**_settings(), **wrong}).verify()


async def test_settings_as_linotp_writes_them_are_taken() -> None:
    for more in (
        {"TIMEOUT": "-1", "SIZELIMIT": "500", "NOREFERRALS": "True", "PROXY": "False", "UIDTYPE": "dn"},
        {"TIMEOUT": "5", "EnforceTLS": "1", "only_trusted_certs": "on"},
        {"TIMEOUT": "5.0;1,5", "LDAPSEARCHFILTER": "(sAMAccountName=*)(objectClass=user)"},
    ):
        await resolver_of({**_settings(), **more}).verify()


def test_without_bonsai_it_is_said_how_to_get_it() -> None:
    program = (
        "import asyncio, sys; sys.modules['bonsai'] = None\n"
        "from tests.directory.test_ldap import *\n"
        "from watchword.errors import Misconfigured\n"
        "from tests.directory.test_ldap import _settings\n"
        "config = ResolverConfig(name='corp', kind='ldap', settings=_settings())\n"
        "resolver = Ldap(config, resolver_context(secrets={'BINDPW': 'x'}))\n"
        "for question, kind in ((resolver.verify(), Misconfigured), (resolver.find('carol'), Unreachable)):\n"
        "    try:\n"
        "        asyncio.run(question)\n"
        "    except kind as said:\n"
        "        print(said.message)\n"
    )
    said = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert said.stdout.count("pip install 'watchword[ldap]'") == 2


def test_bonsai_is_not_imported_before_a_connection_is_opened() -> None:
    program = "import sys, watchword.app, watchword.directory.resolvers.ldap; print('bonsai' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert said.stdout == "False\n"


def _settings() -> dict[str, str]:
    """Of a directory that is nowhere."""
    return {
        "LDAPURI": "ldaps://ldap.example.org",
        "LDAPBASE": PEOPLE_BASE,
        "BINDDN": READER,
        "LOGINNAMEATTRIBUTE": "uid",
        "LDAPFILTER": "(uid=%s)",
        "LDAPSEARCHFILTER": "(uid=*)",
        "USERINFO": "{}",
    }
