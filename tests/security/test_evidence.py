"""The audit tells what was changed in it, and nobody writes a line in another's name."""

import json

from tests.api.caller import Caller
from tests.household import SEED, Household
from tests.security.conftest import TellDatabase
from watchword.crypto.otp import hotp
from watchword.storage.rows import AUDIT

CHANGES = {
    "at": "at + 1",
    "success": "1 - success",
    "clearance": "clearance + 1",
    "nonce": "substr(nonce, 2)",
    "mark": "substr(mark, 2)",
}
"""How to change what is no text."""


async def checked(linotp: Caller) -> dict[str, int]:
    """How many rows the audit calls genuine, and how many not."""
    rows = (await linotp.get("/audit/search", rp="1000", action="validate/%")).json()["rows"]
    signs = [row["cell"][2] for row in rows]
    return {sign: signs.count(sign) for sign in ("OK", "FAIL")}


async def test_a90_a_change_of_any_field_of_a_row_is_told(
    household: Household, linotp: Caller, tell_database: TellDatabase
) -> None:
    await household.give("OATH1")
    await household.check(hotp(SEED, 0))
    fields = AUDIT[1:]
    for _ in fields:
        await household.check("000000")
    assert await checked(linotp) == {"OK": len(fields) + 1, "FAIL": 0}
    [(first,)] = await tell_database("SELECT min(id) FROM audit WHERE action = 'validate/check'")
    assert isinstance(first, int)
    for number, field in enumerate(fields, first + 1):
        changed = CHANGES.get(field, f"\"{field}\" || 'x'")
        await tell_database(f'UPDATE audit SET "{field}" = {changed} WHERE id = {number}')
    assert await checked(linotp) == {"OK": 1, "FAIL": len(fields)}


async def test_a90_a_row_that_takes_over_another_ones_content_in_part_is_told(
    household: Household, linotp: Caller, tell_database: TellDatabase
) -> None:
    """The mark of a genuine row signs nothing else."""
    await household.give("OATH1")
    await household.check(hotp(SEED, 0))
    await household.check("000000")
    for field in ("mark", "success", "action_detail"):
        await tell_database(
            f"UPDATE audit SET {field} = (SELECT {field} FROM audit WHERE action_detail = 'access granted')"
            " WHERE action_detail = 'wrong otp value'"
        )
    assert await checked(linotp) == {"OK": 1, "FAIL": 1}


async def test_a91_control_characters_in_a_name_make_no_second_row_or_line(
    linotp: Caller, stranger: Caller
) -> None:
    forged = [
        'mallory\n"7","2026-01-01","OK","","validate/check","1"',
        "mallory\r\nsuccess",
        "\x1b[2Kmallory\x07",
        "mallory\u2028\u2029\x85\x0b\x0c\x9b2K\x7f\u202e",
        "mal\0lory",
        '"",",\t',
    ]
    for name in forged:
        await stranger.post("/validate/check", user=name, **{"pass": "000000"})
        await stranger.post("/admin/login", username=name, password="x")
    for action in ("validate/check", "admin/login"):
        found = (await linotp.get("/audit/search", action=action, success="0")).json()
        assert found["total"] == len(forged)
        lines = (await linotp.get("/audit/search", action=action, success="0", outform="csv")).text
        assert lines.count("\n") == len(forged)
        assert all(line.isprintable() for line in lines.splitlines())
        assert len(lines.splitlines()) == len(forged)
        assert {len(json.loads(f"[{line}]")) for line in lines.splitlines()} == {17}
