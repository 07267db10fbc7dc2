"""Short messages over a gateway that takes number and text as fields of a form or of a query."""

from collections.abc import Mapping
from typing import Any

from watchword.delivery.gateways import (
    HEADERS,
    MSISDN,
    PROXY,
    SERVER_CERTIFICATE,
    SUPPRESS_PREFIX,
    credentials,
    reached,
)
from watchword.delivery.numbers import adapted
from watchword.delivery.telling import accepted, asked, by_status, by_test, refused
from watchword.model.message import Channel, Message, Receipt
from watchword.plugin.providers import Answered, Declared, Provider, ProviderContext, Takes


class HttpSMSProvider(Provider):
    names = (
        "HttpSMSProvider",
        "linotp.provider.smsprovider.HttpSMSProvider",
        "smsprovider.HttpSMSProvider.HttpSMSProvider",
        "smsprovider.HttpSMSProvider",
    )
    channel = Channel.SMS
    title = "SMS over an HTTP gateway"
    settings = (
        Declared(name="URL", help="Where the gateway is", takes=Takes.URL, needed=True, reaches=True),
        Declared(
            name="HTTP_Method",
            help="GET puts number and text into the query",
            choices=("POST", "GET"),
            default="POST",
        ),
        Declared(name="SMS_PHONENUMBER_KEY", help="Name of the field for the number", default="phone"),
        Declared(name="SMS_TEXT_KEY", help="Name of the field for the text", default="sms"),
        Declared(
            name="PARAMETER",
            help="Further fields, such as those of the account",
            takes=Takes.TABLE,
            secret=True,
            default={},
        ),
        HEADERS,
        Declared(name="USERNAME", help="User at the gateway", default=""),
        Declared(name="PASSWORD", help="Password of the user", secret=True, default=""),
        Declared(
            name="AUTH_TYPE",
            help="How user and password are shown",
            choices=("basic", "digest"),
            default="basic",
        ),
        PROXY,
        SERVER_CERTIFICATE,
        Declared(
            name="timeout", help="Seconds to connect and to wait", takes=Takes.TIMEOUT, default=(5.0, 5.0)
        ),
        Declared(
            name="RETURN_SUCCESS_REGEX",
            help="What the answer has if the message was taken",
            takes=Takes.PATTERN,
        ),
        Declared(name="RETURN_FAIL_REGEX", help="What the answer has if it was not", takes=Takes.PATTERN),
        Declared(
            name="RETURN_SUCCESS", help="What the answer begins with if the message was taken", default=""
        ),
        Declared(name="RETURN_FAIL", help="What the answer begins with if it was not", default=""),
        MSISDN,
        SUPPRESS_PREFIX,
    )

    def __init__(self, config: Mapping[str, Any], context: ProviderContext) -> None:
        self._config = config
        self._courier = context.courier

    async def send(self, message: Message) -> Receipt:
        config = self._config
        number = adapted(message.to, msisdn=config["MSISDN"], suppress=config["SUPPRESS_PREFIX"])
        fields = {
            **config["PARAMETER"],
            config["SMS_PHONENUMBER_KEY"]: number,
            config["SMS_TEXT_KEY"]: message.text,
        }
        answer = await self._ask(config["HTTP_Method"], fields)
        return self._judged(answer) if isinstance(answer, Answered) else answer

    async def test(self) -> Receipt:
        return by_test(await self._ask("OPTIONS", {}))

    async def _ask(self, method: str, fields: Mapping[str, str]) -> Answered | Receipt:
        config = self._config
        return await asked(
            self._courier.request(
                method,
                config["URL"],
                query=fields if method == "GET" else None,
                form=fields if method == "POST" else None,
                headers=config["HEADERS"],
                seconds=config["timeout"],
                **credentials(config, config["AUTH_TYPE"]),
                **reached(config, config["URL"]),
            )
        )

    def _judged(self, answer: Answered) -> Receipt:
        """By the first of the configured signs, whatever the status; without any, by the status."""
        config = self._config
        if sign := config["RETURN_SUCCESS_REGEX"]:
            return _taken(_found(sign, answer.text))
        if sign := config["RETURN_FAIL_REGEX"]:
            return _taken(not _found(sign, answer.text))
        if sign := config["RETURN_SUCCESS"]:
            return _taken(answer.text.startswith(sign))
        if sign := config["RETURN_FAIL"]:
            return _taken(not answer.text.startswith(sign))
        return by_status(answer) or accepted()


def _found(pattern: str, text: str) -> bool:
    import re2

    return re2.search(pattern, text) is not None


def _taken(success: bool) -> Receipt:
    return accepted() if success else refused("The gateway's answer says that it did not take the message.")
