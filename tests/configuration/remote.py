"""A kind of resolver that is reached with a secret."""

from collections.abc import AsyncIterator, Mapping

from watchword.directory.finding import Directory
from watchword.plugin.shapes import Record, Resolver
from watchword.web.house import House


class Remote(Resolver):
    """A directory that is reached with a secret."""

    kind = "remote"
    dialect_type = "ldapresolver"
    dialect_class = "LDAPIdResolver"
    needs = ("uri",)
    takes = ("limit", "bind_password")
    secret_settings = ("bind_password",)
    reached_by = ("uri",)

    async def find(self, login: str) -> Record | None:
        return None

    async def get(self, userid: str) -> Record | None:
        return None

    async def check_password(self, record: Record, password: str) -> bool:
        return False

    async def search(self, patterns: Mapping[str, str]) -> AsyncIterator[Record]:
        for record in list[Record]():
            yield record

    @staticmethod
    def directory(house: House, kinds: Mapping[str, type[Resolver]]) -> Directory:
        """The house's directories, with these kinds installed."""
        return Directory(kinds, house.store, house.ring, clock=house.clock, costly=house.pool)
