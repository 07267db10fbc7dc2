"""``/manage/types/TYPE``: the settings of a token class of LinOTP's form, and where administrators enrol one.

What is read and saved goes over LinOTP's own calls, so that rights, audit and the value against forged requests are theirs.
"""

from typing import Any

from watchword.api.linotp.doors import Door
from watchword.api.linotp.envelope import Answer
from watchword.plugin.bridge.adapting import Bridged
from watchword.web.administrators.rights import READ, init_of
from watchword.web.call import Call
from watchword.web.frames import around, bridged_kind, frame, settings_of, title_of
from watchword.web.showing import language_of, page


async def settings(call: Call) -> Answer:
    """The page with the settings."""
    kind = bridged_kind(call, "settings")
    call.permit(READ)
    return _page(call, kind, "settings", "classes/settings.html")


async def settings_frame(call: Call) -> Answer:
    """The class's own part of it."""
    kind = bridged_kind(call, "settings")
    call.permit(READ)
    return frame(call, kind, "settings")


async def enrol(call: Call) -> Answer:
    """The page on which a token is enrolled; ``user`` and ``realm`` say for whom."""
    kind = bridged_kind(call, "enrol")
    call.permit(init_of(kind))
    user, realm = call.params.text("user"), call.params.text("realm")
    return _page(call, kind, "enrol", "classes/enrol.html", user=user, realm=realm)


async def enrol_frame(call: Call) -> Answer:
    """The class's own part of it."""
    kind = bridged_kind(call, "enrol")
    call.permit(init_of(kind))
    return frame(call, kind, "enrol")


def _page(call: Call, kind: Bridged, block: str, template: str, **shown: Any) -> Answer:
    return around(
        page(
            call,
            template,
            address=f"{call.path}/frame",
            type=kind.name,
            title=title_of(kind, block, language_of(call)),
            settings=settings_of(call, kind),
            keep=dict(shown),
            **shown,
        )
    )


DOORS = tuple(
    Door(f"/manage/types/{{type}}/{place}", "G", endpoint, audited=False, page=True)
    for place, endpoint in (
        ("settings", settings),
        ("settings/frame", settings_frame),
        ("enrol", enrol),
        ("enrol/frame", enrol_frame),
    )
)
