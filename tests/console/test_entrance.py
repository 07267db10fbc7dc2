"""Who comes into the console, and who does not."""

from tests.console.desk import HOME, LOGIN, Desk
from tests.household import SEED, Household
from watchword.crypto.otp import hotp
from watchword.model.configuration import ADMIN_RESOLVER
from watchword.model.person import Subject
from watchword.model.policy import Policy

SECOND_FACTOR = Policy(
    name="second-factor",
    scope="authentication",
    realm="linotp_admins",
    user="*",
    client="*",
    action="manage_mfa_login",
)


async def test_an_administrator_comes_in_by_the_password(desk: Desk) -> None:
    assert desk.is_in
    assert desk.path == HOME


async def test_a_person_of_another_realm_does_not_come_in(household: Household) -> None:
    async with Desk.at(household.house) as desk:
        await desk.log_in("alice", "wonderland")
        assert not desk.is_in
        await desk.log_in("alice@demo", "wonderland")
        assert not desk.is_in


async def test_a_stranger_is_led_to_the_log_in_and_back(household: Household) -> None:
    async with Desk.at(household.house) as desk:
        await desk.visit(HOME)
        assert desk.path == LOGIN
        await desk.send("password", name="root", password="looking-glass")
        assert desk.path == HOME


async def test_nobody_is_led_to_another_host_after_the_log_in(household: Household) -> None:
    async with Desk.at(household.house) as desk:
        for wrong in (
            "//evil.example/",
            "/manage//evil.example",
            "/selfservice/",
            "https://evil.example/manage/",
        ):
            await desk.http.post("/manage/logout")
            await desk.visit(f"{LOGIN}?to={wrong}")
            assert "evil" not in desk.forms("password")[0].fields.get("to", "")
            await desk.send("password", name="root", password="looking-glass")
            assert desk.path == HOME
            await desk.send(where=next(n for n, form in enumerate(desk.forms()) if "logout" in form.action))


async def test_where_policy_wants_a_second_factor_the_password_alone_does_not_open(
    household: Household,
) -> None:
    await household.say(SECOND_FACTOR)
    await household.give("ADMINS", owner=Subject(ADMIN_RESOLVER, "root"), realms=("linotp_admins",))
    async with Desk.at(household.house) as desk:
        await desk.log_in("root")
        assert not desk.is_in
        await desk.visit(HOME)
        assert desk.path == LOGIN
        await desk.send("code", code=hotp(SEED, 0, 6))
        assert desk.is_in


async def test_the_dialect_wants_the_second_factor_too(household: Household) -> None:
    await household.say(SECOND_FACTOR)
    await household.give("ADMINS", owner=Subject(ADMIN_RESOLVER, "root"), realms=("linotp_admins",))
    async with Desk.at(household.house) as desk:
        who = {"username": "root", "password": "looking-glass"}
        refused = await desk.http.post("/admin/login", data=who)
        assert refused.status_code == 401
        code = hotp(SEED, 0, 6)
        assert (await desk.http.post("/admin/login", data={**who, "otp": code})).status_code == 200
        assert (await desk.http.post("/admin/login", data={**who, "otp": code})).status_code == 401


async def test_a_portal_session_opens_no_console(household: Household) -> None:
    async with Desk.at(household.house) as desk:
        await desk.visit("/selfservice/login")
        await desk.send("password", name="root@linotp_admins", password="looking-glass")
        value = desk.cookie("watchword-portal")
        desk.http.cookies.set("watchword-console", value or "")
        await desk.visit(HOME)
        assert not desk.is_in


async def test_logged_out_is_out(desk: Desk) -> None:
    await desk.send(where=0)
    assert not desk.is_in
    await desk.visit(HOME)
    assert desk.path == LOGIN
