"""Mail with a code, as text or after a template of the operator's."""

from collections.abc import Mapping
from typing import Any

from watchword.delivery.gateways import SERVER_CERTIFICATE
from watchword.delivery.mail import address_of, addressed, deliver, greet, mail_server, sender_of, text_mail
from watchword.delivery.mail_templates import filled_mail, template_text
from watchword.delivery.telling import refused
from watchword.errors import BadParameter
from watchword.model.message import Channel, Message, Receipt
from watchword.plugin.providers import Declared, Provider, ProviderContext, Takes

_NAMES = {
    "host": "SMTP_SERVER",
    "port": "SMTP_PORT",
    "start_tls": "START_TLS",
    "use_ssl": "USE_SSL",
    "user": "SMTP_USER",
    "password": "SMTP_PASSWORD",
    "certificate": "CERTFILE",
    "key": "KEYFILE",
}


class SMTPEmailProvider(Provider):
    names = (
        "SMTPEmailProvider",
        "linotp.provider.emailprovider.SMTPEmailProvider",
        "linotp.lib.emailprovider.SMTPEmailProvider",
    )
    channel = Channel.EMAIL
    title = "Mail over SMTP"
    settings = (
        Declared(name="SMTP_SERVER", help="Host of the mail server, or HOST:PORT", needed=True, reaches=True),
        Declared(
            name="SMTP_PORT",
            help="Its port; else 25, 587 with START_TLS, 465 with USE_SSL",
            takes=Takes.NUMBER,
            reaches=True,
        ),
        Declared(
            name="START_TLS",
            help="Begin TLS after the greeting",
            takes=Takes.FLAG,
            reaches=True,
            default=False,
        ),
        Declared(
            name="USE_SSL", help="Speak TLS from the start", takes=Takes.FLAG, reaches=True, default=False
        ),
        Declared(name="CERTFILE", help="Our certificate", takes=Takes.CERTIFICATE, default=""),
        Declared(name="KEYFILE", help="Its key", takes=Takes.KEY, default=""),
        Declared(name="SMTP_USER", help="User at the mail server", default=""),
        Declared(name="SMTP_PASSWORD", help="Password of the user", secret=True, default=""),
        Declared(name="EMAIL_FROM", help="Address of the sender", default="linotp@example.com"),
        Declared(name="EMAIL_SUBJECT", help="Subject, where policy has none", default="Your OTP"),
        Declared(
            name="TEMPLATE",
            help="HTML or a whole mail with ${otp} in it, or file://NAME in the folder of mail templates",
            default="",
        ),
        Declared(
            name="TIMEOUT", help="Seconds to connect and to wait", takes=Takes.TIMEOUT, default=(5.0, 5.0)
        ),
        SERVER_CERTIFICATE,
    )

    def __init__(self, config: Mapping[str, Any], context: ProviderContext) -> None:
        self._config = config
        self._context = context
        self._server = mail_server(config, config["SMTP_SERVER"], _NAMES)
        self._sender = sender_of(config["EMAIL_FROM"])
        if not self._sender:
            raise BadParameter("The configuration's key 'EMAIL_FROM' is no mail address.")
        template_text(config["TEMPLATE"], context.templates)

    async def send(self, message: Message) -> Receipt:
        recipient = address_of(message.to)
        if not recipient:
            return refused("The recipient's mail address is none that every mail server takes.")
        subject = message.subject or self._config["EMAIL_SUBJECT"]
        try:
            template = template_text(self._config["TEMPLATE"], self._context.templates)
        except BadParameter as gone:
            return refused(gone.message)
        mail = (
            filled_mail(template, message, subject, self._context.templates)
            if template and message.code  # the template is one for codes
            else text_mail(message.text)
        )
        content = addressed(
            mail,
            sender=self._config["EMAIL_FROM"],
            to=recipient,
            subject=str(mail["Subject"] or subject),
            now=self._context.clock.now(),
        )
        return await deliver(self._server, self._context.courier, self._sender, recipient, content)

    async def test(self) -> Receipt:
        return await greet(self._server, self._context.courier)
