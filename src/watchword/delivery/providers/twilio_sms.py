"""Short messages over Twilio (https://www.twilio.com/docs/messaging/api/message-resource)."""

from collections.abc import Mapping
from typing import Any

from watchword.delivery.numbers import e164
from watchword.delivery.telling import refused
from watchword.delivery.twilio import ACCOUNT, Account
from watchword.errors import BadParameter, Refused
from watchword.model.message import Channel, Message, Receipt
from watchword.plugin.providers import Declared, Provider, ProviderContext
from watchword.plugin.receipts import Posted, Report, Reporting

_MOST_CHARACTERS = 1600
_LONGEST = 36_000
"""Seconds for which Twilio keeps a message at most."""


class TwilioSMSProvider(Provider, Reporting):
    names = ("TwilioSMSProvider",)
    channel = Channel.SMS
    title = "SMS over Twilio"
    settings = (
        *ACCOUNT,
        Declared(name="from", help="Number or name of the sender", default=""),
        Declared(name="messagingServiceSid", help="A messaging service instead of a sender", default=""),
    )

    def __init__(self, config: Mapping[str, Any], context: ProviderContext) -> None:
        self._account = Account(config, context.courier)
        if bool(config["from"]) is bool(config["messagingServiceSid"]):
            raise BadParameter("The configuration needs one of the keys 'from' and 'messagingServiceSid'.")
        self._sender = (
            {"From": config["from"]}
            if config["from"]
            else {"MessagingServiceSid": config["messagingServiceSid"]}
        )

    async def send(self, message: Message) -> Receipt:
        try:
            number = e164(message.to)
        except Refused as unusable:
            return refused(unusable.message)
        if len(message.text) > _MOST_CHARACTERS:
            return refused(f"Twilio takes texts of at most {_MOST_CHARACTERS} characters.")
        return await self._account.create(
            "Messages",
            {
                "To": number,
                **self._sender,
                "Body": message.text,
                "ValidityPeriod": str(min(max(message.seconds, 1), _LONGEST)),
            },
            message.reference,
        )

    async def test(self) -> Receipt:
        return await self._account.test()

    def report(self, posted: Posted) -> Report | None:
        return self._account.report(posted)
