"""Okta's telephony hook: what is answered, what is sent, and what never is."""

import asyncio
import base64
import copy
import json
import logging
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.telephony.conftest import CODE, EVENT, PHONE, SECRET, Okta
from tests.delivery.wires import raw, whole_request
from tests.sending import connect, said
from watchword.api.telephony import okta as form
from watchword.model.errand import Stage
from watchword.model.message import Channel


async def test_a_code_is_sent_and_okta_is_told_who_took_it(okta: Okta) -> None:
    value = await okta.value(okta.event())
    assert value["status"] == "SUCCESSFUL"
    assert value["provider"] == "watchword/gateway"
    [errand] = await okta.errands()
    assert (errand.reference, errand.stage) == (value["transactionId"], Stage.ACCEPTED)
    assert said(okta.gateway) == f"Your code is {CODE}"


async def test_each_event_leaves_one_row_without_code_and_number(okta: Okta) -> None:
    await okta.value(okta.event())
    row = await okta.household.last_row()
    assert (row.action, row.success, row.user) == ("telephony/okta", True, "ada@acme.example")
    assert "gateway" in row.info
    assert okta.household.house.journal.genuine(row)
    assert CODE not in repr(row)
    assert PHONE[1:] not in repr(row)
    await okta.value(okta.event())
    assert (await okta.household.last_row()).id == row.id


# Who may ask


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": ""},
        {"authorization": "wrong"},
        {"authorization": SECRET[:-1]},
        {"x-key": SECRET},
    ],
    ids=["none", "empty", "wrong", "shorter", "elsewhere"],
)
async def test_who_does_not_show_the_secret_is_a_stranger(okta: Okta, headers: dict[str, str]) -> None:
    answer = await okta.post(okta.event(), headers=headers)
    assert (answer.status_code, answer.content, okta.gateway.heard) == (401, b"", [])


async def test_without_a_hook_everybody_is_a_stranger(okta: Okta) -> None:
    async with okta.household.house.store.unit() as unit:
        await okta.household.house.configuring.hooks.remove(unit, "okta")
    assert (await okta.post(okta.event())).status_code == 401


async def test_a_hook_that_is_not_active_lets_nobody_in(okta: Okta) -> None:
    await okta.hook(active=False)
    assert (await okta.post(okta.event())).status_code == 401


async def test_two_secrets_are_good_while_one_takes_the_place_of_the_other(okta: Okta) -> None:
    await okta.hook(secrets={"secret": "the-newer-secret", "previous": SECRET})
    for number, secret in enumerate((SECRET, "the-newer-secret")):
        answer = await okta.post(okta.event(str(number)), headers={"authorization": secret})
        assert answer.status_code == 200
    await okta.hook(secrets={"secret": "the-newer-secret"})
    assert (await okta.post(okta.event("9"))).status_code == 401


async def test_a_header_of_any_name_may_hold_the_secret(okta: Okta) -> None:
    await okta.hook(settings={"header": "X-Okta-Key"})
    assert (await okta.post(okta.event(), headers={"x-okta-key": SECRET})).status_code == 200
    assert (await okta.post(okta.event("e2"))).status_code == 401


@pytest.mark.parametrize(
    ("user", "password", "status"),
    [("okta", SECRET, 200), ("okta", "wrong", 401), ("other", SECRET, 401), ("", SECRET, 401)],
)
async def test_basic_takes_user_and_password_together(
    okta: Okta, user: str, password: str, status: int
) -> None:
    await okta.hook(proof="basic", settings={"user": "okta"})
    coded = base64.b64encode(f"{user}:{password}".encode()).decode()
    assert (await okta.post(okta.event(), headers={"authorization": f"Basic {coded}"})).status_code == status


@pytest.mark.parametrize("header", ["Basic", "Basic ///", "Basic 4pyT", "Bearer x"])
async def test_a_broken_basic_header_is_a_strangers(okta: Okta, header: str) -> None:
    await okta.hook(proof="basic", settings={"user": "okta"})
    assert (await okta.post(okta.event(), headers={"authorization": header})).status_code == 401


# The traps of the request


@pytest.mark.parametrize("spelling", ["SMS", "sms", " Sms "])
async def test_trap_channel_every_spelling_of_sms_is_one(okta: Okta, spelling: str) -> None:
    assert await okta.status(okta.event(deliveryChannel=spelling)) == "SUCCESSFUL"
    assert len(okta.gateway.heard) == 1


@pytest.mark.parametrize(
    "spelling", ["voice call", "CALL", "Voice", "Voice call", " VOICE  CALL ", "voicecall"]
)
def test_trap_channel_every_spelling_of_a_call_is_one(spelling: str) -> None:
    body = copy.deepcopy(EVENT)
    body["data"]["messageProfile"] |= {"deliveryChannel": spelling, "otpExpires": "2026-09-21T13:51:40Z"}
    found = form.commissioned(body, 0)
    assert found.channel is Channel.VOICE
    assert found.text == "Ihr Code ist {otp}"
    assert CODE not in found.text


@pytest.mark.parametrize("spelling", ["WHATSAPP", "email", "", "not sms", None, 1, True, ["SMS"], {}])
async def test_trap_channel_an_unknown_one_is_no_call(okta: Okta, spelling: object) -> None:
    assert await okta.status(okta.event(deliveryChannel=spelling)) == "FAILED"
    assert await okta.errands() == []


async def test_trap_integers_a_code_counts_if_the_text_shows_that_it_lost_nothing(okta: Okta) -> None:
    assert await okta.status(okta.event(otpCode=482915)) == "SUCCESSFUL"
    assert "integer" in (await okta.household.last_row()).action_detail


async def test_trap_integers_a_code_that_may_have_lost_its_zero_is_refused(okta: Okta) -> None:
    event = okta.event(otpCode=82915, msgTemplate="Your code is 082915")
    assert await okta.status(event) == "FAILED"
    assert await okta.errands() == []


async def test_trap_integers_a_number_has_lost_its_plus(okta: Okta) -> None:
    assert await okta.status(okta.event(phoneNumber=4915112345678)) == "FAILED"
    assert await okta.errands() == []


async def test_trap_plus_nothing_is_put_before_a_number(okta: Okta) -> None:
    assert await okta.status(okta.event(phoneNumber="9876543210")) == "FAILED"
    assert await okta.errands() == []


def preview(okta: Okta, **profile: Any) -> dict[str, Any]:
    """What the admin console sends to look at the hook."""
    body = okta.event("p1", phoneNumber="9876543210", otpCode="11111", msgTemplate="Your code is 11111")
    body["data"]["messageProfile"] |= profile
    body["data"]["context"]["request"] |= {
        "ipAddress": "127.0.0.1",
        "url": {
            "value": "https://acme-admin.okta.com/api/internal/v1/inlineHooks/"
            "com.okta.telephony.provider/generatePreview"
        },
    }
    return body


async def test_trap_preview_is_answered_and_sends_nothing(okta: Okta) -> None:
    for phone in ("9876543210", PHONE):
        value = await okta.value(preview(okta, phoneNumber=phone))
        assert (value["status"], value["provider"]) == ("SUCCESSFUL", "watchword/gateway")
        assert "preview" in value["transactionMetadata"]
    assert okta.gateway.heard == []
    assert await okta.errands() == []
    assert "preview" in (await okta.household.last_row()).action_detail


async def test_trap_preview_says_that_nobody_would_bring_it(okta: Okta) -> None:
    assert await okta.status(preview(okta, deliveryChannel="Voice")) == "FAILED"


@pytest.mark.parametrize("locale", ["EN-US", "en", "en-US", "DE_de", None, 7, "x" * 300, "../../etc"])
async def test_trap_locale_any_spelling_is_taken(okta: Okta, locale: object) -> None:
    assert await okta.status(okta.event(locale=locale)) == "SUCCESSFUL"


async def test_trap_extra_properties_at_every_level_change_nothing(okta: Okta) -> None:
    def grown(value: Any) -> Any:
        return {**{k: grown(v) for k, v in value.items()}, "extra": [1]} if isinstance(value, dict) else value

    assert await okta.status(grown(okta.event())) == "SUCCESSFUL"


async def test_trap_expiry_a_code_that_is_over_is_not_sent(okta: Okta) -> None:
    assert await okta.status(okta.event(otpExpires="2020-01-01T00:00:00.000Z")) == "FAILED"
    assert await okta.errands() == []


async def test_trap_expiry_is_the_errands_own(okta: Okta) -> None:
    event = okta.event()
    await okta.status(event)
    [errand] = await okta.errands()
    assert errand.expires == okta.household.clock.now() // 1000 * 1000 + 300_000


@pytest.mark.parametrize("said", ["", "soon", 7, [], "9999-99-99", "9" * 400])
async def test_trap_expiry_what_is_no_time_is_refused(okta: Okta, said: object) -> None:
    assert await okta.status(okta.event(otpExpires=said)) == "FAILED"


@pytest.mark.parametrize("kind", [None, "", "com.okta.user.telephony.something-new", 5])
async def test_trap_request_type_absent_or_unknown_is_taken(okta: Okta, kind: object) -> None:
    event = okta.event()
    event["requestType"] = kind
    assert await okta.status(event) == "SUCCESSFUL"
    assert "other" in (await okta.household.last_row()).action_detail


# Once


async def test_the_same_event_gets_the_same_answer_and_is_sent_once(okta: Okta) -> None:
    first = await okta.value(okta.event())
    assert await okta.value(okta.event()) == first
    assert len(okta.gateway.heard) == 1


async def test_the_same_event_at_once_is_sent_once(okta: Okta) -> None:
    values = await asyncio.gather(*(okta.value(okta.event()) for _ in range(6)))
    assert [value for value in values if value != values[0]] == []
    assert len(okta.gateway.heard) == 1


async def test_two_people_at_once_get_their_own_codes(okta: Okta) -> None:
    events = [
        okta.event(str(n), phoneNumber=f"+491511234567{n}", otpCode=f"90000{n}", msgTemplate=f"code 90000{n}")
        for n in range(6)
    ]
    assert set(await asyncio.gather(*map(okta.status, events))) == {"SUCCESSFUL"}
    assert len(okta.gateway.heard) == 6


async def test_an_event_with_another_message_is_another_one(okta: Okta) -> None:
    await okta.status(okta.event())
    await okta.status(okta.event(otpCode="111222", msgTemplate="Your code is 111222"))
    assert len(okta.gateway.heard) == 2


async def test_a_failure_is_told_again_and_not_tried_again(okta: Okta) -> None:
    okta.gateway.status = 400
    assert await okta.status(okta.event()) == "FAILED"
    okta.gateway.status = 200
    assert await okta.status(okta.event()) == "FAILED"
    assert len(okta.gateway.heard) == 1


# What became of it


async def test_the_next_provider_is_asked_where_the_first_refuses_connections(
    okta: Okta, free_tcp_port: int
) -> None:
    from tests.household import policy

    await connect(okta.household, "dead", f"http://127.0.0.1:{free_tcp_port}")
    await okta.household.say(policy("sms_provider=dead gateway"))
    value = await okta.value(okta.event())
    assert (value["status"], value["provider"]) == ("SUCCESSFUL", "watchword/gateway")


@pytest.mark.parametrize("status", [400, 401, 503])
async def test_what_was_surely_not_sent_has_failed_and_the_status_is_200(okta: Okta, status: int) -> None:
    okta.gateway.status = status
    assert await okta.status(okta.event()) == "FAILED"


async def test_what_was_perhaps_sent_is_pending(okta: Okta) -> None:
    okta.gateway.status = 500
    assert await okta.status(okta.event()) == "PENDING"


async def test_a_provider_that_hangs_makes_it_pending_in_time_and_for_good(okta: Okta) -> None:
    go = asyncio.Event()

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await whole_request(reader)
        await go.wait()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nOK")
        await writer.drain()

    async with raw(hang) as port:
        await connect(okta.household, "hung", f"http://127.0.0.1:{port}")
        value = await asyncio.wait_for(okta.value(okta.event()), 3.0)
        assert value["status"] == "PENDING"
        go.set()
        for _ in range(100):
            [errand] = await okta.errands()
            if errand.stage is Stage.ACCEPTED:
                break
            await asyncio.sleep(0.02)
        assert errand.stage is Stage.ACCEPTED
        assert await okta.value(okta.event()) == value


async def test_without_a_provider_nothing_can_be_sent(okta: Okta) -> None:
    assert await okta.status(okta.event(deliveryChannel="CALL")) == "FAILED"
    assert await okta.errands() == []


async def test_a_store_that_is_gone_sends_nothing(okta: Okta) -> None:
    await okta.household.house.store.close()
    answer = await okta.post(okta.event())
    assert answer.status_code in {200, 401}
    assert okta.gateway.heard == []


async def test_a_slow_body_is_no_reason_to_wait(okta: Okta) -> None:
    said: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(60)
        return {}

    async def send(message: dict[str, Any]) -> None:
        said.append(message)

    scope = {"type": "http", "path": "/telephony/okta", "method": "POST", "headers": []}
    await asyncio.wait_for(okta.face(scope, receive, send), 3.0)
    assert said[0]["status"] == 408


# What nobody should send


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b"7", b'"x"', b"\xff\xfe", b"[" * 50_000, b'{"a":' * 10_000],
    ids=["empty", "cut", "list", "null", "number", "text", "bytes", "deep", "deeper"],
)
async def test_what_is_no_object_is_refused(okta: Okta, body: bytes) -> None:
    assert (await okta.post(body)).status_code == 400
    assert okta.gateway.heard == []


async def test_each_place_at_which_a_body_is_cut_is_refused(okta: Okta) -> None:
    whole = json.dumps(okta.event()).encode()
    for at in range(0, len(whole), 97):
        assert (await okta.post(whole[:at])).status_code == 400
    assert okta.gateway.heard == []


async def test_a_body_that_is_too_large_is_refused(okta: Okta) -> None:
    assert (await okta.post({**okta.event(), "more": "x" * 70_000})).status_code == 413
    assert okta.gateway.heard == []


PLACES = [
    (),
    ("data",),
    ("data", "messageProfile"),
    *(
        ("data", "messageProfile", name)
        for name in ("msgTemplate", "phoneNumber", "deliveryChannel", "otpCode")
    ),
]


@pytest.mark.parametrize("wrong", [None, 7, 1e300, True, [], {}, "", "\x00", "x" * 5000, "\ud800"], ids=repr)
@pytest.mark.parametrize("place", PLACES[1:], ids=".".join)
async def test_a_wrong_type_at_any_level_fails_and_sends_nothing(
    okta: Okta, place: tuple[str, ...], wrong: object
) -> None:
    event = okta.event()
    inner: Any = event
    for name in place[:-1]:
        inner = inner[name]
    inner[place[-1]] = wrong
    answer = await okta.post(event)
    assert answer.status_code in {200, 400}
    if answer.status_code == 200:
        assert answer.json()["commands"][0]["value"][0]["status"] == "FAILED"
    assert okta.gateway.heard == []


NOT_NEEDED = [
    *(("eventId",), ("eventTime",), ("requestType",), ("data", "context"), ("data", "userProfile")),
    *(
        ("data", "context", "request"),
        ("data", "context", "request", "url"),
        ("data", "userProfile", "login"),
    ),
]


@pytest.mark.parametrize("wrong", [None, 7, [], {}, "\x00", "x" * 5000], ids=repr)
@pytest.mark.parametrize("place", NOT_NEEDED, ids=".".join)
async def test_what_is_only_told_may_be_anything(okta: Okta, place: tuple[str, ...], wrong: object) -> None:
    event = okta.event()
    inner: Any = event
    for name in place[:-1]:
        inner = inner[name]
    inner[place[-1]] = wrong
    assert await okta.status(event) == "SUCCESSFUL"


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(profile=st.dictionaries(st.sampled_from(sorted(EVENT["data"]["messageProfile"])), ANYTHING))
async def test_whatever_comes_the_answer_is_no_failure_of_ours(okta: Okta, profile: dict[str, Any]) -> None:
    event = okta.event()
    event["data"]["messageProfile"] = profile
    assert (await okta.post(event)).status_code in {200, 400}


async def test_no_code_number_or_secret_is_logged(okta: Okta, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    await okta.post(okta.event())
    await okta.post(okta.event("e2", otpCode=["482915"]))
    await okta.post(okta.event("e3"), headers={"authorization": f"{SECRET}x"})
    logged = " ".join(
        f"{record.getMessage()} {record.__dict__}"
        for record in caplog.records
        if record.name.startswith("watchword")
    )
    assert not any(secret in logged for secret in (CODE, PHONE, PHONE[1:], SECRET))


async def test_other_paths_and_methods_are_not_there(okta: Okta) -> None:
    assert (await okta.post(okta.event(), path="/telephony/other")).status_code == 404
    assert (await okta.post(okta.event(), path="/telephony/hook/")).status_code == 404
    assert (await okta.http.get("/telephony/okta")).status_code == 405


async def test_a_person_whom_policy_gives_a_provider_gets_that_one(okta: Okta) -> None:
    from tests.household import policy

    await connect(okta.household, "other", "http://127.0.0.1:9")
    await okta.household.say(policy("sms_provider=gateway", realm="demo"))
    assert (await okta.value(okta.event()))["provider"] == "watchword/gateway"
