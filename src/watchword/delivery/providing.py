"""The providers of this process: opened when first needed, one for each configuration, and checked before that."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from watchword.crypto.keyring import KeyRing
from watchword.delivery.configs import read
from watchword.delivery.telling import unavailable
from watchword.errors import WatchwordError
from watchword.model.configuration import ProviderConfig, provider_context
from watchword.model.message import Channel, Receipt
from watchword.plugin.loading import Kinds
from watchword.plugin.providers import Provider, ProviderContext


class Providers:
    """Opens providers, and closes those whose configuration has changed once nobody sends over them."""

    def __init__(self, kinds: Kinds, ring: KeyRing, context: ProviderContext) -> None:
        self._kinds = kinds
        self._ring = ring
        self._context = context
        self._open: dict[tuple[Channel, str], _Opened] = {}

    def text_of(self, config: ProviderConfig) -> str:
        """The configuration as it was sent, with its secrets; empty if none was."""
        if config.config is None:
            return ""
        return self._ring.open(provider_context(config.channel, config.name), config.config).decode()

    def make(self, channel: Channel, class_name: str, text: str, timeout: str = "") -> Provider:
        """A provider of this configuration.

        `NoSuchProvider` if no class has the name, `BadParameter`, naming the key, if it cannot work.
        """
        kind = self._kinds.provider(channel, class_name)
        return kind(read(text, kind.settings, timeout), self._context)

    @asynccontextmanager
    async def using(self, config: ProviderConfig) -> AsyncIterator[Provider]:
        """The provider of this configuration, kept open as long as it is in use."""
        key = (config.channel, config.name)
        opened = self._open.get(key)
        if opened is None or opened.config != config:
            fresh = _Opened(
                config, self.make(config.channel, config.class_name, self.text_of(config), config.timeout)
            )
            self._open[key] = fresh
            if opened:
                await opened.retire()
            opened = fresh
        opened.users += 1
        try:
            yield opened.provider
        finally:
            opened.users -= 1
            await opened.close_if_idle()

    async def test(self, config: ProviderConfig) -> Receipt:
        """Whether it could bring something, in words."""
        try:
            async with self.using(config) as provider:
                return await provider.test()
        except WatchwordError as unusable:
            return unavailable(unusable.message)
        except Exception as broken:  # noqa: BLE001 - a plug-in may raise anything, and then it is of no use
            return unavailable(f"The provider's class fails: {type(broken).__name__}.")

    async def close(self) -> None:
        opened, self._open = self._open, {}
        for one in opened.values():
            await one.retire()


class _Opened:
    """One provider, and how many send over it now."""

    def __init__(self, config: ProviderConfig, provider: Provider) -> None:
        self.config = config
        self.provider = provider
        self.users = 0
        self._retired = False

    async def retire(self) -> None:
        self._retired = True
        await self.close_if_idle()

    async def close_if_idle(self) -> None:
        if self._retired and not self.users:
            with suppress(Exception):  # a plug-in that cannot even close is gone all the same
                await self.provider.close()
