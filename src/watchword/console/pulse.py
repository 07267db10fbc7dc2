"""The first page: how the house is, each figure the way to its list."""

from watchword.console.visit import Visit, visited
from watchword.storage.promises import TokenFilter
from watchword.web.administrators.narrowing import within_rights
from watchword.web.administrators.rights import SHOW
from watchword.web.answers import PageDoor, Raw
from watchword.web.translating import _


@visited("pulse")
async def pulse(visit: Visit) -> Raw:
    """What there is, and what needs a person."""
    tiles = []
    if visit.may(SHOW):
        wanted = within_rights(visit.call, TokenFilter(), ())
        async with visit.call.view() as view:
            tiles.append((_("Tokens"), str(await view.tokens.count(wanted))))
    return visit.show("console/pulse.html", "pulse", tiles=tiles)


DOORS = (PageDoor("/manage/", "G", pulse),)
