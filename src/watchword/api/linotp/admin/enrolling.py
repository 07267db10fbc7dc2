"""``init``: issues tokens."""

from typing import Any

import msgspec

from watchword.api.linotp.admin.images import image_answer, shown_detail
from watchword.api.linotp.doors import Door
from watchword.api.linotp.envelope import Answer, Reply
from watchword.enrolment.issuing import ROLLOUT_PATHS, Order
from watchword.enrolment.labels import label_of
from watchword.enrolment.serials import checked
from watchword.errors import BadParameter
from watchword.model.person import Person
from watchword.model.policy import Action
from watchword.selfservice.notification import ENROLLMENT, notify
from watchword.web.administrators.choosing import need_user, note, occasion_of, shown_owner_of
from watchword.web.administrators.rights import init_of
from watchword.web.call import Call
from watchword.web.parameters import Params


async def init(call: Call) -> Answer:
    """Issue a token, or make the one with this serial anew, and show its seed this once."""
    params, house, occasion = call.params, call.house, occasion_of(call)
    kind = house.kinds.token_type(params.text("type")) if params.text("type") else house.kinds.default
    permitted = init_of(kind)
    call.permit(permitted)
    owner = await need_user(call) if params.text("user") else None
    realms = _realms(call, permitted, owner)
    enrolled = await house.enrolment.prepare(kind, params, occasion)
    pin = await house.enrolment.pins.prepare_first(
        occasion,
        occasion.about(owner, realms),
        params.sent("pin") if enrolled.pin is None else enrolled.pin,
        readable=params.flag("encryptpin"),
    )
    order = Order(
        kind=kind,
        enrolled=enrolled,
        serial=checked(params.text("serial")),
        prefix=checked(params.text("prefix")),
        owner=owner,
        realms=realms,
        pin=pin,
        description=params.text("description"),
        paths=_paths(params),
        active=not params.has("enable") or params.flag("enable"),
        may_replace=lambda held: call.permit(permitted, held.realms),
    )
    async with call.unit() as unit:
        token = await house.enrolment.issue(unit, occasion, order)
        note(call, [token])
        if owner is not None:
            await notify(
                unit, house.enrolment, occasion, owner, token, ENROLLMENT, "enrolled by an administrator"
            )
    label = label_of(occasion, token, owner or await shown_owner_of(call, token))
    shown = enrolled.show(label)
    first = min(shown, key=lambda one: one.order, default=None)
    if params.has("qr") and first is not None:
        return image_answer(params, first.value)
    return Reply(True, shown_detail(token, shown))


def _realms(call: Call, permitted: Action[bool], owner: Person | None) -> tuple[str, ...]:
    """The realms of the new token beside its owner's, all of which the administrator may issue tokens in.

    A token without owner goes where ``tokenrealm`` or ``realm`` say, else where the administrator's right ends.
    """
    if owner is not None:
        call.permit(permitted, (owner.realm,) if owner.realm else ())
        return ()
    known = call.snapshot.configuration.realms
    named = [
        name.strip().lower() for name in call.params.text("tokenrealm", call.params.text("realm")).split(",")
    ]
    asked = tuple(sorted({name for name in named if name in known}))
    for realm in asked:
        call.permit(permitted, (realm,))
    if asked:
        return asked
    own = call.snapshot.rules.realms_of(permitted, call.who, known)
    return tuple(sorted(own or ()))


def _paths(params: Params) -> tuple[str, ...]:
    """Where a rollout token may be used: ``scope`` says it, and wins over ``rollout``."""
    if not params.text("scope"):
        return ROLLOUT_PATHS if params.text("rollout") else ()
    try:
        scope = msgspec.json.decode(params.text("scope"), type=dict[str, Any])
        return tuple(msgspec.convert(scope.get("path", ()), list[str]))
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeError, RecursionError):
        raise BadParameter('scope must be JSON such as {"path": ["userservice"]}.') from None


DOORS = (Door("/admin/init", "P", init),)
