"""What the providers over Twilio have in common: the account, and what Twilio's answers mean.

Twilio's codes: https://www.twilio.com/docs/api/errors
"""

from collections.abc import Mapping
from typing import Any

from watchword.delivery.gateways import PROXY, SERVER_CERTIFICATE, reached
from watchword.delivery.numbers import e164
from watchword.delivery.speech import twiml
from watchword.delivery.telling import accepted, asked, refused, unavailable, uncertain
from watchword.errors import BadParameter, Refused
from watchword.model.message import Fate, Message, Receipt
from watchword.plugin.providers import Answered, Courier, Declared, Takes

ACCOUNT = (
    Declared(name="accountSid", help="The account at Twilio", needed=True),
    Declared(name="authToken", help="Its password, or the secret of the key", needed=True, secret=True),
    Declared(name="keySid", help="An API key to use instead of the account's password", default=""),
    Declared(
        name="url", help="Where Twilio is", takes=Takes.URL, default="https://api.twilio.com", reaches=True
    ),
    Declared(name="timeout", help="Seconds to connect and to wait", takes=Takes.TIMEOUT, default=(3.0, 5.0)),
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

    async def create(self, what: str, fields: Mapping[str, str]) -> Receipt:
        """Have a message or a call made; what became of it."""
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
            "Calls", {"To": number, "From": caller, "Twiml": words, "TimeLimit": _SECONDS_AT_MOST}
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
