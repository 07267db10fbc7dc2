"""Every parameter of every door, sent as nobody should send it."""

from itertools import cycle, islice

import pytest

from tests.hostile.knocking import DOORS, LEAVES_ALONE, USUAL, Store, Visitor, judge, judge_silent
from tests.hostile.spellings import TEXTS
from watchword.api.linotp.doors import Door

EACH = 2
"""So many texts are tried in each parameter of a door, others in the next one."""
LONG = "x" * 100_000
MOST_STATEMENTS = 60
"""What one call says to the store, whatever is sent."""
LONGEST_TEXT = 4200
"""Of a row of the audit: a thousand characters, each perhaps escaped."""
HUSH = "hush-hush-4711"
SECRETS = frozenset(
    {
        "pass",
        "password",
        "pin",
        "otppin",
        "otpkey",
        "otp",
        "otp1",
        "otp2",
        "userpin",
        "sopin",
        "session",
        "motppin",
    }
)
ASKED = {
    "/validate/check": {"user", "realm", "pass", "serial"},
    "/admin/init": {"type", "serial", "otpkey", "genkey", "pin", "description"},
    "/admin/set": {"serial", "pin", "maxfailcount", "validityperiodstart"},
    "/system/setPolicy": {"name", "scope", "action", "user", "realm", "client", "time", "active"},
    "/audit/search": {"page", "rp", "sortname", "query", "qtype"},
}
TRIED = tuple(door for door in DOORS if door.path not in LEAVES_ALONE)


@pytest.mark.parametrize("door", TRIED, ids=lambda door: door.path)
async def test_no_text_in_one_parameter_breaks_a_call(
    administrator: Visitor, store: Store, door: Door
) -> None:
    texts = cycle(TEXTS[TRIED.index(door) % 7 :] + TEXTS[: TRIED.index(door) % 7])
    names = await administrator.names(door)
    traffic = administrator.household.house.store.traffic
    before = store.kept()
    for name in names:
        for text in (*islice(texts, EACH), LONG):
            said = traffic.statements
            got = await administrator.send(door, USUAL | {name: text})
            assert traffic.statements - said < MOST_STATEMENTS, (door.path, name, text[:50])
            judge(door, got, asked_status=name == "httperror")
            after = store.kept()
            assert not got.refuses or after == before or not _guarded(door), (door.path, name, text[:50])
            before = after
            if door.silent:
                judge_silent(door, got)


@pytest.mark.parametrize("door", TRIED, ids=lambda door: door.path)
async def test_no_text_in_all_parameters_breaks_a_call(
    administrator: Visitor, stranger: Visitor, store: Store, door: Door
) -> None:
    names = set(await administrator.names(door)) - {"httperror"}
    before = store.kept()
    for text in TEXTS[TRIED.index(door) % 4 :: 4]:
        got = await administrator.send(door, dict.fromkeys(names, text), segment=text)
        judge(door, got)
        if door.silent:
            judge_silent(door, got)
        after = store.kept()
        assert not got.refuses or after == before or not _guarded(door), (door.path, text[:50])
        outside = await stranger.send(door, dict.fromkeys(names, text), segment=text)
        judge(door, outside)
        if _guarded(door):
            assert (outside.status, outside.result["error"]["code"]) == (401, -311)
        before = store.kept()
        assert before == after or not _guarded(door)
    assert store.longest_text_of_audit() < LONGEST_TEXT


async def test_no_secret_that_is_sent_to_the_wrong_place_is_in_the_audit(
    administrator: Visitor, store: Store
) -> None:
    for door in TRIED:
        names = await administrator.names(door)
        for name in SECRETS & set(names):
            for form in (HUSH, f" {HUSH}", HUSH * 40, f"{HUSH}\0\u0663"):
                for usual in (USUAL, {}, {"serial": "T1"}, {"user": "alice", "type": "pw"}):
                    await administrator.send(door, {**usual, name: form})
    assert HUSH not in store.audit()


async def test_the_parameters_that_doors_ask_for_are_found_out(administrator: Visitor) -> None:
    """Else nothing here would be tried."""
    for door in TRIED:
        assert ASKED.get(door.path, set()) <= set(await administrator.names(door)), door.path


def _guarded(door: Door) -> bool:
    return door.guard != "none"
