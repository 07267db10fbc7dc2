"""People enrol tokens for themselves, as policy lets them."""

import asyncio
import base64
import re
from typing import Any

import pytest

from tests.api.linotp.userservice.conftest import Enters
from tests.household import RESOLVER, Household, policy
from watchword.crypto.pins import pin_matches
from watchword.model.person import Subject
from watchword.storage.promises import ManagedPerson, TokenFilter

ALICE = Subject(RESOLVER, "alice")


async def count(household: Household) -> int:
    async with household.house.store.view() as view:
        return await view.tokens.count(TokenFilter())


async def know(household: Household, **attributes: str) -> None:
    """Enter something about alice in the directory."""
    async with household.house.store.unit() as unit:
        person = await unit.people.get(RESOLVER, "alice")
        assert person is not None
        await unit.people.put(
            [
                ManagedPerson(
                    resolver=RESOLVER,
                    userid="alice",
                    login="alice",
                    password=person.password,
                    attributes=attributes,
                )
            ]
        )
        await unit.configuration.touch()


async def test_a_token_is_the_persons_and_says_who_has_enrolled_it(
    household: Household, enters: Enters
) -> None:
    portal = await enters()
    shown = await portal.whole("/userservice/enroll", type="totp", description="Zoë's <phone>", pin="1234")
    assert shown["result"]["value"] is True
    detail = shown["detail"]
    assert {"serial", "googleurl", "otpkey"} <= set(detail)
    assert detail["googleurl"]["value"].startswith("otpauth://totp/LinOTP:alice?")
    token = await household.held(detail["serial"])
    assert (token.owner, token.realms, token.enrolled_by) == (ALICE, ("demo",), ALICE)
    assert (token.description, token.active) == ("Zoë's <phone>", True)
    assert pin_matches(household.house.ring, token.serial, token.pin, "1234")
    row = await household.last_row()
    assert (row.action, row.serial, row.user) == ("userservice/enroll", token.serial, "alice")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, 905),
        ({"type": "hmac"}, 410),
        ({"type": "voice"}, 410),
        ({"type": "nonsense"}, 410),
        ({"type": "motp"}, 905),
        ({"type": "pw"}, 905),
        ({"type": "totp", "otplen": "x"}, -311),
        ({"type": "totp", "serial": "a" * 65}, -311),
    ],
)
async def test_a_refused_enrolment_makes_no_token(
    fields: dict[str, Any], code: int, household: Household, enters: Enters
) -> None:
    portal = await enters(actions="enrollTOTP, enrollMOTP, enrollPW")
    assert await portal.code("/userservice/enroll", **fields) == code
    assert await count(household) == 0


async def test_limits_hold_for_people_too(household: Household, enters: Enters) -> None:
    portal = await enters()
    await household.say(policy("maxtokenHMAC=1, maxtoken=2", scope="enrollment"))
    await portal.value("/userservice/enroll", type="hmac")
    assert await portal.code("/userservice/enroll", type="hmac") == 412
    await portal.value("/userservice/enroll", type="totp")
    assert await portal.code("/userservice/enroll", type="totp") == 411
    assert await count(household) == 2


async def test_what_policy_dictates_wins_over_the_form(household: Household, enters: Enters) -> None:
    portal = await enters()
    await household.say(
        policy("totp_hashlib=2, totp_otplen=8, totp_timestep=60", scope="selfservice", name="d")
    )
    for fields in ({}, {"hashlib": "sha1", "otplen": "6", "timeStep": "30"}):
        shown = await portal.whole("/userservice/enroll", type="totp", **fields)
        token = await household.held(shown["detail"]["serial"])
        assert (token.digits, token.info["hashlib"], token.info["timeStep"]) == (8, "sha256", "60")


async def test_a_form_may_use_the_names_of_policies(household: Household, enters: Enters) -> None:
    portal = await enters()
    shown = await portal.whole("/userservice/enroll", type="totp", totp_hashlib="3", totp_otplen="8")
    token = await household.held(shown["detail"]["serial"])
    assert (token.digits, token.info["hashlib"]) == (8, "sha512")


async def test_codes_go_where_the_directory_says_unless_people_may_say(
    household: Household, enters: Enters
) -> None:
    await know(household, mobile="+49 170 1")
    portal = await enters()

    async def phone(**fields: str) -> str:
        shown = await portal.whole("/userservice/enroll", type="sms", **fields)
        return str((await household.held(shown["detail"]["serial"])).info["phone"])

    assert await phone(phone="+49 170 2") == "+49 170 2"
    assert await phone() == "+49 170 1"
    await household.say(policy("edit_sms=0, edit_email=0", scope="selfservice", name="edit"))
    assert await phone(phone="+49 170 2") == "+49 170 1"
    assert await portal.code("/userservice/enroll", type="email", email_address="a@b.example") == -311


async def test_a_pin_by_chance_replaces_the_one_that_was_said(household: Household, enters: Enters) -> None:
    portal = await enters()
    await household.say(policy("otp_pin_random=6", scope="enrollment"))
    shown = await portal.whole("/userservice/enroll", type="hmac", pin="1234")
    token = await household.held(shown["detail"]["serial"])
    assert token.pin is not None
    assert not pin_matches(household.house.ring, token.serial, token.pin, "1234")
    await portal.value("/userservice/setpin", serial=token.serial, userpin="1234")
    token = await household.held(token.serial)
    assert pin_matches(household.house.ring, token.serial, token.pin, "1234")


async def test_only_an_own_token_is_made_anew(household: Household, enters: Enters) -> None:
    portal = await enters()
    theirs = await household.give("T1", owner="bob")
    nobodys = await household.give("T2", owner=None)
    mine = await household.give("T3")
    for serial in ("T1", "T2"):
        assert await portal.code("/userservice/enroll", type="hmac", serial=serial) == -311
    assert await portal.code("/userservice/enroll", type="totp", serial="T3") == 10
    assert [await household.held(serial) for serial in ("T1", "T2", "T3")] == [theirs, nobodys, mine]
    await portal.value("/userservice/enroll", type="hmac", serial="T3")
    assert (await household.held("T3")).secret != mine.secret


async def test_a_qr_code_alone_is_a_picture(enters: Enters) -> None:
    portal = await enters()
    picture = await portal.post("/userservice/enroll", type="hmac", qr="png")
    assert picture.headers["content-type"] == "image/png"
    assert picture.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("wanted", "prefix", "kind"),
    [
        ("oathtoken", "LSAO", "hmac"),
        ("googleauthenticator", "LSGO", "hmac"),
        ("googleauthenticator_time", "LSGO", "totp"),
    ],
)
async def test_the_older_call_for_apps_enrols_what_it_names(
    wanted: str, prefix: str, kind: str, household: Household, enters: Enters
) -> None:
    portal = await enters(actions="webprovisionGOOGLE, webprovisionGOOGLEtime")
    value = await portal.value("/userservice/webprovision", type=wanted)
    assert (value["init"], value["setpin"]) == (True, False)
    told = value["oathtoken"]
    assert re.fullmatch(rf"{prefix}[0-9A-F]{{8}}", told["serial"])
    assert told["url"].startswith("otpauth://")
    assert (await household.held(told["serial"])).kind == kind


async def test_the_older_call_has_rights_of_its_own(household: Household, enters: Enters) -> None:
    portal = await enters(actions="enrollHMAC, enrollTOTP, webprovisionGOOGLE")
    assert await portal.code("/userservice/webprovision", type="googleauthenticator_time") == 410
    assert await portal.code("/userservice/webprovision", type="nonsense") == -311
    assert await portal.code("/userservice/webprovision") == 905
    assert await count(household) == 0


async def test_calls_for_types_that_are_not_here_say_so(enters: Enters) -> None:
    portal = await enters()
    for name in ("activate_init", "activate_check_status", "fido2_activate_begin", "getmultiotp"):
        assert await portal.code(f"/userservice/{name}", serial="T1") == 410


async def test_one_order_sent_often_makes_one_token_whose_newest_seed_counts(
    household: Household, enters: Enters
) -> None:
    portal = await enters()

    async def order() -> bytes:
        answer = await portal.http.post(
            "/userservice/enroll",
            data={"session": portal.session, "type": "hmac"},
            headers={"Idempotency-Key": "form 1"},
        )
        detail = answer.json()["detail"]
        return base64.b16decode(detail["otpkey"]["value"].removeprefix("seed://").upper())

    seeds = [await order() for _ in range(3)]
    assert await count(household) == 1
    assert len(set(seeds)) == 3
    await asyncio.gather(order(), order(), order())
    assert await count(household) == 1
