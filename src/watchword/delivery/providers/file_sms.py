"""Short messages into a file, a line each: for tests, and for gateways that watch a folder."""

import asyncio
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from watchword.delivery.gateways import MSISDN, SUPPRESS_PREFIX
from watchword.delivery.numbers import adapted
from watchword.delivery.telling import accepted, unavailable
from watchword.errors import BadParameter
from watchword.model.message import Channel, Message, Receipt
from watchword.plugin.providers import Declared, Provider, ProviderContext

_ENDINGS = frozenset({"", ".txt", ".log", ".sms", ".csv"})


class FileSMSProvider(Provider):
    names = (
        "FileSMSProvider",
        "linotp.provider.smsprovider.FileSMSProvider",
        "smsprovider.FileSMSProvider.FileSMSProvider",
        "smsprovider.FileSMSProvider",
    )
    channel = Channel.SMS
    title = "SMS into a file"
    settings = (
        Declared(name="file", help="Name of the file, such as messages.txt", needed=True),
        Declared(name="here", help="Folder of the file, if its name has none", default=""),
        MSISDN,
        SUPPRESS_PREFIX,
    )

    def __init__(self, config: Mapping[str, Any], context: ProviderContext) -> None:
        self._config = config
        self._path = Path(config["here"], config["file"])
        # Whoever may configure providers shall not be able to write keys, programs or settings by it.
        if self._path.suffix not in _ENDINGS or any(part.startswith(".") for part in self._path.parts):
            raise BadParameter(
                "The configuration's key 'file' must name a file that ends in .txt, .log, .sms, .csv or nothing,"
                " in no hidden folder."
            )
        if not self._path.is_absolute() or not self._path.parent.is_dir():
            raise BadParameter("The configuration's keys 'here' and 'file' must name a folder that is there.")

    async def send(self, message: Message) -> Receipt:
        number = adapted(message.to, msisdn=self._config["MSISDN"], suppress=self._config["SUPPRESS_PREFIX"])
        line = " ".join(f"{number}:{message.text}".split())
        try:
            await asyncio.to_thread(_append, self._path, f"{line}\n".encode())
        except OSError as broken:
            return unavailable(f"The file {str(self._path)!r} cannot be written: {broken.strerror}.")
        return accepted()

    async def test(self) -> Receipt:
        try:
            await asyncio.to_thread(_append, self._path, b"")
        except OSError as broken:
            return unavailable(f"The file {str(self._path)!r} cannot be written: {broken.strerror}.")
        return accepted(reason="The file can be written.")


def _append(path: Path, content: bytes) -> None:
    """In one write, so that several nodes do not mix their lines; codes are for their owner's eyes."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK
    descriptor = os.open(path, flags, 0o600)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise FileExistsError(0, "it is no ordinary file")
        os.write(descriptor, content)
    finally:
        os.close(descriptor)
