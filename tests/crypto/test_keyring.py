"""One ring, its owner's alone, and each key of it for one purpose."""

import base64
import os
import subprocess
import sys
import traceback
from pathlib import Path

import pytest

from watchword.clock import SystemDice
from watchword.crypto.keyfile import read
from watchword.crypto.keyring import KeyRing
from watchword.errors import BadParameter, Misconfigured, Unsealable, WatchwordError

NOW = 1_767_225_600_123
ROW = "token:OATH0001:secret"


def files_beside(path: Path) -> list[Path]:
    return list(path.parent.iterdir())


def shows_a_part_of(text: str, secret: bytes) -> bool:
    forms = (secret.hex(), base64.b64encode(secret).decode(), repr(secret)[2:-1])
    return any(form[at : at + 6] in text for form in forms for at in range(1, len(form) - 6))


def test_a_new_ring_is_a_private_file_that_says_what_it_is(ring_path: Path, dice: SystemDice) -> None:
    ring = KeyRing.create(ring_path, dice, NOW)
    assert ring_path.stat().st_mode & 0o7777 == 0o600
    assert files_beside(ring_path) == [ring_path]
    text = ring_path.read_text()
    assert text.startswith("# The key ring of this Watchword.")
    assert f'current = "{ring.current}"' in text
    assert "created = 2026-01-01T00:00:00.123000+00:00" in text


def test_what_one_process_sealed_another_opens(ring_path: Path, dice: SystemDice) -> None:
    ring = KeyRing.create(ring_path, dice, NOW)
    again = KeyRing.load(ring_path)
    assert again.open(ROW, ring.seal(ROW, b"seed")) == b"seed"
    assert again.fingerprint("audit", "row") == ring.fingerprint("audit", "row")
    assert again.derived_key("cookie") == ring.derived_key("cookie")


def test_a_ring_that_is_there_is_never_overwritten(ring_path: Path, dice: SystemDice) -> None:
    first = KeyRing.create(ring_path, dice, NOW)
    before = ring_path.read_bytes()
    second = KeyRing.create(ring_path, dice, NOW + 1)
    assert ring_path.read_bytes() == before
    assert second.key_ids == first.key_ids
    assert files_beside(ring_path) == [ring_path]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_ring_in_a_folder_that_cannot_be_written_is_read(ring_path: Path, dice: SystemDice) -> None:
    ring = KeyRing.create(ring_path, dice, NOW)
    ring_path.parent.chmod(0o500)
    assert KeyRing.create(ring_path, dice, NOW).current == ring.current
    ring_path.parent.chmod(0o700)


def test_processes_that_start_at_once_end_with_one_ring(ring_path: Path) -> None:
    program = (
        "import sys, pathlib\n"
        "from watchword.clock import SystemClock, SystemDice\n"
        "from watchword.crypto.keyring import KeyRing\n"
        "print('ready', flush=True)\n"
        "sys.stdin.readline()\n"
        "print(KeyRing.create(pathlib.Path(sys.argv[1]), SystemDice(), SystemClock().now()).check_value())\n"
    )
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(ring_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(6)
    ]
    for racer in racers:
        assert racer.stdout
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        assert racer.stdin
        racer.stdin.write("go\n")
        racer.stdin.flush()
    said = {racer.communicate()[0] for racer in racers}
    assert said == {KeyRing.load(ring_path).check_value() + "\n"}
    assert files_beside(ring_path) == [ring_path]


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o660, 0o606, 0o700, 0o4600])
def test_a_ring_that_is_open_to_others_is_refused_with_the_command_that_mends_it(
    ring_path: Path, dice: SystemDice, mode: int
) -> None:
    KeyRing.create(ring_path, dice, NOW)
    ring_path.chmod(mode)
    with pytest.raises(Misconfigured, match=f"chmod 600 {ring_path}"):
        KeyRing.load(ring_path)


def test_a_stricter_mode_is_fine(ring_path: Path, dice: SystemDice) -> None:
    ring = KeyRing.create(ring_path, dice, NOW)
    ring_path.chmod(0o400)
    assert KeyRing.load(ring_path).current == ring.current


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")
def test_a_ring_of_another_user_is_refused_with_the_command_that_mends_it(
    ring_path: Path, dice: SystemDice
) -> None:
    KeyRing.create(ring_path, dice, NOW)
    os.chown(ring_path, 12345, -1)
    with pytest.raises(Misconfigured, match=f"chown 0 {ring_path}"):
        KeyRing.load(ring_path)


def test_a_name_with_blanks_is_quoted_in_the_command(tmp_path: Path, dice: SystemDice) -> None:
    path = tmp_path / "my ring.toml"
    KeyRing.create(path, dice, NOW)
    path.chmod(0o644)
    with pytest.raises(Misconfigured) as refused:
        KeyRing.load(path)
    assert f"chmod 600 '{path}'" in refused.value.message


def test_a_missing_ring_or_folder_is_named(ring_path: Path, dice: SystemDice) -> None:
    with pytest.raises(Misconfigured, match="watchword init"):
        KeyRing.load(ring_path)
    nowhere = ring_path.parent / "missing" / "keyring.toml"
    with pytest.raises(Misconfigured, match=str(nowhere)):
        KeyRing.create(nowhere, dice, NOW)
    with pytest.raises(Misconfigured, match="watchword init"):
        KeyRing.add_key(ring_path, dice, NOW)
    with pytest.raises(Misconfigured, match=str(ring_path.parent)):
        KeyRing.load(ring_path.parent)
    assert files_beside(ring_path) == []


def damaged_rings(path: Path) -> list[bytes]:
    """What may have become of a ring's file."""
    text = path.read_text()
    key = base64.b64encode(read(path).keys[0].key).decode()
    flipped = ("B" if key[0] == "A" else "A") + key[1:]
    short = base64.b64encode(read(path).keys[0].key[:31]).decode()
    entry = text[text.index("\n[[keys]]") :]
    return [
        b"",
        b"\xff" + text.encode(),
        text[:-20].encode(),
        *(
            text.replace(old, new).encode()
            for old, new in [
                ("[[keys]]", "[[keys"),
                (key, flipped),
                (key, short),
                (key, "#" + key[1:]),
                (f'"{key}"', f'{{ a = "{key}" }}'),
                (f'"{key}"', key),
                ('current = "', 'current = "f'),
                ("+00:00", ""),
                ('\nid = "', '\nid = 1\nid2 = "'),
                (entry, entry + entry),
                (entry, entry + '\nsecret = "yes"\n'),
                (entry, "\nkeys = []\n"),
            ]
        ),
    ]


def test_a_damaged_ring_is_refused_by_name_and_shows_no_key(ring_path: Path, dice: SystemDice) -> None:
    KeyRing.create(ring_path, dice, NOW)
    master = read(ring_path).keys[0].key
    for damaged in damaged_rings(ring_path):
        ring_path.write_bytes(damaged)
        with pytest.raises(Misconfigured, match=f"The key ring {ring_path} is damaged") as refused:
            KeyRing.load(ring_path)
        assert not shows_a_part_of("".join(traceback.format_exception(refused.value)), master)


def test_a_new_key_is_used_only_once_it_is_made_current_and_the_old_one_still_opens(
    ring_path: Path, dice: SystemDice
) -> None:
    before = KeyRing.create(ring_path, dice, NOW)
    sealed, kept, check = (
        before.seal(ROW, b"seed"),
        before.fingerprint("challenge", "1"),
        before.check_value(),
    )

    new = KeyRing.add_key(ring_path, dice, NOW + 1000)
    added = KeyRing.load(ring_path)
    assert (added.current, added.key_ids) == (before.current, (before.current, new))
    assert added.check_value() == check

    KeyRing.use_key(ring_path, new)
    after = KeyRing.load(ring_path)
    assert (after.current, after.key_ids) == (new, (new, before.current))
    assert after.open(ROW, sealed) == b"seed"
    assert after.fingerprint_matches("challenge", kept, "1")
    assert kept in after.fingerprints("challenge", "1")
    assert after.fingerprint("challenge", "1") != kept
    assert after.verify_check_value(check)
    assert after.check_value() != check

    fresh = after.seal(ROW, b"seed")
    assert added.open(ROW, fresh) == b"seed"
    with pytest.raises(Unsealable):
        before.open(ROW, fresh)
    assert ring_path.stat().st_mode & 0o7777 == 0o600
    assert files_beside(ring_path) == [ring_path]


def test_a_change_that_fails_leaves_the_ring_and_no_trace(ring_path: Path, dice: SystemDice) -> None:
    KeyRing.create(ring_path, dice, NOW)
    before = ring_path.read_bytes()
    with pytest.raises(BadParameter):
        KeyRing.use_key(ring_path, "00000000")
    assert ring_path.read_bytes() == before
    assert files_beside(ring_path) == [ring_path]


def test_two_changes_at_once_are_refused_with_the_way_out(ring_path: Path, dice: SystemDice) -> None:
    KeyRing.create(ring_path, dice, NOW)
    before = ring_path.read_bytes()
    aside = ring_path.with_name("keyring.toml.new")
    aside.touch()
    with pytest.raises(Misconfigured, match=f"rm {aside}"):
        KeyRing.add_key(ring_path, dice, NOW)
    assert ring_path.read_bytes() == before
    assert aside.exists()


def test_only_a_ring_that_opens_the_database_verifies_its_check_value(
    ring: KeyRing, other_ring: KeyRing
) -> None:
    check = ring.check_value()
    assert ring.verify_check_value(check)
    assert not other_ring.verify_check_value(check)
    wrong = ["", ":", ring.current, f"{ring.current}:", f"{check}0", check[:-1], check.upper(), f"{check}é"]
    assert not any(ring.verify_check_value(text) for text in wrong)


def test_no_two_purposes_share_a_key(ring: KeyRing, other_ring: KeyRing) -> None:
    made = [ring.derived_key(purpose) for purpose in ("seal", "fingerprint", "pepper", "")]
    made += [ring.fingerprint(purpose) for purpose in ("seal", "fingerprint", "pepper", "")]
    made += [other_ring.derived_key("seal"), other_ring.fingerprint("seal")]
    assert len(set(made)) == len(made)
    with pytest.raises(KeyError):
        ring.derived_key("seal", other_ring.current)


def test_neither_ring_nor_error_shows_a_byte_of_a_key(ring_path: Path, dice: SystemDice) -> None:
    ring = KeyRing.create(ring_path, dice, NOW)
    master = read(ring_path).keys[0].key
    secrets = [master, *(ring.derived_key(purpose) for purpose in ("seal", "pepper"))]
    shown = [repr(ring), str(ring), f"{ring}", repr(read(ring_path)), str(read(ring_path))]
    for attempt in (
        lambda: ring.open(ROW, b""),
        lambda: ring.open("other", ring.seal(ROW, master)),
        lambda: ring.open(ROW, b"\x01" + bytes(40)),
        lambda: KeyRing.load(ring_path.parent / "missing"),
        lambda: KeyRing.use_key(ring_path, "00000000"),
    ):
        with pytest.raises(WatchwordError) as refused:
            attempt()
        shown += [repr(refused.value), "".join(traceback.format_exception(refused.value))]
    assert not any(shows_a_part_of(text, secret) for text in shown for secret in secrets)
    assert repr(ring) == f"KeyRing(current='{ring.current}', keys=['{ring.current}'])"
