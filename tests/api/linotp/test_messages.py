"""Questions that travel, over HTTP: what clients read, and what gateways hear."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.api.caller import Caller
from tests.delivery.mailbox import mailbox
from tests.delivery.wires import Authority, Gateway, gateway
from tests.household import Household, household_on
from tests.sending import ALLOWED, NUMBER, another, code, said

PLAIN_KEYS = {"transactionid", "message", "linotp_tokenserial", "linotp_tokentype", "linotp_tokendescription"}
TRAVELLING = PLAIN_KEYS | {"state"}
ACCOUNT = {
    "authToken": "1234678901234567891234567891234",
    "accountSid": "AC7d3c6f34462c7c0aa84576db6a26fe28",
    "voice": "alice",
    "callerNumber": "+49123456789",
}
"""Of LinOTP's page on voice providers."""


@pytest.fixture
async def household(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Household]:
    where = {"WATCHWORD_HOME": str(tmp_path), "WATCHWORD_DATABASE_URL": sqlite_url, **ALLOWED}
    async with household_on(where) as household:
        yield household


@pytest.fixture
async def phone(linotp: Caller) -> AsyncIterator[Gateway]:
    """What arrives at telephones."""
    async with gateway() as it:
        await provide(linotp, "sms", "HttpSMSProvider", {"URL": it.url})
        yield it


async def provide(linotp: Caller, channel: str, kind: str, config: dict[str, Any], name: str = "one") -> None:
    fields = {"type": channel, "name": name, "class": kind, "config": json.dumps(config), "timeout": "120"}
    assert await linotp.value("/system/setProvider", **fields)


async def rule(linotp: Caller, action: str, **fields: str) -> None:
    """A policy for everybody."""
    name = f"p{abs(hash(action)) % 10**8}"
    whole = {"name": name, "scope": "authentication", "action": action, "realm": "*", "user": "*", **fields}
    await linotp.value("/system/setPolicy", **whole)


async def settings(linotp: Caller, **entries: str) -> None:
    await linotp.value("/system/setConfig", **entries)


async def enrol(linotp: Caller, serial: str = "LSSM1", kind: str = "sms", **fields: str) -> None:
    goal = {"phone": NUMBER} if kind in {"sms", "voice"} else {}
    whole = {"type": kind, "user": "alice", "pin": "sesame", "serial": serial, **goal, **fields}
    assert await linotp.value("/admin/init", **whole)


async def asked(stranger: Caller, answer: str = "sesame", **fields: str) -> dict[str, Any]:
    """The detail of a question."""
    envelope = await stranger.whole("/validate/check", user="alice", **{"pass": answer}, **fields)
    assert (envelope["result"], envelope["id"]) == ({"status": True, "value": False}, 0)
    detail: dict[str, Any] = envelope["detail"]
    return detail


async def lets_in(stranger: Caller, answer: str, **fields: str) -> bool:
    value: bool = await stranger.value("/validate/check", user="alice", **{"pass": answer}, **fields)
    return value


async def trigger(stranger: Caller, answer: str = "sesame", user: str = "alice") -> httpx2.Response:
    return await stranger.post("/validate/check", user=user, **{"pass": answer})


async def failures(household: Household, serial: str = "LSSM1") -> int:
    return (await household.held(serial)).failures


async def test_an_sms_question_names_its_state_and_is_answered_by_either_name(
    linotp: Caller, stranger: Caller, phone: Gateway
) -> None:
    await enrol(linotp, description="mobile")
    detail = await asked(stranger)
    assert set(detail) == TRAVELLING
    assert (detail["state"], detail["message"]) == (detail["transactionid"], "sms submitted")
    assert (detail["linotp_tokentype"], detail["linotp_tokendescription"]) == ("sms", "mobile")
    assert said(phone).isdecimal()
    assert len(said(phone)) == 6
    assert await lets_in(stranger, code(phone), state=detail["state"])
    assert not await lets_in(stranger, code(phone), transactionid=detail["transactionid"])


async def test_a_question_that_is_still_open_is_told_again_whole(
    linotp: Caller, stranger: Caller, phone: Gateway
) -> None:
    await enrol(linotp)
    first = await asked(stranger)
    again = await asked(stranger)
    info = {"info": "challenge already submitted", "message": "sms with otp already submitted"}
    assert again == {**first, **info}
    face = await stranger.post("/validate/simplecheck", user="alice", **{"pass": "sesame"})
    assert face.text == f":-( {first['transactionid']} sms with otp already submitted"
    assert len(phone.heard) == 1


async def test_after_an_answer_the_next_question_is_a_new_one_at_once(
    linotp: Caller, stranger: Caller, phone: Gateway
) -> None:
    await enrol(linotp)
    first = await asked(stranger)
    used = code(phone)
    assert await lets_in(stranger, f"sesame{used}"), "PIN and code without the id"
    second = await asked(stranger)
    assert second["transactionid"] != first["transactionid"]
    assert len(phone.heard) == 2
    assert not await lets_in(stranger, f"sesame{used}")
    assert await lets_in(stranger, f"sesame{code(phone)}", transactionid=second["transactionid"])


async def test_questions_to_several_tokens_stand_under_one_id(
    linotp: Caller, stranger: Caller, phone: Gateway
) -> None:
    await enrol(linotp)
    await enrol(linotp, "LSSM2", phone="0170 2")
    detail = await asked(stranger)
    assert set(detail) == {"transactionid", "message", "challenges"}
    parent = detail["transactionid"]
    assert (len(parent), detail["message"]) == (14, "Multiple challenges submitted.")
    ids = {told["transactionid"] for told in detail["challenges"].values()}
    assert ids == {f"{parent}.01", f"{parent}.02"}
    assert all(set(told) == TRAVELLING for told in detail["challenges"].values())
    assert len(phone.heard) == 2
    # Whichever id of the two is named, the code of either is right: an answer is held against all.
    assert await lets_in(stranger, code(phone), transactionid=f"{parent}.01")
    assert not await lets_in(stranger, code(phone), transactionid=f"{parent}.02")


async def test_asked_again_too_soon_a_prompt_stays_beside_the_sms_that_was_sent(
    linotp: Caller, stranger: Caller, phone: Gateway
) -> None:
    await rule(linotp, "challenge_response=hmac")
    await enrol(linotp)
    await enrol(linotp, "OATH1", "hmac", otpkey="3132333435363738393031323334353637383930")
    first = await asked(stranger)
    again = await asked(stranger)
    info = {"info": "challenge already submitted", "message": "sms with otp already submitted"}
    first["challenges"]["LSSM1"] |= info
    assert again == first
    assert len(phone.heard) == 1
    assert await lets_in(stranger, "755224", transactionid=again["transactionid"])
    assert not await lets_in(stranger, code(phone), transactionid=again["transactionid"])


@pytest.mark.parametrize(
    ("enforced", "field", "text", "expected"),
    [
        (False, "data", "pay 5 to Bob", "{} pay 5 to Bob"),
        (False, "message", "use <otp> to pay", "use {} to pay"),
        (True, "data", "pay 5 to Bob", "{} for LSSM1"),
    ],
)
async def test_the_request_brings_the_text_unless_it_must_not(
    linotp: Caller,
    stranger: Caller,
    phone: Gateway,
    enforced: bool,
    field: str,
    text: str,
    expected: str,
) -> None:
    await rule(linotp, "smstext=<otp> for <serial>" + (", enforce_smstext" if enforced else ""))
    await enrol(linotp)
    detail = await asked(stranger, **{field: text})
    before, _, after = expected.partition("{}")
    used = said(phone).removeprefix(before).removesuffix(after)
    assert said(phone) == expected.format(used)
    assert await lets_in(stranger, used, transactionid=detail["transactionid"])


async def test_check_t_tells_four_keys_for_right_and_wrong(
    linotp: Caller, stranger: Caller, phone: Gateway
) -> None:
    await enrol(linotp)
    transaction = (await asked(stranger))["transactionid"]
    right = code(phone)
    for answer, value, count in ((another(right), False, 1), (right, True, 0), (right, False, 1)):
        told = await stranger.whole("/validate/check_t", transactionid=transaction, **{"pass": answer})
        assert told["id"] == 1
        assert told["result"]["value"] == {"value": value, "failcount": count}
        assert told["detail"] == {
            "value": value,
            "failcount": count,
            "token_type": "sms",
            "serial": "LSSM1",
        }


async def test_check_status_goes_from_open_to_closed(
    linotp: Caller, stranger: Caller, phone: Gateway, household: Household
) -> None:
    await enrol(linotp)
    transaction = (await asked(stranger))["transactionid"]

    async def status() -> tuple[Any, ...]:
        answer = await stranger.get("/validate/check_status", state=transaction, **{"pass": "sesame"})
        envelope = answer.json()
        assert (envelope["result"], envelope["id"]) == ({"status": True, "value": True}, 0)
        told = envelope["detail"]["transactions"][transaction]
        assert told["token"] == {"serial": "LSSM1", "type": "sms"}
        return tuple(told[key] for key in ("status", "received_count", "received_tan", "valid_tan"))

    assert await status() == ("open", 0, False, False)
    await lets_in(stranger, another(code(phone)), transactionid=transaction)
    assert await status() == ("open", 1, True, False)
    assert await lets_in(stranger, code(phone), transactionid=transaction)
    assert await status() == ("closed", 2, True, True)
    assert await failures(household) == 0
    household.clock.advance(seconds=121)
    gone = await stranger.whole("/validate/check_status", transactionid=transaction, **{"pass": "sesame"})
    assert gone["result"]["value"] is False
    assert "detail" not in gone


async def test_whatever_keeps_a_message_from_going_out_the_answer_is_the_same_no(
    linotp: Caller, stranger: Caller, phone: Gateway, household: Household
) -> None:
    refusals = [await trigger(stranger, "wrong"), await trigger(stranger, user="nobody")]
    await enrol(linotp)
    phone.status = 500
    refusals.append(await trigger(stranger))
    phone.status = 200
    await rule(linotp, "sms_provider=unheard_of", name="who")
    refusals.append(await trigger(stranger))
    await linotp.value("/system/delPolicy", name="who")
    await linotp.value("/admin/disable", serial="LSSM1")
    refusals.append(await trigger(stranger))
    await linotp.value("/admin/enable", serial="LSSM1")
    assert {(one.status_code, one.content, str(one.headers.raw)) for one in refusals} == {
        (200, refusals[0].content, str(refusals[0].headers.raw))
    }
    assert refusals[0].json()["result"] == {"status": True, "value": False}
    assert "detail" not in refusals[0].json()
    assert (len(phone.heard), await failures(household)) == (1, 0)
    assert "info" not in await asked(stranger), "no question has been left behind"


async def test_an_answer_for_a_disabled_token_is_wrong_until_it_is_enabled(
    linotp: Caller, stranger: Caller, phone: Gateway, household: Household
) -> None:
    await enrol(linotp)
    transaction = (await asked(stranger))["transactionid"]
    await linotp.value("/admin/disable", serial="LSSM1")
    assert not await lets_in(stranger, code(phone), transactionid=transaction)
    assert await failures(household) == 1
    await linotp.value("/admin/enable", serial="LSSM1")
    assert await lets_in(stranger, code(phone), transactionid=transaction)


async def test_the_transactions_of_a_removed_token_are_unknown(
    linotp: Caller, stranger: Caller, phone: Gateway
) -> None:
    await enrol(linotp)
    transaction = (await asked(stranger))["transactionid"]
    await linotp.value("/admin/remove", serial="LSSM1")
    told = await stranger.whole("/validate/check_t", transactionid=transaction, **{"pass": code(phone)})
    assert told["result"]["value"] == {"value": False, "failcount": 0}
    assert set(told["detail"]) == {"value", "failure"}
    status = await stranger.whole("/validate/check_status", transactionid=transaction, **{"pass": "sesame"})
    assert status["result"]["value"] is False


@pytest.mark.parametrize("fields", [{}, {"pass": ""}, {"pass": "no PIN"}])
async def test_trigger_sms_sends_without_a_pin_to_whoever_names_the_serial(
    linotp: Caller, stranger: Caller, phone: Gateway, fields: dict[str, str]
) -> None:
    await enrol(linotp)
    await stranger.post("/validate/check_s", serial="LSSM1", challenge="x", **fields)
    assert phone.heard == []
    await rule(linotp, "trigger_sms")
    await stranger.post("/validate/check_s", serial="LSSM1", **fields)
    assert phone.heard == []
    envelope = await stranger.whole("/validate/check_s", serial="LSSM1", challenge="x", **fields)
    assert envelope["result"]["value"] is False
    transaction = envelope["detail"]["transactionid"]
    assert len(phone.heard) == 1
    assert await stranger.value(
        "/validate/check_s", serial="LSSM1", transactionid=transaction, **{"pass": code(phone)}
    )


async def test_autosms_sends_one_more_for_each_right_answer(
    linotp: Caller, stranger: Caller, phone: Gateway
) -> None:
    await rule(linotp, "autosms")
    await enrol(linotp)
    transaction = (await asked(stranger))["transactionid"]
    assert not await lets_in(stranger, another(code(phone)), transactionid=transaction)
    assert len(phone.heard) == 1
    assert await lets_in(stranger, code(phone), transactionid=transaction)
    assert len(phone.heard) == 2
    assert await lets_in(stranger, f"sesame{code(phone)}")
    assert len(phone.heard) == 3


async def test_an_sms_code_is_wrong_when_the_providers_time_is_over(
    linotp: Caller, stranger: Caller, phone: Gateway, household: Household
) -> None:
    await settings(linotp, SMSProviderTimeout="30", DefaultChallengeValidityTime="300")
    await enrol(linotp)
    transaction = (await asked(stranger))["transactionid"]
    await settings(linotp, SMSProviderTimeout="300")
    household.clock.advance(seconds=31)
    told = await stranger.value("/validate/check_t", transactionid=transaction, **{"pass": code(phone)})
    assert told == {"value": False, "failcount": 1}


async def test_smspin_sends_and_the_code_lets_in_behind_the_pin(
    linotp: Caller, stranger: Caller, phone: Gateway
) -> None:
    await enrol(linotp)
    for fields in ({"user": "alice", "pass": "wrong"}, {"user": "alice"}, {"pass": "sesame"}, {}):
        refused = await stranger.whole("/validate/smspin", **fields)
        assert (refused["result"]["value"], refused["id"]) == (False, 0)
    assert phone.heard == []
    sent = await stranger.whole("/validate/smspin", user="alice", **{"pass": "sesame"})
    assert sent["result"]["value"] is True
    assert sent["id"]["message"] == "sms submitted"
    assert (await stranger.whole("/validate/smspin", user="alice", **{"pass": "sesame"}))["result"]["value"]
    assert len(phone.heard) == 1
    assert await lets_in(stranger, f"sesame{code(phone)}")


async def test_an_email_question_takes_the_bare_code_only(linotp: Caller, stranger: Caller) -> None:
    async with mailbox() as box:
        config = {"SMTP_SERVER": "127.0.0.1", "SMTP_PORT": box.port, "EMAIL_FROM": "otp@example.org"}
        await provide(linotp, "email", "SMTPEmailProvider", config)
        await enrol(linotp, "LSEM1", "email", email_address="alice@example.org")
        detail = await asked(stranger)
        assert set(detail) == TRAVELLING
        assert detail["message"] == "e-mail sent successfully"
        used = str(box.mail().get_payload()).strip()
        transaction = detail["transactionid"]
        assert not await lets_in(stranger, f"sesame{used}", transactionid=transaction)
        assert not await lets_in(stranger, used)
        assert await lets_in(stranger, used, transactionid=transaction)


async def test_the_pages_own_example_of_a_voice_provider_lets_somebody_in(
    linotp: Caller, stranger: Caller, household: Household, tmp_path: Path
) -> None:
    theirs, ours = Authority(tmp_path), Authority(tmp_path)
    async with gateway(theirs.server(client_authority=ours.trusted)) as service:
        config = {
            "server_url": f"{service.url}/v1/twilio/call",
            "access_certificate": ours.certificate("client"),
            "server_certificate": theirs.trusted,
            "twilioConfig": ACCOUNT,
        }
        await provide(linotp, "voice", "CustomVoiceProvider", config, "unwanted")
        config["server_url"] = f"{service.url}/v1/wanted"
        await provide(linotp, "voice", "CustomVoiceProvider", config, "wanted")
        await rule(linotp, "voice_provider=wanted", realm="demo", client="127.0.0.0/8")
        made = await linotp.whole("/admin/init", type="voice", user="alice", pin="sesame", phone=NUMBER)
        serial = made["detail"]["serial"]
        assert serial.startswith("KIVO")
        detail = await asked(stranger)
        assert set(detail) == TRAVELLING
        assert (detail["message"], detail["linotp_tokentype"]) == ("voice call triggered", "voice")
        (heard,) = service.heard
        assert heard.path == "/v1/wanted"
        call = json.loads(heard.body)["call"]
        used = call.pop("otp")
        assert call == {
            "calleeNumber": NUMBER,
            "messageTemplate": "{otp}",
            "locale": "en",
            "twilioConfig": ACCOUNT,
        }
        assert len(used) == 6
        assert not await lets_in(stranger, another(used), transactionid=detail["transactionid"])
        assert await lets_in(stranger, used, transactionid=detail["transactionid"])
        assert (await household.held(serial)).counter == 0


async def test_a_shorter_time_for_calls_ends_those_that_are_open(
    linotp: Caller, stranger: Caller, household: Household
) -> None:
    async with gateway() as service:
        config = {"server_url": service.url, "twilioConfig": ACCOUNT}
        await provide(linotp, "voice", "CustomVoiceProvider", config)
        await settings(linotp, DefaultChallengeValidityTime="600")
        await enrol(linotp, "KIVO1", "voice")
        transaction = (await asked(stranger))["transactionid"]
        await settings(linotp, VoiceChallengeValidityTime="30")
        household.clock.advance(seconds=31)
        used = json.loads(service.heard[-1].body)["call"]["otp"]
        for count in (1, 0):  # the second time it is unknown
            told = await stranger.value("/validate/check_t", transactionid=transaction, **{"pass": used})
            assert told == {"value": False, "failcount": count}
        assert (await asked(stranger))["transactionid"] != transaction


async def test_a_policy_for_a_user_counts_where_only_the_serial_is_named(
    linotp: Caller, stranger: Caller
) -> None:
    await rule(linotp, "challenge_response=HMAC", user="alice")
    for serial, user in (("OATH1", "alice"), ("OATH2", "bob")):
        await enrol(linotp, serial, "hmac", otpkey="31" * 20, user=user)
        envelope = await stranger.whole("/validate/check_s", serial=serial, **{"pass": "sesame"})
        assert envelope["result"]["value"] is False
        assert ("detail" in envelope) == (user == "alice")


async def test_the_transaction_of_somebody_elses_token_is_the_plain_no(
    linotp: Caller, stranger: Caller, phone: Gateway
) -> None:
    await enrol(linotp)
    transaction = (await asked(stranger))["transactionid"]
    form = {"user": "bob", "pass": code(phone), "transactionid": transaction}
    told = await stranger.whole("/validate/check", **form)
    assert told["result"] == {"status": True, "value": False}
    assert "detail" not in told
    assert await lets_in(stranger, code(phone), transactionid=transaction)


@pytest.mark.parametrize(("blocking", "validity", "pause"), [("0", "120", 0), ("60", "30", 31)])
async def test_without_an_open_question_or_a_blocking_time_each_trigger_sends(
    linotp: Caller,
    stranger: Caller,
    phone: Gateway,
    household: Household,
    blocking: str,
    validity: str,
    pause: int,
) -> None:
    await settings(linotp, SMSBlockingTimeout=blocking, SmsChallengeValidityTime=validity)
    await enrol(linotp)
    ids = set()
    for _ in range(3):
        detail = await asked(stranger)
        ids.add(detail["transactionid"])
        assert "info" not in detail
        household.clock.advance(seconds=pause)
    assert (len(ids), len(phone.heard)) == (3, 3)
