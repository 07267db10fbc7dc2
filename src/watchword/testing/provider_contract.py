"""What every provider promises, as tests for its author.

Inherit `ProviderContract` in a test module and give it three fixtures, each a provider for `message`: ``provider``,
whose service takes what it is sent; ``unreachable``, whose service is not there; and ``silent``, whose service takes
requests and never answers (or which skips, if that cannot be). ``message`` may be overridden, if the channel is
another. The tests are coroutines; pytest runs them with anyio's plug-in (``anyio_mode = "auto"``).
"""

import asyncio

import pytest

from watchword.model.message import Channel, Fate, Message
from watchword.plugin.providers import Provider, Takes

CODE = "482915"
NUMBER = "+491701234567"
ADDRESS = "alice@example.org"


def message_for(channel: Channel) -> Message:
    """A message with a code, as the core would make it for the channel."""
    return Message(
        channel=channel,
        to=ADDRESS if channel is Channel.EMAIL else NUMBER,
        text="Your code is {otp}" if channel is Channel.VOICE else f"Your code is {CODE}",
        code=CODE,
        subject="Your code",
        reference="r-1",
    )


class ProviderContract:
    """The promises."""

    @pytest.fixture
    def message(self, provider: Provider) -> Message:
        return message_for(provider.channel)

    async def test_what_its_service_takes_is_accepted(self, provider: Provider, message: Message) -> None:
        assert (await provider.send(message)).fate is Fate.ACCEPTED

    async def test_many_may_be_sent_at_once(self, provider: Provider, message: Message) -> None:
        receipts = await asyncio.gather(*(provider.send(message) for _ in range(10)))
        assert {receipt.fate for receipt in receipts} == {Fate.ACCEPTED}

    async def test_a_service_that_is_not_there_was_surely_not_reached(
        self, unreachable: Provider, message: Message
    ) -> None:
        receipt = await unreachable.send(message)
        assert receipt.fate is Fate.UNAVAILABLE
        assert receipt.reason
        assert not receipt.final

    async def test_silence_leaves_the_message_in_doubt(self, silent: Provider, message: Message) -> None:
        receipt = await silent.send(message)
        assert receipt.fate is Fate.UNCERTAIN
        assert receipt.reason

    async def test_a_receipt_tells_neither_the_code_nor_the_number(
        self, provider: Provider, unreachable: Provider, silent: Provider, message: Message
    ) -> None:
        for sender in (provider, unreachable, silent):
            told = repr(await sender.send(message))
            assert message.code not in told
            assert message.to not in told

    async def test_a_test_says_in_words_whether_the_service_is_there(
        self, provider: Provider, unreachable: Provider
    ) -> None:
        good, bad = await provider.test(), await unreachable.test()
        assert (good.fate, bad.fate) == (Fate.ACCEPTED, Fate.UNAVAILABLE)
        assert good.reason
        assert bad.reason

    async def test_closing_twice_harms_nobody(self, provider: Provider) -> None:
        await provider.close()
        await provider.close()

    async def test_its_settings_are_declared_once_and_with_help(self, provider: Provider) -> None:
        names = [declared.name.lower() for declared in provider.settings]
        assert len(names) == len(set(names))
        assert all(declared.help for declared in provider.settings)
        assert all(not declared.needed or declared.default is None for declared in provider.settings)
        reaching = [declared for declared in provider.settings if declared.takes in {Takes.URL, Takes.PROXY}]
        assert all(declared.reaches for declared in reaching)
