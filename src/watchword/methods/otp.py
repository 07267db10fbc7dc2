"""The password and whatever second factor the person has."""

from watchword.plugin.methods import Method
from watchword.plugin.shapes import Challenging, Judging, TokenType


class AnyFactor(Method):
    name = "otp"
    title = "Second factor"
    level = 20
    aliases = ("mfa",)
    enabled = True

    def takes(self, kind: TokenType) -> bool:
        return isinstance(kind, (Judging, Challenging))
