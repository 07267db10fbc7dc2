"""Fingerprints stand for their parts, and for nothing else."""

import hashlib
import hmac

from hypothesis import given
from hypothesis import strategies as st

from watchword.crypto.fingerprints import fingerprint, framed, keyed_state
from watchword.crypto.keyring import KeyRing

part_lists = st.lists(st.binary(max_size=20), max_size=5)


@given(part_lists, part_lists)
def test_two_lists_of_parts_read_alike_only_if_they_are_the_same(
    left: list[bytes], right: list[bytes]
) -> None:
    assert (framed(*left) == framed(*right)) == (left == right)


def test_a_part_does_not_run_into_the_next() -> None:
    assert framed("ab", "c") != framed("a", "bc")
    assert framed("ab", "c") == b"\0\0\0\2ab\0\0\0\1c"


@given(st.binary(max_size=100), part_lists)
def test_a_fingerprint_is_hmac_sha_256(key: bytes, parts: list[bytes]) -> None:
    assert fingerprint(keyed_state(key), *parts) == hmac.digest(key, framed(*parts), "sha256")


def test_hmac_gives_the_value_of_rfc_4231() -> None:
    mac = keyed_state(b"Jefe")
    mac.update(b"what do ya want for nothing?")
    assert mac.hexdigest() == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"


@given(part_lists)
def test_a_fingerprint_matches_its_parts_and_its_purpose_only(ring: KeyRing, parts: list[bytes]) -> None:
    kept = ring.fingerprint("challenge", *parts)
    assert ring.fingerprint_matches("challenge", kept, *parts)
    assert not ring.fingerprint_matches("audit", kept, *parts)
    assert not ring.fingerprint_matches("challenge", kept, *parts, b"")
    assert not ring.fingerprint_matches("challenge", kept[:-1], *parts)
    assert not ring.fingerprint_matches("challenge", hashlib.sha256(kept).digest(), *parts)


def test_another_ring_makes_another_fingerprint(ring: KeyRing, other_ring: KeyRing) -> None:
    assert not other_ring.fingerprint_matches("challenge", ring.fingerprint("challenge", "755224"), "755224")
