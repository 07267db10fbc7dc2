"""How an authenticator app shall name the account."""

import re

from watchword.enrolment.occasion import Occasion
from watchword.model.person import Person
from watchword.model.policy import Action, Scope
from watchword.model.token import Token
from watchword.plugin.shapes import Label

TOKENLABEL = Action(
    name="tokenlabel",
    scope=Scope.ENROLLMENT,
    kind="str",
    default="",
    help="Account name in an authenticator app (<u> user, <r> realm, <s> serial, <d> description); else the user",
)
TOKENISSUER = Action(
    name="tokenissuer",
    scope=Scope.ENROLLMENT,
    kind="str",
    default="LinOTP",
    help="Issuer in an authenticator app (<u> user, <r> realm, <s> serial, <d> description)",
)

_PLACEHOLDER = re.compile("<[ursd]>")


def label_of(occasion: Occasion, token: Token, owner: Person | None) -> Label:
    """Issuer and account as policies say; else the account is the user, or the serial where there is none."""
    rules = occasion.snapshot.rules
    about = occasion.about(owner, token.realms)
    login = owner.login if owner is not None else ""
    words = {"<u>": login, "<r>": about.realm, "<s>": token.serial, "<d>": token.description}

    def filled(template: str) -> str:
        return _PLACEHOLDER.sub(lambda found: words[found[0]], template)

    return Label(
        issuer=filled(rules.ask(TOKENISSUER, about).value),
        account=filled(rules.ask(TOKENLABEL, about).value) or login or token.serial,
    )
