"""Short messages over the program gnokii, for which a script stands here."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.delivery.wires import opened
from watchword.delivery.providers.device_sms import DeviceSMSProvider
from watchword.errors import BadParameter
from watchword.model.message import Channel, Fate
from watchword.plugin.providers import Provider, ProviderContext
from watchword.testing.provider_contract import message_for

MESSAGE = message_for(Channel.SMS)


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Path]:
    """A program of that name, first in the path; it writes down what it was given and does what ``then`` says."""
    path = tmp_path / "gnokii"
    path.write_text(f'#!/bin/sh\necho "$@" >>{tmp_path}/given\ncat >>{tmp_path}/given\n. {tmp_path}/then\n')
    path.chmod(0o700)
    (tmp_path / "then").write_text("exit 0")
    before = os.environ["PATH"]
    os.environ["PATH"] = f"{tmp_path}:{before}"
    yield tmp_path
    os.environ["PATH"] = before


def sms(context: ProviderContext, folder: Path, **config: object) -> Provider:
    (folder / "gnokiirc").touch()
    return opened(DeviceSMSProvider, context, CONFIGFILE=str(folder / "gnokiirc"), **config)


async def test_the_program_is_given_number_and_text(context: ProviderContext, program: Path) -> None:
    assert (await sms(context, program, SMSC="+49170").send(MESSAGE)).fate is Fate.ACCEPTED
    given = (program / "given").read_text()
    assert given == f"--config {program}/gnokiirc --sendsms {MESSAGE.to} --smsc +49170\n{MESSAGE.text}"


async def test_the_end_of_the_program_decides(context: ProviderContext, program: Path) -> None:
    (program / "then").write_text("exit 3")
    receipt = await sms(context, program).send(MESSAGE)
    assert receipt.fate is Fate.UNAVAILABLE
    assert "3" in receipt.reason
    assert (await sms(context, program).test()).fate is Fate.UNAVAILABLE
    (program / "then").write_text("exec sleep 60")
    assert (await sms(context, program, TIMEOUT=0.3).send(MESSAGE)).fate is Fate.UNCERTAIN


@pytest.mark.parametrize("number", ["--help", "-x", "+49 170", "", "+", "+49170;reboot", "$(reboot)"])
async def test_a_number_is_never_an_option_a72(context: ProviderContext, program: Path, number: str) -> None:
    assert (await sms(context, program).send(replace(MESSAGE, to=number))).fate is Fate.REFUSED
    assert not (program / "given").exists()


async def test_without_the_program_it_says_so(context: ProviderContext, tmp_path: Path) -> None:
    receipt = await sms(context, tmp_path).send(MESSAGE)
    assert receipt.fate is Fate.UNAVAILABLE
    assert "not installed" in receipt.reason


async def test_a_configuration_that_is_not_there_is_refused(context: ProviderContext) -> None:
    for config, key in (
        ({"CONFIGFILE": "/none"}, "CONFIGFILE"),
        ({"CONFIGFILE": __file__, "SMSC": "-x"}, "SMSC"),
    ):
        with pytest.raises(BadParameter, match=key):
            opened(DeviceSMSProvider, context, **config)
