"""``enroll`` and the older ``webprovision``: people enrol tokens for themselves."""

from watchword.api.linotp.admin.images import image_answer, image_tag, shown_detail
from watchword.api.linotp.doors import Door
from watchword.api.linotp.envelope import Answer, Reply
from watchword.errors import BadParameter
from watchword.model.policy import Action
from watchword.plugin.shapes import Timed, TokenType
from watchword.selfservice import enrolling
from watchword.selfservice.enrolling import Issued
from watchword.selfservice.oneself import right
from watchword.web.administrators.choosing import note
from watchword.web.call import Call
from watchword.web.parameters import Params

WEBPROVISION = right("webprovisionGOOGLE", "Enrol a counting app token by the older call webprovision")
WEBPROVISION_TIME = right("webprovisionGOOGLEtime", "Enrol a timed app token by the older call webprovision")
ACTIONS = (WEBPROVISION, WEBPROVISION_TIME)
ORDER_HEADER = b"idempotency-key"
"""Names the order of a token: sent twice, it makes one."""
_OATH, _APP, _APP_TIMED = "oathtoken", "googleauthenticator", "googleauthenticator_time"
_PREFIXES = {_OATH: "LSAO", _APP: "LSGO", _APP_TIMED: "LSGO"}


async def enroll(call: Call) -> Answer:
    """Enrol a token, and show its seed this once."""
    params = call.params
    kind = enrolling.kind_to_enrol(call.house.kinds, call.oneself, params.need("type"))
    issued = await _issued(call, kind, params, enrolling.enroll_of(kind))
    first = min(issued.shown, key=lambda one: one.order, default=None)
    if params.has("qr") and first is not None:
        return image_answer(params, first.value)
    return Reply(True, shown_detail(issued.token, issued.shown))


async def webprovision(call: Call) -> Answer:
    """Enrol a token for an authenticator app, in the words of older servers."""
    params, oneself = call.params, call.oneself
    wanted = params.need("type")
    permitted = WEBPROVISION_TIME if wanted == _APP_TIMED else WEBPROVISION
    oneself.permit(permitted)
    if wanted not in _PREFIXES:
        raise BadParameter(f"type must be one of {', '.join(_PREFIXES)}.")
    form = Params(
        {"prefix": params.text("prefix") or _PREFIXES[wanted], "description": params.text("description")}
    )
    issued = await _issued(call, _kind(call, timed=wanted == _APP_TIMED), form, permitted)
    url = min(issued.shown, key=lambda one: one.order).value
    told = {"serial": issued.token.serial, "url": url, "img": image_tag(url)}
    return Reply({"init": True, "setpin": False, _OATH: told})


async def _issued(call: Call, kind: TokenType, form: Params, permitted: Action[bool]) -> Issued:
    oneself, enrolment = call.oneself, call.house.enrolment
    order = call.headers.get(ORDER_HEADER, b"").decode("latin-1")
    prepared = await enrolling.prepare(
        enrolment, oneself, kind, form, pin=form.sent("pin"), order=order, permitted=permitted
    )
    async with call.unit() as unit:
        issued = await enrolling.enrol(unit, enrolment, oneself, prepared)
        note(call, [issued.token])
    return issued


def _kind(call: Call, *, timed: bool) -> TokenType:
    """The type whose codes come from a clock, or the usual one."""
    if not timed:
        return call.house.kinds.default
    kind = next((kind for kind in call.house.kinds if isinstance(kind, Timed)), None)
    if kind is None:
        raise BadParameter("No token type is installed whose codes depend on the time.")
    return kind


DOORS = (
    Door("/userservice/enroll", "P", enroll, guard="person"),
    Door("/userservice/webprovision", "P", webprovision, guard="person"),
)
