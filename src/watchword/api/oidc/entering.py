"""How the authorization endpoint has people sign in: what it asks for, and what it is told."""

import base64
import hashlib
from typing import Protocol

from msgspec import Struct

from watchword.crypto.fingerprints import framed
from watchword.model.oidc import AuthorizationRequest, Client
from watchword.model.person import Person, Subject
from watchword.model.session import PersonSession
from watchword.web.answers import Cookie, Raw
from watchword.web.call import Call

CONTINUE = "/oidc/return/{request}"
"""Where the pages of the log-in send people when they are in: ``request`` is the handle that they came with."""


class SignedIn(Struct, frozen=True, kw_only=True):
    """Who sits at the browser, and by which proofs."""

    person: Person
    session: PersonSession
    acr: str
    """What was really reached, never what was merely asked for."""
    amr: tuple[str, ...]
    """Words of RFC 8176."""
    auth_time: int
    """Milliseconds UTC of the newest proof that counts."""


class Unmet(Struct, frozen=True, kw_only=True):
    """The request cannot be met; ``error`` goes to the client: ``login_required``, ``interaction_required``,
    ``unmet_authentication_requirements`` or ``access_denied``.
    """

    error: str
    description: str = ""


class SigningIn(Protocol):
    """The log-in that serves an authorization request."""

    async def authenticate(
        self, call: Call, request: AuthorizationRequest, client: Client, handle: str
    ) -> SignedIn | Raw | Unmet:
        """Somebody who meets the request (acr, max_age, prompt, sub), a page or redirect that leads there, or `Unmet`.

        Where ``request.silent``, never a page. The pages lead back to `CONTINUE` with this handle, where it is
        asked again.
        """
        ...

    async def current(self, call: Call) -> SignedIn | None:
        """Whoever is signed in at this browser, however; None if nobody is."""
        ...

    async def sign_out(self, call: Call) -> tuple[Cookie, ...]:
        """End the browser's session on every node; the cookies that say so."""
        ...

    def form_token(self, call: Call) -> str:
        """What forms of ours carry in the field `forms.FIELD`, for whoever is signed in."""
        ...

    def is_own_form(self, call: Call) -> bool:
        """Whether the call is such a form."""
        ...

    async def page(self, call: Call, request: AuthorizationRequest, client: Client, handle: str) -> Raw:
        """The page at which the log-in for a request stands, or what its form has led to."""
        ...

    def acr_values(self, call: Call) -> tuple[str, ...]:
        """What may be asked for, for discovery."""
        ...


def sub_of(subject: Subject) -> str:
    """The ``sub`` of a person: the same at every client and for ever, and it does not tell the user id."""
    return _short_name("sub", subject.resolver, subject.userid)


def sid_of(session: PersonSession) -> str:
    """The ``sid`` of a session, which stays when the session's value changes."""
    return _short_name(
        "sid", session.path, session.subject.resolver, session.subject.userid, str(session.opened)
    )


def _short_name(*parts: str) -> str:
    digest = hashlib.sha256(framed(*parts)).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
