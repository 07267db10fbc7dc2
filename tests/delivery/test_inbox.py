"""The inbox of a demo: bounded, its owner's, and shared by all workers."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from watchword.delivery.configs import read
from watchword.delivery.courier import HttpCourier
from watchword.delivery.inbox import FILE, Inbox, InboxProvider
from watchword.errors import BadParameter
from watchword.model.message import Channel, Fate, Message
from watchword.plugin.loading import load_kinds
from watchword.plugin.providers import ProviderContext
from watchword.testing import StoppedClock

CONTEXT = ProviderContext(clock=StoppedClock(), courier=HttpCourier())


def message(text: str = "Your code is 755224") -> Message:
    return Message(channel=Channel.SMS, to="+49 171 3920001", text=text, code="755224")


def test_the_newest_comes_first_and_only_two_hundred_are_kept(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    assert inbox.newest() == []
    for number in range(205):
        inbox.put(message(f"number {number}"), number)
    kept = inbox.newest()
    assert [one.at for one in kept] == list(range(204, 4, -1))


def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    Inbox(tmp_path).put(message(), 1)
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


def test_messages_that_come_at_once_are_all_kept(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda at: Inbox(tmp_path).put(message(), at), range(100)))
    assert sorted(one.at for one in Inbox(tmp_path).newest()) == list(range(100))


def test_what_cannot_be_read_is_passed_over(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    inbox.put(message(), 1)
    with (tmp_path / FILE).open("a") as file:
        file.write("{\n\n")
    inbox.put(message(), 2)
    assert [one.at for one in inbox.newest()] == [2, 1]


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("precious", "utf-8")
    (tmp_path / FILE).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic links"):
        Inbox(tmp_path).put(message(), 1)
    assert (tmp_path / "elsewhere").read_text("utf-8") == "precious"


def test_a_kept_message_has_no_face(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    inbox.put(message(), 1)
    assert "755224" not in repr(inbox.newest())


@pytest.mark.parametrize(
    ("channel", "name"),
    [
        (Channel.SMS, "InboxSMSProvider"),
        (Channel.EMAIL, "InboxEmailProvider"),
        (Channel.VOICE, "InboxVoiceProvider"),
    ],
)
async def test_each_channel_has_a_provider_that_leads_here(
    tmp_path: Path, channel: Channel, name: str
) -> None:
    kind = load_kinds("watchword.delivery.providers").provider(channel, name)
    provider = kind(read(f'{{"folder": "{tmp_path}"}}', kind.settings), CONTEXT)
    assert (await provider.test()).fate is Fate.ACCEPTED
    sent = Message(channel=channel, to="alice", text="Your code is {otp}.", code="755224")
    assert (await provider.send(sent)).fate is Fate.ACCEPTED
    (kept,) = Inbox(tmp_path).newest()
    assert (kept.channel, kept.text) == (channel, "Your code is 755224.")
    assert kept.at == CONTEXT.clock.now()


async def test_a_folder_that_is_not_there_is_refused_when_it_is_configured(tmp_path: Path) -> None:
    for folder in (str(tmp_path / "missing"), "relative"):
        with pytest.raises(BadParameter, match="folder"):
            _Any({"folder": folder}, CONTEXT)


async def test_a_folder_that_went_away_makes_it_unavailable(tmp_path: Path) -> None:
    folder = tmp_path / "there"
    folder.mkdir()
    provider = _Any({"folder": str(folder)}, CONTEXT)
    folder.rmdir()
    assert (await provider.send(message())).fate is Fate.UNAVAILABLE


class _Any(InboxProvider):
    names = ("Any",)
    channel = Channel.SMS
    title = "any"
