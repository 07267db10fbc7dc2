"""The portal's log-in: LinOTP's policies ``mfa_login``, ``mfa_3_fields`` and ``mfa_passOnNoToken`` say what it asks."""

from watchword.directory.names import split
from watchword.model.configuration import Configuration
from watchword.model.person import UserName
from watchword.policy.circumstances import Circumstances
from watchword.policy.snapshot import Snapshot
from watchword.selfservice.logging_in import MFA_3_FIELDS, MFA_LOGIN, PATH
from watchword.web.answers import PageDoor
from watchword.web.journey.face import Face
from watchword.web.journey.pages import Journey
from watchword.web.journey.steps import portal_enough
from watchword.web.translating import _

HOME = "/selfservice/"
_DEEDS = (
    "test",
    "rename",
    "pin",
    "app_pin",
    "resync",
    "reset",
    "enable",
    "disable",
    "unassign",
    "delete",
)
_PLACES = {
    "factors": HOME,
    "sessions": "/selfservice/sessions",
    "log_ins": "/selfservice/log-ins",
    "not_me": "/selfservice/log-ins/{}",
    "enrol": "/selfservice/enrol",
    "take": "/selfservice/take",
    "enrol_one": "/selfservice/enrol/{}",
    "setup": "/selfservice/setup/{}",
    "name": "/selfservice/setup/{}/name",
    "factor": "/selfservice/factors/{}",
    **{deed: f"/selfservice/factors/{{}}/{deed}" for deed in _DEEDS},
}


def _named(typed: str, realm: str, configuration: Configuration) -> UserName:
    return split(typed, configuration, realm=realm)


def _asks_code(snapshot: Snapshot, everybody: Circumstances) -> bool:
    """Whether the first page has a third field; what policies say of single people is not known there yet."""
    rules = snapshot.rules
    return rules.ask(MFA_LOGIN, everybody).value and rules.ask(MFA_3_FIELDS, everybody).value


JOURNEY = Journey(
    Face(
        path=PATH,
        action="selfservice/login",
        at="/selfservice/login",
        prove="/selfservice/prove",
        home=HOME,
        places=_PLACES,
        cookie="watchword-portal",
        title=_("Log in"),
        lead=_("Here you look after the factors with which you log in."),
        enough=portal_enough,
        named=_named,
        asks_code=_asks_code,
        offers_realms=True,
    )
)
"""The log-in of the portal, for all of its pages."""

DOORS = (
    PageDoor("/selfservice/login", "GP", JOURNEY.log_in),
    PageDoor("/selfservice/prove", "GP", JOURNEY.prove),
    PageDoor("/selfservice/logout", "GP", JOURNEY.log_out),
)
