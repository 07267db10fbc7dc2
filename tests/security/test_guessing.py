"""Guesses are counted by person, whatever they are spread over, and never shut the person out."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2

from tests.api.caller import ADMIN, ADMIN_PASSWORD, Caller
from tests.household import CLIENT, RESOLVER, SEED, Household, policy
from watchword.crypto.otp import hotp
from watchword.limits.settings import LimitSettings
from watchword.model.person import Subject
from watchword.model.settlement import Lookup
from watchword.model.token import secret_context
from watchword.storage.promises import ManagedPerson

GUESSES = LimitSettings().threshold
MANY = 10**6
"""Failures after which a token is locked: so many that the limit on its owner comes first."""
KNOWN = "198.51.100.1"
DOORS = {
    "check": {"user": "alice"},
    "check_s": {"serial": "OATH1"},
    "simplecheck": {"user": "alice"},
    "samlcheck": {"user": "alice"},
}
"""How one asks for alice at each door that lets in."""


def stranger_at(number: int) -> str:
    """Another address for each number."""
    return f"203.0.{number // 250}.{number % 250}"


def lets_in(answer: httpx2.Response) -> bool:
    """Whether this is a yes, in the words of whichever door."""
    if answer.text in {":-)", ":-("}:
        return answer.text == ":-)"
    value = answer.json()["result"]["value"]
    return bool(value["auth"] if isinstance(value, dict) else value)


async def counted(household: Household, client: str = "") -> list[int]:
    """Failures in the buckets that concern attempts on alice from this address."""
    alice = Subject(RESOLVER, "alice")
    held = await household.house.store.look_up(Lookup(subject=alice, client=client))
    return [bucket.failures for bucket in held.throttles]


async def why(household: Household) -> str:
    """Why the last attempt was refused."""
    return (await household.last_row()).action_detail


async def must_wait(household: Household, answer: str, client: str = CLIENT) -> bool:
    """Whether this attempt is refused because too many failed before."""
    outcome = await household.check(answer, client=client)
    return not outcome.accepted and (await why(household)).startswith("too many failures")


async def test_a17_guesses_from_five_hundred_addresses_are_counted_together(household: Household) -> None:
    await household.give("OATH1", max_failures=MANY)
    await asyncio.gather(*(household.check("000000", client=stranger_at(number)) for number in range(500)))
    assert await counted(household) >= [GUESSES]
    assert await must_wait(household, hotp(SEED, 0), stranger_at(501))


async def test_a18_guesses_at_ten_tokens_are_counted_together(household: Household) -> None:
    for number in range(10):
        await household.give(f"OATH{number}", pin=f"pin{number} ", max_failures=MANY)
    for guess in range(GUESSES):
        await household.check(f"pin{guess % 10} 000000")
    assert [(await household.held(f"OATH{number}")).failures for number in range(10)] == [GUESSES // 10] * 10
    assert await must_wait(household, f"pin7 {hotp(SEED, 0)}")


async def test_a20_all_spellings_of_a_name_share_one_budget(household: Household) -> None:
    await household.give("OATH1", max_failures=MANY)
    for spelling in ("alice", " alice ", "ALICE", "ａlice"):
        await household.check("000000", spelling)
    await household.check("000000", None, serial="OATH1")
    assert await counted(household, CLIENT) == [5]


async def test_a21_a_strangers_failures_leave_the_owner_in_from_where_they_usually_are(
    household: Household,
) -> None:
    await household.give("OATH1", max_failures=MANY)
    assert (await household.check(hotp(SEED, 0), client=KNOWN)).accepted
    for number in range(GUESSES + 20):
        await household.check("000000", client=stranger_at(number))
    assert await must_wait(household, hotp(SEED, 1), stranger_at(999))
    assert (await household.check(hotp(SEED, 1), client=KNOWN)).accepted


async def test_a22_limits_hold_on_a_node_that_has_just_started(
    household: Household, other_node: Household
) -> None:
    await household.give("OATH1", max_failures=MANY)
    await household.give("OATH2", owner="bob")
    for _ in range(GUESSES):
        await household.check("000000")
    for _ in range(10):
        await household.check("000000", "bob")
    assert await must_wait(other_node, hotp(SEED, 0))
    assert not (await other_node.check(hotp(SEED, 0), "bob")).accepted
    assert await why(other_node) == "Failcounter exceeded"


async def test_a24_a_success_forgives_no_other_tokens_lock_and_no_strangers_guesses(
    household: Household,
) -> None:
    await household.give("OATH1", failures=10)
    seed = b"another seed"
    sealed = household.house.ring.seal(secret_context("OATH2"), seed)
    await household.give("OATH2", secret=sealed)
    assert (await household.check(hotp(seed, 0), client=KNOWN)).accepted
    for number in range(3):
        await household.check("000000", client=stranger_at(number))
    assert (await household.check(hotp(seed, 1), client=KNOWN)).accepted
    assert (await household.held("OATH1")).failures == 13
    assert not (await household.check(hotp(SEED, 0), client=KNOWN)).accepted
    assert await counted(household) == [3]


async def test_a25_a_lock_holds_at_every_door_and_against_codes_that_would_resync(
    household: Household, stranger: Caller
) -> None:
    await household.set(AutoResync="1")
    await household.give("OATH1", failures=10)
    for path, who in DOORS.items():
        for counter in (0, 500, 501):
            assert not lets_in(
                await stranger.post(f"/validate/{path}", **who, **{"pass": hotp(SEED, counter)})
            )
            assert await why(household) == "Failcounter exceeded"
    held = await household.held("OATH1")
    assert (held.counter, held.failures, held.state) == (0, 22, {})


async def test_a25_whoever_must_wait_waits_at_every_door(household: Household, stranger: Caller) -> None:
    await household.give("OATH1", max_failures=MANY)
    for number in range(GUESSES):
        await household.check("000000", client=stranger_at(number))
    for path, who in DOORS.items():
        assert not lets_in(await stranger.post(f"/validate/{path}", **who, **{"pass": hotp(SEED, 0)}))
        assert (await why(household)).startswith("too many failures")
    assert (await household.held("OATH1")).counter == 0


async def test_a27_whoever_is_refused_is_told_the_same_to_the_byte(
    household: Household, stranger: Caller
) -> None:
    right = f"pin{hotp(SEED, 0)}"
    attempts = {
        ("mallory", right): "User not found",
        ("alice@nowhere", right): "User not found",
        ("al\0ice\u202e" * 100, right): "User not found",
        ("", right): "user or pass is missing",
        ("bob", right): "User has no tokens assigned",
        ("alice", "pin000000"): "wrong otp value",
        ("alice", f"nip{hotp(SEED, 0)}"): "wrong otp pin",
        ("alice", "1"): "wrong otp pin",
        ("alice", ""): "wrong otp pin",
        ("alice", "1" * 10_000): "wrong otp pin",
        ("locked", right): "Failcounter exceeded",
        ("disabled", right): "Token inactive",
        ("future", right): "Authentication validity period not yet begun",
        ("waiting", right): "too many failures: the next attempt has to wait",
    }
    tokens: dict[str, dict[str, Any]] = {
        "alice": {"max_failures": MANY},
        "locked": {"failures": 10},
        "disabled": {"active": False},
        "future": {"valid_from": household.clock.now() + 1},
        "waiting": {"max_failures": MANY},
    }
    async with household.house.store.unit() as unit:
        await unit.people.put(
            ManagedPerson(resolver=RESOLVER, userid=login, login=login)
            for login in tokens
            if login != "alice"
        )
        await unit.configuration.touch()
    for owner, fields in tokens.items():
        await household.give(f"T{owner}", owner=owner, pin="pin", **fields)
    for number in range(GUESSES):
        await household.check("pin000000", "waiting", client=stranger_at(number))
    for path in ("check", "simplecheck", "samlcheck"):
        told = set()
        for (user, answer), reason in attempts.items():
            reply = await stranger.post(f"/validate/{path}", user=user, **{"pass": answer})
            assert await why(household) == reason
            assert not lets_in(reply)
            told.add((reply.status_code, str(reply.headers.raw), reply.content))
        assert len(told) == 1, told


async def test_a47_a_wildcard_in_a_name_is_a_letter(
    household: Household, stranger: Caller, caller_for: Callable[[str], Awaitable[Caller]]
) -> None:
    await household.give("OATH1")
    for name in ("*", "ali*", "al%", "_lice", "alic?", "a.*", "[a]lice", "%", "alice*"):
        assert not (await household.check(hotp(SEED, 0), name)).accepted
        assert await why(household) == "User not found"
    for serial in ("OATH%", "OATH_", "OATH*", "%", "*"):
        assert not (await household.check(hotp(SEED, 0), None, serial=serial)).accepted
    await caller_for(ADMIN)
    for login in ("*", "adm*", "adm%", "_dmin"):
        answer = await stranger.post("/admin/login", username=login, password=ADMIN_PASSWORD)
        assert answer.status_code == 401
    assert (await household.held("OATH1")).counter == 0


async def test_a47_a_policy_for_a_name_with_a_wildcard_of_databases_means_nobody_else(
    household: Household,
) -> None:
    await household.give("OATH1", pin="sesame")
    await household.say(policy("otppin=2", user="al%"), policy("passthru", user="_ob"))
    assert not (await household.check(hotp(SEED, 0))).accepted
    assert not (await household.check("wonderland", "bob")).accepted
