"""``/healthcheck``: for whoever watches over the process."""

import time
from http import HTTPStatus
from typing import Any

import msgspec

from watchword import __version__
from watchword.api.linotp.doors import Door
from watchword.api.linotp.envelope import JSON, Answer, Raw
from watchword.errors import WatchwordError
from watchword.web.call import Call

_BEGUN = time.monotonic()


async def status(_call: Call) -> Answer:
    """The process is alive."""
    uptime = round(time.monotonic() - _BEGUN, 3)
    return _bare({"status": "alive", "version": __version__, "uptime": uptime})


async def ready(call: Call) -> Answer:
    """The process can do its work: the store answers."""
    try:
        await call.house.store.revision()
    except WatchwordError:
        return _bare({"status": "the store does not answer"}, HTTPStatus.SERVICE_UNAVAILABLE)
    return _bare({"status": "ready", "version": __version__})


def _bare(answer: dict[str, Any], code: HTTPStatus = HTTPStatus.OK) -> Raw:
    return Raw(msgspec.json.encode(answer), JSON, code)


DOORS = (
    Door("/healthcheck/status", "G", status, guard="none", audited=False),
    Door("/healthcheck/ready", "G", ready, guard="none", audited=False),
)
