"""Answers the authorization endpoint: somebody who is in as the request wants it, a page, or why it cannot be.

Threat: a request that is answered with less than it asks for, or a step that is left out by opening its address
again, or in a second tab. Whether somebody is in is computed anew at each call from what this browser's session has
proven, and from the request; no page says so, and a log-in that is half-way is none.
"""

from http import HTTPStatus

from msgspec import Struct

from watchword.api.oidc.entering import CONTINUE, SignedIn, Unmet, sub_of
from watchword.api.oidc.signing.pages import LOG_IN, LogIn, face
from watchword.authentication.methods import DisabledDefault, UnmetAcr, Wish
from watchword.model.method import Reached
from watchword.model.oidc import AuthorizationRequest, Client
from watchword.model.person import Person
from watchword.model.session import PersonSession, Proof
from watchword.web.answers import Cookie, Raw
from watchword.web.call import Call
from watchword.web.journey import steps
from watchword.web.journey.pages import Journey

_LEFT = "watchword-openid-left"
"""The cookie that says which log-in its person has cancelled."""
_JOURNEY = Journey(face())


class _Standing(Struct, frozen=True, kw_only=True):
    """How far this browser has come for one request."""

    log_in: LogIn
    held: PersonSession | None
    person: Person | None
    proofs: tuple[Proof, ...]
    """Those of the session that count for the request."""
    reached: Reached | None
    """What they come to, if it is enough."""


class Signing:
    """`entering.SigningIn`, by methods of authentication and the shared journey."""

    async def authenticate(
        self, call: Call, request: AuthorizationRequest, client: Client, handle: str
    ) -> SignedIn | Raw | Unmet:
        """What the request comes to, as `entering.SigningIn` says."""
        try:
            standing = await self._standing(call, request, client, handle)
        except UnmetAcr as unmet:
            return Unmet(error="unmet_authentication_requirements", description=unmet.message)
        except DisabledDefault:
            # It was logged; who asks is not told how the house is configured.
            return Unmet(error="access_denied", description="the default acr is not in force")
        if standing.reached is not None and standing.person is not None and standing.held is not None:
            return _signed_in(standing.person, standing.held, standing.reached)
        if _is_somebody_else(request, standing.held):
            return Unmet(error="login_required", description="somebody else has logged in")
        if request.silent:
            return Unmet(error="interaction_required" if standing.proofs else "login_required")
        if call.cookies.get(_LEFT) == handle:
            return Unmet(error="access_denied", description="the log-in was cancelled")
        return _redirect(LOG_IN.format(request=handle))

    async def page(self, call: Call, request: AuthorizationRequest, client: Client, handle: str) -> Raw:
        """The page at which the log-in for a request stands, or what its form has led to."""
        onwards = _redirect(CONTINUE.format(request=handle))
        try:
            standing = await self._standing(call, request, client, handle)
        except (UnmetAcr, DisabledDefault):
            return onwards
        is_over = standing.reached is not None or _is_somebody_else(request, standing.held)
        if is_over or request.silent:
            return onwards
        log_in, held = standing.log_in, standing.held
        if call.method == "POST" and call.params.text("step") == "cancel":
            return await self._cancelled(call, log_in, held, handle)
        if call.method == "POST":
            return await log_in.take(call, held)
        return await log_in.show(call, held if standing.person is not None else None)

    async def current(self, call: Call) -> SignedIn | None:
        """Whoever is signed in at this browser, by whatever method."""
        held, person = await _found(call)
        if held is None or person is None or not held.authenticated:
            return None
        methods, configuration = call.house.methods, call.snapshot.configuration
        reached = methods.met(Wish(), methods.active(configuration), held.proofs, configuration)
        return _signed_in(person, held, reached) if reached is not None else None

    async def sign_out(self, call: Call) -> tuple[Cookie, ...]:
        """End the browser's session on every node; the cookies that say so."""
        held = await _JOURNEY.held(call)
        if held is not None:
            async with call.house.store.unit() as unit:
                await steps.sessions_of(call.house).end(unit, held)
        return _JOURNEY.forgotten(call)

    def form_token(self, call: Call) -> str:
        """What forms of ours carry in the field `forms.FIELD`, for whoever is signed in."""
        return _JOURNEY.form_token(call)

    def is_own_form(self, call: Call) -> bool:
        """Whether the call is such a form."""
        return _JOURNEY.is_own_form(call)

    def acr_values(self, call: Call) -> tuple[str, ...]:
        """What may be asked for, for discovery."""
        return call.house.methods.supported(call.snapshot.configuration)

    async def _standing(
        self, call: Call, request: AuthorizationRequest, client: Client, handle: str
    ) -> _Standing:
        """`UnmetAcr` and `DisabledDefault` as `Methods.wished` raises them."""
        methods, configuration = call.house.methods, call.snapshot.configuration
        wish = Wish(
            acr_values=request.acr_values,
            essential=request.essential_acr or None,
            defaults=client.default_acr_values,
        )
        wished = methods.wished(wish, configuration)
        held, person = await _found(call)
        proofs = _valid(request, held, call.house.clock.now()) if person is not None else ()
        log_in = LogIn(handle, client, wished, proofs, call.house.kinds)
        reached = None
        if held is not None and held.authenticated and proofs:
            reached = methods.met(wish, wished, proofs, configuration)
            if reached is not None and await log_in.is_weak(call, held):
                reached = None
        return _Standing(log_in=log_in, held=held, person=person, proofs=proofs, reached=reached)

    async def _cancelled(self, call: Call, log_in: LogIn, held: PersonSession | None, handle: str) -> Raw:
        """Back to the application without anybody: a log-in that is half-way ends, one that was complete stays."""
        if not (log_in.is_own_form(call) or log_in.is_visitors_form(call)):
            return log_in.turned_back(said="stale")
        left = Cookie(name=_LEFT, value=handle, seconds=600)
        if held is None or held.authenticated:
            return _redirect(CONTINUE.format(request=handle), (left,))
        call.note.user, call.note.realm, call.note.action_detail = held.login, held.realm, "log-in cancelled"
        async with call.unit() as unit:
            await steps.sessions_of(call.house).end(unit, held)
        return _redirect(CONTINUE.format(request=handle), (left, *log_in.forgotten(call)))


async def _found(call: Call) -> tuple[PersonSession | None, Person | None]:
    """This browser's session, and its person as the directory knows them now."""
    held = await _JOURNEY.held(call)
    return held, await steps.person_of(call.house, held) if held is not None else None


def _valid(request: AuthorizationRequest, held: PersonSession | None, now: int) -> tuple[Proof, ...]:
    """The proofs that count for the request: recent enough, and of whom it is about."""
    if held is None or (request.subject and sub_of(held.subject) != request.subject):
        return ()
    oldest = request.oldest(now)
    if "select_account" in request.prompts:
        oldest = max(oldest, request.asked)
    return tuple(proof for proof in held.proofs if proof.at >= oldest)


def _is_somebody_else(request: AuthorizationRequest, held: PersonSession | None) -> bool:
    """Whether this very request was answered by another person than the one whom it is about."""
    if held is None or not held.authenticated or not request.subject:
        return False
    return held.opened > request.asked and sub_of(held.subject) != request.subject


def _signed_in(person: Person, held: PersonSession, reached: Reached) -> SignedIn:
    return SignedIn(
        person=person, session=held, acr=reached.acr, amr=reached.amr, auth_time=reached.auth_time
    )


def _redirect(where: str, cookies: tuple[Cookie, ...] = ()) -> Raw:
    return Raw(b"", "text/plain", HTTPStatus.SEE_OTHER, {"location": where}, cookies)
