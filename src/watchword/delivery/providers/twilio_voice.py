"""Calls over Twilio that read the code (https://www.twilio.com/docs/voice/api/call-resource).

What is to be said goes along in the request, so that the code never stands in a URL.
"""

from collections.abc import Mapping
from typing import Any

from watchword.delivery.numbers import e164
from watchword.delivery.speech import twiml
from watchword.delivery.telling import refused
from watchword.delivery.twilio import ACCOUNT, Account
from watchword.errors import BadParameter, Refused
from watchword.model.message import Channel, Message, Receipt
from watchword.plugin.providers import Declared, Provider, ProviderContext

_SECONDS_AT_MOST = "90"
"""Nobody listens longer, and an answering machine shall not."""


class TwilioVoiceProvider(Provider):
    names = ("TwilioVoiceProvider",)
    channel = Channel.VOICE
    title = "Calls over Twilio"
    settings = (
        *ACCOUNT,
        Declared(name="callerNumber", help="Number that calls, registered at Twilio", needed=True),
        Declared(name="voice", help="Voice that reads the code; else one of the language", default=""),
    )

    def __init__(self, config: Mapping[str, Any], context: ProviderContext) -> None:
        self._account = Account(config, context.courier)
        self._caller = config["callerNumber"]
        self._voice = config["voice"]

    async def send(self, message: Message) -> Receipt:
        if not message.code.strip():
            return refused("A call needs a code, and there is none.")
        try:
            number = e164(message.to)
            words = twiml(message.text, message.code, language=message.language, voice=self._voice)
        except (Refused, BadParameter) as unusable:
            return refused(unusable.message)
        return await self._account.create(
            "Calls", {"To": number, "From": self._caller, "Twiml": words, "TimeLimit": _SECONDS_AT_MOST}
        )

    async def test(self) -> Receipt:
        return await self._account.test()
