"""The password and a code by SMS, brought by whoever brings other messages."""

from watchword.model.message import Channel
from watchword.plugin.methods import Method
from watchword.plugin.shapes import Challenging, TokenType


class ShortMessage(Method):
    name = "sms"
    title = "SMS"
    level = 20

    def takes(self, kind: TokenType) -> bool:
        return isinstance(kind, Challenging) and kind.channel is Channel.SMS
