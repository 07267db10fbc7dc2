"""All doors of the console."""

from watchword.console import entrance, pulse
from watchword.web.answers import PageDoor

DOORS: tuple[PageDoor, ...] = (*entrance.DOORS, *pulse.DOORS)
