"""The password and a code that changes with the hour."""

from watchword.plugin.methods import Method
from watchword.plugin.shapes import Timed, TokenType


class TimedCode(Method):
    name = "totp"
    title = "Authenticator app"
    level = 30

    def takes(self, kind: TokenType) -> bool:
        return isinstance(kind, Timed)
