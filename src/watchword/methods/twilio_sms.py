"""The password and a code by SMS over an account at Twilio that only this method uses."""

from collections.abc import Mapping
from typing import Any

from watchword.model.message import Channel
from watchword.plugin.methods import Carrier, Method
from watchword.plugin.providers import Declared, Takes
from watchword.plugin.shapes import Challenging, TokenType

TWILIO = "https://api.twilio.com"


class TwilioSms(Method):
    name = "twilio_sms"
    title = "Twilio SMS"
    level = 25
    channel = Channel.SMS
    properties = (
        Declared(name="twilio_sid", help="The account at Twilio (Account SID)", needed=True),
        Declared(name="twilio_token", help="The account's Auth Token", needed=True, secret=True),
        Declared(name="from_number", help="The number at Twilio that messages come from", needed=True),
        Declared(
            name="attribute",
            help="What the directory calls the number that codes go to",
            default="phoneNumberVerified",
        ),
        Declared(name="url", help="Where Twilio is", takes=Takes.URL, default=TWILIO, reaches=True),
    )

    def takes(self, kind: TokenType) -> bool:
        return isinstance(kind, Challenging) and kind.channel is Channel.SMS

    def carrier(self, properties: Mapping[str, Any]) -> Carrier:
        config = {
            "accountSid": properties["twilio_sid"],
            "authToken": properties["twilio_token"],
            "from": properties["from_number"],
            "url": properties["url"],
        }
        return Carrier(channel=self.channel, class_name="TwilioSMSProvider", config=config)

    def attribute(self, properties: Mapping[str, Any]) -> str:
        return str(properties["attribute"])
