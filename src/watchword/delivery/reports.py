"""Takes receipts: what a service tells later of a message goes into the message's errand.

Stages only go forward, so that a receipt that comes twice, late or in another order changes nothing more.
"""

import asyncio
import logging

from watchword.delivery.providing import Providers
from watchword.errors import WatchwordError
from watchword.model.configuration import Configuration, ProviderConfig
from watchword.model.errand import Errand, Stage
from watchword.plugin.receipts import News, Posted, Report, Reporting
from watchword.storage.promises import Store

log = logging.getLogger(__name__)

_PATIENCE = 20
"""Looks for an errand that is still being sent: services may tell of a message before they have answered for it."""
_PAUSE = 0.1
_FORWARD = {
    News.SENT: {Stage.UNCERTAIN: Stage.ACCEPTED},
    News.DELIVERED: {Stage.UNCERTAIN: Stage.DELIVERED, Stage.ACCEPTED: Stage.DELIVERED},
    News.FAILED: {Stage.UNCERTAIN: Stage.FAILED, Stage.ACCEPTED: Stage.FAILED},
}


class Reports:
    """Takes receipts for this process."""

    def __init__(self, providers: Providers, store: Store) -> None:
        self._providers = providers
        self._store = store

    async def proven(
        self, name: str, posted: Posted, configuration: Configuration
    ) -> tuple[ProviderConfig, Report] | None:
        """The report, and of which provider of this name it is; None if nobody's service has told it."""
        for config in configuration.providers:
            if config.name != name:
                continue
            try:
                async with self._providers.using(config) as provider:
                    report = provider.report(posted) if isinstance(provider, Reporting) else None
            except WatchwordError as unusable:
                log.warning("no receipt can be read", extra={"provider": name, "why": unusable.message})
                continue
            if report is not None:
                return config, report
        return None

    async def take(self, config: ProviderConfig, report: Report) -> bool:
        """Write it down; False if this provider was given no such message."""
        errand = await self._errand(config, report)
        if errand is None:
            return False
        after = _FORWARD[report.news].get(errand.stage) if report.news is not None else None
        if after is not None:
            reason = report.reason or errand.reason
            async with self._store.unit() as unit:
                moved = await unit.errands.deliver(errand.reference, errand.stage, after, reason)
            log.info(
                "a receipt came", extra={"reference": errand.reference, "stage": after.value, "moved": moved}
            )
        return True

    async def _errand(self, config: ProviderConfig, report: Report) -> Errand | None:
        """The errand, once nobody speaks to a provider about it. One that went over another is none of theirs."""
        for _ in range(_PATIENCE):
            errand = await self._found(config, report)
            if errand is None or errand.stage is not Stage.UNDER_WAY:
                return errand
            await asyncio.sleep(_PAUSE)
        return None

    async def _found(self, config: ProviderConfig, report: Report) -> Errand | None:
        async with self._store.view() as view:
            ours = await view.errands.find(report.reference) if report.reference else None
            theirs = await view.errands.of_theirs(report.their_reference) if report.their_reference else ()
        for errand in (ours, *theirs):
            if errand is not None and (errand.provider, errand.channel) == (config.name, config.channel):
                return errand
        return None
