"""What the providers over Twilio have in common: the account, and what Twilio's answers mean.

Twilio's codes: https://www.twilio.com/docs/api/errors
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from watchword.crypto.signatures import same
from watchword.crypto.signatures import twilio as twilio_signature
from watchword.delivery.gateways import PROXY, SERVER_CERTIFICATE, reached
from watchword.delivery.numbers import e164
from watchword.delivery.speech import twiml
from watchword.delivery.telling import accepted, asked, refused, unavailable, uncertain
from watchword.errors import BadParameter, Refused
from watchword.model.message import Fate, Message, Receipt
from watchword.plugin.providers import Answered, Courier, Declared, Takes
from watchword.plugin.receipts import News, Posted, Report

ACCOUNT = (
    Declared(name="accountSid", help="The account at Twilio", needed=True),
    Declared(name="authToken", help="Its password, or the secret of the key", needed=True, secret=True),
    Declared(name="keySid", help="An API key to use instead of the account's password", default=""),
    Declared(
        name="url", help="Where Twilio is", takes=Takes.URL, default="https://api.twilio.com", reaches=True
    ),
    Declared(name="timeout", help="Seconds to connect and to wait", takes=Takes.TIMEOUT, default=(3.0, 5.0)),
    Declared(
        name="statusCallback",
        help="Our address of receipts as Twilio reaches it: https://HOST/telephony/receipts/NAME",
        takes=Takes.URL,
        default="",
        reaches=True,
    ),
    Declared(
        name="signingToken",
        help="The account's password where an API key is used instead: receipts are signed with it",
        default="",
        secret=True,
    ),
    PROXY,
    SERVER_CERTIFICATE,
)

_MEANING = {
    20003: unavailable("Twilio does not take our credentials."),
    20429: unavailable("Twilio gets too many requests from this account now."),
    21211: refused("Twilio says that there is no such number."),
    21217: refused("Twilio says that there is no such number."),
    21408: refused("The account at Twilio may not send to this country."),
    21610: refused("The recipient has told Twilio to send nothing from our number."),
    21611: unavailable("The account's queue at Twilio is full."),
    21612: refused("Twilio has no route from our number to this one."),
    21614: refused("Twilio says that the number takes no messages: try a call."),
    30001: unavailable("The account's queue at Twilio is full."),
    30003: refused("The phone cannot be reached now."),
    30004: refused("The number is blocked."),
    30005: refused("Nobody has this number."),
    30006: refused("The number is of a landline, or of a carrier out of reach: try a call."),
    30007: refused("The carrier has filtered the message out: look at its text with Twilio."),
    30008: uncertain("Twilio does not know what became of the message."),
    30022: unavailable("The carrier takes no more messages from our number now."),
    30450: refused("Twilio has blocked the message as fraud (SMS pumping).", final=True),
    63038: unavailable("The account at Twilio has sent all that it may send today."),
}
_TOLD = {
    "sent": News.SENT,
    "delivered": News.DELIVERED,
    "read": News.DELIVERED,
    "completed": News.DELIVERED,
    "undelivered": News.FAILED,
    "failed": News.FAILED,
    "canceled": News.FAILED,
    "busy": News.FAILED,
    "no-answer": News.FAILED,
}
"""Of messages and calls. A call that was completed was answered, if only by a machine."""
_OURS = "r"
"""The field of the query in which we tell ourselves which message it is: the answer that named it may have been lost."""
_FAILED = frozenset({"failed", "undelivered", "canceled"})
_SECONDS_AT_MOST = "90"
"""Nobody listens to a call longer, and an answering machine shall not."""


class Account:
    """One account at Twilio."""

    def __init__(self, config: Mapping[str, Any], courier: Courier) -> None:
        self._config = config
        self._courier = courier
        self.sid = config["accountSid"]
        if not self.sid.isascii() or not self.sid.isalnum():
            raise BadParameter(
                "The configuration's key 'accountSid' must be letters and digits, beginning with AC."
            )

    async def create(self, what: str, fields: Mapping[str, str], reference: str = "") -> Receipt:
        """Have a message or a call made; what became of it. ``reference`` is our name of it, for receipts."""
        callback = self._config.get("statusCallback", "")
        if callback and reference:
            fields = {**fields, "StatusCallback": f"{callback}?{_OURS}={reference}"}
        answer = await self._ask("POST", f"{self.sid}/{what}.json", fields)
        return judged(answer) if isinstance(answer, Answered) else answer

    async def ring(self, message: Message, *, caller: str, voice: str) -> Receipt:
        """Have the message's code read to its number; what is to be said goes along in the request's body, so that
        the code never stands in a URL (https://www.twilio.com/docs/voice/api/call-resource).
        """
        if not message.code.strip():
            return refused("A call needs a code, and there is none.")
        try:
            number = e164(message.to)
            words = twiml(message.text, message.code, language=message.language, voice=voice)
        except (Refused, BadParameter) as unusable:
            return refused(unusable.message)
        return await self.create(
            "Calls",
            {"To": number, "From": caller, "Twiml": words, "TimeLimit": _SECONDS_AT_MOST},
            message.reference,
        )

    def report(self, posted: Posted) -> Report | None:
        """What Twilio tells of a message or call; None unless it is signed with the account's password.

        The signature is over the address that we gave Twilio, not over what a proxy made of it
        (https://www.twilio.com/docs/usage/security#validating-requests).
        """
        config = self._config
        url, token = config["statusCallback"], config["signingToken"]
        token = token or ("" if config["keySid"] else config["authToken"])
        signature = posted.headers.get("x-twilio-signature", "").encode()
        if not (url and token and signature):
            return None
        whole = f"{url}?{posted.query}" if posted.query else url
        right = False
        for one in _with_and_without_port(whole):
            right |= same(signature, twilio_signature(token, one, posted.form))
        said = dict(posted.form)
        if not right or said.get("AccountSid") != self.sid:
            return None
        status = said.get("MessageStatus") or said.get("CallStatus") or ""
        news = _TOLD.get(status)
        code = said.get("ErrorCode", "")
        reason = f"Twilio says that the message is {status}" if news else ""
        return Report(
            news=news,
            reference=posted.asked.get(_OURS, ""),
            their_reference=said.get("MessageSid") or said.get("CallSid") or "",
            reason=f"{reason} (code {int(code)})."
            if code.isascii() and code.isdigit()
            else f"{reason}.".lstrip("."),
        )

    async def test(self) -> Receipt:
        """Whether Twilio knows the account and takes the password."""
        answer = await self._ask("GET", f"{self.sid}.json", None)
        if isinstance(answer, Receipt):
            return answer if answer.fate is not Fate.UNCERTAIN else unavailable(answer.reason)
        if answer.status == 200:
            return accepted(reason="Twilio knows the account.")
        if answer.status in {401, 403}:
            return unavailable("Twilio does not take our credentials.")
        return unavailable(f"Twilio answers {answer.status} when asked for the account.")

    async def _ask(self, method: str, path: str, fields: Mapping[str, str] | None) -> Answered | Receipt:
        config = self._config
        return await asked(
            self._courier.request(
                method,
                f"{config['url'].rstrip('/')}/2010-04-01/Accounts/{path}",
                form=fields,
                headers={"Accept": "application/json"},
                basic=(config["keySid"] or self.sid, config["authToken"]),
                seconds=config["timeout"],
                **reached(config, config["url"]),
            )
        )


def _with_and_without_port(url: str) -> list[str]:
    """The URL, and as it reads with its scheme's usual port or without: Twilio does the one or the other."""
    parts = urlsplit(url)
    usual = {"https": 443, "http": 80}[parts.scheme]
    if parts.port is None:
        return [url, urlunsplit(parts._replace(netloc=f"{parts.netloc}:{usual}"))]
    if parts.port == usual:
        return [url, urlunsplit(parts._replace(netloc=parts.netloc.removesuffix(f":{usual}")))]
    return [url]


def judged(answer: Answered) -> Receipt:
    """What Twilio's answer means: its code first, then its status; what is unclear may have been sent."""
    found = answer.json()
    said = found if isinstance(found, dict) else {}
    success = answer.status in {200, 201}
    code = said.get("error_code") or (said.get("code") if not success or "sid" not in said else None)
    if isinstance(code, int) and code in _MEANING:
        return _MEANING[code]
    if success and not code:
        sid, stage = said.get("sid"), said.get("status")
        if not isinstance(sid, str):
            return uncertain("Twilio's answer cannot be understood: it may have sent the message.")
        if stage in _FAILED:
            return refused(f"Twilio says that the message is {stage}.")
        return accepted(sid)
    number = code if isinstance(code, int) else "none"
    if answer.status in {401, 403}:
        return unavailable(f"Twilio does not take our credentials (status {answer.status}, code {number}).")
    if answer.status == 429 or (answer.status == 503 and isinstance(code, int)):
        return unavailable(f"Twilio is too busy now (status {answer.status}, code {number}).")
    if answer.status >= 500:
        return uncertain(f"Twilio failed with status {answer.status}: it may have sent the message.")
    return refused(f"Twilio refuses the request (status {answer.status}, code {number}).")
