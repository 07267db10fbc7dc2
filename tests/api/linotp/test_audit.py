"""``/audit/search`` and ``/api/v2/auditlog/``."""

import csv
import io
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.api.caller import Caller
from tests.household import Household, policy
from watchword.api.linotp.audit import COLUMNS, between
from watchword.errors import BadParameter

START = "2026-01-01T10:00:00.000+00:00"


async def _search(linotp: Caller, **fields: str) -> dict[str, Any]:
    answer = await linotp.post("/audit/search", **fields)
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    assert found.keys() == {"page", "rows", "total"}, answer.text
    return found


def _cell(row: dict[str, Any], name: str) -> Any:
    return row["cell"][COLUMNS.index(name)]


async def test_a_row_has_seventeen_cells(linotp: Caller) -> None:
    await linotp.value("/system/getConfig", key="PrependPin")
    [row] = (await _search(linotp, action="system/getConfig"))["rows"]
    assert row["cell"] == [
        row["id"],
        START,
        "OK",
        "",
        "system/getConfig",
        "1",
        "",
        "",
        "",
        "",
        "'admin@linotp_admins (LinOTP_local_admins)'",
        "",
        "",
        _cell(row, "linotp_server"),
        "127.0.0.1",
        "INFO",
        0,
    ]
    assert isinstance(row["id"], int)


async def test_a_login_is_recorded_with_the_tried_name(linotp: Caller, stranger: Caller) -> None:
    await stranger.post("/admin/login", username="mallory", password="x")
    rows = (await _search(linotp, action="admin/login"))["rows"]
    assert [(_cell(row, "user"), _cell(row, "success")) for row in rows] == [("admin", "1"), ("mallory", "0")]
    assert {_cell(row, "realm") for row in rows} == {"linotp_admins"}


async def test_pages_count_from_one_and_the_total_counts_all(linotp: Caller) -> None:
    for _ in range(5):
        await linotp.value("/system/getPolicy")
    first = await _search(linotp, page="1", rp="2", sortname="number", sortorder="desc")
    second = await _search(linotp, page="2", rp="2", sortname="number", sortorder="desc")
    assert (first["page"], second["page"]) == (1, 2)
    assert [len(found["rows"]) for found in (first, second)] == [2, 2]
    assert second["total"] == first["total"] + 1
    assert first["rows"][0]["id"] > first["rows"][1]["id"]
    beyond = await _search(linotp, page="99", rp="2")
    assert (beyond["page"], beyond["rows"]) == (99, [])
    assert [row["id"] for row in (await _search(linotp))["rows"]] == list(range(1, 10))


async def test_every_search_leaves_a_row_after_its_own_result(linotp: Caller) -> None:
    assert (await _search(linotp, action="audit/search"))["total"] == 0
    assert (await _search(linotp, action="audit/search"))["total"] == 1


async def test_columns_are_matched_as_patterns(linotp: Caller) -> None:
    await linotp.value("/system/getPolicy")
    await linotp.code("/system/getResolver")

    async def actions(**fields: str) -> list[str]:
        return [_cell(row, "action") for row in (await _search(linotp, **fields))["rows"]]

    assert await actions(action="system/%") == ["system/getPolicy", "system/getResolver"]
    assert await actions(action="system/*") == []
    assert await actions(action="system") == []
    assert await actions(action="system/getPolic_") == []
    assert await actions(query="system/getPolicy", qtype="action") == ["system/getPolicy"]
    assert await actions(query="getPolicy", qtype="action") == []
    assert await actions(query="action=system/%;success=0", qtype="extsearch") == ["system/getResolver"]
    assert await actions(action="system/getPolicy", success="0") == []
    mixed = await actions(**{"action": "system/getPolicy", "success": "0", "or": "true"})
    assert mixed == ["system/getPolicy", "system/getResolver"]
    assert await actions(number="1") == ["admin/login"]
    assert await actions(tokentype="hmac") == []


async def test_dates_are_matched_by_their_beginning(linotp: Caller, household: Household) -> None:
    household.clock.advance(seconds=86_400)
    await linotp.log_in("admin")
    for date, count in (("2026-01-01%", 1), ("2026-01-02%", 1), (START, 1), ("2026%", 2), ("2025%", 0)):
        assert (await _search(linotp, date=date, action="admin/login"))["total"] == count


@pytest.mark.parametrize(
    ("pattern", "hours"),
    [
        ("2026-01-01%", 24),
        ("2026-01-01T10%", 1),
        ("2026-01-01 10:%", 1),
        ("2026-02%", 28 * 24),
        ("2026-12%", 31 * 24),
        ("2024%", 366 * 24),
        ("2026-01-31", 24),
    ],
)
def test_a_beginning_of_a_date_is_a_span_of_time(pattern: str, hours: int) -> None:
    since, until = between(pattern)
    assert until - since == hours * 3_600_000


@pytest.mark.parametrize(
    "pattern", ["", "%", "yesterday", "2026-13%", "2026-02-30", "2026-1%", "20%", "9999%", "0000%"]
)
def test_what_is_no_beginning_of_a_date_is_refused(pattern: str) -> None:
    with pytest.raises(BadParameter):
        between(pattern)


@pytest.mark.parametrize(
    "fields",
    [
        {"page": "x", "rp": "y"},
        {"page": "-1", "rp": "0"},
        {"page": "9" * 30},
        {"sortname": "nonce"},
        {"sortname": "mark", "sortorder": "sideways"},
        {"qtype": "nonce", "query": "x"},
        {"qtype": "extsearch", "query": ";;=;x"},
        {"user": "\0", "serial": "'; DROP TABLE audit; --"},
        {"number": "9" * 40},
        {"action": "%" * 500},
    ],
)
async def test_odd_questions_get_a_list(linotp: Caller, fields: dict[str, str]) -> None:
    await _search(linotp, **fields)


async def test_a_call_has_one_name_whatever_stands_in_its_path(linotp: Caller) -> None:
    for path in ("/system/getPolicy/policy.cfg", "/api/v2/realms/", "/api/v2/resolvers/people/users/bob"):
        assert (await linotp.get(path)).status_code == 200
    actions = [_cell(row, "action") for row in (await _search(linotp))["rows"]]
    assert actions == ["admin/login", "system/getPolicy", "api/v2/realms", "api/v2/resolvers"]


async def test_a_csv_has_a_line_a_row_and_names_only_when_asked(linotp: Caller) -> None:
    await linotp.value("/system/setConfig", key='a "quoted", one', value="1")
    answer = await linotp.get("/audit/search", outform="csv", action="system/setConfig")
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"] == "attachment; filename=linotp-audit.csv"
    [line] = answer.text.splitlines()
    cells = json.loads(f"[{line}]")
    assert len(cells) == 17
    assert cells[COLUMNS.index("action_detail")] == 'a "quoted", one'
    headed = await linotp.get("/audit/search", outform="csv", headers="1", action="system/setConfig")
    assert json.loads(f"[{headed.text.splitlines()[0]}]") == list(COLUMNS)
    whole = await linotp.get("/audit/search", outform="csv")
    assert len(list(csv.reader(io.StringIO(whole.text)))) == 4
    paged = await linotp.get("/audit/search", outform="csv", rp="2", page="1", sortorder="desc")
    assert len(paged.text.splitlines()) == 2


async def test_what_strangers_typed_is_no_formula_in_a_spreadsheet(linotp: Caller, stranger: Caller) -> None:
    await stranger.post("/admin/login", username="=cmd|'/c calc'!A0", password="x")
    answer = await linotp.get("/audit/search", outform="csv", action="admin/login", success="0")
    assert json.loads(f"[{answer.text}]")[COLUMNS.index("user")].startswith("'=")


async def test_an_altered_row_is_told_by_its_signature(linotp: Caller, tmp_path: Path) -> None:
    await linotp.value("/system/getPolicy")
    with sqlite3.connect(tmp_path / "watchword.db") as connection:
        connection.execute("UPDATE audit SET client = '10.9.9.9' WHERE action = 'system/getPolicy'")
    connection.close()
    assert [_cell(row, "sig_check") for row in (await _search(linotp))["rows"]] == ["OK", "FAIL"]
    [record] = (await linotp.get("/api/v2/auditlog/", action="system/getPolicy")).json()["result"]["value"][
        "pageRecords"
    ]
    assert record["signatureCheck"] is False


async def test_the_log_has_named_fields_and_the_newest_row_first(linotp: Caller) -> None:
    await linotp.value("/system/getPolicy")
    value = (await linotp.get("/api/v2/auditlog/", action="*get*", success="true")).json()["result"]["value"]
    assert {name: value[name] for name in value if name != "pageRecords"} == {
        "page": 0,
        "pageSize": 15,
        "totalPages": 1,
        "totalRecords": 1,
    }
    [record] = value["pageRecords"]
    assert list(record) == [
        *("id", "timestamp", "serial", "action", "actionDetail", "success", "tokenType", "user", "realm"),
        *("administrator", "info", "linotpServer", "client", "logLevel", "clearanceLevel", "signatureCheck"),
    ]
    assert (record["timestamp"], record["success"], record["serial"]) == (START, True, None)
    value = (await linotp.get("/api/v2/auditlog/", pageSize="2")).json()["result"]["value"]
    assert (value["totalPages"], [row["id"] for row in value["pageRecords"]]) == (2, [3, 2])
    value = (await linotp.get("/api/v2/auditlog/", pageSize="0", sortOrder="asc")).json()["result"]["value"]
    assert [row["id"] for row in value["pageRecords"]] == [1, 2, 3, 4]
    value = (await linotp.get("/api/v2/auditlog/", page="x", pageSize="-3", timestamp="2026*")).json()
    assert value["result"]["value"]["page"] == 0


async def test_the_log_is_sorted_by_its_own_names_only(linotp: Caller) -> None:
    for by in ("timestamp", "user", "clearanceLevel"):
        assert (await linotp.get("/api/v2/auditlog/", sortBy=by)).json()["result"]["status"] is True
    answer = await linotp.get("/api/v2/auditlog/", sortBy="nonce")
    assert (answer.status_code, answer.json()["result"]["status"]) == (200, False)


async def test_the_audit_is_for_whoever_may_see_it(
    linotp: Caller, stranger: Caller, household: Household
) -> None:
    await household.say(policy("view", "audit", user="somebody"))
    refused = await linotp.post("/audit/search")
    assert refused.status_code == 200
    assert refused.json()["result"]["error"]["code"] == 410
    assert "rows" not in refused.json()
    refused = await linotp.get("/api/v2/auditlog/")
    assert (refused.status_code, refused.json()["result"]["error"]["code"]) == (403, 410)
    for path in ("/audit/search", "/api/v2/auditlog/"):
        assert (await stranger.get(path)).status_code == 401


async def test_the_audit_is_read_only(linotp: Caller) -> None:
    assert (await linotp.post("/api/v2/auditlog/")).status_code == 405
    assert (await linotp.post("/audit/delete")).status_code == 404
