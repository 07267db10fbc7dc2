"""``/dev``: what only a demo has."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from watchword.api import components
from watchword.api.linotp.doors import Door
from watchword.api.linotp.envelope import Answer
from watchword.delivery.inbox import Kept
from watchword.delivery.segments import count
from watchword.model.message import Channel
from watchword.web.call import Call
from watchword.web.showing import page


async def inbox(call: Call) -> Answer:
    """The messages that would have gone to telephones and mailboxes, newest first."""
    box = call.house.inbox
    assert box is not None, "this door is there in a demo only"
    kept = await asyncio.to_thread(box.newest)
    return page(call, "development/inbox.html", messages=[_shown(one) for one in kept[:_MOST]])


def _shown(kept: Kept) -> dict[str, Any]:
    at = datetime.fromtimestamp(kept.at / 1000, UTC)
    return {
        "channel": kept.channel.value,
        "to": kept.to,
        "subject": kept.subject,
        "text": kept.text,
        "code": kept.code,
        "parts": count(kept.text) if kept.channel is Channel.SMS else None,
        "language": kept.language,
        "iso": at.isoformat(timespec="seconds"),
        "time": at.strftime("%H:%M:%S"),
    }


_MOST = 30

DOORS = (Door("/dev/inbox", "G", inbox, guard="none", audited=False, page=True), *components.DOORS)
