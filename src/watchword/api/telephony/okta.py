"""Okta's telephony inline hook: what it asks, and the one form of answer that it understands.

https://developer.okta.com/docs/reference/telephony-hook/
"""

from typing import Any
from urllib.parse import urlsplit

import msgspec

from watchword.api.telephony import reading
from watchword.model.hook import Commission
from watchword.model.message import Channel, Fate, Receipt

_PURPOSES = {
    "com.okta.user.telephony.pre-enrollment": "enrol",
    "com.okta.user.telephony.mfa-verification": "login",
    "com.okta.user.telephony.account-unlock": "unlock",
    "com.okta.user.telephony.password-reset": "reset",
}
_PREVIEW = "/api/internal/v1/inlinehooks/"
_SPOKEN = {
    "de": "Ihr Code ist {otp}",
    "es": "Su código es {otp}",
    "fr": "Votre code est {otp}",
    "it": "Il suo codice è {otp}",
    "nl": "Uw code is {otp}",
    "pt": "O seu código é {otp}",
}
"""What is said in a call, by language; the text that Okta sends along is meant to be read, not heard."""
_STATUSES = {
    Fate.ACCEPTED: "SUCCESSFUL",
    Fate.UNCERTAIN: "PENDING",
    Fate.REFUSED: "FAILED",
    Fate.UNAVAILABLE: "FAILED",
}


def commissioned(body: Any, now: int) -> Commission:
    """What the request asks for; `BadParameter` if it cannot be carried out."""
    profile = reading.part(body, "data", "messageProfile")
    preview = is_preview(body)
    channel = reading.channel(reading.part(profile, "deliveryChannel"))
    template = reading.part(profile, "msgTemplate")
    within = template if isinstance(template, str) else ""
    language = reading.language(reading.part(profile, "locale"))
    code, odd = reading.code(reading.part(profile, "otpCode"), within)
    found = reading.part(profile, "phoneNumber")
    said = reading.text(body, "requestType")
    return Commission(
        event=reading.text(body, "eventId"),
        channel=channel,
        # The console's example has no plus, and goes nowhere.
        to=reading.text(profile, "phoneNumber") if preview else reading.number(found),
        text=reading.words(template) if channel is Channel.SMS else spoken(language),
        code=code,
        language=language,
        expires=reading.expiry(reading.part(profile, "otpExpires"), now),
        purpose=_PURPOSES.get(said.lower(), "other"),
        person=reading.text(body, "data", "userProfile", "login"),
        client=reading.text(body, "data", "context", "request", "ipAddress", most=64),
        preview=preview,
        odd=odd,
    )


def is_preview(body: Any) -> bool:
    """Whether an administrator looks at the hook in Okta's console, and nobody waits for a code."""
    url = reading.text(body, "data", "context", "request", "url", "value", most=1024)
    try:
        path = urlsplit(url).path.lower()
    except ValueError:
        return False
    return path.startswith(_PREVIEW) and path.rstrip("/").endswith("/generatepreview")


def spoken(language: str) -> str:
    """What is said in a call of this language; ``{otp}`` is where the code is read."""
    return _SPOKEN.get(language.partition("-")[0], "Your code is {otp}")


def answer(receipt: Receipt, reference: str = "") -> bytes:
    """The answer's body. There is never an ``error``: Okta shows it to people."""
    status = "PENDING" if receipt.perhaps else _STATUSES[receipt.fate]
    value = {"status": status, "provider": f"watchword/{receipt.provider}".rstrip("/")}
    if reference:
        value["transactionId"] = reference
    if receipt.reason:
        value["transactionMetadata"] = receipt.reason
    return msgspec.json.encode({"commands": [{"type": "com.okta.telephony.action", "value": [value]}]})
