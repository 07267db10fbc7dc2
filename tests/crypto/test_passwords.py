"""Passwords of ours, and of every house that hands its people over."""

import base64
import hashlib
import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.clock import SystemDice
from watchword.crypto.foreign import foreign_matches
from watchword.crypto.keyring import KeyRing
from watchword.crypto.passwords import (
    Argon2Cost,
    burn_password_time,
    is_password_hash,
    keep_password,
    password_matches,
)
from watchword.errors import BadParameter, Misconfigured

CHEAP = Argon2Cost(memory_kib=16, passes=1)


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def digest(algorithm: str, password: str, salt: bytes = b"") -> str:
    return b64(hashlib.new(algorithm, password.encode() + salt).digest() + salt)


# Made by libxcrypt's crypt(3), by openssl, or published by the form's author; the last ones written out here.
FOREIGN = [
    ("rasmuslerdorf", "rl.3StKT.4T8M"),
    ("rasmuslerdorf", "_J9..rasmBYk8r9AiWNc"),
    ("passphrase", "qiyh4XPJGsOZ2MEAyLkfWqeQ"),
    ("rasmuslerdorf", "$1$rasmusle$rISCgZzpwk3UhDidwXvin0"),
    ("Hello world!", "$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5"),
    ("rasmuslerdorf", "$5$rounds=5000$usesomesillystri$KqJWpanXZHKq2BOB43TSaYhEWsQ1Lr5QNyPCDH/Tp.6"),
    (
        "Hello world!",
        "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1",
    ),
    ("Hello world!", "$apr1$saltstri$aGfuB7Lcvs2TUeFTqUVfN0"),
    ("rasmuslerdorf", "$2a$07$usesomesillystringfore2uDLvp1Ii2e./U9C8sBjqp8I90dH6hi"),
    ("rasmuslerdorf", "$2y$05$usesomesillystringfore7SxHtkoXT/MvpyTl/vzfnzq7hOjV5w2"),
    ("rasmuslerdorf", "$2b$05$usesomesillystringfore7SxHtkoXT/MvpyTl/vzfnzq7hOjV5w2"),
    ("password", "$bcrypt-sha256$2a,5$5Hg1DKFqPE8C2aflZ5vVoe$12BjNE0p7axMg55.Y/mHsYiVuFBDQyu"),
    ("rasmuslerdorf", "$sha1$4000$saltsalt$4YLbc8ikh.gIpDq0lx.SE5LJRCIi"),
    ("rasmuslerdorf", "$md5,rounds=5000$GUBv0xjJ$$bz5wYeSFjthlmAG4tJtHy0"),
    ("rasmuslerdorf", "$3$$7e57ec0aef185669b0fb095608f9d914"),
    ("password", "8846f7eaee8fb117ad06bdd830b7586c"),
    ("test12345", "$P$9IQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0"),
    ("password", "$pbkdf2-sha256$6400$.6UI/S.nXIk8jcbdHx3Fhg$98jZicV16ODfEsEZeYPGHU3kbrUrvUEXOPimVSQDD44"),
    ("admin", "{PKCS5S2}c4xaeTQM0lUieMS3V5voiexyX9XhqC2dBd5ecVy60IPksHChwoTAVYFrhsgoq8/p"),
    ("test", "{FSHP0|0|1}qUqP5cyxm6YcTAhz05Hph5gvu9M="),
    ("mypass", "*6C8989366EAF75BB670AD8EA7A7FC1176A95CEF4"),
    ("mypass", "6f8c114b58f2ce9e"),
    ("password", "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"),
    ("password", "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA"),
    ("rasmuslerdorf", "{CRYPT}rl.3StKT.4T8M"),
    ("rasmuslerdorf", "{crypt}$1$rasmusle$rISCgZzpwk3UhDidwXvin0"),
    ("rasmuslerdorf", "{CRYPT}$2y$05$usesomesillystringfore7SxHtkoXT/MvpyTl/vzfnzq7hOjV5w2"),
    (
        "password",
        "{ARGON2}$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
    ),
    ("password", "{PBKDF2-SHA256}6400$.6UI/S.nXIk8jcbdHx3Fhg$98jZicV16ODfEsEZeYPGHU3kbrUrvUEXOPimVSQDD44"),
    ("demo", "{MD5}" + digest("md5", "demo")),
    ("demo", "{MD5}" + hashlib.md5(b"demo").hexdigest()),
    ("demo", "{SMD5}" + digest("md5", "demo", b"salt")),
    ("demo", "{SHA}" + digest("sha1", "demo")),
    ("demo", "{sha}" + hashlib.sha1(b"demo").hexdigest()),
    ("demo", "{SSHA}" + digest("sha1", "demo", b"salt")),
    ("demo", "{ssha}" + digest("sha1", "demo", b"a salt of another length")),
    ("demo", "{SHA256}" + digest("sha256", "demo")),
    ("demo", "{SSHA256}" + digest("sha256", "demo", b"saltsalt")),
    ("demo", "{SSHA384}" + digest("sha384", "demo", b"saltsalt")),
    ("demo", "{SHA512}" + digest("sha512", "demo")),
    ("demo", "{SSHA512}" + digest("sha512", "demo", b"s" * 64)),
    (
        "demo",
        "0x0100AABBCCDD" + hashlib.sha1("demo".encode("utf-16-le") + b"\xaa\xbb\xcc\xdd").hexdigest().upper(),
    ),
    ("demo", "S:" + (hashlib.sha1(b"demo" + b"s" * 10).digest() + b"s" * 10).hex().upper()),
]

# What stands in the place of a hash, and belongs to nobody.
NO_HASH = [
    "",
    "x",
    "*",
    "!",
    "!!",
    "*LK*",
    "NP",
    "demo",
    "{CLEARTEXT}demo",
    "{PLAIN}demo",
    "plaintext$demo",
    "$",
    "{}",
]

# Each would keep a core busy for longer than two seconds, up to days.
TOO_COSTLY = [
    "$5$rounds=999999999$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5",
    "{CRYPT}$5$rounds=999999999$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5",
    "$2b$31$usesomesillystringfore7SxHtkoXT/MvpyTl/vzfnzq7hOjV5w2",
    "$bcrypt-sha256$2a,31$5Hg1DKFqPE8C2aflZ5vVoe$12BjNE0p7axMg55.Y/mHsYiVuFBDQyu",
    "$P$SIQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0",
    "$sha1$4000000000$saltsalt$4YLbc8ikh.gIpDq0lx.SE5LJRCIi",
    "$md5,rounds=4000000000$GUBv0xjJ$$bz5wYeSFjthlmAG4tJtHy0",
    "$pbkdf2-sha256$4000000000$.6UI/S.nXIk8jcbdHx3Fhg$98jZicV16ODfEsEZeYPGHU3kbrUrvUEXOPimVSQDD44",
    "{PBKDF2-SHA256}4000000000$.6UI/S.nXIk8jcbdHx3Fhg$98jZicV16ODfEsEZeYPGHU3kbrUrvUEXOPimVSQDD44",
    "{FSHP0|0|4000000000}qUqP5cyxm6YcTAhz05Hph5gvu9M=",
    "_zzzzrasmBYk8r9AiWNc",
    "$argon2id$v=19$m=1048576,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
    "$argon2id$v=19$m=65536,t=9999,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
    "$argon2id$v=19$m=65536,t=1,p=99$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
]


@pytest.mark.parametrize(("password", "stored"), FOREIGN)
def test_a_foreign_hash_matches_its_password_and_no_other(ring: KeyRing, password: str, stored: str) -> None:
    assert password_matches(ring, stored, password)
    assert not password_matches(ring, stored, "?" + password[1:])
    assert not password_matches(ring, stored, "")
    assert not password_matches(ring, stored, stored)


@pytest.mark.parametrize("stored", NO_HASH)
def test_what_is_no_hash_matches_nothing(ring: KeyRing, stored: str) -> None:
    assert not any(password_matches(ring, stored, password) for password in ("demo", stored, "", "x", "*"))


def test_a_hash_is_told_from_what_is_none(ring: KeyRing, dice: SystemDice) -> None:
    assert [stored for _, stored in FOREIGN if not is_password_hash(stored)] == []
    assert is_password_hash(keep_password(ring, "demo", dice, CHEAP))
    assert all(is_password_hash(stored) for stored in TOO_COSTLY)
    assert [
        text for text in (*NO_HASH, "ab", "{MD5}demo", "{SSHA}", "$argon2id$") if is_password_hash(text)
    ] == []


@pytest.mark.parametrize(("password", "stored"), FOREIGN)
def test_a_locked_or_cut_hash_matches_nothing(ring: KeyRing, password: str, stored: str) -> None:
    assert not password_matches(ring, "!" + stored, password)
    assert not password_matches(ring, stored[:-6], password)


@pytest.mark.parametrize("stored", TOO_COSTLY)
def test_a_hash_that_costs_too_much_is_refused_at_once(stored: str) -> None:
    foreign_matches("$P$9IQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0", b"warms the imports up")
    before = time.process_time()
    assert not foreign_matches(stored, b"rasmuslerdorf")
    assert time.process_time() - before < 0.2


def test_no_piece_of_a_hash_raises_anything() -> None:
    pieces = [stored[:length] for _, stored in FOREIGN for length in range(len(stored))]
    assert {is_password_hash(piece) for piece in pieces} == {True, False}


heads = st.sampled_from(["", *(stored[:cut] for _, stored in FOREIGN for cut in (3, 8, 20, len(stored) - 1))])


@given(heads, st.text(max_size=40))
def test_garbage_matches_nothing_and_raises_nothing(ring: KeyRing, head: str, tail: str) -> None:
    assert not password_matches(ring, head + tail, "no such password")
    assert is_password_hash(head + tail) in {True, False}


@pytest.mark.parametrize("password", ["a\0b", "\ud800", "é" * 256, "a" * 512])
def test_a_strange_password_raises_nothing(ring: KeyRing, password: str) -> None:
    assert not any(password_matches(ring, stored, password) for _, stored in FOREIGN)


def test_a_foreign_hash_is_not_tried_on_a_password_that_is_too_long() -> None:
    assert foreign_matches("{SHA}" + digest("sha1", "a" * 512), b"a" * 512)
    assert not foreign_matches("{SHA}" + digest("sha1", "a" * 513), b"a" * 513)


def test_bcrypt_reads_the_first_72_bytes_as_elsewhere() -> None:
    import bcrypt

    stored = bcrypt.hashpw(b"a" * 72, bcrypt.gensalt(4)).decode()
    assert foreign_matches(stored, b"a" * 80)
    assert not foreign_matches(stored, b"a" * 71)


@given(st.text(min_size=1), st.text())
def test_only_the_password_itself_matches(ring: KeyRing, dice: SystemDice, password: str, other: str) -> None:
    stored = keep_password(ring, password, dice, CHEAP)
    assert password_matches(ring, stored, password)
    assert password_matches(ring, stored, other) == (password == other)


def test_a_kept_password_names_key_and_cost_and_never_looks_the_same(ring: KeyRing, dice: SystemDice) -> None:
    stored = keep_password(ring, "demo", dice)
    assert stored.startswith(f"$watchword${ring.current}$argon2id$v=19$m=19456,t=2,p=1$")
    assert stored.isascii()
    assert len(stored) < 160
    assert stored != keep_password(ring, "demo", dice)
    assert password_matches(ring, stored, "demo")


def test_without_the_ring_a_kept_password_cannot_even_be_guessed(
    ring: KeyRing, other_ring: KeyRing, dice: SystemDice
) -> None:
    stored = keep_password(ring, "demo", dice, CHEAP)
    assert not password_matches(other_ring, stored, "demo")
    assert not password_matches(other_ring, stored.replace(ring.current, other_ring.current), "demo")
    assert not foreign_matches(stored.removeprefix(f"$watchword${ring.current}"), b"demo")


@pytest.mark.parametrize("password", ["", "é" * 2049])
def test_an_empty_or_endless_password_is_refused_before_any_work(
    ring: KeyRing, dice: SystemDice, password: str
) -> None:
    with pytest.raises(BadParameter):
        keep_password(ring, password, dice)
    stored = keep_password(ring, "demo", dice)
    before = time.process_time()
    assert not password_matches(ring, stored, password)
    burn_password_time(ring, password)
    assert time.process_time() - before < 0.005


def test_the_longest_password_is_kept(ring: KeyRing, dice: SystemDice) -> None:
    assert password_matches(ring, keep_password(ring, "é" * 2048, dice, CHEAP), "é" * 2048)


@pytest.mark.parametrize(
    ("memory_kib", "passes", "lanes"),
    [(7, 1, 1), (2**18 + 1, 1, 1), (2**18, 5, 1), (19456, 0, 1), (19456, 2, 0), (19456, 2, 17), (-8, -1, -1)],
)
def test_a_cost_at_which_nobody_could_log_in_is_refused(memory_kib: int, passes: int, lanes: int) -> None:
    with pytest.raises(Misconfigured):
        Argon2Cost(memory_kib=memory_kib, passes=passes, lanes=lanes)


def test_a_password_kept_at_another_cost_matches(ring: KeyRing, dice: SystemDice) -> None:
    dear = Argon2Cost(memory_kib=64 * 1024, passes=3, lanes=4)
    assert password_matches(ring, keep_password(ring, "demo", dice, dear), "demo")


def test_a_kept_password_with_another_cost_or_in_pieces_matches_nothing(
    ring: KeyRing, dice: SystemDice
) -> None:
    stored = keep_password(ring, "demo", dice, CHEAP)
    assert not password_matches(ring, stored.replace("m=16,", "m=9999999,"), "demo")
    assert not password_matches(ring, stored.replace("t=1,", "t=2,"), "demo")
    assert not any(password_matches(ring, stored[:length], "demo") for length in range(len(stored) - 1))


def test_an_unknown_user_costs_as_much_as_a_wrong_password(ring: KeyRing, dice: SystemDice) -> None:
    stored = keep_password(ring, "demo", dice)

    def cost_of(wrong: int, unknown: int) -> float:
        before = time.process_time()
        for _ in range(wrong):
            password_matches(ring, stored, "wrong")
        for _ in range(unknown):
            burn_password_time(ring, "wrong")
        return time.process_time() - before

    ratios = sorted(cost_of(2, 0) / cost_of(0, 2) for _ in range(5))
    assert 0.5 < ratios[2] < 2


def test_a_worker_that_meets_no_foreign_hash_loads_no_foreign_library() -> None:
    program = (
        "import sys, watchword.crypto.pins; sys.exit('passlib' in sys.modules or 'bcrypt' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
