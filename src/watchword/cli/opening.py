"""Opens the house for one command, and writes down what the command did."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from watchword.app import close_house, open_house
from watchword.model.audit import AuditEntry
from watchword.settings import Settings
from watchword.storage.promises import Unit
from watchword.web.house import House


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[House]:
    """The house of these settings; Misconfigured if it was not made yet."""
    house = await open_house(settings)
    try:
        yield house
    finally:
        await close_house(house)


async def write_down(house: House, unit: Unit, action: str, detail: str) -> None:
    """Add the audit row of a command, in the transaction of what it changes."""
    entry = AuditEntry(
        action=action, success=True, administrator=f"command line, uid {os.getuid()}", action_detail=detail
    )
    await unit.audit.append(house.journal.sign(entry))
