import hashlib
import hmac
from typing import Any

from tests.api.caller import Caller
from tests.household import Household

KEY = "3132333435363738393031323334353637383930"


def right(word: str, key: str = KEY) -> str:
    return hmac.new(bytes.fromhex(key), word.encode(), hashlib.sha256).hexdigest()[:8]


async def enrol(linotp: Caller, **more: Any) -> str:
    whole = await linotp.whole("/admin/init", type="dyn", otpkey=KEY, otppin="moon", user="alice", **more)
    serial: str = whole["detail"]["serial"]
    return serial


async def asked(linotp: Caller, **more: Any) -> dict[str, Any]:
    whole = await linotp.whole("/validate/check", user="alice", **{"pass": "moon", "data": "tree", **more})
    assert whole["result"]["value"] is False
    detail: dict[str, Any] = whole["detail"]
    return detail


async def answer(linotp: Caller, transaction: str, word: str) -> bool:
    said: bool = await linotp.value(
        "/validate/check", user="alice", transactionid=transaction, **{"pass": word}
    )
    return said


async def test_a_class_of_linotps_form_is_enrolled_asks_and_takes_its_answer_once(linotp: Caller) -> None:
    serial = await enrol(linotp)
    assert serial.startswith("DYN")
    detail = await asked(linotp)
    assert detail["message"] == "Your word is tree"
    assert detail["word"] == "tree"
    assert not await answer(linotp, detail["transactionid"], "00000000")
    assert await answer(linotp, detail["transactionid"], right("tree"))
    assert not await answer(linotp, detail["transactionid"], right("tree"))


async def test_the_pin_comes_before_the_question(linotp: Caller) -> None:
    await enrol(linotp)
    whole = await linotp.whole("/validate/check", user="alice", **{"pass": "sun", "data": "tree"})
    assert whole["result"]["value"] is False
    assert "transactionid" not in (whole.get("detail") or {})


async def test_the_answer_to_one_question_is_none_to_another(linotp: Caller) -> None:
    await enrol(linotp)
    first, second = await asked(linotp, data="tree"), await asked(linotp, data="leaf")
    assert not await answer(linotp, second["transactionid"], right("tree"))
    assert await answer(linotp, first["transactionid"], right("tree"))


async def test_a_setting_of_the_class_bounds_how_many_questions_stand(
    linotp: Caller, household: Household
) -> None:
    await enrol(linotp)
    await household.set(DynTokenMaxChallemges="1")
    await asked(linotp)
    whole = await linotp.whole("/validate/check", user="alice", **{"pass": "moon", "data": "leaf"})
    assert "transactionid" not in (whole.get("detail") or {})
    assert "1 questions are open" in (await household.last_row()).action_detail


async def test_a_setting_of_the_class_says_how_long_a_question_stands(
    linotp: Caller, household: Household
) -> None:
    await enrol(linotp)
    await household.set(DynTokenTimeOut="30")
    detail = await asked(linotp)
    household.clock.advance(seconds=31)
    assert not await answer(linotp, detail["transactionid"], right("tree"))


async def test_what_the_class_refuses_is_told_as_its_refusal(linotp: Caller) -> None:
    refused = await linotp.post("/admin/init", type="dyn", otpkey=KEY, hashlib="md5")
    assert "hashlib must be sha256 or sha512." in refused.text
    assert await linotp.code("/admin/init", type="dyn") == 905


async def test_a_made_key_is_shown_once(linotp: Caller) -> None:
    whole = await linotp.whole("/admin/init", type="dyn", genkey="1")
    assert whole["detail"]["otpkey"]["value"].startswith("seed://")


async def test_its_policies_are_known_under_its_name(linotp: Caller) -> None:
    known = await linotp.value("/system/getPolicyDef")
    assert "dyn_word" in known["authentication"]
    assert "initDYN" in known["admin"]
    assert "enrollDYN" in known["selfservice"]
    assert "maxtokenDYN" in known["enrollment"]


async def test_a_class_reads_what_else_a_request_says_but_no_answer(linotp: Caller) -> None:
    await enrol(linotp)
    detail = await asked(linotp, colour="green")
    assert detail["colour"] == "green"
    assert "moon" not in str(detail)
