"""People in a file in the form of passwd(5), which is read again whenever it has changed."""

import asyncio
import os
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import ClassVar

from msgspec import Struct

from watchword.directory.gecos import read_gecos
from watchword.directory.names import canonical
from watchword.errors import AmbiguousUser, BadParameter, Unreachable
from watchword.model.configuration import ResolverConfig
from watchword.plugin.patterns import matcher
from watchword.plugin.shapes import Record, Resolver, ResolverContext

_LOOK_AGAIN = 1000  # milliseconds after which a change of the file is seen


class _Line(Struct, frozen=True):
    record: Record
    password: str

    def __repr__(self) -> str:
        return f"_Line({self.record!r})"


class _Content(Struct, frozen=True):
    """The file as it was when it bore this stamp."""

    stamp: tuple[int, ...]
    lines: tuple[_Line, ...]
    logins: Mapping[str, tuple[_Line, ...]]
    userids: Mapping[str, Record]


class Passwd(Resolver):
    """Logins differ by case, as in passwd(5). Two logins with one uid are one person; the first is shown."""

    kind = "passwd"
    dialect_type = "passwdresolver"
    dialect_class = "PasswdIdResolver"
    needs = ("fileName",)
    meanings: ClassVar[Mapping[str, str]] = {
        "fileName": "Path of the file on every node, in the form of passwd(5); it is read again when it has changed"
    }
    lifetime = 0
    rests = False

    def __init__(self, config: ResolverConfig, context: ResolverContext) -> None:
        super().__init__(config, context)
        self._path = Path(config.settings.get("fileName", ""))
        self._turn = asyncio.Lock()
        self._content: _Content | None = None
        self._looked = 0

    async def verify(self) -> None:
        try:
            await asyncio.to_thread(_read, self._path, None)
        except OSError as broken:
            raise BadParameter(f"fileName: {self._path} cannot be read: {broken.strerror}.") from None

    async def find(self, login: str) -> Record | None:
        lines = (await self._current()).logins.get(login, ())
        if len({line.record.userid for line in lines}) > 1:
            raise AmbiguousUser(f"{self._path} has several entries for {login!r}: remove all but one.")
        return lines[0].record if lines else None

    async def get(self, userid: str) -> Record | None:
        return (await self._current()).userids.get(userid)

    async def check_password(self, record: Record, password: str) -> bool:
        lines = (await self._current()).logins.get(record.login, ())
        kept = next((line.password for line in lines if line.record.userid == record.userid), "")
        return await self.context.password_matches(kept, password)

    async def search(self, patterns: Mapping[str, str]) -> AsyncIterator[Record]:
        fits = matcher(patterns)
        for line in (await self._current()).lines:
            if fits(line.record):
                yield line.record

    async def _current(self) -> _Content:
        now = self.context.clock.now()
        content = self._content
        if content is not None and self._looked <= now < self._looked + _LOOK_AGAIN:
            return content
        async with self._turn:
            try:
                content = await asyncio.to_thread(_read, self._path, self._content)
            except OSError as broken:
                raise Unreachable(
                    f"Resolver {self.config.name!r} cannot read {self._path}: {broken.strerror}."
                ) from None
            self._content, self._looked = content, now
            return content


def _read(path: Path, before: _Content | None) -> _Content:
    with path.open("rb") as file:
        # Taken first: a change while we read gives the file another stamp, and it is read again.
        status = os.fstat(file.fileno())
        stamp = (status.st_ino, status.st_size, status.st_mtime_ns)
        if before is not None and before.stamp == stamp:
            return before
        content = file.read()
    try:
        text = content.decode()
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    lines = tuple(_parsed(text))
    logins: dict[str, tuple[_Line, ...]] = defaultdict(tuple)
    userids: dict[str, Record] = {}
    for line in lines:
        logins[line.record.login] += (line,)
        userids.setdefault(line.record.userid, line.record)
    return _Content(stamp, tuple(sorted(lines, key=lambda line: line.record.login)), logins, userids)


def _parsed(text: str) -> Iterator[_Line]:
    """One for each line that names a person; comments, NIS entries and damaged lines name none."""
    for line in text.split("\n"):
        login, password, userid, _group, description, *_ = (*line.strip().split(":"), "", "", "", "", "")
        login, userid = canonical(login), userid.strip()
        if login.startswith("#") or not login or not userid:
            continue
        gecos = read_gecos(description)
        attributes = {
            "description": description,
            "givenname": gecos.givenname,
            "surname": gecos.surname,
            "mobile": gecos.mobile,
            "phone": gecos.phone,
            "email": gecos.email,
        }
        yield _Line(Record(userid=userid, login=login, attributes=attributes), password)
