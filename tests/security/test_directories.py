"""Directories that hang, lose people, or know two of a name: nobody gets in by that, and nobody loses anything."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tests.api.caller import ADMIN, Caller
from tests.elsewhere import Elsewhere
from tests.household import CLIENT, SEED, Household, policy
from watchword.crypto.otp import hotp
from watchword.directory.health import Health
from watchword.errors import DirectorySilent
from watchword.model.attempt import Attempt
from watchword.model.audit import AuditEntry
from watchword.model.configuration import ADMIN_REALM, ADMIN_RESOLVER, Realm
from watchword.model.person import Subject, UserName
from watchword.model.token import Token
from watchword.storage.promises import AuditFilter, Page

NO_USER_INFO = "/:no user info:/"
LATE = "Resolver 'faraway' did not answer in time."
RESTS = "Resolver 'faraway' did not answer and is left alone for some seconds."
CAROL = Subject("faraway", "id-carol")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """SQLite is enough: what is tried here does not lie in the store."""
    return {"WATCHWORD_HOME": str(tmp_path), **Elsewhere.plugged_in(tmp_path)}


@pytest.fixture
async def faraway(household: Household, tmp_path: Path) -> Elsewhere:
    """Carol, Dave and Erin in the realm ``far``."""
    faraway = Elsewhere.at(tmp_path, "faraway", "carol", "dave", "erin")
    async with household.house.store.unit() as unit:
        await faraway.put(unit, "far")
    return faraway


async def give_carol(
    household: Household, serial: str = "OATH1", *, kind: str = "hmac", **fields: Any
) -> Token:
    """A token with the PIN 1234."""
    return await household.give(serial, kind, owner=CAROL, pin="1234", realms=("far",), **fields)


async def come(household: Household, answer: str, login: str = "carol", realm: str = "far") -> bool:
    """An attempt at the gate."""
    attempt = Attempt(
        action="validate/check", user=UserName(login=login, realm=realm), answer=answer, client=CLIENT
    )
    return (await household.house.gate.check(attempt)).accepted


def code(counter: int) -> str:
    return "1234" + hotp(SEED, counter)


async def rows_of(household: Household, action: str) -> list[AuditEntry]:
    async with household.house.store.view() as view:
        rows, _ = await view.audit.search(AuditFilter(), Page(size=1000, sort="id", descending=True))
    return [row for row in rows if row.action == action]


async def why(household: Household, action: str = "validate/check") -> str:
    """The reason in the newest row of the action."""
    return (await rows_of(household, action))[0].action_detail


async def health_of(household: Household, name: str = "faraway") -> Health:
    configuration = (await household.house.snapshots.latest()).configuration
    (found,) = [one for one in household.house.directory.health(configuration) if one.resolver == name]
    return found


# ------------------------------------------------------------------ A115: a directory is down


@pytest.mark.parametrize(
    ("does", "reason"), [("hang", LATE), ("fail", "Resolver 'faraway' failed: OSError.")]
)
async def test_a115_a_log_in_while_the_directory_is_down_is_no_with_its_own_reason_and_spends_nothing(
    household: Household, stranger: Caller, faraway: Elsewhere, does: str, reason: str
) -> None:
    await give_carol(household)
    faraway.does(does)
    no = await stranger.post("/validate/check", user="carol", realm="far", **{"pass": code(0)})
    assert await why(household) == f"directory unknown: {reason}"
    faraway.does("")
    token = await household.held("OATH1")
    assert (token.counter, token.failures) == (0, 0), "nothing was counted"
    wrong = await stranger.post("/validate/check", user="carol", realm="far", **{"pass": "1234000000"})
    assert (no.status_code, no.content) == (wrong.status_code, wrong.content), "the stranger learns nothing"
    assert await come(household, code(0))
    assert not await come(household, code(0))


async def test_a115_a_password_is_never_right_by_memory(household: Household, faraway: Elsewhere) -> None:
    await household.say(policy("otppin=password"))
    await give_carol(household)
    assert await come(household, "carols-word" + hotp(SEED, 0))
    faraway.does("hang")
    assert not await come(household, "carols-word" + hotp(SEED, 1))
    assert await why(household) == f"directory unknown: {LATE}"
    token = await household.held("OATH1")
    assert (token.counter, token.failures) == (1, 0), "the code is not spent, and it was no guess"
    faraway.does("")
    assert await come(household, "carols-word" + hotp(SEED, 1))


async def test_a115_the_password_of_who_has_no_token_is_never_right_by_memory(
    household: Household, faraway: Elsewhere
) -> None:
    await household.say(policy("passthru"))
    assert await come(household, "carols-word")
    faraway.does("hang at password")
    assert not await come(household, "carols-word")
    assert await why(household) == f"directory unknown: {LATE}"


async def test_a115_whoever_is_not_remembered_any_more_does_not_get_in_by_what_was_last_known(
    household: Household, faraway: Elsewhere
) -> None:
    await give_carol(household)
    assert await come(household, code(0))
    faraway.does("hang")
    assert await come(household, code(1)), "within the resolver's time the answer holds"
    household.clock.advance(seconds=61)
    assert not await come(household, code(2))
    assert await why(household) == f"directory unknown: {LATE}"


@pytest.mark.parametrize("form", ["serial", "transaction"])
async def test_a115_a_token_whose_owner_is_unknown_opens_nothing(
    household: Household, stranger: Caller, faraway: Elsewhere, form: str
) -> None:
    await household.say(policy("challenge_response=*"))
    await give_carol(household)
    asked = await stranger.whole("/validate/check_s", serial="OATH1", **{"pass": "1234"})
    household.clock.advance(seconds=61)
    faraway.does("hang")
    if form == "serial":
        path, sent = "/validate/check_s", {"serial": "OATH1", "pass": code(0)}
    else:
        path, sent = (
            "/validate/check_t",
            {
                "transactionid": asked["detail"]["transactionid"],
                "pass": hotp(SEED, 0),
            },
        )
    value = await stranger.value(path, **sent)
    assert not (value["value"] if isinstance(value, dict) else value)
    assert await why(household, path[1:]) == f"owner unknown: {LATE}"
    token = await household.held("OATH1")
    assert (token.counter, token.failures) == (0, 0)


@pytest.mark.parametrize("does", ["hang", "hang at password"])
async def test_a115_an_administrator_whose_directory_is_down_is_told_no_and_the_audit_why(
    household: Household, stranger: Caller, faraway: Elsewhere, does: str
) -> None:
    async with household.house.store.unit() as unit:
        await unit.configuration.put_realm(Realm(name=ADMIN_REALM, resolvers=(ADMIN_RESOLVER, "faraway")))
    right = {"username": "carol", "password": "carols-word"}
    assert (await stranger.post("/admin/login", **right)).status_code == 200
    household.clock.advance(seconds=61)
    faraway.does(does)
    down = await stranger.post("/admin/login", **right)
    assert await why(household, "admin/login") == f"directory unknown: {LATE}"
    faraway.does("")
    wrong = await stranger.post("/admin/login", username="carol", password="wrong")
    assert (down.status_code, down.json()) == (401, wrong.json())


async def test_a115_lists_of_tokens_show_what_was_last_known_and_say_who_is_silent(
    household: Household, linotp: Caller, faraway: Elsewhere
) -> None:
    await give_carol(household)
    await household.give("OURS")
    asked = {"user_fields": "mobile", "sortby": "TokenSerialnumber"}
    before = await linotp.whole("/admin/show", **asked)
    household.clock.advance(seconds=61)
    await household.give("OATH2", owner=Subject("faraway", "id-dave"), realms=("far",))
    faraway.does("hang")
    after = await linotp.whole("/admin/show", **asked)
    assert "detail" not in before
    assert after["detail"] == {"unanswered": {"faraway": LATE}}
    carols, daves, ours = after["result"]["value"]["data"]
    assert [carols, ours] == before["result"]["value"]["data"]
    assert (carols["User.username"], carols["User.mobile"]) == ("carol", "+15555")
    assert (daves["User.username"], daves["LinOtp.Userid"]) == (NO_USER_INFO, "id-dave")
    assert (await rows_of(household, "admin/show"))[0].info == LATE
    younger = (await linotp.get("/api/v2/tokens/")).json()
    assert "faraway" in younger["detail"]["unanswered"]
    names = [record["userInfo"]["username"] for record in younger["result"]["value"]["pageRecords"]]
    assert sorted(map(str, names)) == ["None", "alice", "carol"]


async def test_a115_what_was_last_known_is_shown_for_a_day_and_not_of_who_is_gone(
    household: Household, linotp: Caller, faraway: Elsewhere
) -> None:
    await give_carol(household)
    assert (await linotp.value("/admin/getTokenOwner", serial="OATH1"))["username"] == "carol"
    faraway.does("hang")
    household.clock.advance(seconds=86_399)
    await linotp.log_in(ADMIN)
    told = await linotp.whole("/admin/getTokenOwner", serial="OATH1")
    assert told["result"]["value"]["username"] == "carol"
    assert told["detail"] == {"unanswered": {"faraway": LATE}}
    household.clock.advance(seconds=1)
    assert await linotp.code("/admin/getTokenOwner", serial="OATH1") == -311, "unknown is not {}: nobody's"
    household.clock.advance(seconds=11)
    faraway.does("")
    assert (await linotp.value("/admin/getTokenOwner", serial="OATH1"))["username"] == "carol"
    faraway.has("dave")
    household.clock.advance(seconds=61)
    assert await linotp.value("/admin/getTokenOwner", serial="OATH1") == {}
    faraway.does("hang")
    household.clock.advance(seconds=61)
    assert await linotp.code("/admin/getTokenOwner", serial="OATH1") == -311


async def test_a115_lists_of_people_leave_out_who_is_silent_and_say_so(
    household: Household, linotp: Caller, faraway: Elsewhere
) -> None:
    async with household.house.store.unit() as unit:
        await unit.configuration.put_realm(Realm(name="both", resolvers=("faraway", "people")))
    faraway.does("hang")
    for answer in (
        await linotp.post("/admin/userlist", realm="both"),
        await linotp.get("/api/v2/realms/both/users"),
    ):
        result = answer.json()["result"]
        assert [person["username"] for person in result["value"]] == ["alice", "bob"]
        assert result["unanswered"] == {"faraway": LATE}
    assert (await rows_of(household, "admin/userlist"))[0].info == LATE
    assert await linotp.code("/admin/userlist", realm="far") == -311, "no list is not an empty one"
    for path in ("realms/far/users", "resolvers/faraway/users", "resolvers/faraway/users/id-carol"):
        assert (await linotp.get(f"/api/v2/{path}")).status_code == 503


async def test_a115_while_the_directory_is_down_nothing_that_belongs_to_its_people_changes(
    household: Household, linotp: Caller, faraway: Elsewhere
) -> None:
    """Every act that needs to know who somebody is."""
    before = await give_carol(household)
    await household.give("FREE", owner=None, realms=("far",))
    faraway.does("hang")
    carol = {"user": "carol", "realm": "far"}
    for path, sent in (
        ("/admin/losttoken", {"serial": "OATH1"}),
        ("/admin/init", {"type": "hmac", "genkey": "1", **carol}),
        ("/admin/assign", {"serial": "FREE", **carol}),
        ("/admin/remove", carol),
        ("/admin/disable", carol),
        ("/admin/set", {"pin": "4321", "serial": "OATH1"}),
        ("/admin/show", {"user": NO_USER_INFO}),
        ("/admin/show", carol),
        ("/admin/checkstatus", carol),
        ("/system/checkPolicy", {"scope": "authentication", "action": "otppin", "client": "", **carol}),
    ):
        answer = await linotp.post(path, **sent)
        result = answer.json()["result"]
        assert result["status"] is False, path
        assert result["error"]["code"] == -311, path
        assert "faraway" in result["error"]["message"], path
    assert await household.held("OATH1") == before
    assert (await household.held("FREE")).owner is None
    assert await linotp.value("/admin/copyTokenUser", **{"from": "OATH1", "to": "FREE"}), (
        "who owns is known here"
    )


async def test_a115_a_policy_that_tests_attributes_is_not_passed_by_who_is_unknown(
    household: Household, faraway: Elsewhere
) -> None:
    """Without an attribute a condition is false, and its refusal would not hold."""
    await household.say(policy("otppin=ignore_pin", user="#mobile == +15555"))
    await give_carol(household)
    faraway.does("hang")
    assert not await come(household, hotp(SEED, 0))
    assert (await household.last_row()).action_detail == f"directory unknown: {LATE}"


async def test_a115_nothing_is_sent_to_a_number_that_nobody_can_tell_now(
    household: Household, stranger: Caller, faraway: Elsewhere
) -> None:
    await household.say(policy("sms_dynamic_mobile_number"))
    sms = await give_carol(household, "SMS1", kind="sms", info={"phone": "+1555000"})
    assert not await come(household, "0"), "her number is known now"
    household.clock.advance(seconds=61)
    faraway.does("hang")
    for path, named in (("check", {"user": "carol", "realm": "far"}), ("check_s", {"serial": "SMS1"})):
        answer = await stranger.whole(f"/validate/{path}", **named, **{"pass": "1234"})
        assert (answer["result"]["value"], "detail" in answer) == (False, False)
        assert LATE in await why(household, f"validate/{path}")
    async with household.house.store.view() as view:
        assert await view.errands.due(household.clock.now(), 10) == ()
        assert await view.challenges.of_tokens([sms.id]) == ()


async def test_a115_who_looks_after_own_tokens_is_kept_out_and_not_logged_out(
    household: Household, caller_for: Callable[[str], Awaitable[Caller]], faraway: Elsewhere
) -> None:
    await household.say(policy("delete", scope="selfservice"))
    await give_carol(household)
    portal = await caller_for("")
    form = {"login": "carol", "realm": "far", "password": "carols-word"}
    assert await portal.value("/userservice/login", **form)
    session = portal.http.cookies["user_selfservice"]
    assert len(await portal.value("/userservice/usertokenlist", session=session)) == 1
    household.clock.advance(seconds=61)
    faraway.does("hang")
    for call in ("usertokenlist", "delete"):
        answer = await portal.post(f"/userservice/{call}", session=session, serial="OATH1")
        assert (answer.status_code, answer.json()["result"]["status"]) == (200, False)
    fresh = await caller_for("")
    assert (await fresh.post("/userservice/login", **form)).json()["result"]["value"] is False
    assert await why(household, "userservice/login") == f"directory unknown: {LATE}"
    faraway.does("")
    household.clock.advance(seconds=10)
    assert len(await portal.value("/userservice/usertokenlist", session=session)) == 1


async def test_a115_a_hung_directory_holds_up_nobody_of_another_realm(
    household: Household, faraway: Elsewhere
) -> None:
    await household.give("OURS")
    faraway.does("wait")
    hung = [asyncio.create_task(come(household, "0", f"who{number}")) for number in range(100)]
    await asyncio.sleep(0)
    assert await come(household, hotp(SEED, 0), "alice", "demo")
    assert not any(task.done() for task in hung)
    assert await asyncio.gather(*hung) == [False] * 100


async def test_a115_a_silent_directory_is_left_alone_and_tried_again_by_one_question(
    household: Household, faraway: Elsewhere
) -> None:
    await give_carol(household)
    faraway.does("hang")
    for _ in range(3):
        assert not await come(household, code(0))
    assert faraway.asked() == {"find": 3}
    assert (await health_of(household)).resting
    assert not await come(household, code(0))
    assert await why(household) == f"directory unknown: {RESTS}"
    assert faraway.asked() == {}
    household.clock.advance(seconds=10)
    tries = await asyncio.gather(*(come(household, code(0), login) for login in ("carol", "dave", "erin")))
    assert (tries, faraway.asked()) == ([False] * 3, {"find": 1})
    faraway.does("")
    assert not await come(household, code(0)), "it rests again"
    household.clock.advance(seconds=10)
    assert await come(household, code(0))
    health = await health_of(household)
    assert (health.resting, health.answers, health.unanswered) == (False, 1, 4)
    assert health.last_answer == household.clock.now()


async def test_a115_a_password_check_asks_no_directory_that_is_left_alone(
    household: Household, faraway: Elsewhere
) -> None:
    await household.say(policy("otppin=password"))
    await give_carol(household)
    assert await come(household, "carols-word" + hotp(SEED, 0))
    faraway.does("hang")
    for login in ("a", "b", "c"):
        assert not await come(household, "0", login)
    faraway.asked()
    assert not await come(household, "carols-word" + hotp(SEED, 1))
    assert await why(household) == f"directory unknown: {RESTS}"
    assert faraway.asked() == {}


async def test_a115_passwords_that_take_long_here_do_not_rest_a_directory(
    household: Household, faraway: Elsewhere
) -> None:
    """Else a flood of guesses would lock everybody of the directory out."""
    await household.say(policy("otppin=password"))
    await give_carol(household)
    faraway.does("hang at password")
    for counter in range(5):
        assert not await come(household, "carols-word" + hotp(SEED, counter))
    assert not (await health_of(household)).resting


async def test_a100_a_flood_of_names_asks_each_once_and_no_more_than_a_few_at_once(
    household: Household, faraway: Elsewhere
) -> None:
    await asyncio.gather(*(come(household, "0", "mallory") for _ in range(200)))
    assert faraway.asked() == {"find": 1}, "those who ask at the same time share the answer"
    await asyncio.gather(*(come(household, "0", "mallory") for _ in range(200)))
    assert faraway.asked() == {}, "it is remembered that there is no mallory"
    household.clock.advance(seconds=15)
    faraway.has("mallory")
    await household.give("HIS", owner=Subject("faraway", "id-mallory"), pin="1234", realms=("far",))
    assert await come(household, code(0), "mallory"), "and not for long: people come"
    faraway.asked()
    faraway.does("wait")
    flood = [asyncio.create_task(come(household, "0", f"mallory{number}")) for number in range(300)]
    while not faraway.asked()["find"]:
        await asyncio.sleep(0.01)
    assert faraway.asked()["find"] <= 16
    await asyncio.gather(*flood)


async def test_a_first_log_in_asks_the_directory_once_and_a_further_one_only_for_a_password(
    household: Household, faraway: Elsewhere
) -> None:
    await give_carol(household)
    assert await come(household, code(0))
    assert faraway.asked() == {"find": 1}
    assert await come(household, code(1))
    assert faraway.asked() == {}
    await household.say(policy("otppin=password"))
    assert await come(household, "carols-word" + hotp(SEED, 2))
    assert faraway.asked() == {"find": 1, "password": 1}, "a new configuration forgets everything"
    assert await come(household, "carols-word" + hotp(SEED, 3))
    assert faraway.asked() == {"password": 1}


# ------------------------------------------------------------------ A116: many are gone at once


@pytest.fixture
async def crowd(household: Household, faraway: Elsewhere) -> list[str]:
    """A hundred people with a token each."""
    people = [f"p{number:02}" for number in range(100)]
    faraway.has(*people)
    for person in people:
        await household.give(person, owner=Subject("faraway", f"id-{person}"), pin="1234", realms=("far",))
    return people


async def orphans(linotp: Caller) -> list[str]:
    shown = await linotp.value("/admin/show", user=NO_USER_INFO)
    return sorted(row["LinOtp.TokenSerialnumber"] for row in shown["data"])


async def test_a116_one_in_ten_who_is_missing_at_once_is_not_believed_to_be_gone(
    household: Household, other_node: Household, linotp: Caller, faraway: Elsewhere, crowd: list[str]
) -> None:
    faraway.has(*crowd[9:])
    assert await orphans(linotp) == crowd[:9], "people leave"
    faraway.has(*crowd[10:])
    household.clock.advance(seconds=61)
    for _ in range(2):
        answer = await linotp.post("/admin/show", user=NO_USER_INFO)
        told = answer.json()["result"]["error"]["message"]
        assert told.startswith("Resolver 'faraway' misses 10 of 100 people looked up lately")
        household.clock.advance(seconds=61)
    assert await health_of(household) == replace(
        await health_of(household), people=100, missing=10, brake=True
    )
    (row,) = await rows_of(household, "directory/brake")
    assert (row.success, row.info) == (False, "faraway")
    assert row.action_detail.startswith("Resolver 'faraway' misses 10 of 100 people looked up lately")
    other, owners = other_node.house, {Subject("faraway", f"id-{person}") for person in crowd}
    configuration = (await other.snapshots.latest()).configuration
    with pytest.raises(DirectorySilent, match="misses 10 of 100"):  # it has never seen them there
        await other.directory.gone(owners, configuration)


async def test_a116_nothing_of_the_missing_changes_while_the_brake_holds(
    household: Household, linotp: Caller, stranger: Caller, faraway: Elsewhere, crowd: list[str]
) -> None:
    before = [await household.held(serial) for serial in crowd]
    await linotp.value("/admin/show")
    faraway.has(*crowd[20:])
    household.clock.advance(seconds=61)
    listed = await linotp.whole("/admin/show")
    assert "misses" in listed["detail"]["unanswered"]["faraway"]
    names = {row["User.username"] for row in listed["result"]["value"]["data"]}
    assert names == set(crowd), "lists show what was last known"
    assert await linotp.code("/admin/losttoken", serial="p19") == -311
    assert await linotp.code("/admin/show", user=NO_USER_INFO) == -311
    assert not await stranger.value("/validate/check_s", serial="p19", **{"pass": code(0)})
    assert (await why(household, "validate/check_s")).startswith("owner unknown: Resolver 'faraway' misses")
    assert [await household.held(serial) for serial in crowd] == before
    assert await come(household, code(0), "p50"), "whoever is there gets in"


async def test_a116_the_brake_ends_when_they_are_back_or_an_administrator_says_that_they_are_gone(
    household: Household, linotp: Caller, faraway: Elsewhere, crowd: list[str]
) -> None:
    faraway.has(*crowd[30:])
    assert await linotp.code("/admin/show", user=NO_USER_INFO) == -311
    await linotp.value("/system/setConfig", key="brake.faraway", value="off")
    assert await orphans(linotp) == crowd[:30]
    await linotp.value("/system/delConfig", key="brake.faraway")
    assert await linotp.code("/admin/show", user=NO_USER_INFO) == -311
    faraway.has(*crowd)
    household.clock.advance(seconds=61)
    assert await orphans(linotp) == []
    assert not (await health_of(household)).brake


async def test_a116_a_change_of_a_resolver_that_would_lose_many_owners_is_refused(
    household: Household, linotp: Caller, crowd: list[str], tmp_path: Path
) -> None:
    before = [await household.held(serial) for serial in crowd]
    copy = Elsewhere.at(tmp_path, "copy", *crowd[10:])
    changed = {
        "name": "faraway",
        "previous_name": "faraway",
        "type": "waywardresolver",
        "folder": str(copy.folder),
        "ids": "badge-",
    }
    answer = (await linotp.post("/system/setResolver", **changed)).json()
    assert answer["result"]["error"]["message"].startswith("10 of 100 owners of tokens would not be found")
    assert [await household.held(serial) for serial in crowd] == before
    copy.has(*crowd[9:])
    assert await linotp.value("/system/setResolver", **changed) is True
    owners = [(await household.held(serial)).owner for serial in crowd]
    assert [owner and owner.userid for owner in owners] == [
        f"id-{person}" if person in crowd[:9] else f"badge-id-{person}" for person in crowd
    ]


async def test_a116_a_few_may_always_be_gone(
    household: Household, linotp: Caller, faraway: Elsewhere
) -> None:
    for person in ("carol", "dave", "erin"):
        await household.give(person, owner=Subject("faraway", f"id-{person}"), realms=("far",))
    faraway.has("erin")
    assert await orphans(linotp) == ["carol", "dave"]


# ------------------------------------------------------------------ A117: two entries for a name


@pytest.mark.parametrize("where", ["one directory", "two directories"])
async def test_a117_a_name_that_two_entries_answer_to_is_refused_and_the_audit_names_them(
    household: Household, stranger: Caller, faraway: Elsewhere, tmp_path: Path, where: str
) -> None:
    await give_carol(household)
    if where == "one directory":
        faraway.has("carol", "carol=2")
        told = "'faraway' has 2 entries for 'carol'"
    else:
        nearby = Elsewhere.at(tmp_path, "nearby", "carol=2")
        async with household.house.store.unit() as unit:
            await nearby.put(unit, "near")
            await unit.configuration.put_realm(Realm(name="far", resolvers=("nearby", "faraway")))
        told = "'carol' is '2' in resolver 'nearby' and 'id-carol' in 'faraway'"
    for _ in range(2):
        assert not await stranger.value("/validate/check", user="carol", realm="far", **{"pass": code(0)})
        assert (await why(household)).startswith("several directory entries answer to this name: ")
        assert told in await why(household)
    token = await household.held("OATH1")
    assert (token.counter, token.failures) == (0, 0)
    faraway.has("carol")
    if where == "one directory":
        assert await come(household, code(0)), "no refusal is remembered"


async def test_a117_an_administrator_whose_name_two_entries_answer_to_is_refused(
    household: Household, stranger: Caller, faraway: Elsewhere
) -> None:
    async with household.house.store.unit() as unit:
        await unit.configuration.put_realm(Realm(name=ADMIN_REALM, resolvers=(ADMIN_RESOLVER, "faraway")))
    faraway.has("carol", "carol=2")
    answer = await stranger.post("/admin/login", username="carol", password="carols-word")
    assert answer.status_code == 401
    assert (await why(household, "admin/login")).startswith("several directory entries answer to this name")


async def test_a117_administrators_are_told_of_two_entries_too(linotp: Caller, faraway: Elsewhere) -> None:
    faraway.has("carol", "carol=2")
    assert await linotp.code("/admin/init", type="hmac", genkey="1", user="carol", realm="far") == 1205


# ------------------------------------------------------------------ A39: one person under every spelling


SPELLINGS = (
    ("carol", "far"),
    ("CAROL", "FAR"),
    (" carol ", " far "),
    ("carol@far", ""),
    ("Carol@FAR ", ""),
    ("far\\carol", ""),
    ("FAR\\Carol", ""),
    ("\uff43\uff41\uff52\uff4f\uff4c", "far"),
)
CONFUSABLES = (
    "c\u0430rol",  # a Cyrillic a
    "car\u03bfl",  # a Greek omicron
    "caro\u0131",  # a dotless i
    "carol\u200b",
    "carol\u00ad",
    "c\u0301arol",
    "car ol",
    "carol\0",
    "carol\u202e",
)


@pytest.mark.usefixtures("faraway")
@pytest.mark.parametrize(("user", "realm"), SPELLINGS)
async def test_a39_every_spelling_of_a_name_meets_one_person_with_one_count(
    household: Household, stranger: Caller, user: str, realm: str
) -> None:
    await give_carol(household)
    named = {"user": user, **({"realm": realm} if realm else {})}
    assert not await stranger.value("/validate/check", **named, **{"pass": "1234000000"})
    assert (await household.held("OATH1")).failures == 1
    assert await stranger.value("/validate/check", **named, **{"pass": code(0)})
    row = (await rows_of(household, "validate/check"))[0]
    assert (row.user, row.realm) == ("carol", "far")
    assert not await stranger.value("/validate/check", user="carol", realm="far", **{"pass": code(0)})


@pytest.mark.usefixtures("faraway")
@pytest.mark.parametrize("login", CONFUSABLES)
async def test_a39_what_only_looks_like_a_name_is_nobodys(
    household: Household, stranger: Caller, login: str
) -> None:
    await give_carol(household)
    assert not await stranger.value("/validate/check", user=login, realm="far", **{"pass": code(0)})
    assert await why(household) == "User not found"
    assert (await household.held("OATH1")).counter == 0
