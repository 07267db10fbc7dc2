"""The password and a code by telephone."""

from watchword.model.message import Channel
from watchword.plugin.methods import Method
from watchword.plugin.shapes import Challenging, TokenType


class Call(Method):
    name = "voice"
    title = "Voice call"
    level = 20

    def takes(self, kind: TokenType) -> bool:
        return isinstance(kind, Challenging) and kind.channel is Channel.VOICE
