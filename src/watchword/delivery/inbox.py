"""The inbox of a demo: messages that would have gone to telephones and mailboxes, for everybody to read.

One file for all workers, readable by its owner only. It holds codes in the clear, so it is for demos and nothing else.
"""

import asyncio
import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from watchword.delivery.telling import accepted, unavailable
from watchword.errors import BadParameter
from watchword.model.message import Channel, Message, Receipt
from watchword.plugin.providers import Declared, Provider, ProviderContext

FILE = "inbox.jsonl"

_MOST = 200
_CHARACTERS = 4000


class Kept(Struct, frozen=True, kw_only=True):
    """One message, as it would have arrived."""

    at: int
    """When it was brought, in milliseconds UTC."""
    channel: Channel
    to: str
    text: str
    code: str = ""
    subject: str = ""
    language: str = "en"

    def __repr__(self) -> str:
        return f"Kept(at={self.at}, channel={self.channel.value!r})"


class Inbox:
    """The messages in one folder. All of it reads and writes files: call it off the event loop. OSError passes."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE

    def put(self, message: Message, at: int) -> None:
        """Add one, and forget what is older than the newest two hundred."""
        kept = Kept(
            at=at,
            channel=message.channel,
            to=message.to[:_CHARACTERS],
            text=message.text.replace("{otp}", message.code)[:_CHARACTERS],
            code=message.code,
            subject=message.subject[:_CHARACTERS],
            language=message.language,
        )
        with self._locked(fcntl.LOCK_EX) as descriptor:
            lines = [*_content(descriptor).splitlines(), msgspec.json.encode(kept)][-_MOST:]
            os.lseek(descriptor, 0, os.SEEK_SET)
            os.ftruncate(descriptor, 0)
            os.write(descriptor, b"\n".join(lines) + b"\n")

    def newest(self) -> list[Kept]:
        """All that is kept, newest first; what cannot be read is passed over."""
        try:
            with self._locked(fcntl.LOCK_SH) as descriptor:
                lines = _content(descriptor).splitlines()
        except FileNotFoundError:
            return []
        return [kept for kept in map(_read, reversed(lines)) if kept is not None]

    @contextmanager
    def _locked(self, how: int) -> Iterator[int]:
        flags = os.O_RDWR | os.O_CREAT if how == fcntl.LOCK_EX else os.O_RDONLY
        descriptor = os.open(self._path, flags | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(descriptor, how)
            yield descriptor
        finally:
            os.close(descriptor)


class InboxProvider(Provider):
    """What the providers of all channels have in common."""

    settings = (
        Declared(name="folder", help=f"Folder in which {FILE} is kept: the demo's home", needed=True),
    )

    def __init__(self, config: Mapping[str, Any], context: ProviderContext) -> None:
        folder = Path(config["folder"])
        # The name of the file is not theirs to choose, so that nothing else can be overwritten.
        if not folder.is_absolute() or not folder.is_dir():
            raise BadParameter(
                "The configuration's key 'folder' must be the whole path of a folder that is there."
            )
        self._inbox = Inbox(folder)
        self._clock = context.clock

    async def send(self, message: Message) -> Receipt:
        try:
            await asyncio.to_thread(self._inbox.put, message, self._clock.now())
        except OSError as broken:
            return unavailable(f"The inbox cannot be written: {broken.strerror}.")
        return accepted()

    async def test(self) -> Receipt:
        try:
            await asyncio.to_thread(self._inbox.newest)
        except OSError as broken:
            return unavailable(f"The inbox cannot be read: {broken.strerror}.")
        return accepted(reason="The inbox can be read.")


def _content(descriptor: int) -> bytes:
    return os.pread(descriptor, os.fstat(descriptor).st_size, 0)


def _read(line: bytes) -> Kept | None:
    try:
        return msgspec.json.decode(line, type=Kept)
    except msgspec.DecodeError:
        return None
