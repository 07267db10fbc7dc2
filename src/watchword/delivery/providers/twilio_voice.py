"""Calls over Twilio that read the code."""

from collections.abc import Mapping
from typing import Any

from watchword.delivery.twilio import ACCOUNT, Account
from watchword.model.message import Channel, Message, Receipt
from watchword.plugin.providers import Declared, Provider, ProviderContext
from watchword.plugin.receipts import Posted, Report, Reporting


class TwilioVoiceProvider(Provider, Reporting):
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
        return await self._account.ring(message, caller=self._caller, voice=self._voice)

    async def test(self) -> Receipt:
        return await self._account.test()

    def report(self, posted: Posted) -> Report | None:
        return self._account.report(posted)
