"""The log-in calls: what a gateway sees, to the byte where it matters."""

from typing import Any

import httpx2
import pytest

from tests.api.caller import Caller
from tests.household import SEED, Household, policy
from watchword import __version__
from watchword.crypto.otp import hotp

CALLS = ("check", "check_s", "simplecheck", "samlcheck", "ok", "fail")
NO = {"status": True, "value": False}
YES = {"status": True, "value": True}
MALFORMED = {"status": False, "value": False}


@pytest.fixture
async def token(household: Household) -> Household:
    """Alice has one token with a PIN."""
    await household.give("A1", pin="1234")
    return household


async def result(caller: Caller, call: str, **fields: str) -> dict[str, Any]:
    answer = await caller.post(f"/validate/{call}", **fields)
    assert answer.status_code == 200
    envelope: dict[str, Any] = answer.json()
    assert envelope["id"] == 0
    assert "detail" not in envelope
    told: dict[str, Any] = envelope["result"]
    return told


def right(counter: int, pin: str = "1234") -> str:
    return pin + hotp(SEED, counter)


@pytest.mark.usefixtures("token")
async def test_an_answer_has_the_dialects_keys_in_their_order_and_is_indented_by_three(
    stranger: Caller,
) -> None:
    answer = await stranger.post("/validate/check", user="alice", **{"pass": right(0)})
    assert answer.headers["content-type"] == "application/json"
    assert list(answer.json().items()) == [
        ("jsonrpc", "2.0802"),
        ("result", YES),
        ("version", f"Watchword {__version__}"),
        ("versionNumber", __version__),
        ("id", 0),
    ]
    assert answer.text.startswith('{\n   "jsonrpc": "2.0802",\n   "result": {\n      "status": true,')


@pytest.mark.usefixtures("token")
async def test_whoever_is_refused_gets_the_same_bytes(stranger: Caller, household: Household) -> None:
    await household.give("B1", owner="bob", active=False)
    refused = [
        {"user": "alice", "pass": "1234000000"},
        {"user": "alice", "pass": "wrong"},
        {"user": "alice", "pass": ""},
        {"user": "bob", "pass": right(0, "")},
        {"user": "nobody", "pass": "x"},
        {"user": "alice", "realm": "none", "pass": "x"},
        {"user": "alice", "resConf": "none", "pass": right(0)},
        {"user": "alice", "serial": "none", "pass": right(0)},
        {"user": "alice", "token_type": "totp", "pass": right(0)},
        {"user": "alice"},
        {"pass": "x"},
        {},
    ]
    answers = [await stranger.post("/validate/check", **fields) for fields in refused]
    assert {answer.content for answer in answers} == {(await stranger.get("/validate/fail")).content}
    assert answers[0].json()["result"] == NO


@pytest.mark.parametrize("call", CALLS)
async def test_calls_take_get_and_post_and_nothing_else_and_set_no_cookie(
    call: str, stranger: Caller
) -> None:
    for method, status in {"GET": 200, "POST": 200, "PUT": 405, "DELETE": 405, "PATCH": 405}.items():
        answer = await stranger.http.request(method, f"/validate/{call}")
        assert answer.status_code == status
        assert "set-cookie" not in answer.headers


async def test_constant_answers_are_constant(stranger: Caller) -> None:
    assert await result(stranger, "ok") == YES
    assert await result(stranger, "fail") == NO


@pytest.mark.usefixtures("token")
async def test_by_serial_an_ordinary_refusal_is_plain_and_a_call_without_matter_is_malformed(
    stranger: Caller, household: Household
) -> None:
    for fields in (
        {"serial": "A1", "pass": "wrong"},
        {"serial": "A1", "pass": ""},
        {"serial": "none", "pass": "x"},
        {"pass": "x"},
    ):
        assert await result(stranger, "check_s", **fields) == NO
    for fields in (
        {},
        {"serial": "A1"},
        {"user": "nobody", "pass": "x"},
        {"user": "bob", "pass": "x"},
    ):
        assert await result(stranger, "check_s", **fields) == MALFORMED
    assert await result(stranger, "check_s", user="alice", **{"pass": right(0)}) == YES
    await household.give("A2")
    assert await result(stranger, "check_s", user="alice", **{"pass": right(1)}) == MALFORMED


async def test_a_serial_of_blanks_dots_and_umlauts_is_found(linotp: Caller, stranger: Caller) -> None:
    serial = "Ü b.c_1"
    await linotp.value("/admin/init", serial=serial, otpkey=SEED.hex())
    assert await result(stranger, "check_s", serial=serial, **{"pass": hotp(SEED, 0)}) == YES


@pytest.mark.usefixtures("token")
async def test_a_face_is_three_bytes(stranger: Caller) -> None:
    async def face(**fields: str) -> httpx2.Response:
        return await stranger.post("/validate/simplecheck", **fields)

    happy = await face(user="alice", **{"pass": right(0)})
    assert (happy.status_code, happy.content) == (200, b":-)")
    assert happy.headers["content-type"].startswith("text/html")
    for fields in ({"user": "alice", "pass": right(0)}, {"user": "nobody", "pass": "x"}, {}):
        assert (await face(**fields)).content == b":-("


@pytest.mark.usefixtures("token")
async def test_one_code_is_dead_on_all_ways_at_once(stranger: Caller) -> None:
    assert await result(stranger, "check", user="alice", **{"pass": right(5)}) == YES
    for counter in range(6):
        code = {"pass": right(counter)}
        assert await result(stranger, "check", user="alice", **code) == NO
        assert await result(stranger, "check_s", serial="A1", **code) == NO
        assert (await result(stranger, "samlcheck", user="alice", **code))["value"]["auth"] is False
        assert (await stranger.post("/validate/simplecheck", user="alice", **code)).text == ":-("


async def test_details_name_every_field_of_the_user_and_the_token(
    stranger: Caller, household: Household
) -> None:
    await household.give("A1", pin="1234")
    await household.say(policy("detail_on_success, detail_on_fail", "authorization"))
    answer = await stranger.post("/validate/check", user="alice", **{"pass": right(0)})
    fields = ("surname", "phone", "mobile", "email")
    user = {"username": "alice", "userid": "alice", "givenname": "Alice"} | dict.fromkeys(fields)
    assert answer.json()["detail"] == {
        "realm": "demo",
        "user": user,
        "is_linotp_admin": False,
        "tokentype": "HMAC",
        "serial": "A1",
    }
    for fields_, reason in (
        ({"user": "alice", "pass": "1234000000"}, "wrong otp value"),
        ({"user": "nobody", "pass": "x"}, "User not found"),
    ):
        answer = await stranger.post("/validate/check", **fields_)
        assert answer.json()["detail"] == {"error": reason}


@pytest.mark.parametrize("pin", ["a b", " lead", "trail ", ":", "%20", "+", "&amp;", "'\"\\", "😀", "ж日é"])
async def test_a_pin_is_compared_character_by_character(pin: str, linotp: Caller, stranger: Caller) -> None:
    await linotp.value("/admin/init", serial="A1", otpkey=SEED.hex(), user="alice", pin=pin)
    assert await result(stranger, "check", user="alice", **{"pass": right(0, pin.strip() + "x")}) == NO
    assert await result(stranger, "check", user="alice", **{"pass": right(1, pin)}) == YES
    answer = await stranger.post_json("/validate/check", {"user": "alice", "pass": right(2, pin)})
    assert answer.json()["result"] == YES


@pytest.mark.parametrize("body", [b"{", b"[]", b"1", b'"text"', b"\xff"])
async def test_a_body_that_is_no_json_object_is_400(body: bytes, stranger: Caller) -> None:
    headers = {"content-type": "application/json"}
    answer = await stranger.http.post("/validate/check?user=alice&pass=x", content=body, headers=headers)
    assert answer.status_code == 400
