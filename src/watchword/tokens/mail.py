"""Codes that come by e-mail."""

from msgspec.structs import replace

from watchword.plugin import (
    CODE,
    MAILBOX,
    SERIAL,
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
    fields_of,
    filled,
    one_line,
)

_TEXT = Action(
    name="emailtext",
    scope=Scope.AUTHENTICATION,
    kind="str",
    default=CODE,
    help="Text of an e-mail, with <otp>, <serial> and ${givenname} and the like; without <otp> the code is appended",
)
_SUBJECT = Action(
    name="emailsubject",
    scope=Scope.AUTHENTICATION,
    kind="str",
    default="",
    help="Subject of an e-mail, with the same placeholders; else the provider's",
)
_DYNAMIC = Action(
    name="dynamic_email_address",
    scope=Scope.AUTHENTICATION,
    kind="bool",
    default=False,
    help="An e-mail goes to the address in the directory, if there is one, else to the token's",
)


class Email(SentCode):
    name, label, prefix = "email", "email", "LSEM"
    title = "Code by e-mail"
    portrait = Portrait(
        title=_("E-mail"),
        text=_("A code comes to your mailbox. Only as safe as the mailbox is."),
        icon="mail",
        place=45,
        suggested=_("My mailbox"),
        fields=(
            Wanted(
                name="email_address", label=_("E-mail address"), kind="email", attribute="email", longest=254
            ),
        ),
    )
    channel, address, dynamic = Channel.EMAIL, "email_address", _DYNAMIC
    fits, attribute = MAILBOX, "email"
    adjustable = (address,)
    actions = (_TEXT, _SUBJECT, _DYNAMIC)
    pin_with_answer = False
    prompt = "e-mail sent successfully"
    blocked = "e-mail with otp already submitted"
    quiet = 120
    replaces_lost = "email"

    def worded(self, message: Message, token: Token, asking: Asking) -> Message:
        template = asking.rules(_TEXT)
        if CODE not in template:
            template += CODE
        fields = fields_of(token, asking)
        words = {f"${{{name}}}": word for name, word in fields.items()}
        words |= {CODE: message.code, SERIAL: token.serial}
        subject = one_line(filled(asking.rules(_SUBJECT), words))
        return replace(message, text=filled(template, words), subject=subject, fields=fields)
