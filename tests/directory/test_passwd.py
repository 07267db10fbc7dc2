import os
from pathlib import Path

import pytest

from watchword.directory.resolvers.passwd import Passwd
from watchword.errors import AmbiguousUser, BadParameter, Unreachable
from watchword.model.configuration import ResolverConfig
from watchword.plugin.shapes import Resolver
from watchword.testing import StoppedClock
from watchword.testing.resolver_contract import PEOPLE, ResolverContract, resolver_context


def hashed(password: str) -> str:
    from passlib.hash import sha512_crypt

    return str(sha512_crypt.using(rounds=1000).hash(password)) if password else "x"


def resolver_of(path: Path, clock: StoppedClock | None = None) -> Passwd:
    config = ResolverConfig(name="people", kind="passwd", settings={"fileName": str(path)})
    return Passwd(config, resolver_context(clock=clock))


class TestPasswd(ResolverContract):
    @pytest.fixture
    def resolver(self, tmp_path: Path) -> Resolver:
        lines = []
        for one in PEOPLE:
            name = f"{one.attributes['givenname']} {one.attributes.get('surname', '')}".strip()
            known = [one.attributes.get(field, "") for field in ("mobile", "phone", "email")]
            gecos = ",".join([name, "room", *known])
            lines.append(f"{one.login}:{hashed(one.password)}:{one.userid}:100:{gecos}:/home:/bin/sh\n")
        (tmp_path / "passwd").write_text("".join(lines), "utf-8")
        return resolver_of(tmp_path / "passwd")

    @pytest.fixture
    def unreachable(self, tmp_path: Path) -> Resolver:
        return resolver_of(tmp_path / "missing")


async def test_the_fifth_field_is_parted_and_kept_whole(tmp_path: Path) -> None:
    (tmp_path / "passwd").write_text(
        "alice:x:1001:100:Alice van Liddell,Room 7,+44 7700,+44 1865,alice@example.org:/home/alice:/bin/sh\n"
        "bob:x:1002:100:Bob:/home/bob:/bin/sh\n"
        "carol:x:1003\n"
    )
    resolver = resolver_of(tmp_path / "passwd")
    alice, bob, carol = [record async for record in resolver.search({})]
    assert alice.attributes == {
        "description": "Alice van Liddell,Room 7,+44 7700,+44 1865,alice@example.org",
        "givenname": "Alice",
        "surname": "van Liddell",
        "mobile": "+44 7700",
        "phone": "+44 1865",
        "email": "alice@example.org",
    }
    assert bob.attributes["givenname"] == bob.attributes["description"] == "Bob"
    assert (carol.userid, carol.attributes["description"]) == ("1003", "")


async def test_lines_that_name_nobody_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "passwd").write_bytes(
        b"# people\n\n   \n+::::::\n+@admins\n:x:5::::\nnoid:x::1:::\nal\x00ice:x:7:1:::\nalice:x:1001:1:Alice:/:/\r\n"
    )
    assert [record.login async for record in resolver_of(tmp_path / "passwd").search({})] == ["alice"]


async def test_a_file_in_latin_1_is_read_as_such(tmp_path: Path) -> None:
    (tmp_path / "passwd").write_bytes("zoe:x:1:1:Zoë:/:/\n".encode("latin-1"))
    record = await resolver_of(tmp_path / "passwd").get("1")
    assert record is not None
    assert record.attributes["givenname"] == "Zoë"


async def test_logins_differ_by_case(tmp_path: Path) -> None:
    (tmp_path / "passwd").write_text("alice:x:1:1:::\nAlice:x:2:1:::\n")
    resolver = resolver_of(tmp_path / "passwd")
    found = [await resolver.find(login) for login in ("alice", "Alice", "ALICE")]
    assert [record and record.userid for record in found] == ["1", "2", None]


async def test_two_entries_of_one_login_are_refused(tmp_path: Path) -> None:
    (tmp_path / "passwd").write_text("alice:x:1:1:::\n\uff41lice:x:2:1:::\nbob:x:3:1:::\n")
    resolver = resolver_of(tmp_path / "passwd")
    with pytest.raises(AmbiguousUser, match="several entries for 'alice'"):
        await resolver.find("alice")
    assert await resolver.find("bob") is not None


async def test_two_logins_of_one_id_are_one_person_each_with_a_password_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "passwd").write_text(f"root:{hashed('r')}:0:0:::\ntoor:{hashed('t')}:0:0:::\n")
    resolver = resolver_of(tmp_path / "passwd")
    root, toor = await resolver.find("root"), await resolver.find("toor")
    assert root is not None
    assert toor is not None
    assert root.userid == toor.userid == "0"
    assert await resolver.get("0") == root
    assert [await resolver.check_password(root, word) for word in "rt"] == [True, False]
    assert [await resolver.check_password(toor, word) for word in "rt"] == [False, True]


async def test_a_change_of_the_file_is_seen_within_a_second(tmp_path: Path) -> None:
    path, clock = tmp_path / "passwd", StoppedClock()
    path.write_text("alice:x:1:1:::\n")
    resolver = resolver_of(path, clock)
    assert await resolver.find("alice") is not None
    (tmp_path / "new").write_text("carol:x:1:1:::\n")
    (tmp_path / "new").replace(path)
    clock.advance(seconds=1)
    assert await resolver.find("alice") is None
    assert await resolver.find("carol") is not None
    path.unlink()
    clock.advance(seconds=1)
    with pytest.raises(Unreachable, match="No such file"):
        await resolver.find("carol")


async def test_an_unchanged_file_is_not_read_again(tmp_path: Path) -> None:
    path, clock = tmp_path / "passwd", StoppedClock()
    path.write_text("alice:x:1:1:::\n")
    resolver = resolver_of(path, clock)
    first = await resolver.find("alice")
    clock.advance(seconds=5)
    assert await resolver.find("alice") is first
    os.utime(path, ns=(1, 1))
    clock.advance(seconds=5)
    assert await resolver.find("alice") is not first


async def test_a_clock_that_was_set_back_hides_no_change(tmp_path: Path) -> None:
    path, clock = tmp_path / "passwd", StoppedClock()
    path.write_text("alice:x:1:1:::\n")
    resolver = resolver_of(path, clock)
    assert await resolver.find("alice") is not None
    path.write_text("carol:x:1:1:Carol:/:/\n")
    clock.advance(seconds=-86_400)
    assert await resolver.find("alice") is None


async def test_a_file_that_is_not_there_is_refused_before_it_is_stored(tmp_path: Path) -> None:
    with pytest.raises(BadParameter, match="fileName"):
        await resolver_of(tmp_path / "missing").verify()
    with pytest.raises(BadParameter, match="fileName"):
        await resolver_of(tmp_path).verify()
    (tmp_path / "passwd").write_text("")
    await resolver_of(tmp_path / "passwd").verify()


def test_no_hash_is_shown() -> None:
    from watchword.directory.resolvers.passwd import _parsed

    assert "$6$" not in repr([*_parsed("alice:$6$salt$hash:1:1:::\n")])
