"""What hostile input does to the calls that read and change the configuration: nothing, and never a 5xx but where the
dialect says so.
"""

from itertools import cycle
from urllib.parse import quote

import httpx2
import pytest

from tests.api.caller import Caller
from watchword.api.linotp import audit, system, tools, v2
from watchword.api.linotp.doors import Door

DOORS = (*system.DOORS, *tools.DOORS, *audit.DOORS, *v2.DOORS)
PARAMETERS = (
    *(
        "name",
        "key",
        "value",
        "type",
        "description",
        "realm",
        "realms",
        "resolver",
        "resolvers",
        "previous_name",
    ),
    *(
        "readonly",
        "fileName",
        "action",
        "scope",
        "user",
        "client",
        "time",
        "active",
        "enforce",
        "export",
        "sortname",
    ),
    *(
        "sortorder",
        "page",
        "rp",
        "query",
        "qtype",
        "date",
        "number",
        "success",
        "outform",
        "pageSize",
        "sortBy",
    ),
    *(
        "searchTerm",
        "username",
        "userId",
        "timestamp",
        "id",
        "display_inactive",
        "dryrun",
        "format",
        "delimiter",
    ),
    *(
        "column_mapping",
        "skip_header",
        "quotechar",
        "file",
        "DefaultOtpLen",
        "clearanceLevel",
        "or",
        "headers",
    ),
)
HOSTILE = (
    "\0",
    "\x01\x1b[2J\r\n",
    "' OR 1=1; DROP TABLE policy; --",
    "${7*7}{{7*7}}<script>",
    "%",
    "*",
    " ",
    "-1",
    "9" * 40,
    "x" * 5000,
    "\u202egnp.exe\U0001f600\ufdd0",
    "../../etc/passwd",
    "[]",
    "(((((a+)+)+)+)+)+$",
)


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
async def test_nothing_that_can_be_typed_breaks_a_call(linotp: Caller, hostile: str) -> None:
    fields = dict.fromkeys(PARAMETERS, hostile)
    for door in DOORS:
        answer = await _ask(linotp, door, fields)
        assert answer.status_code < 500, door.path
        assert "The server could not do this" not in answer.text, door.path
    assert (await linotp.value("/system/getConfig"))["PrependPin"] == "True"


async def test_no_single_parameter_breaks_a_call(linotp: Caller) -> None:
    usual = {
        **dict.fromkeys(("name", "key", "value", "user"), "mine"),
        **dict.fromkeys(("realm", "resolver"), "demo"),
        "action": "otppin=1",
        "scope": "authentication",
        "client": "*",
        "type": "passwdresolver",
        "resolvers": "useridresolver.SQLIdResolver.IdResolver.people",
    }
    hostile = cycle(HOSTILE)
    for name in PARAMETERS[::2]:
        for door in DOORS:
            answer = await _ask(linotp, door, usual | {name: next(hostile)})
            assert answer.status_code < 500, door.path
            assert "The server could not do this" not in answer.text, door.path


@pytest.mark.parametrize(
    "body", [b"key=%ff%fe&value=%c3%28", b"key=%zz&&&=&value", b"\xff\xfe\x00", b"key[]=a&key[]=b&value=1"]
)
async def test_broken_bytes_break_no_call(linotp: Caller, body: bytes) -> None:
    for door in DOORS:
        if "P" in door.methods:
            answer = await linotp.post_raw(_path(door, "x"), body)
            assert answer.status_code in {200, 400}, door.path


async def test_an_unknown_path_is_404_and_another_method_405_for_strangers_too(stranger: Caller) -> None:
    for door in DOORS:
        path = _path(door, "x")
        for method in ("PUT", "DELETE", "PATCH"):
            assert (await stranger.http.request(method, path)).status_code == 405
        method = "POST" if "P" in door.methods else "GET"
        answer = await stranger.http.request(method, path)
        assert (answer.status_code, answer.json()["result"]["error"]["code"]) == (401, -311)
    for path in ("/system/nothing", "/tools/nothing", "/audit/nothing", "/api/v2/nothing"):
        assert (await stranger.post(path)).status_code == 404


async def _ask(caller: Caller, door: Door, fields: dict[str, str]) -> httpx2.Response:
    path = _path(door, fields.get("name", "x")[:50])
    if "P" in door.methods:
        return await caller.post(path, **fields)
    return await caller.get(path, **{name: value[:500] for name, value in fields.items()})


def _path(door: Door, segment: str) -> str:
    path = door.path
    for part in ("ignored", "realm", "resolver", "userid"):
        path = path.replace(f"{{{part}}}", quote(segment, safe="") or "x")
    return path
