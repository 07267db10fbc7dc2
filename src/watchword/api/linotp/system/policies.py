"""``setPolicy``, ``getPolicy``, ``delPolicy``, ``checkPolicy`` and their kin."""

import re
from collections.abc import Callable
from typing import Any

import msgspec

from watchword.api.linotp import xml
from watchword.api.linotp.doors import Door
from watchword.api.linotp.envelope import JSON, Answer, Raw, Reply
from watchword.errors import IllegalPolicyName, Unreachable, WatchwordError
from watchword.model.configuration import ADMIN_REALM
from watchword.model.person import UserName
from watchword.model.policy import MANAGEMENT_SCOPES, Policy
from watchword.policy.circumstances import Administrator, Circumstances
from watchword.policy.exchange import export_text
from watchword.policy.explaining import explain
from watchword.policy.notation.actions import read_actions
from watchword.web.address import canonical
from watchword.web.administrators.rights import READ, WRITE
from watchword.web.call import Call
from watchword.web.parameters import Params

_FIELDS = ("action", "scope", "realm", "user", "time", "client", "active")
_NAME = re.compile(r"[A-Za-z0-9_]*", re.ASCII)
_SORTED_BY = ("active", "name", "user", "scope", "action", "realm", "client", "time")


async def set_policy(call: Call) -> Answer:
    """Save a policy, over the one of the same name."""
    call.permit(WRITE)
    sent = call.params
    wanted = Policy(
        name=sent.need_sent("name"),
        action=sent.need_sent("action"),
        scope=sent.need_sent("scope"),
        realm=sent.need_sent("realm"),
        user=sent.text("user"),
        time=sent.text("time"),
        client=sent.text("client"),
        active=not sent.text("active") or sent.flag("active"),
    )
    call.note.action_detail = wanted.name
    async with call.unit() as unit:
        await call.house.configuring.policies.put(unit, wanted, enforce=_enforced(sent))
    return Reply({f"setPolicy {wanted.name}": dict.fromkeys(_FIELDS, True)})


async def get_policy(call: Call) -> Answer:
    """The policies that fit all filters, by name; as a file with ``export=true``."""
    call.permit(READ)
    policies = _filtered(call.params, call.snapshot.configuration.policies)
    if call.params.text("export").lower() == "true":
        return Raw(
            export_text(policies).encode(),
            "text/plain; charset=utf-8",
            headers={"content-disposition": "attachment; filename=policy.cfg"},
        )
    return Reply({policy.name: _shown(policy) for policy in policies})


async def del_policy(call: Call) -> Answer:
    """Remove policies; the answer names all that was removed."""
    call.permit(WRITE)
    names = [name.strip() for name in call.params.need("name").split(",")]
    for name in names:
        if not _NAME.fullmatch(name):
            raise IllegalPolicyName(f"No policy can be called {name!r}: use letters, digits and '_' only.")
    call.note.action_detail = ", ".join(names)
    async with call.unit() as unit:
        gone = await call.house.configuring.policies.remove(unit, names, enforce=_enforced(call.params))
        call.note.success = bool(gone)
    result = {f"linotp.Policy.{policy.name}.{field}": True for policy in gone for field in _FIELDS}
    return Reply({"delPolicy": {"result": result}})


async def get_policy_def(call: Call) -> Answer:
    """All actions that policies may name, or those of one scope."""
    call.permit(READ)
    return Reply(call.house.catalogue.definition(call.params.text("scope") or None))


async def check_policy(call: Call) -> Answer:
    """Which policies speak for an action under given circumstances."""
    call.permit(READ)
    sent = call.params
    user, realm, scope, action, client = (
        sent.need_sent(name) for name in ("user", "realm", "scope", "action", "client")
    )
    if scope in MANAGEMENT_SCOPES:
        circumstances = _administrator(call, user, client)
    else:
        circumstances = await _user(call, user, realm, client)
    explained = explain(call.snapshot.rules, scope, action, circumstances, realm.strip().lower())
    if explained.open:
        text = f"No policy of scope {scope} is active: everything is allowed."
        return Reply({"allowed": True, "policy": text})
    speaking = [each.policy for each in explained.policies if each.standing in {"decides", "rival"}]
    policies = {policy.name: _shown(policy) for policy in speaking}
    return Reply({"allowed": explained.allowed, "policy": policies})


async def import_policy(call: Call) -> Answer:
    """Save all policies of an exported file, or none of them."""
    call.permit(WRITE)
    upload = call.params.files.get("file")
    content = upload.content if upload is not None else call.params.need("file").encode()
    try:
        async with call.unit() as unit:
            count = await call.house.configuring.policies.read_in(unit, content.decode("utf-8", "replace"))
    except Unreachable:
        raise
    except WatchwordError as wrong:
        call.note.success, call.note.action_detail = False, wrong.message
        return xml.failure(wrong.message)
    return xml.success(count)


async def policies_flexi(call: Call) -> Answer:
    """The same list for a grid, inactive ones included."""
    call.permit(READ)
    sent = call.params
    found = [
        policy
        for policy in call.snapshot.configuration.policies
        if _fits(sent, policy, "name", "realm", "scope")
    ]
    by = sent.text("sortname")
    found.sort(
        key=lambda policy: str(getattr(policy, by if by in _SORTED_BY else "name")).lower(),
        reverse=sent.text("sortorder").lower() == "desc",
    )
    page, size = _positive(sent, "page", 1), _positive(sent, "rp", len(found) or 1)
    rows = [
        {"id": policy.name, "cell": [int(policy.active), *(getattr(policy, name) for name in _SORTED_BY[1:])]}
        for policy in found[(page - 1) * size : page * size]
    ]
    return Raw(msgspec.json.encode({"page": page, "total": len(found), "rows": rows}), JSON)


def _administrator(call: Call, user: str, client: str) -> Circumstances:
    """Of an administrator, whose own realm may stand behind the name."""
    login, _, realm = user.rpartition("@")
    if realm.lower() not in call.snapshot.configuration.realms:
        login, realm = user, ADMIN_REALM
    return Administrator(now=call.now, login=login, realm=realm.lower(), client=canonical(client))


async def _user(call: Call, login: str, realm: str, client: str) -> Circumstances:
    """Of a user; what the directory says of them counts, where they are found. Of whom nothing is known, nothing can
    be said: whoever tries to log in is refused before any policy.
    """
    name = UserName(login=login, realm=realm.strip().lower())
    person = await call.house.directory.find(name, call.snapshot.configuration)
    return Circumstances(
        now=call.now,
        login=person.login if person is not None else login,
        realm=name.realm,
        resolver=person.subject.resolver if person is not None else None,
        client=canonical(client),
        attributes=person.attributes if person is not None else None,
    )


def _filtered(sent: Params, policies: tuple[Policy, ...]) -> list[Policy]:
    with_inactive = any(sent.text(name).lower() == "true" for name in ("display_inactive", "export"))
    return [
        policy
        for policy in policies
        if (policy.active or with_inactive)
        and _fits(sent, policy, "name", "realm", "scope", "action", "user")
    ]


def _fits(sent: Params, policy: Policy, *filters: str) -> bool:
    return all(_FILTERS[name](sent.text(name), policy) for name in filters if sent.text(name))


def _entries(text: str) -> list[str]:
    return [entry.strip() for entry in text.split(",")]


_FILTERS: dict[str, Callable[[str, Policy], bool]] = {
    "name": lambda wanted, policy: policy.name in _entries(wanted),
    "realm": lambda wanted, policy: wanted.strip().lower() in _entries(policy.realm.lower()),
    "scope": lambda wanted, policy: policy.scope == wanted.strip(),
    "action": lambda wanted, policy: wanted.strip() in read_actions(policy.action),
    "user": lambda wanted, policy: wanted.strip() in _entries(policy.user),
}


def _shown(policy: Policy) -> dict[str, Any]:
    return {"name": policy.name} | {field: str(getattr(policy, field)) for field in _FIELDS}


def _enforced(sent: Params) -> bool:
    return sent.text("enforce").strip().lower() == "true"


def _positive(sent: Params, name: str, default: int) -> int:
    text = sent.text(name).strip()
    return max(int(text), 1) if text.isascii() and text.isdigit() and len(text) < 10 else default


DOORS = (
    Door("/system/setPolicy", "P", set_policy),
    Door("/system/getPolicy", "GP", get_policy),
    Door("/system/getPolicy/{ignored}", "GP", get_policy),
    Door("/system/delPolicy", "P", del_policy),
    Door("/system/getPolicyDef", "GP", get_policy_def),
    Door("/system/checkPolicy", "GP", check_policy),
    Door("/system/importPolicy", "P", import_policy),
    Door("/system/policies_flexi", "GP", policies_flexi),
)
