"""The inbox of a demo, as a page."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.api.caller import Caller
from tests.household import Household
from watchword.api import development
from watchword.api.linotp.doors import Doors
from watchword.delivery.inbox import Inbox
from watchword.model.message import Channel, Message


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return Inbox(tmp_path)


@pytest.fixture
async def demo(household: Household, inbox: Inbox) -> AsyncIterator[Caller]:
    async with Caller.at(Doors(replace(household.house, inbox=inbox), development.DOORS)) as caller:
        yield caller


async def test_an_empty_inbox_says_what_to_do(demo: Caller) -> None:
    page = (await demo.get("/dev/inbox")).text
    assert "No message yet" in page
    assert '<noscript><meta http-equiv="refresh"' in page


async def test_messages_of_all_channels_are_shown_newest_first(demo: Caller, inbox: Inbox) -> None:
    for at, channel in enumerate(Channel):
        await asyncio.to_thread(
            inbox.put,
            Message(channel=channel, to=f"to {channel}", text="It is {otp}.", code=f"12345{at}"),
            at,
        )
    page = (await demo.get("/dev/inbox")).text
    places = [page.index(f"to {channel}") for channel in reversed(Channel)]
    assert places == sorted(places)
    assert "It is 123450." in page


async def test_a_short_message_tells_how_many_parts_it_takes_and_what_made_them_short(
    demo: Caller, inbox: Inbox
) -> None:
    for at, text in enumerate(
        ("Your code is 123456", "Ihr Code ist 123456, viel Spaß \N{SMILING FACE WITH SUNGLASSES}")
    ):
        message = Message(channel=Channel.SMS, to="+49 171 3920001", text=text, code="123456")
        await asyncio.to_thread(inbox.put, message, at)
    page = (await demo.get("/dev/inbox")).text
    assert "Parts: 1 (GSM-7, 19)" in page
    assert "Parts: 1 (UCS-2, 33; because of \N{SMILING FACE WITH SUNGLASSES})" in page


async def test_a_message_is_text_whatever_it_says(demo: Caller, inbox: Inbox) -> None:
    probe = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    message = Message(channel=Channel.EMAIL, to=probe, text=probe, subject=probe, code=probe, language=probe)
    await asyncio.to_thread(inbox.put, message, 1)
    answer = await demo.get("/dev/inbox")
    assert "<script>alert" not in answer.text
    assert "<img src=x" not in answer.text
    assert "\"'>" not in answer.text


async def test_a_full_inbox_is_a_page_of_bounded_size(demo: Caller, inbox: Inbox) -> None:
    for at in range(60):
        await asyncio.to_thread(
            inbox.put, Message(channel=Channel.SMS, to="+49 171 3920001", text="long " * 250, code="1"), at
        )
    assert len((await demo.get("/dev/inbox")).content) < 60_000
