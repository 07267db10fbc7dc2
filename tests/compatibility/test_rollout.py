"""The life of a rollout token as LinOTP's how-to tells it: each call as it is written there, on each store."""

import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from tests.api.caller import ADMIN, ADMIN_PASSWORD, Caller
from tests.authentication.conftest import environment, household
from tests.household import SEED, Household
from watchword.api import linotp as dialect
from watchword.api.linotp.doors import Doors
from watchword.crypto.otp import hotp
from watchword.storage.promises import AuditFilter, Page

__all__ = ["environment", "household"]

SELF_SERVICE = "mfa_login, mfa_3_fields, enrollHMAC, delete, verify"


class Older:
    """An administrator's program of the older kind: it has one cookie, and says its value in each request."""

    def __init__(self, http: httpx2.AsyncClient) -> None:
        self.http = http

    async def enter(self) -> None:
        answer = await self.http.get("/admin/getsession", auth=(ADMIN, ADMIN_PASSWORD))
        assert answer.json()["result"] == {"status": True, "value": True}

    async def get(self, query: str) -> dict[str, Any]:
        """``/admin/init?user=...&session=COOKIE``, as the how-to writes it."""
        answer = await self.http.get(query.replace("COOKIE", self.http.cookies["admin_session"]))
        envelope: dict[str, Any] = answer.json()
        assert answer.status_code == 200, answer.text
        assert envelope["result"]["status"] is True, answer.text
        return envelope

    async def policy(self, name: str, scope: str, action: str, **fields: str) -> None:
        session = self.http.cookies["admin_session"]
        said = {"name": name, "scope": scope, "action": action, "realm": "*", "user": "*", **fields}
        answer = await self.http.post("/system/setPolicy", data={**said, "session": session})
        assert answer.json()["result"]["status"] is True, answer.text

    async def tokens(self) -> dict[str, dict[str, Any]]:
        """What the token management shows, by serial."""
        rows = (await self.get("/admin/show?tokeninfo_format=json&session=COOKIE"))["result"]["value"]["data"]
        return {row["LinOtp.TokenSerialnumber"]: row for row in rows}


@pytest.fixture
async def older(stranger: Caller, linotp: Caller) -> Older:
    assert linotp.http.cookies, "the administrator exists"
    program = Older(stranger.http)
    await program.enter()
    return program


@pytest.fixture
async def portal(household: Household) -> AsyncIterator[Caller]:
    """Somebody's browser at the self-service portal."""
    async with Caller.at(Doors(household.house, dialect.doors())) as caller:
        yield caller


@pytest.fixture
async def vpn(household: Household) -> AsyncIterator[Caller]:
    """A gateway on the same machine, which speaks IPv6 and says for whom it asks."""
    doors: Any = Doors(household.house, dialect.doors())
    transport = httpx2.ASGITransport(app=doors, client=("::1", 40000))
    async with httpx2.AsyncClient(transport=transport, base_url="http://watchword.example") as http:
        yield Caller(http)


async def log_in(portal: Caller, otp: str, password: str = "wonderland") -> bool:
    """All three fields at once."""
    portal.http.cookies.clear()
    value = await portal.value("/userservice/login", login="alice", password=password, otp=otp)
    return bool(value)


async def of_portal(portal: Caller, path: str, **fields: str) -> dict[str, Any]:
    session = portal.http.cookies["user_selfservice"]
    return await portal.whole(f"/userservice/{path}", session=session, **fields)


async def may(caller: Caller, password: str, user: str = "alice", **fields: str) -> bool:
    value = await caller.value("/validate/check", user=user, **{"pass": password, **fields})
    return bool(value)


async def test_simply_a_rollout_token_for_logging_in_to_the_self_service(
    older: Older, stranger: Caller, portal: Caller
) -> None:
    made = await older.get(
        "/admin/init?user=alice&realm=demo&type=PW&otpkey=start-7781&rollout=True&session=COOKIE"
    )
    seed = made["detail"]["otpkey"]
    assert made["detail"]["serial"].startswith("KIPW")
    assert (seed["order"], seed["value"]) == ("1", "seed://start-7781")
    assert seed["img"].startswith("<img ")
    assert (made["jsonrpc"], made["result"], made["id"]) == ("2.0802", {"status": True, "value": True}, 1)
    serial = made["detail"]["serial"]
    row = (await older.tokens())[serial]
    assert row["LinOtp.TokenDesc"] == "rollout token"
    assert row["LinOtp.TokenInfo"]["scope"] == {"path": ["userservice"]}
    assert (row["User.username"], row["LinOtp.TokenType"]) == ("alice", "pw")

    wrong = (await stranger.post("/validate/check", user="alice", **{"pass": "start-0000"})).content
    right = await stranger.post("/validate/check", user="alice", **{"pass": "start-7781"})
    assert right.content == wrong
    assert not await stranger.value("/validate/check_s", serial=serial, **{"pass": "start-7781"})
    simple = await stranger.post("/validate/simplecheck", user="alice", **{"pass": "start-7781"})
    assert simple.text == ":-("
    assert (await older.tokens())[serial]["LinOtp.FailCount"] == 0

    await older.policy("portal", "selfservice", SELF_SERVICE)
    assert not await log_in(portal, "start-7781", password="stolen")
    assert not await log_in(portal, "guessed")
    assert not await log_in(portal, "")
    assert await log_in(portal, "start-7781")


async def test_rollout_tokens_for_self_service_and_validation(
    older: Older, stranger: Caller, portal: Caller
) -> None:
    query = (
        "/admin/init?user=alice&realm=demo&type=PW&otpkey=start-7781"
        '&description=for the VPN&scope={"path":["userservice", "validate"]}&session=COOKIE'
    )
    serial = (await older.get(query))["detail"]["serial"]
    row = (await older.tokens())[serial]
    assert row["LinOtp.TokenDesc"] == "for the VPN"
    assert row["LinOtp.TokenInfo"]["scope"] == {"path": ["userservice", "validate"]}
    assert await may(stranger, "start-7781")
    await older.policy("portal", "selfservice", SELF_SERVICE)
    assert await log_in(portal, "start-7781")
    await older.policy("control", "authentication", "rollout_token_allow_validate", user="bob")
    assert not await may(stranger, "start-7781")
    await older.policy("control", "authentication", "rollout_token_allow_validate", user="alice")
    assert await may(stranger, "start-7781")


async def test_without_a_session_nobody_enrols(stranger: Caller, older: Older) -> None:
    stranger.http.cookies.clear()
    query = "/admin/init?user=alice&realm=demo&type=PW&otpkey=x&rollout=True"
    for session in ("", "&session=", "&session=made-up"):
        assert (await stranger.http.get(query + session)).status_code in {401, 405}
        assert (await stranger.http.post(query + session)).status_code == 401
    await older.enter()
    assert await older.tokens() == {}


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("hmac", "genkey=1"),
        ("totp", "genkey=1"),
        ("motp", "otpkey=0123456789abcdef&otppin=1234"),
        ("pw", "otpkey=x"),
        ("spass", ""),
        ("sms", "phone=1234"),
        ("email", "email_address=alice@example.org"),
        ("voice", "phone=1234"),
        ("recovery", ""),
    ],
)
async def test_every_type_can_be_declared_a_rollout_token(kind: str, fields: str, older: Older) -> None:
    for place, declared in enumerate(("rollout=1", 'scope={"path":["userservice"]}')):
        serial = f"{kind}{place}"
        await older.get(f"/admin/init?type={kind}&serial={serial}&{fields}&{declared}&session=COOKIE")
        row = (await older.tokens())[serial]
        assert row["LinOtp.TokenDesc"] == "rollout token"
        assert row["LinOtp.TokenInfo"]["scope"] == {"path": ["userservice"]}


async def test_it_can_be_enrolled_without_a_user_and_assigned_later(
    older: Older, portal: Caller, stranger: Caller
) -> None:
    await older.get("/admin/init?type=PW&otpkey=start-7781&serial=KIPW1&rollout=True&session=COOKIE")
    await older.policy("portal", "selfservice", SELF_SERVICE)
    assert not await log_in(portal, "start-7781")
    await older.get("/admin/assign?serial=KIPW1&user=alice&session=COOKIE")
    assert await log_in(portal, "start-7781")
    assert not await may(stranger, "start-7781")


@pytest.mark.parametrize(
    "scope", ["userservice", "[", '["userservice"]', '{"path":"userservice"}', '{"path":[1]}']
)
async def test_a_scope_that_says_nothing_clear_makes_no_token(scope: str, older: Older) -> None:
    query = f"/admin/init?type=PW&otpkey=x&scope={scope}&session={older.http.cookies['admin_session']}"
    answer = await older.http.get(query)
    assert (answer.status_code, answer.json()["result"]["status"]) == (200, False)
    assert await older.tokens() == {}


async def test_its_validity_is_set_as_that_of_any_other_token(
    older: Older, household: Household, portal: Caller
) -> None:
    await older.policy("portal", "selfservice", SELF_SERVICE)
    for serial, start, end in (
        ("KIPW1", "18/12/2020%2017:17", "31/01/2026%2000:00"),
        ("KIPW2", "18/12/20%2017:17", "31/01/26%2000:00"),
    ):
        password = f"start-{serial}"
        await older.get(
            f"/admin/init?user=alice&type=PW&otpkey={password}&serial={serial}&rollout=1&session=COOKIE"
        )
        said = await older.get(
            f"/admin/set?session=COOKIE&serial={serial}&countAuthSuccessMax=3&countAuthMax=5"
            f"&validityPeriodStart={start}&validityPeriodEnd={end}"
        )
        assert set(said["result"]["value"].values()) == {1}
        info = (await older.tokens())[serial]["LinOtp.TokenInfo"]
        assert (info["count_auth_success_max"], info["count_auth_max"]) == (3, 5)
        assert info["validity_period_start"].startswith("2020-12-18T17:17")
        assert info["validity_period_end"].startswith("2026-01-31T00:00")
        assert [await log_in(portal, password) for _ in range(4)] == [True, True, True, False]
        await older.get(f"/admin/set?session=COOKIE&serial={serial}&countAuthSuccessMax=0&countAuthMax=0")
        assert await log_in(portal, password)
        await older.get(f"/admin/set?session=COOKIE&serial={serial}&validityPeriodStart=01/02/2026 00:00")
        assert not await log_in(portal, password)
        await older.get(f"/admin/set?session=COOKIE&serial={serial}&validityPeriodStart=unlimited")
    household.clock.advance(seconds=31 * 86_400)
    await older.enter()
    assert not await log_in(portal, "start-KIPW1")
    assert not await log_in(portal, "start-KIPW2")


@pytest.mark.parametrize("how", ["portal", "test page", "validate", "verify"])
async def test_it_is_unseen_and_goes_with_the_first_use_of_the_real_token(
    how: str, older: Older, portal: Caller, stranger: Caller, household: Household
) -> None:
    await older.policy("portal", "selfservice", SELF_SERVICE)
    await older.policy("tidy", "enrollment", "purge_rollout_token")
    await older.get(
        "/admin/init?user=alice&realm=demo&type=PW&otpkey=start-7781&serial=KIPW1&rollout=1&session=COOKIE"
    )
    await older.get(
        "/admin/init?user=bob&realm=demo&type=PW&otpkey=start-7781&serial=KIPW2&rollout=1&session=COOKIE"
    )
    assert await log_in(portal, "start-7781")
    assert (await of_portal(portal, "context"))["detail"]["tokenArray"] == []
    await of_portal(portal, "enroll", type="hmac", serial="REAL", otpkey=SEED.hex())
    shown = (await of_portal(portal, "context"))["detail"]["tokenArray"]
    assert [row["LinOtp.TokenSerialnumber"] for row in shown] == ["REAL"]
    assert set(await older.tokens()) == {"KIPW1", "KIPW2", "REAL"}, "enrolling purges nothing"

    assert not await may(stranger, "000000")
    assert await log_in(portal, "start-7781"), "whoever has missed the QR code comes in once more"
    code = hotp(SEED, 0)
    if how == "portal":
        assert await log_in(portal, code)
    elif how == "test page":
        page = await stranger.post("/auth/index", user="alice", **{"pass": code})
        assert page.status_code == 200
    elif how == "validate":
        assert await may(stranger, code)
    else:
        assert (await of_portal(portal, "verify", serial="REAL", otp=code))["result"]["value"]
    assert set(await older.tokens()) == {"KIPW2", "REAL"}
    assert not await log_in(portal, "start-7781")
    async with household.house.store.view() as view:
        rows, _ = await view.audit.search(AuditFilter(), Page(size=100, sort="id"))
    assert [(row.success, row.info) for row in rows if row.info] == [(True, "purged rollout tokens:KIPW1")]


async def test_by_default_it_stays_until_it_is_removed(
    older: Older, portal: Caller, stranger: Caller
) -> None:
    await older.policy("portal", "selfservice", SELF_SERVICE)
    await older.get("/admin/init?user=alice&type=PW&otpkey=start-7781&serial=KIPW1&rollout=1&session=COOKIE")
    await older.get(f"/admin/init?user=alice&type=hmac&otpkey={SEED.hex()}&serial=REAL&session=COOKIE")
    assert await may(stranger, hotp(SEED, 0))
    assert await log_in(portal, "start-7781")
    await older.get("/admin/remove?serial=KIPW1&session=COOKIE")
    assert not await log_in(portal, "start-7781")


@pytest.mark.parametrize("listed", [", ::1", "127.0.0.1, ::1", " ::1 ,127.0.0.1", "0:0::1"])
async def test_two_policies_let_it_in_from_two_accesses_only(
    listed: str, older: Older, vpn: Caller, portal: Caller
) -> None:
    query = (
        "/admin/init?user=alice&realm=demo&type=PW&otpkey=start-7781"
        '&scope={"path":["userservice", "validate"]}&session=COOKIE'
    )
    await older.get(query)
    assert await may(vpn, "start-7781", client="192.0.2.99"), "without a policy from all clients"
    await older.policy("vpn4", "authorization", "authorize, tokentype=PW", client="198.51.100.0/28")
    await older.policy("vpn6", "authorization", "authorize, tokentype=PW", client="2001:db8:1::/48")
    assert not await may(vpn, "start-7781", client="198.51.100.5"), "nobody may claim an address yet"
    await older.get(f"/system/setConfig?mayOverwriteClient={listed}&session=COOKIE")
    for client, opens in (
        ("198.51.100.5", True),
        ("2001:db8:1::7", True),
        ("::ffff:198.51.100.5", True),
        ("198.51.100.77", False),
        ("2001:db8:2::7", False),
        ("no address", False),
        ("", False),
    ):
        assert await may(vpn, "start-7781", client=client) is opens, client
    assert not await may(vpn, "start-7781")

    await older.get(f"/admin/init?user=alice&type=hmac&otpkey={SEED.hex()}&serial=REAL&session=COOKIE")
    assert not await may(vpn, hotp(SEED, 0), client="198.51.100.5"), "these policies are about passwords"
    await older.policy("portal", "selfservice", SELF_SERVICE)
    assert await log_in(portal, hotp(SEED, 1)), "the portal has policies of its own"


async def test_who_is_not_listed_claims_nothing(older: Older, vpn: Caller, stranger: Caller) -> None:
    await older.get(f"/admin/init?user=alice&type=hmac&otpkey={SEED.hex()}&serial=REAL&session=COOKIE")
    await older.policy("inside", "authorization", "authorize", client="198.51.100.0/28")
    await older.get("/system/setConfig?mayOverwriteClient=::1&session=COOKIE")
    assert not await may(stranger, hotp(SEED, 0), client="198.51.100.5")
    assert await may(vpn, hotp(SEED, 0), client="198.51.100.5")


async def test_a_json_body_may_hold_the_scope_as_it_is(linotp: Caller, household: Household) -> None:
    body = {"type": "pw", "otpkey": "x", "serial": "KIPW1", "scope": {"path": ["userservice"]}}
    assert (await linotp.post_json("/admin/init", body)).json()["result"]["value"] is True
    assert (await household.held("KIPW1")).paths == {"userservice"}
    body |= {"serial": "KIPW2", "scope": json.dumps(body["scope"])}
    assert (await linotp.post_json("/admin/init", body)).json()["result"]["value"] is True
    assert (await household.held("KIPW2")).paths == {"userservice"}


async def test_the_older_log_in_of_portals_takes_it_in_one_step(older: Older, portal: Caller) -> None:
    await older.policy("portal", "selfservice", SELF_SERVICE)
    await older.get("/admin/init?user=alice&type=PW&otpkey=start-7781&rollout=1&session=COOKIE")
    coded = ":".join(base64.b32encode(part).decode() for part in (b"start-7781", b"wonderland"))
    assert await portal.value("/userservice/auth", login="alice", password=coded)
