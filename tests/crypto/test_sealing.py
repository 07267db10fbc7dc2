"""What is sealed opens in its own row, unaltered, and nowhere else."""

import logging
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.crypto.keyring import KeyRing
from watchword.crypto.sealing import Sealed
from watchword.errors import Unsealable

ROW = "token:OATH0001:secret"
contexts = st.text(max_size=20) | st.lists(st.text(max_size=8), min_size=1, max_size=4).map(tuple)


@given(contexts, st.binary(max_size=200))
def test_what_is_sealed_for_a_row_opens_for_it(
    ring: KeyRing, context: str | tuple[str, ...], clear: bytes
) -> None:
    sealed = ring.seal(context, clear)
    assert ring.open(context, bytes(sealed)) == clear


@given(contexts, contexts)
def test_what_is_sealed_for_one_row_does_not_open_for_another(
    ring: KeyRing, row: str | tuple[str, ...], other: str | tuple[str, ...]
) -> None:
    parts = [tuple(context.split(":")) if isinstance(context, str) else context for context in (row, other)]
    sealed = ring.seal(row, b"seed")
    if parts[0] == parts[1]:
        assert ring.open(other, sealed) == b"seed"
    else:
        with pytest.raises(Unsealable):
            ring.open(other, sealed)


def test_the_short_form_of_a_row_is_the_long_one(ring: KeyRing) -> None:
    assert ring.open(("token", "OATH0001", "secret"), ring.seal(ROW, b"seed")) == b"seed"


def test_a_colon_inside_a_part_does_not_make_two_parts(ring: KeyRing) -> None:
    sealed = ring.seal(("token", "A:B", "secret"), b"seed")
    with pytest.raises(Unsealable):
        ring.open(("token", "A", "B:secret"), sealed)
    with pytest.raises(Unsealable):
        ring.open("token:A:B:secret", sealed)


def test_no_byte_of_a_sealed_value_can_be_changed(ring: KeyRing) -> None:
    sealed = ring.seal(ROW, b"seed")
    for place in range(len(sealed)):
        for bit in range(8):
            forged = bytearray(sealed)
            forged[place] ^= 1 << bit
            with pytest.raises(Unsealable):
                ring.open(ROW, bytes(forged))


@given(st.binary(max_size=80))
def test_garbage_does_not_open(ring: KeyRing, garbage: bytes) -> None:
    with pytest.raises(Unsealable):
        ring.open(ROW, garbage)


def test_no_end_of_a_sealed_value_can_be_cut(ring: KeyRing) -> None:
    sealed = ring.seal(ROW, b"seed")
    for length in range(len(sealed)):
        with pytest.raises(Unsealable):
            ring.open(ROW, sealed[:length])


def test_another_ring_opens_nothing_and_the_refusal_names_key_and_row(
    ring: KeyRing, other_ring: KeyRing
) -> None:
    with pytest.raises(Unsealable) as refused:
        other_ring.open(ROW, ring.seal(ROW, b"seed"))
    assert ring.current in refused.value.message
    assert ROW in refused.value.message


def test_the_same_secret_never_looks_the_same(ring: KeyRing) -> None:
    assert len({bytes(ring.seal(ROW, b"seed")) for _ in range(100)}) == 100


def test_a_sealed_value_has_no_face(ring: KeyRing) -> None:
    sealed = ring.seal(ROW, b"seed")
    assert isinstance(sealed, Sealed)
    shown = [
        repr(sealed),
        str(sealed),
        f"{sealed}",
        f"{sealed!r}",
        logging.LogRecord("log", logging.INFO, "file", 1, "%s %r", (sealed, sealed), None).getMessage(),
        repr([sealed]),
    ]
    assert all("<sealed>" in text and "\\x" not in text for text in shown)


def test_many_threads_may_use_one_ring(ring: KeyRing) -> None:
    wrong: list[int] = []

    def work(number: int) -> None:
        for turn in range(300):
            clear = bytes([number]) * turn
            if ring.open(ROW, ring.seal(ROW, clear)) != clear:
                wrong.append(turn)
            if not ring.fingerprint_matches("audit", ring.fingerprint("audit", clear), clear):
                wrong.append(turn)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
