"""Short messages over a gateway that takes JSON of the operator's making."""

import re
from collections.abc import Mapping
from copy import deepcopy
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
from watchword.delivery.telling import accepted, asked, by_status, by_test
from watchword.errors import BadParameter
from watchword.model.message import Channel, Message, Receipt
from watchword.plugin.providers import Answered, Declared, Provider, ProviderContext, Takes

_STEP = re.compile(r"([^.\[\]]+)|\[([0-9]{1,4})\]")
_JSON = {"Content-Type": "application/json", "Accept": "application/json"}


class RestSMSProvider(Provider):
    names = (
        "RestSMSProvider",
        "linotp.provider.smsprovider.RestSMSProvider",
        "smsprovider.RestSMSProvider.RestSMSProvider",
        "smsprovider.RestSMSProvider",
    )
    channel = Channel.SMS
    title = "SMS over a REST gateway"
    settings = (
        Declared(name="URL", help="Where the gateway is", takes=Takes.URL, needed=True, reaches=True),
        Declared(
            name="PAYLOAD",
            help="The JSON to send, with <phone> and <message> in it",
            takes=Takes.JSON,
            needed=True,
            secret=True,
        ),
        Declared(name="SMS_TEXT_KEY", help="Where in it the text is: messages[0].text", needed=True),
        Declared(name="SMS_PHONENUMBER_KEY", help="Where in it the number is", needed=True),
        HEADERS,
        Declared(name="USERNAME", help="User at the gateway", default=""),
        Declared(name="PASSWORD", help="Password of the user", secret=True, default=""),
        Declared(
            name="AUTHENTICATION",
            help="How user and password are shown",
            choices=("basic", "digest"),
            default="basic",
        ),
        PROXY,
        Declared(
            name="TIMEOUT", help="Seconds to connect and to wait", takes=Takes.TIMEOUT, default=(3.0, 30.0)
        ),
        Declared(
            name="CLIENT_CERTIFICATE_FILE",
            help="Our certificate and its key",
            takes=Takes.CERTIFICATE,
            default="",
        ),
        SERVER_CERTIFICATE,
        MSISDN,
        SUPPRESS_PREFIX,
    )

    def __init__(self, config: Mapping[str, Any], context: ProviderContext) -> None:
        self._config = config
        self._courier = context.courier
        for name in ("SMS_TEXT_KEY", "SMS_PHONENUMBER_KEY"):
            self._filled(name, deepcopy(config["PAYLOAD"]), "", "")

    async def send(self, message: Message) -> Receipt:
        config = self._config
        number = adapted(message.to, msisdn=config["MSISDN"], suppress=config["SUPPRESS_PREFIX"])
        payload = deepcopy(config["PAYLOAD"])
        self._filled("SMS_TEXT_KEY", payload, "<message>", message.text)
        self._filled("SMS_PHONENUMBER_KEY", payload, "<phone>", number)
        answer = await self._ask("POST", payload)
        return (by_status(answer) or accepted()) if isinstance(answer, Answered) else answer

    async def test(self) -> Receipt:
        return by_test(await self._ask("OPTIONS", None))

    async def _ask(self, method: str, payload: Any) -> Answered | Receipt:
        config = self._config
        return await asked(
            self._courier.request(
                method,
                config["URL"],
                json=payload,
                headers=_over(_JSON, config["HEADERS"]),
                client_certificate=config["CLIENT_CERTIFICATE_FILE"],
                seconds=config["TIMEOUT"],
                **credentials(config, config["AUTHENTICATION"]),
                **reached(config, config["URL"]),
            )
        )

    def _filled(self, name: str, payload: Any, marker: str, text: str) -> None:
        """Put the text at the place in the payload that the setting ``name`` tells."""
        steps = [key or int(number) for key, number in _STEP.findall(self._config[name])]
        try:
            for step in steps[:-1]:
                payload = payload[step]
            payload[steps[-1]] = _with(payload[steps[-1]], marker, text)
        except (LookupError, TypeError):
            raise BadParameter(
                f"The configuration's key {name!r} names no place in 'PAYLOAD': write it as messages[0].text."
            ) from None


def _with(place: Any, marker: str, text: str) -> Any:
    """A text with its marker replaced, or replaced as a whole; a list stays one."""
    if isinstance(place, list):
        return [_with(place[0] if place else "", marker, text)]
    if isinstance(place, str) and marker and marker in place:
        return place.replace(marker, text)
    return text


def _over(ours: Mapping[str, str], theirs: Mapping[str, str]) -> dict[str, str]:
    """Theirs over ours, whatever their case."""
    named = {name.lower() for name in theirs}
    return {**{name: value for name, value in ours.items() if name.lower() not in named}, **theirs}
