"""What policies say of the log-in to the portal, and what its pages show to everybody."""

from watchword.model.policy import Action, Scope
from watchword.selfservice.oneself import right

PATH = "userservice"
"""What attempts at the portal's log-in are made at; a rollout token may be limited to it."""

MFA_LOGIN = right("mfa_login", "The portal asks for a token after the password")
MFA_3_FIELDS = right("mfa_3_fields", "The portal asks for name, password and code on one page")
MFA_PASS_ON_NO_TOKEN = right(
    "mfa_passOnNoToken", "Who has no token but rollout ones comes into the portal by the password alone"
)


def _shown(name: str, what: str) -> Action[str | None]:
    return Action(
        name=name, scope=Scope.SELFSERVICE, kind="str", default=None, help=f"{what} of the portal's pages"
    )


FOOTER_TEXT = _shown("footer_text", "A line at the foot")
IMPRINT_URL = _shown("imprint_url", "The link to the imprint at the foot")
PRIVACY_NOTICE_URL = _shown("privacy_notice_url", "The link to the privacy notice at the foot")

ACTIONS: tuple[Action[object], ...] = (
    MFA_LOGIN,
    MFA_3_FIELDS,
    MFA_PASS_ON_NO_TOKEN,
    FOOTER_TEXT,
    IMPRINT_URL,
    PRIVACY_NOTICE_URL,
)
