"""``/v1/twilio/call``: the voice challenge service, which has Twilio read codes for LinOTP servers and for our own.

Who calls brings an account at Twilio along, and pays. Code and password come in the body and go on in a body: no
URL, log line or answer holds them.
"""

import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from watchword.delivery.numbers import e164
from watchword.delivery.twilio import Account
from watchword.errors import BadParameter, Refused
from watchword.model.message import Channel, Fate, Message, Receipt
from watchword.plugin.providers import Courier
from watchword.web.bugs import without_values

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

PATH = "/v1/twilio/call"
LISTENER = "voice service"
"""The name of its own listener, if it has one."""

_LIMIT = 16 * 1024
"""Bytes of a body: four times the longest text that Twilio takes."""
_SECONDS = (1.5, 3.0)
"""To connect to Twilio and to wait for it; less than the five seconds that our clients wait for us."""

_Filled = Annotated[str, Meta(pattern=r"\S", max_length=255)]

log = logging.getLogger(__name__)


class _Twilio(Struct, frozen=True, kw_only=True):
    accountSid: _Filled  # noqa: N815 (as it is written in the body)
    authToken: _Filled  # noqa: N815
    callerNumber: _Filled  # noqa: N815
    voice: Annotated[str, Meta(max_length=255)] | None = None

    def __repr__(self) -> str:
        return "_Twilio()"


class _Call(Struct, frozen=True, kw_only=True):
    calleeNumber: _Filled  # noqa: N815
    messageTemplate: Annotated[str, Meta(pattern=r"\S", max_length=4000)]  # noqa: N815
    otp: _Filled
    twilioConfig: _Twilio  # noqa: N815
    locale: Annotated[str, Meta(max_length=64)] | None = None

    def __repr__(self) -> str:
        return "_Call()"


class _Body(Struct, frozen=True, kw_only=True):
    call: _Call


class VoiceService:
    """The service as an ASGI application, which knows this one path."""

    def __init__(self, courier: Courier, twilio_url: str) -> None:
        self._courier = courier
        self._twilio_url = twilio_url

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["path"] != PATH:
            await _say(send, HTTPStatus.NOT_FOUND)
        elif scope["method"] != "POST":
            await _say(send, HTTPStatus.METHOD_NOT_ALLOWED)
        else:
            body = await _body(receive)
            if body is not None and len(body) > _LIMIT:
                await _say(send, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            elif body is not None:
                await _say(send, *await self._answer(body))

    async def _answer(self, body: bytes) -> tuple[HTTPStatus, str]:
        """Status and, where there is more to say than it does, a sentence."""
        try:
            account, message, twilio = self._understood(body)
        except (BadParameter, Refused) as wrong:
            return HTTPStatus.BAD_REQUEST, wrong.message
        try:
            receipt = await account.ring(message, caller=twilio.callerNumber, voice=twilio.voice or "")
        # Whatever it is: the server below us would log what it quotes.
        except Exception as bug:
            log.exception("a call failed", exc_info=without_values(bug))
            return HTTPStatus.INTERNAL_SERVER_ERROR, ""
        if receipt.fate is Fate.ACCEPTED:
            log.info("a call was made", extra={"reference": receipt.reference})
            return HTTPStatus.OK, ""
        log.warning("no call was made", extra={"fate": receipt.fate.value, "why": receipt.reason})
        return _status(receipt), receipt.reason

    def _understood(self, body: bytes) -> tuple[Account, Message, _Twilio]:
        """What is asked for; `BadParameter` or `Refused`, without a sentence if nothing at all is."""
        if body.strip() in {b"", b"{}"}:
            raise BadParameter(HTTPStatus.BAD_REQUEST.phrase)
        try:
            call = msgspec.json.decode(body, type=_Body).call
        except msgspec.DecodeError as wrong:  # it names places and never quotes what stands there
            raise BadParameter(f"{wrong}.") from None
        except (UnicodeDecodeError, RecursionError):
            raise BadParameter("The body is no JSON.") from None
        twilio = call.twilioConfig
        config = {
            "accountSid": twilio.accountSid,
            "authToken": twilio.authToken,
            "keySid": "",
            "url": self._twilio_url,
            "timeout": _SECONDS,
        }
        message = Message(
            channel=Channel.VOICE,
            to=e164(call.calleeNumber),
            text=call.messageTemplate,
            code=call.otp,
            language=call.locale or "en",
        )
        return Account(config, self._courier), message, twilio


def _status(receipt: Receipt) -> HTTPStatus:
    """What tells a client whether somebody else may try: surely not called below 500 and with 503, else perhaps."""
    if receipt.fate is Fate.UNCERTAIN:
        return HTTPStatus.GATEWAY_TIMEOUT
    if receipt.fate is Fate.UNAVAILABLE:
        return HTTPStatus.SERVICE_UNAVAILABLE
    return HTTPStatus.BAD_GATEWAY if receipt.final else HTTPStatus.UNPROCESSABLE_ENTITY


async def _body(receive: Receive) -> bytes | None:
    """The body, or its beginning if it is too long; None if the client went away before it was here."""
    body = bytearray()
    while len(body) <= _LIMIT:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break
    return bytes(body)


async def _say(send: Send, status: HTTPStatus, sentence: str = "") -> None:
    """The status' own phrase, and behind it what more there is to say."""
    more = "" if sentence in {"", status.phrase} else f": {sentence}"
    body = f"{status.phrase}{more}".encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    if status is HTTPStatus.METHOD_NOT_ALLOWED:
        headers.append((b"allow", b"POST"))
    await send({"type": "http.response.start", "status": int(status), "headers": headers})
    await send({"type": "http.response.body", "body": body})
