"""The console's log-in: administrators only, by a second factor where policy says so."""

from watchword.authentication.actions import MANAGE_MFA_LOGIN
from watchword.authentication.case import Case
from watchword.model.configuration import ADMIN_REALM, Configuration
from watchword.model.person import UserName
from watchword.web.answers import PageDoor
from watchword.web.journey.face import Face
from watchword.web.journey.pages import Journey
from watchword.web.translating import _

HOME = "/manage/"


def _enough(case: Case) -> bool:
    return not case.ask(MANAGE_MFA_LOGIN)


def _named(typed: str, _realm: str, _configuration: Configuration) -> UserName:
    """Taken literally, as at LinOTP's door: whoever is of another realm is no administrator."""
    return UserName(login=typed.strip(), realm=ADMIN_REALM)


JOURNEY = Journey(
    Face(
        path="manage",
        action="manage/login",
        at="/manage/login",
        prove="/manage/prove",
        home=HOME,
        within=HOME,
        cookie="watchword-console",
        title=_("Log in to the console"),
        lead=_("For administrators and help desk."),
        enough=_enough,
        named=_named,
    )
)
"""The log-in of the console, for all of its pages."""

DOORS = (
    PageDoor("/manage/login", "GP", JOURNEY.log_in),
    PageDoor("/manage/prove", "GP", JOURNEY.prove),
    PageDoor("/manage/logout", "GP", JOURNEY.log_out),
)
