"""Short messages over Vonage (https://developer.vonage.com/en/api/sms), which answers 200 whatever happened."""

import hashlib
from collections.abc import Mapping
from typing import Any

from watchword.crypto.signatures import same
from watchword.crypto.signatures import vonage as vonage_signature
from watchword.delivery.gateways import PROXY, SERVER_CERTIFICATE, reached
from watchword.delivery.numbers import e164
from watchword.delivery.segments import count
from watchword.delivery.telling import accepted, asked, by_test, refused, unavailable, uncertain
from watchword.errors import Refused
from watchword.model.message import Channel, Message, Receipt
from watchword.plugin.providers import Answered, Declared, Provider, ProviderContext, Takes
from watchword.plugin.receipts import News, Posted, Report, Reporting

_SHORTEST, _LONGEST = 20_000, 604_800_000
"""Milliseconds for which Vonage keeps a message."""
_REFERENCE_CHARACTERS = 100

_STALE = 300
"""Seconds after which a signed receipt is none of now."""

_TOLD = {
    "accepted": News.SENT,
    "buffered": News.SENT,
    "delivered": News.DELIVERED,
    "expired": News.FAILED,
    "failed": News.FAILED,
    "rejected": News.FAILED,
}
_MEANING = {
    "1": unavailable("Vonage gets too many requests from this account now."),
    "2": refused("Vonage misses something in the request."),
    "3": refused("Vonage does not take the number or the sender."),
    "4": unavailable("Vonage does not take our credentials."),
    "5": unavailable("Vonage failed inside."),
    "6": refused("Vonage does not understand the message."),
    "7": refused("Vonage has barred the number."),
    "8": unavailable("Vonage has barred the account."),
    "9": unavailable("The account at Vonage has no money left."),
    "10": unavailable("Vonage gets too many requests from this account at once."),
    "15": unavailable("Vonage does not take our sender."),
    "22": refused("Vonage has blocked a burst of messages to this number.", final=True),
    "29": refused("The account at Vonage is for trying, and the number is not on its list."),
}


class VonageSMSProvider(Provider, Reporting):
    names = ("VonageSMSProvider",)
    channel = Channel.SMS
    title = "SMS over Vonage"
    settings = (
        Declared(name="api_key", help="The account's key", needed=True),
        Declared(name="api_secret", help="The account's secret", needed=True, secret=True),
        Declared(name="from", help="Number or name of the sender", needed=True),
        Declared(
            name="url",
            help="Where Vonage is",
            takes=Takes.URL,
            default="https://rest.nexmo.com/sms/json",
            reaches=True,
        ),
        Declared(
            name="timeout", help="Seconds to connect and to wait", takes=Takes.TIMEOUT, default=(3.0, 5.0)
        ),
        Declared(
            name="callback",
            help="Our address of receipts as Vonage reaches it: https://HOST/telephony/receipts/NAME",
            takes=Takes.URL,
            default="",
            reaches=True,
        ),
        Declared(
            name="signature_secret",
            help="What receipts are signed with; without one none is taken",
            default="",
            secret=True,
        ),
        Declared(
            name="signature_method",
            help="How they are signed, where they are no JWT",
            choices=("md5hash", "md5", "sha1", "sha256", "sha512"),
            default="sha256",
        ),
        PROXY,
        SERVER_CERTIFICATE,
    )

    def __init__(self, config: Mapping[str, Any], context: ProviderContext) -> None:
        self._config = config
        self._courier = context.courier
        self._clock = context.clock

    async def send(self, message: Message) -> Receipt:
        try:
            number = e164(message.to)
        except Refused as unusable:
            return refused(unusable.message)
        config = self._config
        answer = await self._ask(
            "POST",
            {
                "api_key": config["api_key"],
                "api_secret": config["api_secret"],
                "from": config["from"],
                "to": number.removeprefix("+"),
                "text": message.text,
                "type": "text" if count(message.text).encoding == "GSM-7" else "unicode",
                "ttl": str(min(max(message.seconds * 1000, _SHORTEST), _LONGEST)),
                "client-ref": message.reference[:_REFERENCE_CHARACTERS],
                **({"status-report-req": "1", "callback": config["callback"]} if config["callback"] else {}),
            },
        )
        return _judged(answer) if isinstance(answer, Answered) else answer

    def report(self, posted: Posted) -> Report | None:
        """What Vonage tells; None unless it is signed, by a JWT or in its own way, not long ago."""
        said, now = posted.said, self._clock.now() // 1000
        if not self._is_signed(posted, said, now):
            return None
        status = said.get("status", "").lower()
        news = _TOLD.get(status)
        code = said.get("err-code", "")
        known = f" (code {int(code)})" if code.isascii() and code.isdigit() else ""
        return Report(
            news=news,
            reference=said.get("client-ref", ""),
            their_reference=said.get("messageId", ""),
            reason=f"Vonage says that the message is {status}{known}." if news is not None else "",
        )

    def _is_signed(self, posted: Posted, said: Mapping[str, str], now: int) -> bool:
        secret, account = self._config["signature_secret"], self._config["api_key"]
        if not secret:
            return False
        kind, _, token = posted.headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer":
            return _is_ours(token, secret, account, posted.body, now)
        signature = said.get("sig", "").lower().encode()
        right = same(signature, vonage_signature(secret, self._config["signature_method"], said))
        at = said.get("timestamp", "")
        fresh = at.isascii() and at.isdigit() and len(at) < 15 and abs(now - int(at)) <= _STALE
        return bool(signature) and right and fresh and said.get("api-key", account) == account

    async def test(self) -> Receipt:
        return by_test(await self._ask("OPTIONS", None))

    async def _ask(self, method: str, fields: Mapping[str, str] | None) -> Answered | Receipt:
        config = self._config
        return await asked(
            self._courier.request(
                method,
                config["url"],
                form=fields,
                seconds=config["timeout"],
                **reached(config, config["url"]),
            )
        )


def _is_ours(token: str, secret: str, account: str, body: bytes, now: int) -> bool:
    """Whether the JWT is signed for this body and account (https://developer.vonage.com/en/getting-started/concepts/webhooks)."""
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import OctKey

    try:
        claims = jwt.decode(token.strip(), OctKey.import_key(secret), algorithms=["HS256"]).claims
    except (JoseError, ValueError, TypeError, RecursionError):
        return False
    at, digest = claims.get("iat"), hashlib.sha256(body).hexdigest()
    fresh = isinstance(at, int | float) and abs(now - at) <= _STALE
    return fresh and claims.get("payload_hash") == digest and claims.get("api_key", account) == account


def _judged(answer: Answered) -> Receipt:
    """By the status of each part of the message; parts of different fates leave the whole in doubt."""
    found = answer.json()
    parts = found.get("messages") if isinstance(found, dict) else None
    if not isinstance(parts, list) or not parts or not all(isinstance(part, dict) for part in parts):
        if answer.status == 429:
            return _MEANING["1"]
        if answer.status in {401, 403}:
            return _MEANING["4"]
        return uncertain("Vonage's answer cannot be understood: it may have sent the message.")
    fates = {str(part.get("status")) for part in parts}
    if fates == {"0"}:
        return accepted(str(parts[0].get("message-id", "")))
    if "0" in fates:
        return uncertain("Vonage has taken only some parts of the message.")
    fate = fates.pop()
    return _MEANING.get(fate) or refused(f"Vonage refuses the message with status {fate[:8]}.")
