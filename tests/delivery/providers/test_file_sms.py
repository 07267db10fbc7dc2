"""Short messages into a file."""

import asyncio
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.delivery.wires import opened
from watchword.delivery.providers.file_sms import FileSMSProvider
from watchword.errors import BadParameter
from watchword.model.message import Channel, Fate
from watchword.plugin.providers import Provider, ProviderContext
from watchword.testing.provider_contract import message_for

MESSAGE = message_for(Channel.SMS)


def sms(context: ProviderContext, path: Path, **config: object) -> Provider:
    return opened(FileSMSProvider, context, here=str(path.parent), file=path.name, **config)


async def test_each_message_is_a_line_whatever_it_says_a68(context: ProviderContext, tmp_path: Path) -> None:
    path = tmp_path / "messages.txt"
    provider = sms(context, path)
    assert (await provider.send(replace(MESSAGE, to="+49 1", text="a\r\nroot:b\n"))).fate is Fate.ACCEPTED
    await asyncio.gather(*(provider.send(MESSAGE) for _ in range(20)))
    lines = path.read_text().splitlines()
    assert lines == ["+49 1:a root:b"] + [f"{MESSAGE.to}:{MESSAGE.text}"] * 20
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "name",
    ["watchword.toml", "evil.py", ".ssh/keys", ".profile", "none/at/all.txt", "../.bashrc", "keys.pem"],
)
async def test_keys_programs_and_settings_cannot_be_written_a67(
    context: ProviderContext, tmp_path: Path, name: str
) -> None:
    (tmp_path / ".ssh").mkdir()
    with pytest.raises(BadParameter, match="'file'"):
        opened(FileSMSProvider, context, here=str(tmp_path), file=name)


async def test_a_link_or_a_pipe_is_not_written_to_a67(context: ProviderContext, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("x")
    link = tmp_path / "link.txt"
    link.symlink_to(target)
    import os

    os.mkfifo(tmp_path / "pipe.txt")
    for path in (link, tmp_path / "pipe.txt"):
        assert (await sms(context, path).send(MESSAGE)).fate is Fate.UNAVAILABLE
        assert (await sms(context, path).test()).fate is Fate.UNAVAILABLE
    assert target.read_text() == "x"


async def test_a_test_writes_nothing(context: ProviderContext, tmp_path: Path) -> None:
    path = tmp_path / "messages"
    assert (await sms(context, path).test()).fate is Fate.ACCEPTED
    assert path.read_text() == ""
