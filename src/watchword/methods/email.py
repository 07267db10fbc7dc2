"""The password and a code by mail."""

from watchword.model.message import Channel
from watchword.plugin.methods import Method
from watchword.plugin.shapes import Challenging, TokenType


class Mail(Method):
    name = "email"
    title = "E-mail"
    level = 20

    def takes(self, kind: TokenType) -> bool:
        return isinstance(kind, Challenging) and kind.channel is Channel.EMAIL
