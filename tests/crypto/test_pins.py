"""A PIN opens its own token, can be given to another, and is read again only where it was kept so."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.clock import SystemDice
from watchword.crypto.keyring import KeyRing
from watchword.crypto.passwords import Argon2Cost
from watchword.crypto.pins import How, is_costly, keep_pin, move_pin, pin_matches, reveal_pin
from watchword.crypto.sealing import Sealed
from watchword.errors import BadParameter, Unsealable

CHEAP = Argon2Cost(memory_kib=16, passes=1)
HOWS: tuple[How, ...] = get_args(How)

every_how = pytest.mark.parametrize("how", HOWS)


@given(pin=st.text(), other=st.text(), how=st.sampled_from(HOWS))
def test_only_the_pin_itself_matches(ring: KeyRing, dice: SystemDice, pin: str, other: str, how: How) -> None:
    stored = keep_pin(ring, "OATH0001", pin, how, dice, CHEAP)
    assert pin_matches(ring, "OATH0001", stored, pin)
    assert pin_matches(ring, "OATH0001", stored, other) == (pin == other)


@every_how
@pytest.mark.parametrize(
    "spelling", ["geheimé ", " geheimé", "Geheimé", "geheime\u0301", "geheim", "geheimé\0", ""]
)
def test_another_spelling_is_another_pin(ring: KeyRing, dice: SystemDice, how: How, spelling: str) -> None:
    stored = keep_pin(ring, "OATH0001", "geheimé", how, dice, CHEAP)
    assert not pin_matches(ring, "OATH0001", stored, spelling)


@every_how
def test_an_empty_pin_is_kept_as_nothing_and_matches_only_the_empty_one(
    ring: KeyRing, dice: SystemDice, how: How
) -> None:
    assert keep_pin(ring, "OATH0001", "", how, dice) is None
    assert pin_matches(ring, "OATH0001", None, "")
    assert not pin_matches(ring, "OATH0001", None, "0")
    assert not pin_matches(ring, "OATH0001", None, "\0")
    assert not is_costly(None)
    assert reveal_pin(ring, "OATH0001", None) == ""
    assert move_pin(ring, None, source="OATH0001", target="OATH0002") is None


@every_how
def test_a_stored_pin_in_the_row_of_another_token_is_refused(
    ring: KeyRing, dice: SystemDice, how: How
) -> None:
    stored = keep_pin(ring, "OATH0001", "1234", how, dice, CHEAP)
    with pytest.raises(Unsealable):
        pin_matches(ring, "OATH0002", stored, "1234")
    with pytest.raises(Unsealable):
        reveal_pin(ring, "OATH0002", stored)
    with pytest.raises(Unsealable):
        move_pin(ring, stored, source="OATH0002", target="OATH0003")


@every_how
def test_a_pin_can_be_given_to_another_token_without_being_known(
    ring: KeyRing, dice: SystemDice, how: How
) -> None:
    stored = keep_pin(ring, "OATH0001", "1234", how, dice, CHEAP)
    moved = move_pin(ring, stored, source="OATH0001", target="OATH0002")
    assert pin_matches(ring, "OATH0002", moved, "1234")
    assert not pin_matches(ring, "OATH0002", moved, "4321")
    with pytest.raises(Unsealable):
        pin_matches(ring, "OATH0001", moved, "1234")
    assert pin_matches(ring, "OATH0001", stored, "1234")
    assert is_costly(moved) == is_costly(stored)


@every_how
def test_a_pin_is_read_again_only_if_it_was_kept_so_and_costs_only_by_argon2id(
    ring: KeyRing, dice: SystemDice, how: How
) -> None:
    stored = keep_pin(ring, "OATH0001", "gehé\0", how, dice, CHEAP)
    assert reveal_pin(ring, "OATH0001", stored) == ("gehé\0" if how == "sealed" else None)
    assert is_costly(stored) == (how == "argon2id")


@every_how
def test_no_byte_of_a_stored_pin_can_be_changed(ring: KeyRing, dice: SystemDice, how: How) -> None:
    stored = keep_pin(ring, "OATH0001", "1234", how, dice, CHEAP)
    assert stored is not None
    for place in range(len(stored)):
        forged = bytearray(stored)
        forged[place] ^= 0x09  # among others, H, A and S become one another's neighbours
        with pytest.raises(Unsealable):
            pin_matches(ring, "OATH0001", bytes(forged), "1234")


@pytest.mark.parametrize("form", [b"H", b"A", b"S", b"", b"X"])
def test_one_form_cannot_be_passed_off_as_another(ring: KeyRing, dice: SystemDice, form: bytes) -> None:
    for how in HOWS:
        stored = keep_pin(ring, "OATH0001", "1234", how, dice, CHEAP)
        assert stored is not None
        if stored[:1] != form:
            with pytest.raises(Unsealable):
                pin_matches(ring, "OATH0001", form + stored[1:], "1234")


@every_how
def test_a_stored_pin_shows_neither_itself_nor_its_length_nor_that_two_are_alike(
    ring: KeyRing, dice: SystemDice, how: How
) -> None:
    kept = [keep_pin(ring, "OATH0001", pin, how, dice, CHEAP) for pin in ("1", "1", "123456789")]
    assert all(isinstance(stored, Sealed) and repr(stored) == "<sealed>" for stored in kept)
    assert len(set(kept)) == 3
    assert len({len(stored or b"") for stored in kept}) == 1


@every_how
def test_a_pin_that_is_too_long_is_neither_kept_nor_matched(
    ring: KeyRing, dice: SystemDice, how: How
) -> None:
    with pytest.raises(BadParameter):
        keep_pin(ring, "OATH0001", "é" * 2049, how, dice)
    stored = keep_pin(ring, "OATH0001", "é" * 2048, how, dice, CHEAP)
    assert pin_matches(ring, "OATH0001", stored, "é" * 2048)
    assert not pin_matches(ring, "OATH0001", stored, "é" * 2049)
