"""``show`` and ``/api/v2/tokens``: lists of tokens; never their seeds or PINs."""

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from watchword.api.linotp.admin.narrowing import by_owner, realms_asked
from watchword.api.linotp.admin.showing import record_of, row_of
from watchword.api.linotp.doors import Door
from watchword.api.linotp.envelope import Answer, Raw, Reply
from watchword.errors import BadParameter
from watchword.model.person import Subject
from watchword.storage.promises import Page, TokenFilter
from watchword.web.administrators.choosing import note
from watchword.web.administrators.narrowing import within_rights
from watchword.web.administrators.owners import owners_of
from watchword.web.administrators.rights import SHOW
from watchword.web.administrators.unanswered import told_unanswered
from watchword.web.call import Call
from watchword.web.parameters import Params

ACTIONS = (SHOW,)

_ACTIVE = {f"/:{text}:/": True for text in ("active", "enabled", "token is active", "token is enabled")} | {
    f"/:{text}:/": False
    for text in (
        "inactive",
        "disabled",
        "token is inactive",
        "token is disabled",
        "not active",
        "not enabled",
    )
}
_AT_ONCE = 200
_SORTS = {
    "TokenDesc": "description",
    "TokenId": "id",
    "TokenType": "kind",
    "TokenSerialnumber": "serial",
    "IdResolver": "owner",
    "IdResClass": "owner",
    "Userid": "owner",
    "FailCount": "failures",
    "Count": "counter",
    "Isactive": "active",
    "CreationDate": "created",
    "LastAuthMatch": "last_match",
    "LastAuthSuccess": "last_success",
}
_V2_SORTS = {
    "id": "id",
    "serial": "serial",
    "isActive": "active",
    "type": "kind",
    "failedLogins": "failures",
    "description": "description",
    "userId": "owner",
    "resolver": "owner",
    "resolverClass": "owner",
    "otpCounter": "counter",
    "creationDate": "created",
    "lastAuthenticationMatch": "last_match",
    "lastSuccessfulLoginAttempt": "last_success",
}


async def show(call: Call) -> Answer:
    """Tokens, all or page by page (from 1)."""
    params = call.params
    realm = params.text("viewrealm", params.text("realm"))
    wanted = within_rights(call, TokenFilter(), realms_asked(realm))
    page = _page(call)
    if params.text("serial"):
        wanted = replace(wanted, serial=params.text("serial"))
    if params.text("filter"):
        active = _ACTIVE.get(params.text("filter").strip().lower())
        wanted = replace(wanted, active=active, contains="" if active is not None else params.text("filter"))
    if params.text("user"):
        wanted = await by_owner(call, wanted, params.text("user"), realm)
    async with call.view() as view:
        tokens, total = await view.tokens.search(wanted, page)
    pages = -(-total // page.size) if page.size else 1
    if page.number and page.number >= pages:
        raise BadParameter(f"There are only {pages} pages.")
    owners, unanswered = await owners_of(call, tokens)
    fields = [name for name in params.text("user_fields").replace(" ", "").split(",") if name]
    parsed = params.text("tokeninfo_format") == "json"
    rows = []
    for number, token in enumerate(tokens):
        rows.append(row_of(call, token, owners, fields, parsed=parsed))
        if number % _AT_ONCE == _AT_ONCE - 1:
            await asyncio.sleep(0)  # others have their turn while a long list is made
    if len(tokens) == 1:
        note(call, tokens)
    if params.text("outform") == "csv":
        return _csv(rows)
    shown = {"pages": pages, "pagesize": page.size or total, "tokens": total, "page": page.number + 1}
    return Reply({"data": rows, "resultset": shown}, told_unanswered(unanswered))


async def tokens(call: Call) -> Answer:
    """Tokens page by page (from 0); a page size of 0 is all."""
    params, configuration = call.params, call.snapshot.configuration
    wanted = within_rights(call, TokenFilter(), realms_asked(params.text("realm")))
    size = _whole(params, "pageSize")
    page = Page(
        number=_whole(params, "page") or 0,
        size=_default_size(call) if size is None else size,
        sort=_sort(_V2_SORTS, "sortBy", params.text("sortBy", "serial")),
        descending=params.text("sortOrder", "asc").lower() == "desc",
    )
    resolver = params.text("resolverName")
    wanted = replace(wanted, contains=params.text("searchTerm"), resolver=resolver or None)
    if params.text("userId"):
        names = (resolver,) if resolver else tuple(configuration.resolvers)
        wanted = replace(wanted, owners=tuple(Subject(name, params.text("userId")) for name in names))
    if params.text("username", "*") != "*":
        wanted = await by_owner(call, wanted, params.text("username"), "")
    async with call.view() as view:
        found, total = await view.tokens.search(wanted, page)
    owners, unanswered = await owners_of(call, found)
    return Reply(
        {
            "page": page.number,
            "pageSize": page.size or total,
            "totalPages": -(-total // page.size) if page.size else 1,
            "totalRecords": total,
            "pageRecords": [record_of(call, token, owners) for token in found],
        },
        told_unanswered(unanswered),
    )


async def token(call: Call) -> Answer:
    """One token; an empty object if there is none that the administrator may see."""
    call.permit(SHOW)
    async with call.view() as view:
        found = await view.tokens.by_serial(call.parts["serial"])
    if found is None:
        return Reply({})
    call.permit(SHOW, found.realms)
    note(call, [found])
    owners, unanswered = await owners_of(call, [found])
    return Reply(record_of(call, found, owners), told_unanswered(unanswered))


def _page(call: Call) -> Page:
    """All tokens unless ``page`` is sent; what is no number counts as not sent."""
    params = call.params
    sort = _sort(_SORTS, "sortby", params.text("sortby", "TokenDesc").removeprefix("LinOtp."))
    descending = params.text("sortdir", "asc").lower() == "desc"
    number = _whole(params, "page")
    if number is None:
        return Page(sort=sort, descending=descending)
    size = _whole(params, "pagesize") or _default_size(call)
    return Page(number=max(number - 1, 0), size=size, sort=sort, descending=descending)


def _default_size(call: Call) -> int:
    return max(call.snapshot.configuration.number("pagesize", 50), 1)


def _sort(sorts: Mapping[str, str], parameter: str, key: str) -> str:
    if key not in sorts:
        raise BadParameter(f"{parameter} must be one of {', '.join(sorts)}.")
    return sorts[key]


def _whole(params: Params, name: str) -> int | None:
    text = params.text(name).strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None


def _csv(rows: list[dict[str, Any]]) -> Raw:
    lines = ["; ".join(_quoted(name) for name in rows[0])] if rows else [_quoted("LinOtp.TokenId")]
    lines += ["; ".join(_cell(value) for value in row.values()) for row in rows]
    return Raw(
        ("\n".join(lines) + "\n").encode("utf-8", "replace"),
        "application/force-download",
        headers={"Content-Disposition": "attachment; filename=linotp-tokendata.csv"},
    )


def _cell(value: Any) -> str:
    if isinstance(value, (bool, int)):
        return str(value)
    return _quoted(value if isinstance(value, str) else msgspec.json.encode(value).decode())


def _quoted(text: str) -> str:
    flat = " ".join(text.splitlines())
    return "'" + flat.replace("'", "''") + "'"


DOORS = (
    Door("/admin/show", "GP", show),
    Door("/api/v2/tokens/", "G", tokens),
    Door("/api/v2/tokens/{serial}", "G", token),
)
