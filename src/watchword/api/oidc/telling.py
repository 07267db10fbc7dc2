"""Tells clients that a session has ended (OpenID Connect Back-Channel Logout 1.0).

What is to be told is written down with the log-out; then whichever node has a moment tries each, moved on to its next
try first, so that a node that dies loses nothing. Addresses of this network are refused unless ``outbound.allow`` lets
them through.
"""

import asyncio
import logging
from collections.abc import Iterable

from watchword.api.oidc.keys import Keys
from watchword.model.configuration import Configuration
from watchword.model.oidc import Client, Grant, Logout
from watchword.plugin.providers import NotSent, Unsure
from watchword.web.bugs import without_values
from watchword.web.house import House

EVENT = "http://schemas.openid.net/event/backchannel-logout"

_EVERY = 10.0
_AT_ONCE = 20
_FIRST = 30_000
"""Milliseconds to the second try; each further one waits twice as long."""
_LIFE = 3_600_000
_SECONDS = (3.0, 5.0)
_DONE = (200, 204)

log = logging.getLogger(__name__)


def logouts_for(house: House, configuration: Configuration, grants: Iterable[Grant]) -> list[Logout]:
    """What is to be told to the clients of these grants, once each."""
    now = house.clock.now()
    told = {one.client_id: one for one in grants}
    wanting = {one.id for one in configuration.clients if one.backchannel_logout_uri}
    return [
        Logout(
            id=house.dice.bytes(16).hex(),
            client_id=identifier,
            sub=grant.sub,
            sid=grant.sid,
            due=now,
            expires=now + _LIFE,
        )
        for identifier, grant in sorted(told.items())
        if identifier in wanting
    ]


_under_way: set[asyncio.Task[None]] = set()
"""Held here, as a loop holds its tasks by a thread only."""


def telling(house: House) -> None:
    """Tell what is due, without waiting for it."""
    task = asyncio.create_task(tell(house))
    _under_way.add(task)
    task.add_done_callback(_under_way.discard)


async def keep_telling(house: House) -> None:
    """Look after what is still to be told, until cancelled."""
    while True:
        await asyncio.sleep(_EVERY)
        await tell(house)


async def tell(house: House) -> None:
    """Tell once whatever is due and nobody else holds."""
    try:
        now = house.clock.now()
        async with house.store.glance() as view:
            due = await view.oidc.due_logouts(now, _AT_ONCE)
        if due:
            configuration = (await house.snapshots.latest()).configuration
            await asyncio.gather(*(_tell(house, configuration.client(one.client_id), one) for one in due))
    # Whatever it is, the next look is tried again: a chore that ended would be missed by nobody.
    except Exception as broken:
        log.exception("log-outs cannot be told", exc_info=without_values(broken))


async def _tell(house: House, client: Client | None, logout: Logout) -> None:
    until = house.clock.now() + _FIRST * 2**logout.attempts
    async with house.store.unit() as unit:
        if not await unit.oidc.hold_logout(logout, until):
            return
    if client is None or not client.backchannel_logout_uri or await _was_told(house, client, logout):
        async with house.store.unit() as unit:
            await unit.oidc.end_logout(logout.id)


async def _was_told(house: House, client: Client, logout: Logout) -> bool:
    now = house.clock.now() // 1000
    said = {
        "iss": house.web.oidc.issuer,
        "aud": client.id,
        "iat": now,
        "exp": now + 120,
        "jti": house.dice.bytes(16).hex(),
        "sub": logout.sub,
        "sid": logout.sid,
        "events": {EVENT: {}},
    }
    token = await Keys(house).sign(said, client.algorithm, "logout+jwt")
    try:
        answer = await house.courier.request(
            "POST", client.backchannel_logout_uri, form={"logout_token": token}, seconds=_SECONDS
        )
    except (NotSent, Unsure) as broken:
        log.warning("a log-out was not told", extra={"client": client.id, "why": str(broken)})
        return False
    if answer.status not in _DONE:
        log.warning("a log-out was not taken", extra={"client": client.id, "status": answer.status})
    # 400 is an answer too: the client will not take it at the next try either.
    return answer.status in {*_DONE, 400}
