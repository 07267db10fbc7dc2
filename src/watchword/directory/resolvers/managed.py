"""People who are kept here; imports write them."""

from collections.abc import AsyncIterator, Mapping

from watchword.plugin.patterns import matcher
from watchword.plugin.shapes import Record, Resolver


class Managed(Resolver):
    kind = "managed"
    dialect_type = "sqlresolver"
    dialect_class = "SQLIdResolver"
    lifetime = None
    """Whatever changes people moves the revision."""
    rests = False

    async def find(self, login: str) -> Record | None:
        return await self.context.people.find(login)

    async def get(self, userid: str) -> Record | None:
        return await self.context.people.get(userid)

    async def check_password(self, record: Record, password: str) -> bool:
        kept = await self.context.people.kept_password(record.userid)
        return await self.context.password_matches(kept, password)

    async def search(self, patterns: Mapping[str, str]) -> AsyncIterator[Record]:
        fits = matcher(patterns)
        async for record in self.context.people.each():
            if fits(record):
                yield record
