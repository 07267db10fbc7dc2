"""The pages of one log-in for one application: the shared journey, told which methods will do."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from watchword.api.oidc.entering import CONTINUE
from watchword.api.oidc.signing.lines import PATH, line, number_of
from watchword.api.oidc.signing.numbers import STEPS as NUMBER_STEPS
from watchword.api.oidc.signing.numbers import Answer as NumbersAnswer
from watchword.api.oidc.signing.numbers import Numbers, numbers_for
from watchword.authentication.candidates import dropped_reason
from watchword.authentication.case import Case, Enough
from watchword.authentication.methods import Active
from watchword.directory.names import split
from watchword.model.attempt import Route
from watchword.model.configuration import Configuration
from watchword.model.oidc import Client
from watchword.model.person import Person, UserName
from watchword.model.session import PASSWORD, PersonSession, Proof
from watchword.model.token import Token
from watchword.plugin.loading import Kinds
from watchword.web.answers import Raw
from watchword.web.call import Call
from watchword.web.journey import steps
from watchword.web.journey.face import Face
from watchword.web.journey.factors import Factor, factor_of, factors_of, masked
from watchword.web.journey.pages import Journey
from watchword.web.translating import Phrase, _

LOG_IN = "/oidc/login/{request}"
COOKIE = "watchword-openid"
ACTION = "oidc/login"
_NOTHING = Phrase("")


class Offer(Struct, frozen=True, kw_only=True):
    """One factor that will do, the method that it is for, and how its code travels."""

    factor: Factor
    method: Active
    way: steps.Way


def face(handle: str = "", enough: Enough = lambda _case: False) -> Face:
    """The log-in for the request of this handle."""
    address = LOG_IN.format(request=handle)
    return Face(
        path=PATH,
        action=ACTION,
        at=address,
        prove=address,
        home=CONTINUE.format(request=handle),
        cookie=COOKIE,
        title=_("Log in"),
        lead=_("Log in to go on."),
        enough=enough,
        named=_named,
    )


def _named(typed: str, realm: str, configuration: Configuration) -> UserName:
    return split(typed, configuration, realm=realm)


class LogIn(Journey):
    """The log-in for one request of one client. It lives as long as the call."""

    def __init__(
        self,
        handle: str,
        client: Client,
        wished: Sequence[Active],
        proofs: Sequence[Proof],
        kinds: Kinds,
    ) -> None:
        super().__init__(face(handle, self._is_enough))
        self._client = client
        self._wished = wished
        self._proofs = proofs
        self._kinds = kinds
        self._offers: tuple[Offer, ...] | None = None

    async def show(self, call: Call, held: PersonSession | None, *, error: Phrase = _NOTHING) -> Raw:
        """The page of the step that is next for the request; whatever the address says, none is left out."""
        if held is None or not self._begun(held):
            return self._password_page(call, error=error)
        if not held.authenticated and not self._wished[0].kinds(self._kinds):
            return self._password_page(call, error=error)
        if not await self._offered(call, held):
            numbers = await self._numbers(call, held)
            if numbers is not None:
                return self._numbers_page(call, held, await numbers.shown())
        return await self._second_page(call, held, more=held.authenticated, error=error)

    async def take(self, call: Call, held: PersonSession | None) -> Raw:
        """What a form of the page has brought."""
        if call.params.text("step") in NUMBER_STEPS and held is not None and self._begun(held):
            if not self.is_own_form(call):
                return self.turned_back(said="stale")
            numbers = await self._numbers(call, held)
            if numbers is None or await self._offered(call, held):
                return self.turned_back(said="stale")
            return self._numbers_answer(call, held, await numbers.take())
        more = held is not None and held.authenticated and self._begun(held)
        return await self._take(call, more=more)

    async def _show(self, call: Call, *, more: bool, error: Phrase = _NOTHING) -> Raw:
        return await self.show(call, await self.held(call), error=error)

    async def is_weak(self, call: Call, held: PersonSession) -> bool:
        """Whether nothing but the password was shown by somebody who has what is liked better."""
        first = self._wished[0].kinds(self._kinds)
        if not first or held.second_factor is not None:
            return False
        person = await steps.person_of(call.house, held)
        if person is None or any(number_of(method, person) for method in self._wished):
            return True
        async with call.view() as view:
            tokens = await view.tokens.of(held.subject)
        return any(token.kind in method.kinds(self._kinds) for method in self._wished for token in tokens)

    async def _numbers(self, call: Call, held: PersonSession) -> Numbers | None:
        """Where the person may set up a number for one of the methods; None if they may not."""
        person = await steps.person_of(call.house, held)
        if person is None:
            return None
        found = (numbers_for(call, held, person, method) for method in self._wished)
        return next((numbers for numbers in found if numbers is not None), None)

    def _numbers_page(self, call: Call, held: PersonSession, shown: dict[str, Any]) -> Raw:
        return self._page(call, shown.pop("template"), held, more=held.authenticated, **shown)

    def _numbers_answer(self, call: Call, held: PersonSession, answer: NumbersAnswer) -> Raw:
        if answer.shown is not None:
            return self._numbers_page(call, held, answer.shown)
        if answer.opened is not None:
            return self._onwards(call, answer.opened, "", more=False)
        return self.turned_back(said=answer.said)

    def _begun(self, held: PersonSession) -> bool:
        """Whether the password was shown lately enough for this request, by somebody who may answer it."""
        return any(proof.how == PASSWORD and proof in self._proofs for proof in held.proofs)

    def _is_enough(self, case: Case) -> bool:
        """Whether the password is the whole log-in: where no better method that is wished for is there for the
        person, and it is wished for itself.
        """
        if case.person is None:
            return False
        for method in self._wished:
            kinds = method.kinds(self._kinds)
            if not kinds:
                return True
            if number_of(method, case.person) or any(token.kind in kinds for token in case.held.tokens):
                return False
        return False

    async def _factors(self, call: Call, held: PersonSession) -> tuple[Factor, ...]:
        return tuple(offer.factor for offer in await self._offered(call, held))

    async def _way(self, call: Call, held: PersonSession, serial: str) -> steps.Way:
        found = (offer.way for offer in await self._offered(call, held) if offer.factor.serial == serial)
        return next(found, steps.Way(kinds=frozenset({"-"})))

    async def _offered(self, call: Call, held: PersonSession) -> tuple[Offer, ...]:
        """What the person may answer with, the best liked method first; each token once."""
        if self._offers is not None:
            return self._offers
        person = await steps.person_of(call.house, held)
        found: dict[str, Offer] = {}
        if person is not None:
            own = await factors_of(call.house, call.snapshot, person, held, call.client)
            async with call.view() as view:
                tokens = {token.serial: token for token in await view.tokens.of(person.subject)}
            for method in self._wished:
                for offer in await self._of(call, method, person, own, tokens):
                    found.setdefault(offer.factor.serial, offer)
            if not found and own and await self._must_prove(call, held, person):
                anything = steps.Way()
                found = {
                    factor.serial: Offer(factor=factor, method=self._wished[0], way=anything)
                    for factor in own
                    if not tokens[factor.serial].rollout
                }
        self._offers = tuple(found.values())
        return self._offers

    async def _must_prove(self, call: Call, held: PersonSession, person: Person) -> bool:
        """Whether a number may be set up once the person has shown what they have already: not by the password."""
        found = (numbers_for(call, held, person, method) for method in self._wished)
        numbers = next((one for one in found if one is not None), None)
        return numbers is not None and await numbers.needs_proof()

    async def _of(
        self,
        call: Call,
        method: Active,
        person: Person,
        own: Sequence[Factor],
        tokens: dict[str, Token],
    ) -> list[Offer]:
        kinds = method.kinds(self._kinds)
        number = number_of(method, person)
        if number:
            token = await line(call, method, person)
            now = call.house.clock.now()
            if token is None or dropped_reason(token, path=PATH, realm=person.realm, now=now) is not None:
                return []
            route = Route(carrier=method.carrier, goal=number, line=token.serial)
            factor = replace(
                factor_of(token, self._kinds.token_type(token.kind)), goal=masked(number), description=""
            )
            return [Offer(factor=factor, method=method, way=steps.Way(kinds=kinds, route=route))]
        way = steps.Way(kinds=kinds, route=Route(carrier=method.carrier))
        return [
            Offer(factor=factor, method=method, way=way)
            for factor in own
            if tokens[factor.serial].kind in kinds and not tokens[factor.serial].rollout
        ]

    # ---------------------------------------------------------------- how it looks

    def _page(self, call: Call, template: str, held: PersonSession, **shown: Any) -> Raw:
        factor = shown.get("factor")
        found = (one for one in self._offers or () if factor is not None and one.factor == factor)
        offer = next(found, None)
        method = offer.method.name if offer is not None else self._wished[0].name
        theirs = f"oidc/{method}.html"
        if template == "journey/code.html" and call.house.pages.has(theirs):
            template = theirs
        return super()._page(call, template, held, **shown, application=self._client.title)

    def _common(self, *args: Any, **more: Any) -> dict[str, Any]:
        common = super()._common(*args, **more)
        return {**common, "lead": _("Log in to go on to {name}.", name=self._client.title), "leaves": True}
