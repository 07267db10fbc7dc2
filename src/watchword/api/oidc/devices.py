"""Devices without a keyboard: they show a code, and somebody says yes elsewhere (RFC 8628)."""

from watchword.api.oidc.authenticating import client_of, form_only
from watchword.api.oidc.marks import fresh, mark
from watchword.api.oidc.refusals import Refusal, json_answer
from watchword.api.oidc.request import scopes_of
from watchword.clock import pick
from watchword.model.oidc import AuthorizationRequest, DeviceRequest, Pending
from watchword.web.answers import Cookie, Raw
from watchword.web.call import Call
from watchword.web.fields import Field
from watchword.web.journey.forms import FIELD, FormTokens
from watchword.web.showing import page
from watchword.web.translating import Phrase, _

_LIFE = 600_000
_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
"""No vowels, so no words (RFC 8628 section 6.1): 34 bits in eight letters."""
_HALF = 4
_TRIES, _WINDOW = 20, 900_000
"""So many codes may be typed from one address in a quarter of an hour."""
_UNKNOWN = _("This code is not known, or its time is over.")
_NOTHING = Phrase("")


async def begin(call: Call) -> Raw:
    """A device asks for its codes."""
    form_only(call)
    client = await client_of(call)
    scopes = scopes_of(call.params.text("scope"), client, offline=True)
    issuer, device_code = call.house.web.oidc.issuer, fresh(call.house.dice)
    while True:
        letters = pick(call.house.dice, _LETTERS, 2 * _HALF)
        device = DeviceRequest(
            id=mark(device_code),
            user_code=mark(letters),
            client_id=client.id,
            scopes=scopes,
            expires=call.now + _LIFE,
        )
        async with call.house.store.unit() as unit:
            if await unit.oidc.add_device(device):
                break
    shown = f"{letters[:_HALF]}-{letters[_HALF:]}"
    return json_answer(
        {
            "device_code": device_code,
            "user_code": shown,
            "verification_uri": f"{issuer}/oidc/device",
            "verification_uri_complete": f"{issuer}/oidc/device?user_code={shown}",
            "expires_in": _LIFE // 1000,
            "interval": 5,
        }
    )


async def enter(call: Call) -> Raw:
    """The page on which somebody types what their device shows; then they sign in, and are asked."""
    name = "__Host-watchword-oidc" if call.secure else "watchword-oidc"
    browser = call.cookies.get(name, "") or fresh(call.house.dice)
    cookie = Cookie(name=name, value=browser)
    tokens = FormTokens(call.house.ring, call.house.clock, call.house.dice)
    error = _NOTHING
    if call.method == "POST" and tokens.is_ours(call, browser):
        device = await _typed(call)
        if device is not None:
            handle = await _pend(call, device, browser)
            return Raw(b"", "text/plain", 303, {"location": f"/oidc/continue/{handle}"}, (cookie,))
        error = _UNKNOWN
    field = Field(
        name="user_code",
        label=_("Code of your device"),
        value=call.params.text("user_code")[:20],
        required=True,
        focus=True,
        longest=20,
        error=error,
    )
    hidden = {FIELD: tokens.token(browser)}
    shown = page(call, "oidc/device.html", at="/oidc/device", hidden=hidden, fields=(field,))
    return Raw(shown.body, shown.media, shown.status, shown.headers, (*shown.cookies, cookie))


async def _typed(call: Call) -> DeviceRequest | None:
    """What waits under the code that was typed. Guessing is bounded for each address."""
    letters = "".join(one for one in call.params.text("user_code").upper() if one in _LETTERS)
    window = call.now // _WINDOW
    async with call.house.store.unit() as unit:
        for number in range(_TRIES):
            slot = mark(f"device {call.client} {window} {number}")
            if await unit.oidc.see(slot, call.now + _WINDOW):
                break
        else:
            return None
        device = await unit.oidc.device_of(mark(letters))
    if device is None or device.state != "waiting" or device.expires <= call.now:
        return None
    return device


async def _pend(call: Call, device: DeviceRequest, browser: str) -> str:
    client = call.snapshot.configuration.client(device.client_id)
    if client is None:
        raise Refusal("invalid_client", "the client was removed")
    handle = fresh(call.house.dice)
    request = AuthorizationRequest(
        client_id=client.id,
        redirect_uri="",
        asked=call.now,
        scopes=device.scopes,
        acr_values=client.default_acr_values,
        max_age=client.default_max_age,
        prompts=("consent",),
    )
    pending = Pending(
        id=mark(handle),
        pushed=False,
        device=device.id,
        client_id=client.id,
        browser=mark(browser),
        request=request,
        expires=device.expires,
    )
    async with call.house.store.unit() as unit:
        await unit.oidc.put_pending(pending)
    return handle
