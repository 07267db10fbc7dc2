"""An administrator's browser without scripts, at the console."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.household import CHEAP, Household
from tests.portal.browser import Browser
from watchword.crypto.passwords import keep_password
from watchword.model.configuration import ADMIN_RESOLVER
from watchword.storage.promises import ManagedPerson
from watchword.web.house import House

LOGIN, HOME = "/manage/login", "/manage/"
PASSWORD = "looking-glass"


class Desk(Browser):
    """One browser at the console."""

    @staticmethod
    @asynccontextmanager
    async def at(house: House, client: str = "192.0.2.9", scheme: str = "http") -> AsyncIterator["Desk"]:
        async with Browser.at(house, client, scheme) as browser:
            yield Desk(browser.http)

    @staticmethod
    async def employ(household: Household, login: str) -> None:
        """A new local administrator, whose password is PASSWORD."""
        kept = keep_password(household.house.ring, PASSWORD, household.house.dice, CHEAP)
        person = ManagedPerson(resolver=ADMIN_RESOLVER, userid=login, login=login, password=kept)
        async with household.house.store.unit() as unit:
            await unit.people.put([person])
            await unit.configuration.touch()

    async def log_in(self, name: str = "root", password: str = PASSWORD, **fields: Any) -> str:
        await self.visit(LOGIN)
        if self.forms("cancel"):
            await self.send("cancel")
        return await self.send("password", name=name, password=password, **fields)

    @property
    def is_in(self) -> bool:
        """Whether it shows a page that only an administrator sees who is logged in."""
        return self.status == 200 and "/manage/logout" in self.page
