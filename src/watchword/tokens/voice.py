"""Codes that a call reads out."""

from msgspec.structs import replace

from watchword.plugin import (
    Action,
    Asking,
    Channel,
    Message,
    Portrait,
    Scope,
    SentCode,
    Token,
    Wanted,
    _,
    one_line,
)

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
    portrait = Portrait(
        title=_("Phone call"),
        text=_("A voice reads a code to you on the telephone."),
        icon="call",
        place=25,
        suggested=_("My telephone"),
        fields=(
            Wanted(
                name="phone",
                label=_("Telephone number"),
                kind="tel",
                help=_("With the country, such as +49 170 1234567."),
                attribute="mobile",
                longest=100,
            ),
        ),
    )
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
