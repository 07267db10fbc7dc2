"""All doors of the portal."""

from watchword.portal import entrance, home
from watchword.web.answers import PageDoor

DOORS: tuple[PageDoor, ...] = (*entrance.DOORS, *home.DOORS)
