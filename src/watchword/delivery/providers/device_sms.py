"""Short messages over a modem at this machine, by the program gnokii."""

import asyncio
import re
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from watchword.delivery.gateways import MSISDN, SUPPRESS_PREFIX
from watchword.delivery.numbers import adapted
from watchword.delivery.telling import accepted, refused, unavailable, uncertain
from watchword.errors import BadParameter
from watchword.model.message import Channel, Message, Receipt
from watchword.plugin.providers import Declared, Provider, ProviderContext, Takes

_NUMBER = re.compile(r"\+?[0-9*#]{1,24}\Z", re.ASCII)


class DeviceSMSProvider(Provider):
    names = (
        "DeviceSMSProvider",
        "linotp.provider.smsprovider.DeviceSMSProvider",
        "smsprovider.DeviceSMSProvider.DeviceSMSProvider",
        "smsprovider.DeviceSMSProvider",
    )
    channel = Channel.SMS
    title = "SMS over a modem (gnokii)"
    settings = (
        Declared(name="CONFIGFILE", help="gnokii's own configuration", takes=Takes.KEY, needed=True),
        Declared(name="SMSC", help="Number of the message centre, if the modem has none", default=""),
        Declared(
            name="TIMEOUT", help="Seconds to wait for the modem", takes=Takes.TIMEOUT, default=(30.0, 30.0)
        ),
        MSISDN,
        SUPPRESS_PREFIX,
    )

    def __init__(self, config: Mapping[str, Any], context: ProviderContext) -> None:
        self._config = config
        if config["SMSC"] and not _NUMBER.match(config["SMSC"]):
            raise BadParameter("The configuration's key 'SMSC' must be a number.")

    async def send(self, message: Message) -> Receipt:
        config = self._config
        number = adapted(message.to, msisdn=config["MSISDN"], suppress=config["SUPPRESS_PREFIX"])
        if not _NUMBER.match(number):
            return refused("The number is none that a modem can dial: set MSISDN.")
        centre = ("--smsc", config["SMSC"]) if config["SMSC"] else ()
        code = await self._run("--sendsms", number, *centre, words=message.text)
        if code is None:
            return unavailable("The program gnokii is not installed on this machine, or may not be run.")
        if code < 0:
            return uncertain("The modem did not answer in time.")
        if code > 0:
            return unavailable(f"The program gnokii ended with {code}: look at the modem.")
        return accepted()

    async def test(self) -> Receipt:
        code = await self._run("--identify", words="")
        if code == 0:
            return accepted(reason="The modem answers.")
        return unavailable("The modem does not answer: look whether gnokii is installed and configured.")

    async def _run(self, *arguments: str, words: str) -> int | None:
        """What the program ends with; negative if it was ended, None if there is none."""
        try:
            program = await asyncio.create_subprocess_exec(
                "gnokii",
                "--config",
                self._config["CONFIGFILE"],
                *arguments,
                stdin=PIPE,
                stdout=DEVNULL,
                stderr=DEVNULL,
            )
        except OSError:
            return None
        with suppress(TimeoutError):
            async with asyncio.timeout(self._config["TIMEOUT"][1]):
                await program.communicate(words.encode())
        if program.returncode is None:
            program.kill()
            await program.wait()
            return -1
        return program.returncode
