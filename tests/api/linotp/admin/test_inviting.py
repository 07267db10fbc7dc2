"""Invitations: letters, mails, and what becomes of them."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.api.caller import Caller
from tests.api.linotp.test_messages import provide
from tests.delivery.mailbox import Mailbox, mailbox, text_of
from tests.household import REALM, RESOLVER, Household, household_on, policy
from tests.sending import ALLOWED
from watchword.enrolment.inviting import readable
from watchword.model.person import Subject
from watchword.storage.promises import AuditFilter, ManagedPerson, Page
from watchword.testing import LoadedDice

PORTAL = "https://otp.example.org/selfservice/"
PASSWORD = re.compile(r"[a-z2-9]{4}(?:-[a-z2-9]{4}){3}")
DAY = 86_400_000


@pytest.fixture
async def household(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Household]:
    where = {"WATCHWORD_HOME": str(tmp_path), "WATCHWORD_DATABASE_URL": sqlite_url, **ALLOWED}
    async with household_on({**where, "WATCHWORD_PORTAL_URL": PORTAL}) as household:
        async with household.house.store.unit() as unit:
            person = ManagedPerson(
                resolver=RESOLVER,
                userid="dora",
                login="dora",
                attributes={"givenname": "Dóra <b>", "surname": "{x}\nDobos", "email": "dora@example.org"},
            )
            await unit.people.put([person])
            await unit.configuration.touch()
        yield household


@pytest.fixture
async def post(linotp: Caller) -> AsyncIterator[Mailbox]:
    """Where mails arrive."""
    async with mailbox() as box:
        await provide(linotp, "email", "SMTPEmailProvider", {"SMTP_SERVER": f"127.0.0.1:{box.port}"})
        yield box


async def tokens_of(household: Household, user: str = "dora") -> list[str]:
    async with household.house.store.view() as view:
        return [token.serial for token in await view.tokens.of(Subject(RESOLVER, user))]


async def written(household: Household) -> str:
    """The whole audit, and the outbox as it lies there."""
    async with household.house.store.view() as view:
        rows, _ = await view.audit.search(AuditFilter(), Page(size=100, sort="id"))
        errands, _ = await view.errands.search(Page(size=100))
    return repr(rows) + repr(errands)


async def test_the_password_of_an_invitation_opens_the_portal_and_nothing_else(
    linotp: Caller, household: Household
) -> None:
    told = await linotp.value("/admin/invite", user="dora")
    assert set(told) == {"serial", "end_date", "link", "password"}
    assert (told["link"], told["end_date"]) == (PORTAL, "08/01/26 10:00")
    assert PASSWORD.fullmatch(told["password"])
    token = await household.held(told["serial"])
    assert (token.owner, token.realms) == (Subject(RESOLVER, "dora"), (REALM,))
    assert token.paths == {"userservice"}
    assert (token.description, token.successes_max, token.attempts_max) == ("rollout token", 5, 20)
    assert token.valid_until == household.clock.now() + 7 * DAY
    assert not (await household.check(told["password"], "dora")).accepted
    assert not (await household.check(told["password"], "alice", path="userservice")).accepted
    assert (await household.check(told["password"], "dora", path="userservice")).accepted
    household.clock.advance(seconds=7 * 86_400 + 1)
    assert not (await household.check(told["password"], "dora", path="userservice")).accepted


async def test_the_audit_names_token_and_person_and_holds_no_password(
    linotp: Caller, household: Household, post: Mailbox
) -> None:
    told = await linotp.value("/admin/invite", user="dora")
    row = await household.last_row()
    assert (row.action, row.success, row.serial, row.user) == ("admin/invite", True, told["serial"], "dora")
    assert row.action_detail == "invited by answer until 08/01/26 10:00"
    await linotp.value("/admin/invite", user="dora", by="email")
    mailed = PASSWORD.findall(text_of(post.mail()))[0]
    everything = await written(household)
    assert told["password"] not in everything
    assert mailed not in everything
    assert PORTAL not in everything


async def test_a_letter_is_a_page_in_the_language_that_is_asked_for(
    linotp: Caller, household: Household
) -> None:
    answer = await linotp.post("/admin/invite", user="dora", by="letter", language="de", valid="2d")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert "style-src 'self'" in answer.headers["content-security-policy"]
    page = answer.text
    assert '<html lang="de">' in page
    assert "Ihre Einladung zu Watchword" in page
    assert f'<a href="{PORTAL}">' in page
    assert "Dóra &lt;b&gt; {x} Dobos" in page
    assert "<style" not in page
    assert "2026-01-03 10:00 UTC" in page
    [password] = PASSWORD.findall(page)
    assert password not in answer.headers.get("location", "")
    assert (await household.check(password, "dora", path="userservice")).accepted


@pytest.mark.parametrize(("language", "greeting"), [("en", "Hello Dóra <b> {x} Dobos,"), ("de", "Guten Tag")])
async def test_a_mail_brings_link_and_password_to_the_address_in_the_directory(
    language: str, greeting: str, linotp: Caller, household: Household, post: Mailbox
) -> None:
    told = await linotp.value("/admin/invite", user="dora", by="email", language=language)
    assert (set(told), told["sent"]) == ({"serial", "end_date", "link", "sent"}, "accepted")
    assert post.recipients == ["dora@example.org"]
    text = text_of(post.mail())
    assert text.startswith(greeting)
    assert PORTAL in text
    [password] = PASSWORD.findall(text)
    assert (await household.check(password, "dora", path="userservice")).accepted


async def test_an_invitation_that_surely_did_not_go_out_is_withdrawn(
    linotp: Caller, household: Household
) -> None:
    async with mailbox() as box:
        config = {"SMTP_SERVER": f"127.0.0.1:{box.port}"}
        await provide(linotp, "email", "SMTPEmailProvider", config)
    assert await linotp.code("/admin/invite", user="dora", by="email") == -311
    assert await tokens_of(household) == []
    row = await household.last_row()
    assert (row.action, row.success) == ("admin/invite", False)
    assert "withdrawn" in row.action_detail


async def test_a_new_invitation_ends_the_one_before_and_no_other_token(
    linotp: Caller, household: Household
) -> None:
    await household.give("OATH1", owner="dora")
    await household.give_password(
        "R1", "by-the-help-desk", owner="dora", info={"scope": {"path": ["userservice"]}}
    )
    await household.say(policy("maxtoken=2", "enrollment"))
    first = await linotp.value("/admin/invite", user="dora")
    second = await linotp.value("/admin/invite", user="dora")
    other = await linotp.value("/admin/invite", user="alice")
    assert set(await tokens_of(household)) == {"OATH1", "R1", second["serial"]}
    assert await tokens_of(household, "alice") == [other["serial"]]
    assert not (await household.check(first["password"], "dora", path="userservice")).accepted


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, 905),
        ({"user": "nobody"}, 1112),
        ({"user": "dora", "by": "pigeon"}, -311),
        ({"user": "dora", "valid": "soon"}, -311),
        ({"user": "dora", "valid": "1m"}, -311),
        ({"user": "dora", "valid": "91d"}, -311),
        ({"user": "dora", "by": "email"}, -311),
        ({"user": "alice", "by": "email"}, -311),
    ],
)
async def test_what_cannot_be_is_refused_and_makes_no_token(
    fields: dict[str, Any], code: int, linotp: Caller, household: Household
) -> None:
    assert await linotp.code("/admin/invite", **fields) == code
    assert await tokens_of(household) == await tokens_of(household, "alice") == []


async def test_the_right_to_invite_is_one_of_its_own_and_ends_with_its_realm(
    linotp: Caller, caller_for: Callable[[str], Awaitable[Caller]], household: Household
) -> None:
    helen = await caller_for("helen")
    await household.say(
        policy("*", "admin", user="admin", name="all"),
        policy("invite", "admin", user="helen", realm="elsewhere", name="helen"),
    )
    assert await helen.code("/admin/invite", user="dora") == 410
    await household.say(policy("invite", "admin", user="helen", realm=REALM, name="helen"))
    assert await helen.value("/admin/invite", user="dora")
    assert await helen.code("/admin/init", user="dora", type="pw", otpkey="x", rollout="1") == 410
    await household.say(policy("initPW", "admin", user="helen", realm=REALM, name="helen"))
    assert await helen.code("/admin/invite", user="dora") == 410
    assert await linotp.value("/admin/invite", user="dora")


def test_passwords_are_readable_and_have_more_than_sixty_four_bits() -> None:
    dice = LoadedDice()
    said = {readable(dice) for _ in range(200)}
    assert len(said) == 200
    assert all(PASSWORD.fullmatch(one) for one in said)
    assert not set("il1o0") & set("".join(said))
    assert 31**16 > 2**64
