"""admin/show and api/v2/tokens."""

import csv
import io
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from tests.api.caller import Caller
from tests.household import REALM, RESOLVER, SEED, Household, policy
from watchword.crypto.otp import hotp
from watchword.model.configuration import MANAGED, Entry, Realm, ResolverConfig
from watchword.model.person import Subject
from watchword.storage.promises import ManagedPerson

CALLERS = Callable[[str], Awaitable[Caller]]
SPEC = f"useridresolver.SQLIdResolver.IdResolver.{RESOLVER}"


async def rows(linotp: Caller, **fields: Any) -> list[dict[str, Any]]:
    data: list[dict[str, Any]] = (await linotp.value("/admin/show", **fields))["data"]
    return data


async def serials(linotp: Caller, **fields: Any) -> list[str]:
    return [
        row["LinOtp.TokenSerialnumber"] for row in await rows(linotp, sortby="TokenSerialnumber", **fields)
    ]


async def test_a_row_has_exactly_the_keys_that_clients_know(linotp: Caller, household: Household) -> None:
    token = await household.give("A1", description="hers", created=household.clock.now(), pin="geheim")
    assert await linotp.value("/admin/show") == {
        "data": [
            {
                "LinOtp.TokenId": token.id,
                "LinOtp.TokenSerialnumber": "A1",
                "LinOtp.TokenDesc": "hers",
                "LinOtp.TokenType": "HMAC",
                "LinOtp.TokenInfo": '{"hashlib":"sha1"}',
                "LinOtp.IdResolver": SPEC.removeprefix("useridresolver."),
                "LinOtp.IdResClass": SPEC,
                "LinOtp.Userid": "alice",
                "LinOtp.OtpLen": 6,
                "LinOtp.MaxFail": 10,
                "LinOtp.FailCount": 0,
                "LinOtp.Count": 0,
                "LinOtp.CountWindow": 10,
                "LinOtp.SyncWindow": 1000,
                "LinOtp.Isactive": True,
                "LinOtp.CreationDate": "Thu, 01 Jan 2026 10:00:00 GMT",
                "LinOtp.LastAuthSuccess": "",
                "LinOtp.LastAuthMatch": "",
                "LinOtp.RealmNames": [REALM],
                "User.description": "",
                "User.userid": "alice",
                "User.username": "alice",
            }
        ],
        "resultset": {"pages": 1, "pagesize": 1, "tokens": 1, "page": 1},
    }


async def test_a_token_of_nobody_has_empty_texts(linotp: Caller, household: Household) -> None:
    await household.give("P1", "pw", owner=None, realms=(), info={})
    (row,) = await rows(linotp, user_fields="email")
    for name in ("User.username", "User.userid", "User.description", "User.email"):
        assert row[name] == ""
    for name in ("LinOtp.IdResolver", "LinOtp.IdResClass", "LinOtp.Userid", "LinOtp.TokenInfo"):
        assert row[name] == ""
    assert row["LinOtp.RealmNames"] == []


async def test_an_owner_who_is_gone_or_whose_directory_is_silent_has_no_user_info(
    linotp: Caller, household: Household
) -> None:
    async with household.house.store.unit() as unit:
        await unit.configuration.put_resolver(ResolverConfig(name="silent", kind="not-installed"))
        await unit.configuration.put_realm(Realm(name="quiet", resolvers=("silent",)))
    await household.give("A1")
    await household.give("ORPHAN", owner="gone")
    silent = await household.give("SILENT")
    async with household.house.store.unit() as unit:
        await unit.tokens.change(silent, msgspec.structs.replace(silent, owner=Subject("silent", "7")))
    for serial in ("ORPHAN", "SILENT"):
        (row,) = await rows(linotp, serial=serial, user_fields="email")
        assert {row[f"User.{name}"] for name in ("username", "userid", "description", "email")} == {
            "/:no user info:/"
        }
    assert len(await rows(linotp)) == 3


async def test_user_fields_are_added_as_asked(linotp: Caller, household: Household) -> None:
    await household.give("A1")
    (row,) = await rows(linotp, user_fields="givenname, email")
    assert (row["User.givenname"], row["User.email"]) == ("Alice", "")


async def test_token_info_tells_limits_counts_and_what_was_learnt(
    linotp: Caller, household: Household
) -> None:
    await household.give(
        "T1",
        "totp",
        info={"hashlib": "sha1", "timeStep": "30", "timeShift": "0"},
        state={"timeShift": 60, "otp1c": 5},
        attempts=3,
        attempts_max=9,
        successes=2,
        successes_max=4,
        valid_from=1_767_261_600_000,
        valid_until=1_893_456_000_000,
    )
    (row,) = await rows(linotp, tokeninfo_format="json")
    assert row["LinOtp.TokenInfo"] == {
        "hashlib": "sha1",
        "timeStep": "30",
        "timeShift": 60,
        "count_auth": 3,
        "count_auth_max": 9,
        "count_auth_success": 2,
        "count_auth_success_max": 4,
        "validity_period_start": "2026-01-01T10:00:00",
        "validity_period_end": "2030-01-01T00:00:00",
    }
    (row,) = await rows(linotp)
    info = msgspec.json.decode(row["LinOtp.TokenInfo"])
    assert (info["validity_period_start"], info["validity_period_end"]) == (
        "01/01/26 10:00",
        "01/01/30 00:00",
    )


async def test_neither_seed_nor_pin_is_ever_shown(linotp: Caller, household: Household) -> None:
    await linotp.whole("/admin/init", otpkey=SEED.hex(), user="alice", pin="geheim", serial="A1")
    await household.say(policy("otp_pin_encrypt=1", "enrollment"))
    await linotp.whole("/admin/set", serial="A1", pin="geheim")
    for answer in (
        await linotp.post("/admin/show"),
        await linotp.post("/admin/show", outform="csv"),
        await linotp.get("/api/v2/tokens/"),
        await linotp.get("/api/v2/tokens/A1"),
    ):
        assert "A1" in answer.text
        assert SEED.hex() not in answer.text
        assert "geheim" not in answer.text


async def test_the_last_access_has_the_form_that_is_set(linotp: Caller, household: Household) -> None:
    await household.give("A1")
    assert (await household.check(hotp(SEED, 0))).accepted
    for form, shown in (("True", "01/01/26 10:00"), ("%Y", "2026"), ("False", None)):
        async with household.house.store.unit() as unit:
            await unit.configuration.put_entries({"token.last_access": Entry(value=form)})
        (row,) = await rows(linotp, tokeninfo_format="json")
        assert row["LinOtp.TokenInfo"].get("last_access") == shown


async def test_without_page_all_rows_come_and_with_page_as_many_as_asked(
    linotp: Caller, household: Household
) -> None:
    for number in range(7):
        await household.give(f"A{number}", description=f"d{number}")

    async def shown(**fields: str) -> tuple[int, dict[str, int]]:
        value = await linotp.value("/admin/show", **fields)
        return len(value["data"]), value["resultset"]

    assert await shown() == (7, {"pages": 1, "pagesize": 7, "tokens": 7, "page": 1})
    assert await shown(pagesize="2") == (7, {"pages": 1, "pagesize": 7, "tokens": 7, "page": 1})
    assert await shown(page="1") == (7, {"pages": 1, "pagesize": 50, "tokens": 7, "page": 1})
    assert await shown(page="4", pagesize="2") == (1, {"pages": 4, "pagesize": 2, "tokens": 7, "page": 4})
    assert await shown(page="x", pagesize="2") == (7, {"pages": 1, "pagesize": 7, "tokens": 7, "page": 1})
    for odd in (
        {"page": "-1"},
        {"page": "0"},
        {"page": "1", "pagesize": "-5"},
        {"page": "1", "pagesize": "x"},
    ):
        assert (await shown(**odd))[0] == 7
    assert await linotp.code("/admin/show", page="5", pagesize="2") == -311
    assert await linotp.code("/admin/show", page="999999999", pagesize="999999999") == -311
    await household.set(pagesize="3")
    assert await shown(page="2") == (3, {"pages": 3, "pagesize": 3, "tokens": 7, "page": 2})
    assert await shown(serial="NONE") == (0, {"pages": 1, "pagesize": 0, "tokens": 0, "page": 1})
    assert (await shown(serial="NONE", page="1"))[0] == 0


async def test_rows_are_sorted_by_known_columns_only(linotp: Caller, household: Household) -> None:
    await household.give("A1", description="b", counter=2)
    await household.give("A2", description="a", counter=1)

    async def order(**fields: str) -> list[str]:
        return [row["LinOtp.TokenSerialnumber"] for row in await rows(linotp, **fields)]

    assert await order() == ["A2", "A1"]
    assert await order(sortdir="desc") == ["A1", "A2"]
    assert await order(sortby="TokenSerialnumber", sortdir="desc") == ["A2", "A1"]
    assert await order(sortby="Count", sortdir="asc") == ["A2", "A1"]
    for key in (
        "TokenId",
        "TokenType",
        "IdResolver",
        "IdResClass",
        "Userid",
        "FailCount",
        "Isactive",
        "CreationDate",
        "LastAuthMatch",
        "LastAuthSuccess",
    ):
        assert sorted(await order(sortby=key)) == ["A1", "A2"]
    answer = await linotp.post("/admin/show", sortby="secret")
    assert answer.json()["result"]["error"]["code"] == -311
    assert "TokenDesc" in answer.json()["result"]["error"]["message"]


async def test_in_serials_only_the_star_is_a_wildcard(linotp: Caller, household: Household) -> None:
    for serial in ("OATH1", "OATH2", "TOTP_1", "TOTP%1"):
        await household.give(serial)
    assert await serials(linotp, serial="OATH*") == ["OATH1", "OATH2"]
    assert await serials(linotp, serial="*1") == ["OATH1", "TOTP%1", "TOTP_1"]
    assert await serials(linotp, serial="TOTP_1") == ["TOTP_1"]
    for nothing in ("OATH", "%", "_____", "' OR 1=1 --", "ключ", "x" * 4000, "a\x00", "OATH."):
        assert await serials(linotp, serial=nothing) == []


async def test_the_filter_looks_everywhere_or_at_the_state(linotp: Caller, household: Household) -> None:
    await household.give("A1", description="Blue one")
    await household.give("A2", active=False)
    await household.give("B1", "totp", owner="bob")
    await household.give("C1", owner=None)
    assert await serials(linotp, filter="blue") == ["A1"]
    assert await serials(linotp, filter="bob") == ["B1"]
    assert await serials(linotp, filter="totp") == ["B1"]
    assert await serials(linotp, filter="c1") == ["C1"]
    assert await serials(linotp, filter="%") == []
    assert await serials(linotp, filter="/:active:/") == ["A1", "B1", "C1"]
    assert await serials(linotp, filter="/:token is inactive:/") == ["A2"]


async def test_owners_are_found_by_name_and_pattern(linotp: Caller, household: Household) -> None:
    async with household.house.store.unit() as unit:
        await unit.people.put(
            [ManagedPerson(resolver=RESOLVER, userid="9", login="al.bert@example.org", attributes={})]
        )
        await unit.configuration.touch()
    await household.give("A1")
    await household.give("B1", owner="bob")
    await household.give("X1", owner="9")
    await household.give("ORPHAN", owner="gone")
    await household.give("LOOSE", owner=None, realms=())
    for user, found in (
        ("alice", ["A1"]),
        ("ALICE", ["A1"]),
        ("alice@demo", ["A1"]),
        ("al*", ["A1", "X1"]),
        ("b.b", ["B1"]),
        ("al.bert@example.org", ["X1"]),
        ("nobody", []),
        ("no*body", []),
        ("%", []),
        ("a\x00", []),
        ("/:no user:/", ["LOOSE"]),
        ("/:none:/", ["LOOSE"]),
        ("''", ["LOOSE"]),
        ("/:no user info:/", ["ORPHAN"]),
        ("*", ["A1", "B1", "ORPHAN", "X1"]),
        ("**", ["A1", "B1", "ORPHAN", "X1"]),
    ):
        assert await serials(linotp, user=user) == found, user
    assert await serials(linotp, user="alice", realm="demo") == ["A1"]
    assert await serials(linotp, user="alice", viewrealm="nowhere") == []


async def test_a_name_is_looked_for_in_every_realm(linotp: Caller, household: Household) -> None:
    async with household.house.store.unit() as unit:
        await unit.configuration.put_resolver(ResolverConfig(name="second", kind=MANAGED))
        await unit.configuration.put_realm(Realm(name="elsewhere", resolvers=("second",)))
        await unit.people.put([ManagedPerson(resolver="second", userid="7", login="carol", attributes={})])
    token = await household.give("C1", realms=("elsewhere",))
    async with household.house.store.unit() as unit:
        await unit.tokens.change(token, msgspec.structs.replace(token, owner=Subject("second", "7")))
    assert await serials(linotp, user="carol") == ["C1"]
    assert await serials(linotp, user="car*") == ["C1"]
    assert await serials(linotp, user="carol@elsewhere") == ["C1"]
    assert await serials(linotp, user="carol", realm="elsewhere") == ["C1"]
    assert await serials(linotp, user="carol@demo") == []


async def test_realms_narrow_the_list(linotp: Caller, household: Household) -> None:
    await household.give("A1")
    await household.give("OTHER", owner=None, realms=("other",))
    await household.give("LOOSE", owner=None, realms=())
    assert await serials(linotp, realm="Demo") == ["A1"]
    assert await serials(linotp, viewrealm="demo, other") == ["A1", "OTHER"]
    assert await serials(linotp, realm="*") == ["A1", "LOOSE", "OTHER"]
    for none in ("/:no realm:/", "''"):
        assert await serials(linotp, realm=none) == ["LOOSE"]
    assert await serials(linotp, realm="nowhere") == []


async def test_an_administrator_sees_the_realms_of_his_rights(
    caller_for: CALLERS, household: Household
) -> None:
    async with household.house.store.unit() as unit:
        await unit.configuration.put_realm(Realm(name="other", resolvers=()))
    await household.say(policy("disable", "admin", user="helen", realm=REALM))
    helen, frank = await caller_for("helen"), await caller_for("frank")
    await household.give("A1", realms=(REALM, "other"))
    await household.give("OTHER", owner=None, realms=("other",))
    await household.give("LOOSE", owner=None, realms=())
    assert await serials(helen) == ["A1"]
    assert await serials(helen, realm="other") == []
    assert await serials(helen, realm="/:no realm:/") == []
    assert await serials(helen, user="/:no user:/") == []
    assert await frank.code("/admin/show") == 410
    assert (await helen.get("/api/v2/tokens/")).json()["result"]["value"]["totalRecords"] == 1
    assert (await helen.get("/api/v2/tokens/A1")).json()["result"]["value"]["serial"] == "A1"
    for answer in (
        await helen.get("/api/v2/tokens/OTHER"),
        await frank.get("/api/v2/tokens/"),
        await frank.get("/api/v2/tokens/A1"),
    ):
        assert (answer.status_code, answer.json()["result"]["error"]["code"]) == (403, 410)


async def test_csv_has_one_line_a_token(linotp: Caller, household: Household) -> None:
    await household.give("A1", description='it\'s; "odd"\nand long')
    await household.give("A2", "pw", info={})
    answer = await linotp.post("/admin/show", outform="csv", sortby="TokenSerialnumber")
    assert answer.headers["content-type"] == "application/force-download"
    assert answer.headers["content-disposition"] == "attachment; filename=linotp-tokendata.csv"
    assert answer.text.startswith("'LinOtp.TokenId'; ")
    read = list(csv.reader(io.StringIO(answer.text), delimiter=";", quotechar="'", skipinitialspace=True))
    assert len(read) == 3
    assert {len(line) for line in read} == {22}
    first = dict(zip(read[0], read[1], strict=True))
    assert first["LinOtp.TokenSerialnumber"] == "A1"
    assert first["LinOtp.TokenDesc"] == 'it\'s; "odd" and long'
    empty = await linotp.post("/admin/show", outform="csv", serial="NONE")
    assert empty.text.splitlines()[0].startswith("'LinOtp.TokenId'")


async def test_show_works_by_get_too(linotp: Caller, stranger: Caller) -> None:
    assert (await linotp.get("/admin/show")).json()["result"]["value"]["data"] == []
    assert (await stranger.get("/admin/show")).status_code == 401


async def test_one_token_as_v2_tells_it(linotp: Caller, household: Household) -> None:
    token = await household.give("A1", created=household.clock.now(), attempts_max=3)
    answer = await linotp.get("/api/v2/tokens/A1")
    assert answer.json()["result"]["value"] == {
        "id": token.id,
        "description": "",
        "serial": "A1",
        "type": "hmac",
        "creationDate": "2026-01-01T10:00:00+00:00",
        "isActive": True,
        "realms": [REALM],
        "tokenConfiguration": {
            "hashLib": "sha1",
            "timeWindow": None,
            "timeShift": None,
            "timeStep": None,
            "countWindow": 10,
            "syncWindow": 1000,
            "otpLength": 6,
            "otpCounter": 0,
        },
        "userInfo": {
            "userId": "alice",
            "username": "alice",
            "userDescription": None,
            "idResolverInfo": {
                "resolverName": RESOLVER,
                "resolverClass": "useridresolver.SQLIdResolver.IdResolver",
            },
        },
        "usageData": {
            "loginAttempts": 0,
            "maxLoginAttempts": 3,
            "successfulLoginAttempts": 0,
            "maxSuccessfulLoginAttempts": 0,
            "lastSuccessfulLoginAttempt": None,
            "failedLoginAttempts": 0,
            "maxFailedLoginAttempts": 10,
            "lastAuthenticationMatch": None,
        },
        "validityPeriod": {"validityStart": None, "validityEnd": None},
    }
    for odd in ("NONE", "%25", "a%00b", "x" * 4000):
        unknown = await linotp.get(f"/api/v2/tokens/{odd}")
        assert (unknown.status_code, unknown.json()["result"]["value"]) == (200, {})
    assert (await linotp.post("/api/v2/tokens/A1")).status_code == 405


async def test_v2_lists_page_by_page(linotp: Caller, household: Household) -> None:
    for number in range(5):
        await household.give(f"A{number}")
    await household.give("B1", owner="bob", description="blue")
    await household.give("C1", owner=None, realms=("other",))

    async def listed(**fields: str) -> dict[str, Any]:
        value: dict[str, Any] = (await linotp.get("/api/v2/tokens/", **fields)).json()["result"]["value"]
        value["pageRecords"] = [record["serial"] for record in value["pageRecords"]]
        return value

    everything = [f"A{number}" for number in range(5)] + ["B1", "C1"]
    assert await listed() == {
        "page": 0,
        "pageSize": 50,
        "totalPages": 1,
        "totalRecords": 7,
        "pageRecords": everything,
    }
    assert await listed(pageSize="3", page="2", sortOrder="desc") == {
        "page": 2,
        "pageSize": 3,
        "totalPages": 3,
        "totalRecords": 7,
        "pageRecords": ["A0"],
    }
    assert (await listed(pageSize="0"))["pageRecords"] == everything
    assert (await listed(page="9"))["pageRecords"] == []
    assert (await listed(searchTerm="blue"))["pageRecords"] == ["B1"]
    assert (await listed(userId="bob"))["pageRecords"] == ["B1"]
    assert (await listed(userId="bob", resolverName="elsewhere"))["pageRecords"] == []
    assert (await listed(username="b*"))["pageRecords"] == ["B1"]
    assert (await listed(username="b*", userId="alice"))["pageRecords"] == []
    assert (await listed(username="/:no user:/"))["pageRecords"] == ["C1"]
    assert (await listed(realm="other"))["pageRecords"] == ["C1"]
    assert (await listed(resolverName=RESOLVER))["totalRecords"] == 6
    for key in ("isActive", "failedLogins", "lastSuccessfulLoginAttempt", "userId", "resolverClass"):
        assert (await listed(sortBy=key))["totalRecords"] == 7
    wrong = await linotp.get("/api/v2/tokens/", sortBy="secret")
    assert (wrong.status_code, wrong.json()["result"]["error"]["code"]) == (200, -311)
