"""Codes that a call reads out."""

from msgspec.structs import replace

from watchword.model.message import Channel, Message
from watchword.model.policy import Action, Scope
from watchword.model.token import Token
from watchword.plugin.sent_codes import SentCode, one_line
from watchword.plugin.shapes import Asking

_SCRIPT = Action(
    name="voice_message",
    scope=Scope.AUTHENTICATION,
    kind="str",
    default="{otp}",
    help="What a call says; {otp} stands for the code",
)
_LANGUAGE = Action(
    name="voice_language",
    scope=Scope.AUTHENTICATION,
    kind="str",
    default="en",
    help="In which language a call speaks",
)
_DYNAMIC = Action(
    name="voice_dynamic_mobile_number",
    scope=Scope.AUTHENTICATION,
    kind="bool",
    default=False,
    help="A call goes to the mobile number in the directory, if there is one, else to the token's",
)


class Voice(SentCode):
    name, label, prefix = "voice", "voice", "KIVO"
    title = "Code by telephone call"
    channel, address, dynamic = Channel.VOICE, "phone", _DYNAMIC
    adjustable = (address,)
    hashlib = "sha256"
    actions = (_SCRIPT, _LANGUAGE, _DYNAMIC)
    self_enrolment = False
    prompt = "voice call triggered"
    blocked = "voice call with otp already submitted"
    quiet = 60

    def worded(self, message: Message, token: Token, asking: Asking) -> Message:
        """The template as it is: whoever speaks it spells the code."""
        script = asking.rules(_SCRIPT) or _SCRIPT.default
        return replace(message, text=script, language=one_line(asking.rules(_LANGUAGE)) or _LANGUAGE.default)
