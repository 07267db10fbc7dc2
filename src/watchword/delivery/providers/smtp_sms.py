"""Short messages over a gateway that takes mail."""

from collections.abc import Mapping
from typing import Any

from watchword.delivery.gateways import MSISDN, SERVER_CERTIFICATE, SUPPRESS_PREFIX
from watchword.delivery.mail import address_of, addressed, deliver, greet, mail_server, sender_of, text_mail
from watchword.delivery.numbers import adapted
from watchword.delivery.telling import refused
from watchword.errors import BadParameter
from watchword.model.message import Channel, Fate, Message, Receipt
from watchword.plugin.providers import Declared, Provider, ProviderContext, Takes

_NAMES = {
    "host": "mailserver",
    "port": "mailserver_port",
    "start_tls": "start_tls",
    "use_ssl": "use_ssl",
    "user": "mailuser",
    "password": "mailpassword",
    "certificate": "certfile",
    "key": "keyfile",
}


class SmtpSMSProvider(Provider):
    names = (
        "SmtpSMSProvider",
        "linotp.provider.smsprovider.SmtpSMSProvider",
        "smsprovider.SmtpSMSProvider.SmtpSMSProvider",
        "smsprovider.SmtpSMSProvider",
    )
    channel = Channel.SMS
    title = "SMS over a mail gateway"
    settings = (
        Declared(name="mailserver", help="Host of the mail server, or HOST:PORT", needed=True, reaches=True),
        Declared(
            name="mailserver_port",
            help="Its port; else 25, 587 with start_tls, 465 with use_ssl",
            takes=Takes.NUMBER,
            reaches=True,
        ),
        Declared(name="mailsender", help="Address of the sender", default="linotp@localhost"),
        Declared(name="mailto", help="Address of the gateway, with <phone> for the number", needed=True),
        Declared(
            name="start_tls",
            help="Begin TLS after the greeting",
            takes=Takes.FLAG,
            reaches=True,
            default=False,
        ),
        Declared(
            name="use_ssl", help="Speak TLS from the start", takes=Takes.FLAG, reaches=True, default=False
        ),
        Declared(name="certfile", help="Our certificate", takes=Takes.CERTIFICATE, default=""),
        Declared(name="keyfile", help="Its key", takes=Takes.KEY, default=""),
        Declared(name="mailuser", help="User at the mail server", default=""),
        Declared(name="mailpassword", help="Password of the user", secret=True, default=""),
        Declared(name="subject", help="Subject, with <phone> and <otp>", default="[LinOTP]"),
        Declared(name="body", help="Text, with <phone> and <otp>", default="<otp>"),
        Declared(
            name="raise_exception",
            help="Whether the next provider may try when the server cannot be reached",
            takes=Takes.FLAG,
            default=True,
        ),
        Declared(
            name="TIMEOUT", help="Seconds to connect and to wait", takes=Takes.TIMEOUT, default=(5.0, 5.0)
        ),
        SERVER_CERTIFICATE,
        MSISDN,
        SUPPRESS_PREFIX,
    )

    def __init__(self, config: Mapping[str, Any], context: ProviderContext) -> None:
        self._config = config
        self._context = context
        self._server = mail_server(config, config["mailserver"], _NAMES)
        self._sender = sender_of(config["mailsender"])
        if not self._sender:
            raise BadParameter("The configuration's key 'mailsender' is no mail address.")

    async def send(self, message: Message) -> Receipt:
        config = self._config
        number = adapted(message.to, msisdn=config["MSISDN"], suppress=config["SUPPRESS_PREFIX"])

        def filled(template: str) -> str:
            return template.replace("<phone>", number).replace("<otp>", message.text)

        recipient = address_of(config["mailto"].replace("<phone>", number))
        if not recipient:
            return refused("With this number there is no mail address: look at mailto, or set MSISDN.")
        content = addressed(
            text_mail(filled(config["body"])),
            sender=config["mailsender"],
            to=recipient,
            subject=filled(config["subject"]),
            now=self._context.clock.now(),
        )
        receipt = await deliver(self._server, self._context.courier, self._sender, recipient, content)
        if receipt.fate is Fate.UNAVAILABLE and not config["raise_exception"]:
            return refused(receipt.reason, final=True)
        return receipt

    async def test(self) -> Receipt:
        return await greet(self._server, self._context.courier)
