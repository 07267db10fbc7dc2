"""One-time-password arithmetic against the published values, and its laws."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.crypto.otp import ALGORITHMS, canonical_code, find_counter, hotp, motp, totp_step

RFC_KEY = b"12345678901234567890"

# RFC 4226 appendix D
HOTP_VALUES = [
    "755224",
    "287082",
    "359152",
    "969429",
    "338314",
    "254676",
    "287922",
    "162583",
    "399871",
    "520489",
]

# RFC 6238 appendix B: seconds since 1970, then the eight digits by SHA-1, SHA-256, SHA-512
TOTP_VALUES = [
    (59, "94287082", "46119246", "90693936"),
    (1111111109, "07081804", "68084774", "25091201"),
    (1111111111, "14050471", "67062674", "99943326"),
    (1234567890, "89005924", "91819424", "93441116"),
    (2000000000, "69279037", "90698825", "38618901"),
    (20000000000, "65353130", "77737706", "47863826"),
]

FULL_WIDTH = "\uff17\uff15\uff15\uff12\uff12\uff14"
MATHEMATICAL = "\U0001d7d5\U0001d7d3\U0001d7d3\U0001d7d0\U0001d7d0\U0001d7d2"

keys = st.binary(max_size=64)
counters = st.integers(min_value=0, max_value=2**64 - 1)
digit_counts = st.integers(min_value=1, max_value=10)


@pytest.mark.parametrize(("counter", "value"), list(enumerate(HOTP_VALUES)))
def test_hotp_gives_the_values_of_rfc_4226(counter: int, value: str) -> None:
    assert hotp(RFC_KEY, counter) == value


@pytest.mark.parametrize(("seconds", *ALGORITHMS), TOTP_VALUES)
def test_totp_gives_the_values_of_rfc_6238(seconds: int, sha1: str, sha256: str, sha512: str) -> None:
    step = totp_step(seconds * 1000, 30)
    assert hotp(RFC_KEY, step, 8, "sha1") == sha1
    assert hotp((RFC_KEY * 2)[:32], step, 8, "sha256") == sha256
    assert hotp((RFC_KEY * 4)[:64], step, 8, "sha512") == sha512


@pytest.mark.parametrize(
    ("now_ms", "seconds", "shift", "step"),
    [
        (0, 30, 0, 0),
        (29_999, 30, 0, 0),
        (30_000, 30, 0, 1),
        (30_000, 30, -1, 0),
        (0, 60, 60, 1),
        (0, 30, -1, -1),
    ],
)
def test_a_step_begins_at_its_first_millisecond_and_follows_the_shift(
    now_ms: int, seconds: int, shift: int, step: int
) -> None:
    assert totp_step(now_ms, seconds, shift) == step


@given(keys, counters, digit_counts, st.sampled_from(ALGORITHMS))
def test_a_value_has_the_digits_asked_for_and_shorter_ones_are_its_end(
    key: bytes, counter: int, digits: int, algorithm: str
) -> None:
    value = hotp(key, counter, digits, algorithm)
    assert len(value) == digits
    assert value.isascii()
    assert value.isdecimal()
    assert hotp(key, counter, 10, algorithm).endswith(value)


@given(keys, st.integers(0, 2**63), st.integers(0, 40), st.integers(0, 40))
def test_a_code_is_found_exactly_where_it_first_is(key: bytes, start: int, distance: int, count: int) -> None:
    code = hotp(key, start + distance, 8)
    found = find_counter(key, code, start, count, 8)
    earlier = [at for at in range(start, start + count) if hotp(key, at, 8) == code]
    assert found == (earlier[0] if earlier else None)
    assert found is not None or distance >= count


@pytest.mark.parametrize(
    "code", ["", "75522", "0755224", "+755224", "-755224", FULL_WIDTH, "755224\n", "é", "\ud800"]
)
def test_a_code_in_any_other_spelling_is_not_found(code: str) -> None:
    assert find_counter(RFC_KEY, code, 0, 10) is None


def test_counters_that_do_not_exist_are_passed_over() -> None:
    assert find_counter(RFC_KEY, "755224", -10, 11) == 0
    assert find_counter(RFC_KEY, "755224", -10, 10) is None
    last = 2**64 - 1
    assert find_counter(RFC_KEY, hotp(RFC_KEY, last), last, 10) == last


def test_motp_is_the_head_of_the_md5_of_slot_seed_and_pin() -> None:
    # computed by coreutils: printf 1234567890123456789abcdef1234 and so on, piped into md5sum
    assert motp("0123456789abcdef", "1234", 123456789) == "f41e13"
    assert motp("0123456789abcdef", "1234", 123456789, digits=8) == "f41e1386"


@given(st.text(alphabet="0123456789abcdef", min_size=16, max_size=16), st.text(), st.integers(0, 10**10))
def test_motp_takes_any_pin(seed: str, pin: str, slot: int) -> None:
    assert motp(seed, pin, slot) == hashlib.md5(f"{slot}{seed}{pin}".encode()).hexdigest()[:6]


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("755224", "755224"),
        (" 755 224\t\r\n", "755224"),
        ("755\u00a0224", "755224"),
        ("755\u2009224\u3000", "755224"),
        ("\ufeff755\u200b224\u2060", "755224"),
        (FULL_WIDTH, "755224"),
        ("٧٥٥٢٢٤", "755224"),
        ("७५५२२४", "755224"),
        (MATHEMATICAL, "755224"),
        ("755-224", "755-224"),
        ("+755224", "+755224"),
        ("0755224", "0755224"),
        ("①²", "①²"),  # numerals, but no decimal digits
        ("A1b2C3", "A1b2C3"),
        ("", ""),
    ],
)
def test_blanks_go_and_digits_become_ascii_and_nothing_else_changes(typed: str, code: str) -> None:
    assert canonical_code(typed) == code


@given(st.text())
def test_a_canonical_code_stays_as_it_is_and_holds_no_blank_and_no_foreign_digit(text: str) -> None:
    code = canonical_code(text)
    assert canonical_code(code) == code
    assert not any(character.isspace() for character in code)
    assert all(character.isascii() for character in code if character.isdecimal())
