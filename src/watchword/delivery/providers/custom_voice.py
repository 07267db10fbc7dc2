"""Calls over a voice challenge service: ours on another machine, or another's."""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from watchword.delivery.telling import accepted, asked, by_status, harmless, refused, unavailable
from watchword.model.message import Channel, Fate, Message, Receipt
from watchword.plugin.providers import Answered, Declared, Provider, ProviderContext, Takes


class CustomVoiceProvider(Provider):
    names = (
        "CustomVoiceProvider",
        "linotp.provider.CustomVoiceProvider",
        "linotp.provider.voiceprovider.custom_voice_provider.CustomVoiceProvider",
    )
    channel = Channel.VOICE
    title = "Calls over a voice challenge service"
    settings = (
        Declared(
            name="server_url",
            help="Where the service is: https://HOST/v1/twilio/call",
            takes=Takes.URL,
            needed=True,
            reaches=True,
        ),
        Declared(
            name="access_certificate", help="Our certificate and its key", takes=Takes.CERTIFICATE, default=""
        ),
        Declared(
            name="server_certificate",
            help="File or folder of certificates to trust alone; false trusts anybody",
            takes=Takes.AUTHORITY,
            reaches=True,
            default=True,
        ),
        Declared(name="proxy", help="URL of a proxy", takes=Takes.PROXY, reaches=True),
        Declared(
            name="timeout", help="Seconds to connect and to wait", takes=Takes.TIMEOUT, default=(3.0, 5.0)
        ),
        Declared(
            name="twilioConfig",
            help="The account at Twilio that the service shall use",
            takes=Takes.TABLE,
            needed=True,
            parts=(
                Declared(name="accountSid", help="The account", needed=True),
                Declared(name="authToken", help="Its password", needed=True, secret=True),
                Declared(name="voice", help="Voice that reads the code", default="alice"),
                Declared(name="callerNumber", help="Number that calls", needed=True),
            ),
        ),
    )

    def __init__(self, config: Mapping[str, Any], context: ProviderContext) -> None:
        self._config = config
        self._courier = context.courier

    async def send(self, message: Message) -> Receipt:
        for part, value in (("number", message.to), ("text", message.text), ("code", message.code)):
            if not value.strip():
                return refused(f"A call needs a {part}, and there is none.")
        call = {
            "calleeNumber": message.to,
            "messageTemplate": message.text,
            "otp": message.code,
            "locale": message.language or "en",
            "twilioConfig": self._config["twilioConfig"],
        }
        answer = await self._ask({"call": call})
        if isinstance(answer, Receipt):
            return answer
        failed = by_status(answer)
        return replace(failed, reason=f"{failed.reason}{_words(answer)}") if failed else accepted()

    async def test(self) -> Receipt:
        """The service is known by its refusal of nothing at all."""
        answer = await self._ask({})
        if isinstance(answer, Receipt):
            return answer if answer.fate is not Fate.UNCERTAIN else unavailable(answer.reason)
        if answer.status == 400:
            return accepted(reason="The voice challenge service can be reached and takes our certificate.")
        return unavailable(
            f"What answers {answer.status} {harmless(answer.reason)} to an empty call is no voice challenge service,"
            " or not one for us."
        )

    async def _ask(self, body: Mapping[str, Any]) -> Answered | Receipt:
        config = self._config
        scheme = config["server_url"].partition(":")[0].lower()
        return await asked(
            self._courier.request(
                "POST",
                config["server_url"],
                json=body,
                headers={"Accept": "text/plain"},
                proxy=(config["proxy"] or {}).get(scheme, ""),
                server_certificate=config["server_certificate"],
                client_certificate=config["access_certificate"],
                seconds=config["timeout"],
            )
        )


def _words(answer: Answered) -> str:
    """What the service says itself behind its status; ours does."""
    _, colon, said = answer.text.partition(": ")
    return (
        f" It says: {harmless(said)}"
        if colon and answer.headers.get("content-type", "").startswith("text/plain")
        else ""
    )
