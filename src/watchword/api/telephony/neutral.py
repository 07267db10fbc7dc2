"""The other forms in which others ask: our own, Supabase's and that of an Action of Auth0.

https://supabase.com/docs/guides/auth/auth-hooks/send-sms-hook,
https://auth0.com/docs/customize/phone-messages/configure-phone-messaging-providers
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Protocol

import msgspec

from watchword.api.telephony import reading
from watchword.api.telephony.okta import spoken
from watchword.errors import BadParameter
from watchword.model.hook import Commission, Shape
from watchword.model.message import Channel, Fate, Receipt

_PURPOSES = {
    "otp_verify": "login",
    "otp_enroll": "enrol",
    "blocked_account": "unlock",
    "change_password": "reset",
    "password_breach": "reset",
}
_STATUSES = {
    Fate.ACCEPTED: HTTPStatus.OK,
    Fate.UNCERTAIN: HTTPStatus.ACCEPTED,
    Fate.REFUSED: HTTPStatus.UNPROCESSABLE_ENTITY,
    Fate.UNAVAILABLE: HTTPStatus.UNPROCESSABLE_ENTITY,
}
"""Never 429 or 503, on which callers send the same again: whether another way is tried is ours to decide."""
_WORDS = {
    Fate.ACCEPTED: "accepted",
    Fate.UNCERTAIN: "uncertain",
    Fate.REFUSED: "failed",
    Fate.UNAVAILABLE: "failed",
}


class Form(Protocol):
    """One form of request."""

    def commissioned(self, body: Any, now: int) -> Commission:
        """What the request asks for; `BadParameter` if it cannot be carried out."""
        ...


class _Standard:
    """Our own: ``id``, ``channel``, ``to``, ``code``, ``text``, ``language``, ``expires``, ``purpose``, ``person``."""

    def commissioned(self, body: Any, now: int) -> Commission:
        channel = reading.channel(reading.part(body, "channel"))
        language = reading.language(reading.part(body, "language"))
        template = reading.part(body, "text")
        code, odd = reading.code(reading.part(body, "code"), template if isinstance(template, str) else "")
        return Commission(
            event=reading.text(body, "id"),
            channel=channel,
            to=reading.number(reading.part(body, "to")),
            text=reading.words(template) if channel is Channel.SMS else spoken(language),
            code=code,
            language=language,
            expires=reading.expiry(reading.part(body, "expires"), now),
            purpose=reading.text(body, "purpose", most=32) or "other",
            person=reading.text(body, "person"),
            client=reading.text(body, "client", most=64),
            preview=reading.part(body, "preview") is True,
            odd=odd,
        )


class _Supabase:
    """Supabase's hook for sending SMS. Each try has another webhook-id, so that this names nothing."""

    def commissioned(self, body: Any, now: int) -> Commission:
        code, odd = reading.code(reading.part(body, "sms", "otp"), "")
        number = reading.part(body, "user", "phone")
        if isinstance(number, str) and number[:1].isdigit():
            number = f"+{number}"  # their database keeps E.164 without its plus
        return Commission(
            event="",
            channel=Channel.SMS,
            to=reading.number(number),
            text=f"{code} is your code.",
            code=code,
            language="en",
            expires=reading.expiry(None, now),
            purpose="login",
            person=reading.text(body, "user", "email") or reading.text(body, "user", "id"),
            client=reading.text(body, "metadata", "ip_address", most=64),
            odd=odd,
        )


class _Auth0:
    """What an Action of Auth0 has in ``event``, posted as it is."""

    def commissioned(self, body: Any, now: int) -> Commission:
        notification = reading.part(body, "notification")
        if not isinstance(notification, dict):
            raise BadParameter("There is no notification in the request.")
        channel = reading.channel(notification.get("delivery_method"))
        language = reading.language(notification.get("locale"))
        template = notification.get("as_text")
        code, odd = reading.code(notification.get("code"), template if isinstance(template, str) else "")
        said = reading.text(notification, "message_type", most=32).lower()
        return Commission(
            event=reading.text(body, "transaction", "correlation_id"),
            channel=channel,
            to=reading.number(notification.get("recipient")),
            text=reading.words(template) if channel is Channel.SMS else spoken(language),
            code=code,
            language=language,
            expires=reading.expiry(None, now),
            purpose=_PURPOSES.get(said, "other"),
            person=reading.text(body, "user", "email") or reading.text(body, "user", "user_id"),
            client=reading.text(body, "request", "ip", most=64),
            odd=odd,
        )


FORMS: Mapping[Shape, Form] = {
    Shape.STANDARD: _Standard(),
    Shape.SUPABASE: _Supabase(),
    Shape.AUTH0: _Auth0(),
}


def answer(receipt: Receipt, reference: str) -> tuple[HTTPStatus, bytes]:
    """Status and body. An ``error`` is there where Supabase looks for it; to others it does no harm."""
    fate = Fate.UNCERTAIN if receipt.perhaps else receipt.fate
    status = _STATUSES[fate]
    said: dict[str, Any] = {"status": _WORDS[fate]}
    if reference:
        said["reference"] = reference
    if receipt.provider:
        said["provider"] = receipt.provider
    if receipt.reason:
        said["reason"] = receipt.reason
    if fate in {Fate.REFUSED, Fate.UNAVAILABLE}:
        said["error"] = {"http_code": int(status), "message": "The message was not sent."}
    return status, msgspec.json.encode(said)
