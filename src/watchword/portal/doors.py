"""All doors of the portal."""

from watchword.portal import classes, deeds, enrolment, entrance, factors, log_ins, sessions, taking
from watchword.web.answers import PageDoor

DOORS: tuple[PageDoor, ...] = (
    *entrance.DOORS,
    *factors.DOORS,
    *deeds.DOORS,
    *enrolment.DOORS,
    *classes.DOORS,
    *taking.DOORS,
    *log_ins.DOORS,
    *sessions.DOORS,
)
