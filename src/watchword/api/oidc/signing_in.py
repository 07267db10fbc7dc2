"""The log-in for OpenID: the shared journey, and what was proven in it in the words of OpenID."""

from watchword.api.oidc.entering import CONTINUE, SignedIn, Unmet, sub_of
from watchword.directory.names import split
from watchword.model.configuration import Configuration
from watchword.model.message import Channel
from watchword.model.oidc import AuthorizationRequest, Client
from watchword.model.person import Person, UserName
from watchword.model.session import PASSWORD, PersonSession
from watchword.plugin.shapes import Challenging
from watchword.policy.snapshot import Snapshot
from watchword.web.answers import Cookie, PageDoor, Raw
from watchword.web.call import Call
from watchword.web.house import House
from watchword.web.journey.face import Face
from watchword.web.journey.pages import Journey
from watchword.web.journey.steps import portal_enough, sessions_of
from watchword.web.translating import _

PWD, OTP = "pwd", "otp"
"""The acr of a password alone, and of a password and a second factor."""

_CHANNELS = {Channel.SMS: "sms", Channel.VOICE: "tel"}


def _named(typed: str, realm: str, configuration: Configuration) -> UserName:
    return split(typed, configuration, realm=realm)


JOURNEY = Journey(
    Face(
        path="oidc",
        action="oidc/login",
        at="/oidc/login",
        prove="/oidc/prove",
        home="/selfservice/",
        places={"continue": CONTINUE.replace("{request}", "{}")},
        cookie="watchword-sso",
        title=_("Log in"),
        lead=_("An application wants to know who you are."),
        enough=portal_enough,
        named=_named,
        offers_realms=True,
    )
)

DOORS = (
    PageDoor("/oidc/login", "GP", JOURNEY.log_in),
    PageDoor("/oidc/prove", "GP", JOURNEY.prove),
)


class JourneySigningIn:
    """Signs in by the journey (`entering.SigningIn`)."""

    async def authenticate(
        self, call: Call, request: AuthorizationRequest, client: Client, handle: str
    ) -> SignedIn | Raw | Unmet:
        """By what the session has, by one thing more, or from the beginning."""
        place = f"continue:{handle}"
        who = await self.current(call)
        if who is None:
            return Unmet(error="login_required") if request.silent else JOURNEY.turned_back(place)
        is_else = request.subject not in {"", sub_of(who.person.subject)}
        if is_else or who.auth_time < request.oldest(call.now):
            if request.silent:
                return Unmet(error="login_required")
            cookies = await self.sign_out(call)
            back = JOURNEY.turned_back(place)
            return Raw(back.body, back.media, back.status, back.headers, (*back.cookies, *cookies))
        if request.essential_acr and who.acr not in request.essential_acr:
            if OTP not in request.essential_acr:
                return Unmet(error="unmet_authentication_requirements", description="no such acr here")
            return Unmet(error="interaction_required") if request.silent else JOURNEY.to_prove(place)
        return who

    async def current(self, call: Call) -> SignedIn | None:
        """Whoever is in."""
        entered = await JOURNEY.entered(call)
        if entered is None:
            return None
        session, person = entered
        return _signed_in(call.house, person, session)

    async def sign_out(self, call: Call) -> tuple[Cookie, ...]:
        """End the session; its value in the browser is dead."""
        held = await JOURNEY.held(call)
        if held is not None:
            async with call.house.store.unit() as unit:
                await sessions_of(call.house).end(unit, held)
        name = JOURNEY.face.cookie
        return (Cookie(name=f"__Host-{name}" if call.secure else name, value=""),)

    def form_token(self, call: Call) -> str:
        """Of the journey."""
        return JOURNEY.form_token(call)

    def is_own_form(self, call: Call) -> bool:
        """Of the journey."""
        return JOURNEY.is_own_form(call)

    def acr_values(self, snapshot: Snapshot) -> tuple[str, ...]:
        """Whatever `authenticate` can come to."""
        return (OTP, PWD)


def _signed_in(house: House, person: Person, session: PersonSession) -> SignedIn:
    words = [_word(house, proof.how) for proof in session.proofs]
    strong = session.second_factor is not None
    amr = tuple(dict.fromkeys([word for pair in words for word in pair] + (["mfa"] if strong else [])))
    return SignedIn(
        person=person,
        session=session,
        acr=OTP if strong else PWD,
        amr=amr,
        auth_time=max(proof.at for proof in session.proofs),
    )


def _word(house: House, how: str) -> tuple[str, ...]:
    """How RFC 8176 names a proof."""
    if how == PASSWORD:
        return ("pwd",)
    kind = house.kinds.token_type(how)
    channel = kind.channel if isinstance(kind, Challenging) else None
    return (_CHANNELS[channel], "otp") if channel in _CHANNELS else ("otp",)
