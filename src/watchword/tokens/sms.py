"""Codes that come by SMS."""

from msgspec.structs import replace

from watchword.plugin import (
    CODE,
    SERIAL,
    TRANSACTION,
    Action,
    Asking,
    Channel,
    Message,
    Portrait,
    Scope,
    SentCode,
    Settings,
    Token,
    Wanted,
    _,
    filled,
    said_by,
)

_TEXT = Action(
    name="smstext",
    scope=Scope.AUTHENTICATION,
    kind="str",
    default=CODE,
    help="Text of an SMS, with <otp>, <serial> and <transactionid>; without <otp> the code stands in front",
)
_ENFORCED = Action(
    name="enforce_smstext",
    scope=Scope.AUTHENTICATION,
    kind="bool",
    default=False,
    help="A request cannot bring a text of its own for the SMS",
)
_TRIGGER = Action(
    name="trigger_sms",
    scope=Scope.AUTHENTICATION,
    kind="bool",
    default=False,
    help="A request that names the serial and brings a challenge text gets an SMS sent without a PIN",
)
_AUTO = Action(
    name="autosms",
    scope=Scope.AUTHENTICATION,
    kind="bool",
    default=False,
    help="After each log-in the next SMS is sent at once",
)
_DYNAMIC = Action(
    name="sms_dynamic_mobile_number",
    scope=Scope.AUTHENTICATION,
    kind="bool",
    default=False,
    help="An SMS goes to the mobile number in the directory, if there is one, else to the token's",
)


class Sms(SentCode):
    name, label, prefix = "sms", "sms", "LSSM"
    title = "Code by SMS"
    portrait = Portrait(
        title=_("Text message"),
        text=_("A code comes to your mobile by SMS. Needs reception."),
        icon="message",
        place=20,
        suggested=_("My mobile"),
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
    channel, address, dynamic = Channel.SMS, "phone", _DYNAMIC
    adjustable = (address,)
    actions = (_TEXT, _ENFORCED, _TRIGGER, _AUTO, _DYNAMIC)
    asks_again, asks_without_pin = _AUTO, _TRIGGER
    prompt = "sms submitted"
    blocked = "sms with otp already submitted"
    quiet = 60
    replaces_lost = "sms"

    def worded(self, message: Message, token: Token, asking: Asking) -> Message:
        template = ("" if asking.rules(_ENFORCED) else said_by(asking)) or asking.rules(_TEXT)
        if CODE not in template:
            template = f"{CODE} {template}"
        words = {CODE: message.code, SERIAL: token.serial, TRANSACTION: asking.transaction}
        return replace(message, text=filled(template, words))

    def good_for(self, token: Token, settings: Settings) -> int:
        """The provider's own time counts too, for every answer."""
        return min(max(settings.number("SMSProviderTimeout", 300), 0), 86_400) * 1000
