"""Questions in the dialect: keys, ids and texts that clients read."""

from tests.api.caller import Caller


async def _asked(linotp: Caller, stranger: Caller) -> dict[str, object]:
    await linotp.value(
        "/system/setPolicy",
        name="cr",
        scope="authentication",
        action="challenge_response=hmac",
        realm="*",
        user="*",
    )
    await linotp.value(
        "/admin/init", type="hmac", user="alice", otpkey="31" * 20, pin="sesame", serial="OATH1"
    )
    answer = await stranger.whole("/validate/check", user="alice", **{"pass": "sesame"})
    assert answer["result"] == {"status": True, "value": False}
    detail: dict[str, object] = answer["detail"]
    return detail


async def test_a_single_question_has_exactly_the_dialects_keys(linotp: Caller, stranger: Caller) -> None:
    detail = await _asked(linotp, stranger)
    assert set(detail) == {
        "transactionid",
        "message",
        "linotp_tokenserial",
        "linotp_tokentype",
        "linotp_tokendescription",
    }
    assert detail["message"] == "Please enter your otp value: "
    assert detail["linotp_tokentype"] == "HMAC"


async def test_an_unknown_transaction_is_the_dict_form_and_a_missing_one_the_plain_no(
    stranger: Caller,
) -> None:
    unknown = await stranger.whole("/validate/check_t", transactionid="12345678901234567", **{"pass": "1"})
    assert unknown["result"]["value"] == {"value": False, "failcount": 0}
    assert unknown["id"] == 1
    assert unknown["detail"]["value"] is False
    missing = await stranger.whole("/validate/check_t", **{"pass": "1"})
    assert missing["result"]["value"] is False
    assert "detail" not in missing


async def test_the_state_of_a_question_is_told_to_whoever_knows_the_pin(
    linotp: Caller, stranger: Caller
) -> None:
    transaction = str((await _asked(linotp, stranger))["transactionid"])
    status = await stranger.whole("/validate/check_status", transactionid=transaction, **{"pass": "sesame"})
    assert status["result"]["value"] is True
    told = status["detail"]["transactions"][transaction]
    assert (told["status"], told["valid_tan"], told["received_count"]) == ("open", False, 0)
    assert told["token"] == {"serial": "OATH1", "type": "HMAC"}
    wrong = await stranger.whole("/validate/check_status", transactionid=transaction, **{"pass": "open"})
    assert wrong["result"] == {"status": True, "value": False}
    assert "detail" not in wrong


async def test_simplecheck_tells_id_and_prompt_behind_the_sad_face(linotp: Caller, stranger: Caller) -> None:
    await _asked(linotp, stranger)
    answer = await stranger.http.get("/validate/simplecheck", params={"user": "alice", "pass": "sesame"})
    face, transaction, message = answer.text.split(" ", 2)
    assert face == ":-("
    assert transaction.isdecimal()
    assert message == "Please enter your otp value: "


async def test_an_administrator_sees_what_became_of_a_question(linotp: Caller, stranger: Caller) -> None:
    transaction = str((await _asked(linotp, stranger))["transactionid"])
    values = (await linotp.value("/admin/checkstatus", transactionid=transaction))["values"]
    assert transaction in values["OATH1"]["challenges"]
    assert await linotp.code("/admin/checkstatus") == 77


async def test_asking_how_a_question_stands_is_no_way_to_find_its_pin(
    linotp: Caller, stranger: Caller
) -> None:
    transaction = str((await _asked(linotp, stranger))["transactionid"])
    for guess in range(100):
        await stranger.whole("/validate/check_status", transactionid=transaction, **{"pass": f"{guess:04}"})
    right = await stranger.whole("/validate/check_status", transactionid=transaction, **{"pass": "sesame"})
    assert right["result"]["value"] is False
    rows = (await linotp.get("/audit/search", action="validate/check_status", success="0")).json()
    assert rows["total"] >= 100
