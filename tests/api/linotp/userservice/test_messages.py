"""Codes and notices that travel to people at LinOTP's doors for them."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.api.caller import Caller
from tests.api.linotp.userservice.conftest import ALL, Enters, Portal
from tests.api.linotp.userservice.test_enrolling import know
from tests.api.linotp.userservice.test_sessions import log_in, result
from tests.delivery.mailbox import Mailbox, mailbox
from tests.delivery.wires import Gateway, gateway
from tests.household import Household, household_on, policy
from tests.sending import ALLOWED, another, code, connect, give_sms, said
from watchword.model.configuration import ProviderConfig, provider_context
from watchword.model.message import Channel


@pytest.fixture
async def household(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Household]:
    where = {"WATCHWORD_HOME": str(tmp_path), "WATCHWORD_DATABASE_URL": sqlite_url, **ALLOWED}
    async with household_on(where) as household:
        yield household


@pytest.fixture
async def phone(household: Household) -> AsyncIterator[Gateway]:
    async with gateway() as it:
        await connect(household, "one", it.url)
        await household.house.snapshots.latest()
        yield it


async def test_a_code_is_sent_with_its_words_and_tried_by_serial_or_transaction(
    household: Household, phone: Gateway, enters: Enters
) -> None:
    await give_sms(household)
    portal = await enters()
    asked = await portal.whole("/userservice/verify", serial="LSSM1", data="for a try")
    assert asked["result"]["value"] is False
    detail = asked["detail"]
    assert (said(phone).split(" ", 1)[1], detail["replyMode"]) == ("for a try", ["offline"])
    transaction = detail["transactionId"]
    told = await portal.whole("/userservice/verify", transactionid=transaction)
    assert (told["result"]["value"], told["detail"]["status"]) == (False, "open")
    wrong = another(code(phone))
    assert await portal.value("/userservice/verify", transactionid=transaction, otp=wrong) is False
    for expected in (True, False):
        answer = await portal.value(
            "/userservice/verify", serial="LSSM1", transactionid=transaction, otp=code(phone)
        )
        assert answer is expected
    told = await portal.whole("/userservice/verify", transactionid=transaction)
    assert (told["result"]["value"], told["detail"]["status"]) == (True, "closed")


async def test_nobody_sees_or_answers_a_question_to_another(
    household: Household, phone: Gateway, enters: Enters
) -> None:
    await give_sms(household)
    alice, bob = await enters("alice"), await enters("bob")
    asked = await alice.whole("/userservice/verify", serial="LSSM1")
    transaction = asked["detail"]["transactionId"]
    assert "detail" not in await bob.whole("/userservice/verify", transactionid=transaction)
    assert await bob.value("/userservice/verify", transactionid=transaction, otp=code(phone)) is False
    assert await alice.value("/userservice/verify", transactionid=transaction, otp=code(phone)) is True


async def test_three_calls_log_in_with_a_code_that_was_sent(
    household: Household, phone: Gateway, stranger: Caller
) -> None:
    await give_sms(household)
    await household.say(policy(f"mfa_login, {ALL}", scope="selfservice"))
    portal = Portal(stranger.http)
    await log_in(portal)
    asked = await log_in(portal, serial="LSSM1", data="log-in")
    assert asked.json()["detail"]["transactionId"]
    assert said(phone).endswith(" log-in")
    assert result(await log_in(portal, otp=another(code(phone))))["value"] is False
    assert result(await log_in(portal, otp=code(phone)))["value"] is True
    assert (await portal.get("/userservice/context")).status_code == 200


@pytest.fixture
async def mails(household: Household) -> AsyncIterator[Mailbox]:
    async with mailbox() as it:
        config = json.dumps({"SMTP_SERVER": "127.0.0.1", "SMTP_PORT": it.port, "TEMPLATE": "<b>${otp}</b>"})
        sealed = household.house.ring.seal(provider_context(Channel.EMAIL, "post"), config.encode())
        async with household.house.store.unit() as unit:
            await unit.configuration.put_provider(
                ProviderConfig(
                    channel=Channel.EMAIL,
                    name="post",
                    class_name="SMTPEmailProvider",
                    config=sealed,
                    default=True,
                )
            )
        yield it


NOTICES = "enrollment=email, setPin=email, tokenchange=email::post"


async def test_people_are_told_of_changes_where_policy_says_so(
    household: Household, mails: Mailbox, enters: Enters
) -> None:
    await know(household, email="alice@example.com", givenname="Alice\r\nBcc: all@example.com")
    portal = await enters()
    await portal.value("/userservice/enroll", type="hmac", serial="T0")
    assert await household.house.dispatch.take_up() == 0
    await household.say(policy(NOTICES, scope="notification"))
    shown = await portal.whole("/userservice/enroll", type="hmac", serial="T1", pin="secretpin")
    await portal.value("/userservice/setpin", serial="T1", userpin="secretpin")
    await portal.value("/userservice/disable", serial="T1")
    assert await portal.code("/userservice/disable", serial="NONE") == 1102
    assert await household.house.dispatch.take_up() == 3
    await household.house.dispatch.close()
    assert mails.recipients == ["alice@example.com"] * 3
    texts = sorted(content.decode() for content in mails.contents)
    for done in ("enrolled", "given another PIN", "disabled"):
        assert any(
            f"your token T1 (One-time password by counter (HOTP)) was {done}" in text for text in texts
        )
    seed = shown["detail"]["otpkey"]["value"].removeprefix("seed://")
    for text in texts:
        assert "Subject: A change of your log-in tokens" in text
        assert not {"secretpin", seed} & set(text.split())
        assert "\nBcc:" not in text


async def test_nobody_is_told_of_a_change_that_did_not_happen_or_without_an_address(
    household: Household, mails: Mailbox, enters: Enters
) -> None:
    await household.say(policy(NOTICES, scope="notification"))
    portal = await enters()
    await portal.value("/userservice/enroll", type="hmac", serial="T1")
    await know(household, email="alice@example.com")
    await household.say(policy("maxtoken=1", scope="enrollment"))
    assert await portal.code("/userservice/enroll", type="hmac") == 411
    assert await household.house.dispatch.take_up() == 0
    assert mails.contents == []


async def test_a58_who_gets_a_token_from_an_administrator_is_told(
    household: Household, mails: Mailbox, linotp: Caller
) -> None:
    await know(household, email="alice@example.com")
    await household.give("T2", owner=None)
    await household.say(policy(NOTICES, scope="notification"))
    await linotp.value("/admin/init", type="hmac", genkey="1", user="alice", serial="T1")
    await linotp.value("/admin/init", type="hmac", genkey="1", user="bob")
    await linotp.value("/admin/init", type="hmac", genkey="1")
    await linotp.value("/admin/assign", serial="T2", user="alice")
    assert await household.house.dispatch.take_up() == 2
    await household.house.dispatch.close()
    texts = b"".join(mails.contents).decode()
    assert re.search(r"your token T1 .* was enrolled by an administrator on 2026", texts)
    assert re.search(r"your token T2 .* was given to you by an administrator on 2026", texts)
