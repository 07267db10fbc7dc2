"""A directory for tests: a folder says who is in it and what it does, and holds what it was asked."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path

from watchword.errors import AmbiguousUser
from watchword.plugin.patterns import matcher
from watchword.plugin.shapes import Record, Resolver


class Wayward(Resolver):
    kind = "wayward"
    dialect_type = "waywardresolver"
    dialect_class = "WaywardIdResolver"
    needs = ("folder",)
    takes = ("ids",)

    @classmethod
    def ids_of(cls, settings: Mapping[str, str]) -> str:
        return settings.get("ids", "")

    async def find(self, login: str) -> Record | None:
        await self._begin("find", login)
        found = [record for record, _ in self._people() if record.login == login.lower()]
        if len({record.userid for record in found}) > 1:
            raise AmbiguousUser(
                f"{self.config.name!r} has {len(found)} entries for {login!r}: rename all but one."
            )
        return found[0] if found else None

    async def get(self, userid: str) -> Record | None:
        await self._begin("get", userid)
        return next((record for record, _ in self._people() if record.userid == userid), None)

    async def check_password(self, record: Record, password: str) -> bool:
        await self._begin("password", record.login)
        return any(
            known.userid == record.userid and kept == password and password for known, kept in self._people()
        )

    async def search(self, patterns: Mapping[str, str]) -> AsyncIterator[Record]:
        await self._begin("search", "")
        fits = matcher(patterns)
        for record, _ in self._people():
            if fits(record):
                yield record

    async def _begin(self, question: str, about: str) -> None:
        with (Path(self.config.settings["folder"]) / "asked").open("a") as asked:
            asked.write(f"{question} {about}\n")
        does = self._file("does")
        if does in {"hang", f"hang at {question}"}:
            await asyncio.Event().wait()
        if does == "fail":
            raise OSError(self.context.secret("word"))
        if does == "wait":
            while self._file("does") == "wait":
                await asyncio.sleep(0.01)

    def _people(self) -> Iterator[tuple[Record, str]]:
        for line in self._file("people").splitlines():
            login, userid, password, mobile = line.split()
            attributes = {"mobile": mobile, "givenname": login.title()}
            made = self.config.settings.get("ids", "") + userid
            yield Record(userid=made, login=login, attributes=attributes), password

    def _file(self, name: str) -> str:
        return (Path(self.config.settings["folder"]) / name).read_text()
