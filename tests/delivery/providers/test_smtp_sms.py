"""Short messages over a mail gateway."""

from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace

from tests.delivery.mailbox import Mailbox, dialogue, mailbox, text_of
from tests.delivery.wires import opened
from watchword.delivery.providers.smtp_sms import SmtpSMSProvider
from watchword.model.message import Channel, Fate
from watchword.plugin.providers import Provider, ProviderContext
from watchword.testing.provider_contract import ProviderContract, message_for

MESSAGE = message_for(Channel.SMS)


@pytest.fixture
async def box() -> AsyncIterator[Mailbox]:
    async with mailbox() as it:
        yield it


def sms(context: ProviderContext, port: int, **config: object) -> Provider:
    usual = {"mailserver": "127.0.0.1", "mailserver_port": port, "mailto": "<phone>@sms.example"}
    return opened(SmtpSMSProvider, context, **{**usual, **config})


class TestSmtpSMS(ProviderContract):
    @pytest.fixture
    def provider(self, context: ProviderContext, box: Mailbox) -> Provider:
        return sms(context, box.port)

    @pytest.fixture
    def unreachable(self, context: ProviderContext, unused_port: int) -> Provider:
        return sms(context, unused_port)

    @pytest.fixture
    async def silent(self, context: ProviderContext) -> AsyncIterator[Provider]:
        async with dialogue(dot=None) as it:
            yield sms(context, it.port, TIMEOUT="0.3")


async def test_number_and_text_take_their_places(context: ProviderContext, box: Mailbox) -> None:
    await sms(context, box.port, subject="to <phone>", body="<phone>: <otp>").send(MESSAGE)
    assert (box.sender, box.recipients) == (["linotp@localhost"], ["+491701234567@sms.example"])
    assert box.mail()["Subject"] == "to +491701234567"
    assert text_of(box.mail()) == f"+491701234567: {MESSAGE.text}"


async def test_subject_and_body_have_defaults(context: ProviderContext, box: Mailbox) -> None:
    await sms(context, box.port, mailto="gate@sms.example").send(MESSAGE)
    assert (box.mail()["Subject"], text_of(box.mail())) == ("[LinOTP]", MESSAGE.text)


async def test_a_number_that_makes_no_address_is_refused_a68(context: ProviderContext, box: Mailbox) -> None:
    for number in ("+49 170", "1>\r\nRCPT TO:<x@y", "1@evil.example,2"):
        receipt = await sms(context, box.port).send(replace(MESSAGE, to=number))
        assert (receipt.fate, box.contents) == (Fate.REFUSED, [])
    assert (
        await sms(context, box.port, MSISDN=True).send(replace(MESSAGE, to="+49 170"))
    ).fate is Fate.ACCEPTED


async def test_the_next_provider_may_try_unless_told_otherwise(
    context: ProviderContext, unused_port: int
) -> None:
    receipt = await sms(context, unused_port, raise_exception=False).send(MESSAGE)
    assert (receipt.fate, receipt.final) == (Fate.REFUSED, True)
