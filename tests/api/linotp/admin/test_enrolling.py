"""admin/init, as clients see it."""

import base64
import re
import struct
import zlib
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import zxingcpp

from tests.api.caller import Caller
from tests.household import REALM, RESOLVER, Household, policy
from watchword.crypto.otp import hotp
from watchword.crypto.pins import pin_matches, reveal_pin
from watchword.model.configuration import Realm
from watchword.model.token import secret_context

SEED = "3132333435363738393031323334353637383930"
CALLERS = Callable[[str], Awaitable[Caller]]


async def enrolled(linotp: Caller, **fields: Any) -> dict[str, Any]:
    envelope = await linotp.whole("/admin/init", **{"type": "hmac", "otpkey": SEED, **fields})
    assert envelope["result"]["value"] is True
    detail: dict[str, Any] = envelope["detail"]
    return detail


def seen(tag: str) -> str:
    """What a phone reads off an <img>."""
    match = re.search(r'src="data:image/png;base64,([^"]+)"', tag)
    assert match is not None
    width, height, pixels = pixels_of(base64.b64decode(match[1]))
    (found,) = zxingcpp.read_barcodes(memoryview(pixels).cast("B", (height, width)))
    text: str = found.text
    return text


def pixels_of(png: bytes) -> tuple[int, int, bytes]:
    """Reads a PNG of one bit a pixel, in grey and without filters, as its standard says."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height, depth, colour = struct.unpack(">IIBB", png[16:26])
    assert (depth, colour) == (1, 0)
    start = png.index(b"IDAT") + 4
    (length,) = struct.unpack(">I", png[start - 8 : start - 4])
    rows = zlib.decompress(png[start : start + length])
    stride = 1 + (width + 7) // 8
    pixels = bytearray()
    for y in range(height):
        kind, *row = rows[y * stride : (y + 1) * stride]
        assert kind == 0
        pixels += bytes(255 * (row[x // 8] >> (7 - x % 8) & 1) for x in range(width))
    return width, height, bytes(pixels)


async def test_a_seed_is_shown_once_as_text_and_as_a_code_that_phones_read(linotp: Caller) -> None:
    detail = await enrolled(linotp, serial="OATH1", user="alice")
    assert detail["otpkey"]["value"] == f"seed://{SEED}"
    assert detail["otpkey"]["order"] == "1"
    url = detail["googleurl"]["value"]
    assert url.startswith("otpauth://hotp/LinOTP:alice?secret=")
    assert "counter=0" in url
    assert detail["enrollment_url"] == detail["googleurl"]
    assert detail["googleurl"]["img"].startswith("<img ")
    assert seen(detail["googleurl"]["img"]) == url
    assert seen(detail["otpkey"]["img"]) == f"seed://{SEED}"


async def test_the_seed_that_was_said_is_the_seed_that_is_kept(linotp: Caller, household: Household) -> None:
    await enrolled(linotp, serial="OATH1", user="alice", pin="geheim")
    outcome = await household.check("geheim" + hotp(bytes.fromhex(SEED), 0))
    assert outcome.accepted


async def test_a_serial_that_is_not_said_is_made_of_prefix_and_chance(linotp: Caller) -> None:
    assert re.fullmatch("OATH[0-9A-F]{8}", (await enrolled(linotp))["serial"])
    assert re.fullmatch("ACME[0-9A-F]{8}", (await enrolled(linotp, prefix="acme"))["serial"])


async def test_a_serial_that_is_taken_by_chance_is_thrown_anew(household: Household) -> None:
    class Twice:
        """Dice that fall twice alike."""

        def __init__(self) -> None:
            self.throws = [b"\0\0\0\1", b"\0\0\0\1", b"\0\0\0\2"]

        def bytes(self, count: int) -> bytes:
            return self.throws.pop(0) if count == 4 else b"\7" * count

        def below(self, limit: int) -> int:
            return 0

    from watchword.enrolment.issuing import Enrolment, Order
    from watchword.enrolment.occasion import Occasion
    from watchword.plugin.shapes import Enrolled

    house = household.house
    enrolment = Enrolment(house.kinds, house.ring, Twice(), house.pool)
    occasion = Occasion(snapshot=await house.snapshots.latest(), now=household.clock.now())
    order = Order(kind=house.kinds.default, enrolled=Enrolled(secret=b"x" * 20))
    async with house.store.unit() as unit:
        serials = [(await enrolment.issue(unit, occasion, order)).serial for _ in range(2)]
    assert serials == ["OATH00000001", "OATH00000002"]


async def test_without_type_the_token_counts(linotp: Caller, household: Household) -> None:
    await linotp.whole("/admin/init", otpkey=SEED, serial="X1")
    assert (await household.held("X1")).kind == "hmac"


async def test_types_are_known_in_any_case(linotp: Caller, household: Household) -> None:
    await enrolled(linotp, type="TOTP", serial="X1")
    assert (await household.held("X1")).kind == "totp"


REFUSED: tuple[tuple[dict[str, str], int], ...] = (
    ({"type": "hmac"}, 905),
    ({"type": "nonsense", "genkey": "1"}, 1610),
    ({"genkey": "1", "otpkey": SEED}, 344),
    ({"otpkey": "nothex"}, -311),
    ({"otpkey": "abc"}, -311),
    ({"otpkey": SEED, "otplen": "x"}, -311),
    ({"otpkey": SEED, "otplen": "-6"}, -311),
    ({"otpkey": SEED, "hashlib": "md5"}, -311),
    ({"type": "totp", "otpkey": SEED, "timeStep": "45"}, -311),
    ({"type": "pw"}, 905),
    ({"type": "motp", "genkey": "1"}, 905),
    ({"otpkey": SEED, "user": "nobody"}, 1112),
    ({"otpkey": SEED, "user": "alice", "realm": "nowhere"}, 1112),
    ({"otpkey": SEED, "scope": "no json"}, -311),
    ({"otpkey": SEED, "scope": '{"path": "userservice"}'}, -311),
    ({"otpkey": SEED, "scope": "[]"}, -311),
    ({"otpkey": SEED, "serial": "x" * 4000}, -311),
    ({"otpkey": SEED, "serial": "a\x00b"}, -311),
    ({"otpkey": SEED, "serial": "a\nb"}, -311),
    ({"otpkey": SEED, "serial": "a\u200bb"}, -311),
    ({"otpkey": SEED, "prefix": "p" * 200}, -311),
    ({"otpkey": SEED, "pin": "x" * 5000}, -311),
    ({"otpkey": SEED, "enable": "perhaps"}, -311),
    ({"type": "pw", "otpkey": "x" * 5000}, -311),
)


async def test_what_cannot_be_issued_has_its_number_and_leaves_no_token(linotp: Caller) -> None:
    for fields, code in REFUSED:
        assert await linotp.code("/admin/init", **fields) == code, fields
    assert (await linotp.value("/admin/show"))["data"] == []


async def test_an_unknown_type_is_told_with_its_number_in_front(linotp: Caller) -> None:
    answer = await linotp.post("/admin/init", type="nonsense", genkey="1")
    assert answer.json()["result"]["error"]["message"].startswith("ERR1610: ")


async def test_a_token_made_anew_has_a_new_seed_and_keeps_owner_and_pin(
    linotp: Caller, household: Household
) -> None:
    await enrolled(linotp, serial="OATH1", user="alice", pin="geheim", description="hers")
    assert (await household.check("geheim" + hotp(bytes.fromhex(SEED), 3))).accepted
    before = await household.held("OATH1")
    await enrolled(linotp, serial="OATH1", otpkey="00" * 20)
    after = await household.held("OATH1")
    assert (after.id, after.owner, after.realms, after.description) == (
        before.id,
        before.owner,
        before.realms,
        "hers",
    )
    assert (after.counter, after.failures) == (0, 0)
    assert pin_matches(household.house.ring, "OATH1", after.pin, "geheim")
    assert household.house.ring.open(secret_context("OATH1"), after.secret) == bytes(20)


async def test_a_serial_of_another_type_is_not_made_anew(linotp: Caller) -> None:
    await enrolled(linotp, serial="OATH1")
    assert await linotp.code("/admin/init", type="totp", otpkey=SEED, serial="OATH1") == 10


async def test_a_password_is_shown_as_it_is_and_its_length_parts_the_pin(
    linotp: Caller, household: Household
) -> None:
    detail = await enrolled(linotp, type="pw", otpkey="grün & gut", user="alice", pin="1234")
    assert detail["otpkey"]["value"] == "seed://grün & gut"
    assert detail["serial"].startswith("KIPW")
    assert (await household.held(detail["serial"])).digits == len("grün & gut")
    assert (await household.check("1234grün & gut")).accepted


async def test_a_password_too_long_for_a_qr_code_has_a_tag_without_picture(linotp: Caller) -> None:
    detail = await enrolled(linotp, type="pw", otpkey="x" * 3500)
    assert detail["otpkey"]["img"].startswith("<img ")
    assert "src=" not in detail["otpkey"]["img"]


SCOPES: tuple[tuple[dict[str, str], set[str]], ...] = (
    ({"rollout": "True"}, {"userservice"}),
    ({"scope": '{"path": ["userservice", "validate"]}'}, {"userservice", "validate"}),
    ({"scope": '{"path": ["validate"]}', "rollout": "1"}, {"validate"}),
    ({"scope": "{}"}, set()),
    ({"scope": '{"path": []}', "rollout": "1"}, set()),
)


async def test_scope_wins_over_rollout(linotp: Caller, household: Household) -> None:
    for fields, paths in SCOPES:
        detail = await enrolled(linotp, **fields)
        token = await household.held(detail["serial"])
        assert token.paths == paths
        assert token.description == ("rollout token" if paths else "")


async def test_a_rollout_token_may_have_a_description_of_its_own(
    linotp: Caller, household: Household
) -> None:
    detail = await enrolled(linotp, rollout="1", description="welcome")
    assert (await household.held(detail["serial"])).description == "welcome"


async def test_scope_may_come_as_json(linotp: Caller, household: Household) -> None:
    body = {"type": "pw", "otpkey": "start", "serial": "R1", "scope": {"path": ["userservice"]}}
    answer = await linotp.post_json("/admin/init", body)
    assert answer.json()["result"]["value"] is True
    assert (await household.held("R1")).paths == {"userservice"}


async def test_descriptions_come_back_character_by_character(linotp: Caller) -> None:
    for text in ("<b>\"'\\%_&amp; ünï 🔑", "x" * 4000):
        detail = await enrolled(linotp, description=text)
        shown = await linotp.value("/admin/show", serial=detail["serial"])
        assert shown["data"][0]["LinOtp.TokenDesc"] == text


async def test_a_token_can_be_issued_disabled(linotp: Caller, household: Household) -> None:
    detail = await enrolled(linotp, enable="false")
    assert not (await household.held(detail["serial"])).active


async def test_a_token_is_in_all_realms_of_its_owner(linotp: Caller, household: Household) -> None:
    async with household.house.store.unit() as unit:
        await unit.configuration.put_realm(Realm(name="second", resolvers=(RESOLVER,)))
    detail = await enrolled(linotp, user="alice")
    assert (await household.held(detail["serial"])).realms == (REALM, "second")


async def test_a_token_of_nobody_goes_where_tokenrealm_says(linotp: Caller, household: Household) -> None:
    detail = await enrolled(linotp, tokenrealm="Demo, nowhere")
    assert (await household.held(detail["serial"])).realms == (REALM,)
    detail = await enrolled(linotp)
    assert (await household.held(detail["serial"])).realms == ()


async def test_the_user_may_be_written_with_realm(linotp: Caller, household: Household) -> None:
    detail = await enrolled(linotp, user="ALICE@Demo")
    token = await household.held(detail["serial"])
    assert token.owner is not None
    assert token.owner.userid == "alice"


async def test_defaults_of_new_tokens_come_from_the_configuration(
    linotp: Caller, household: Household
) -> None:
    await household.set(DefaultMaxFailCount="3", DefaultCountWindow="no number", DefaultSyncWindow="-5")
    token = await household.held((await enrolled(linotp))["serial"])
    assert (token.max_failures, token.window, token.sync_window) == (3, 10, 1000)


async def test_qr_asks_for_the_tag_alone(linotp: Caller) -> None:
    for qr in ("img", "embed"):
        answer = await linotp.post("/admin/init", otpkey=SEED, qr=qr, width="300", alt='a"b')
        assert answer.headers["content-type"].startswith("text/html")
        assert answer.text.startswith('<img id="challenge_qrcode" width=300 ')
        assert "a&quot;b" in answer.text
        assert seen(answer.text).startswith("otpauth://hotp/")


async def test_qr_png_asks_for_the_picture(linotp: Caller) -> None:
    answer = await linotp.post("/admin/init", otpkey=SEED, qr="png")
    assert answer.headers["content-type"] == "image/png"
    assert answer.content.startswith(b"\x89PNG")


async def test_any_other_qr_is_a_page(linotp: Caller) -> None:
    answer = await linotp.post("/admin/init", otpkey=SEED, qr="1", width='"><script>')
    assert answer.headers["content-type"].startswith("text/html")
    assert "<html>" in answer.text
    assert "<script>" not in answer.text


async def test_label_and_issuer_are_what_policies_say(linotp: Caller, household: Household) -> None:
    await household.say(
        policy("tokenlabel=<u>-<r>-<s>-<d>", "enrollment", name="label"),
        policy("tokenissuer='House <r>'", "enrollment", name="issuer"),
    )
    detail = await enrolled(linotp, user="alice", serial="X1", description="<u>")
    assert "otpauth://hotp/House%20demo:alice-demo-X1-%3Cu%3E?" in detail["googleurl"]["value"]


async def test_without_owner_the_account_is_the_serial(linotp: Caller) -> None:
    detail = await enrolled(linotp, serial="X1")
    assert "/LinOTP:X1?" in detail["googleurl"]["value"]


async def test_a_random_pin_takes_the_place_of_the_one_that_was_said(
    linotp: Caller, household: Household
) -> None:
    await household.say(
        policy("otp_pin_random=7, otp_pin_random_content=n, otp_pin_encrypt=1", "enrollment", user="alice")
    )
    detail = await enrolled(linotp, user="alice", pin="mine")
    token = await household.held(detail["serial"])
    pin = reveal_pin(household.house.ring, token.serial, token.pin)
    assert pin is not None
    assert re.fullmatch("[0-9]{7}", pin)
    detail = await enrolled(linotp, user="bob", pin="mine")
    token = await household.held(detail["serial"])
    assert reveal_pin(household.house.ring, token.serial, token.pin) is None
    assert pin_matches(household.house.ring, token.serial, token.pin, "mine")


async def test_pins_are_kept_character_by_character(linotp: Caller, household: Household) -> None:
    pin = " a\u00a0b:%20+&amp;\"'\\🔑ü "
    await enrolled(linotp, user="alice", pin=pin)
    assert (await household.check(pin + hotp(bytes.fromhex(SEED), 0))).accepted
    assert not (await household.check(pin.strip() + hotp(bytes.fromhex(SEED), 1))).accepted


async def test_maxtoken_is_counted_over_all_states_and_the_smallest_holds(
    linotp: Caller, household: Household
) -> None:
    await household.say(
        policy("maxtoken=3", "enrollment", name="a"),
        policy("maxtoken=2", "enrollment", name="b"),
        policy("maxtokenTOTP=1", "enrollment", name="c"),
    )
    await enrolled(linotp, user="alice", type="totp", serial="T1", enable="0")
    assert await linotp.code("/admin/init", user="alice", type="totp", otpkey=SEED) == 412
    await enrolled(linotp, user="alice", serial="H1")
    assert await linotp.code("/admin/init", user="alice", otpkey=SEED) == 411
    await enrolled(linotp, user="alice", serial="H1")  # made anew, it is no token more
    await enrolled(linotp, user="bob")
    assert len((await linotp.value("/admin/show", user="alice"))["data"]) == 2


async def test_maxtoken_of_another_realm_of_the_user_holds_too(linotp: Caller, household: Household) -> None:
    async with household.house.store.unit() as unit:
        await unit.configuration.put_realm(Realm(name="second", resolvers=(RESOLVER,)))
    await household.say(policy("maxtoken=1", "enrollment", realm="second"))
    await enrolled(linotp, user="alice", realm=REALM)
    assert await linotp.code("/admin/init", user="alice", realm=REALM, otpkey=SEED) == 411


async def test_tokencount_counts_active_tokens_of_the_realm(linotp: Caller, household: Household) -> None:
    await household.say(policy("tokencount=2", "enrollment"))
    await enrolled(linotp, user="alice", serial="A1")
    await enrolled(linotp, user="bob", serial="B1")
    assert await linotp.code("/admin/init", user="alice", otpkey=SEED) == 410
    await enrolled(linotp, user="alice", serial="A2", enable="0")
    assert await linotp.code("/admin/enable", serial="A2") == 410
    assert await linotp.value("/admin/enable", serial="A1") == 1
    await enrolled(linotp, serial="A1")
    assert await linotp.value("/admin/disable", serial="B1") == 1
    assert await linotp.value("/admin/enable", serial="A2") == 1


async def test_the_right_is_asked_type_by_type(caller_for: CALLERS, household: Household) -> None:
    await household.say(policy("initTOTP", "admin", user="helen"))
    helen = await caller_for("helen")
    await helen.whole("/admin/init", type="totp", otpkey=SEED)
    assert await helen.code("/admin/init", type="hmac", otpkey=SEED) == 410
    assert await helen.code("/admin/init") == 410  # the right before the parameters


async def test_an_administrator_of_one_realm_issues_tokens_there_only(
    caller_for: CALLERS, household: Household
) -> None:
    async with household.house.store.unit() as unit:
        await unit.configuration.put_realm(Realm(name="other", resolvers=()))
    await household.say(policy("*", "admin", user="helen", realm=REALM))
    helen = await caller_for("helen")
    await household.give("FOREIGN", owner=None, realms=("other",))
    await household.give("LOOSE", owner=None, realms=())
    detail = await enrolled(helen)
    assert (await household.held(detail["serial"])).realms == (REALM,)
    assert await helen.code("/admin/init", otpkey=SEED, tokenrealm="other") == 410
    assert await helen.code("/admin/init", otpkey=SEED, serial="FOREIGN") == 410
    assert await helen.code("/admin/init", otpkey=SEED, serial="LOOSE") == 410
    assert (await household.held("FOREIGN")).realms == ("other",)


async def test_get_makes_no_token(linotp: Caller, stranger: Caller) -> None:
    assert (await linotp.get("/admin/init", otpkey=SEED)).status_code == 405
    assert (await stranger.get("/admin/init", otpkey=SEED)).status_code == 405
    assert (await stranger.post("/admin/init", otpkey=SEED)).status_code == 401
    assert (await linotp.value("/admin/show"))["data"] == []


async def test_the_audit_row_names_token_and_owner_and_no_secret(
    linotp: Caller, household: Household
) -> None:
    await enrolled(linotp, user="alice", serial="X1", pin="geheim")
    row = await household.last_row()
    assert (row.action, row.success, row.serial, row.token_type, row.user, row.realm) == (
        "admin/init",
        True,
        "X1",
        "HMAC",
        "alice",
        REALM,
    )
    assert SEED not in repr(row)
    assert "geheim" not in repr(row)


async def test_a_failure_leaves_its_row_too(linotp: Caller, household: Household) -> None:
    await linotp.code("/admin/init", type="nonsense")
    row = await household.last_row()
    assert (row.action, row.success) == ("admin/init", False)


async def test_a_whole_enrolment_costs_few_statements(linotp: Caller, household: Household) -> None:
    """Session, revision, token, realms, audit."""
    await enrolled(linotp, user="alice", pin="geheim")
    traffic = household.house.store.traffic
    before = traffic.statements
    await enrolled(linotp, user="alice", pin="geheim")
    assert traffic.statements - before <= 5


async def test_doubled_and_unknown_parameters_do_no_harm(linotp: Caller, household: Household) -> None:
    body = f"serial=X1&serial=X2&otpkey={SEED}&otpkey=00&type=hmac&%FF=%FE&a[]=1&user[]=alice&=&x".encode()
    answer = await linotp.post_raw("/admin/init", body)
    assert answer.json()["result"]["value"] is True
    assert (await household.held("X1")).kind == "hmac"


async def test_json_of_wrong_types_is_answered_with_an_envelope(linotp: Caller) -> None:
    for name in ("serial", "otpkey", "type", "user", "realm", "pin", "scope", "genkey", "otplen"):
        for value in (None, 5, 1.5, True, [], ["a"], {}, {"a": 1}):
            answer = await linotp.post_json("/admin/init", {"type": "hmac", "otpkey": SEED, name: value})
            assert answer.status_code == 200
            assert isinstance(answer.json()["result"]["status"], bool)


@pytest.mark.parametrize(
    ("kind", "name", "address", "prefix"),
    [
        ("sms", "phone", "+49 171 1", "LSSM"),
        ("voice", "phone", "12", "KIVO"),
        ("email", "email_address", "a@b.example", "LSEM"),
    ],
)
async def test_what_gets_its_codes_sent_needs_to_know_where_to(
    linotp: Caller, household: Household, kind: str, name: str, address: str, prefix: str
) -> None:
    assert await linotp.code("/admin/init", type=kind, user="alice") == 905
    assert await linotp.code("/admin/init", type=kind, user="alice", **{name: "nowhere"}) == -311
    answer = await linotp.whole("/admin/init", type=kind, user="alice", **{name: address})
    assert answer["detail"].keys() == {"serial"}
    assert answer["detail"]["serial"].startswith(prefix)
    (row,) = (await linotp.value("/admin/show", serial=answer["detail"]["serial"], tokeninfo_format="json"))[
        "data"
    ]
    assert row["LinOtp.TokenInfo"][name] == address
    assert row["LinOtp.TokenInfo"]["hashlib"]
    assert not (await household.check("")).accepted
