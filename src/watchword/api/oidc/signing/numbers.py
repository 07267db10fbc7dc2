"""A number for somebody who has none (any more), set up in the log-in itself and good once a code from it was typed.

Threat: somebody who knows the password sets up a number of their own. Who has any other factor shows that first
(`selfservice.strength`), and without a policy that lets people enrol such tokens nobody may.
"""

from typing import Any

from msgspec import Struct

from watchword.api.oidc.signing.lines import kind_of, number_of
from watchword.authentication.methods import Active
from watchword.errors import BadParameter, LimitReached, MissingParameter, NotAllowed, ProofNeeded, Refused
from watchword.model.attempt import Result, Route
from watchword.model.person import Person
from watchword.model.session import PersonSession, Proof, State
from watchword.model.token import Token
from watchword.plugin.sent_codes import SentCode
from watchword.selfservice import pending
from watchword.selfservice.enrolling import may_enrol, prepare
from watchword.selfservice.oneself import Oneself
from watchword.selfservice.strength import needs_proof
from watchword.web.call import Call
from watchword.web.fields import Field
from watchword.web.journey import steps
from watchword.web.journey.factors import masked
from watchword.web.parameters import Params
from watchword.web.person_sessions import Opened
from watchword.web.translating import Phrase, _

STEPS = frozenset({"number", "number-code", "number-anew"})
"""What forms of these pages say that they are."""

_ACTION = "oidc/enroll"
_NOTHING = Phrase("")
_NO_NUMBER = _("This is no telephone number, such as +49 170 1234567.")
_WRONG = _("This code was not accepted. It may be mistyped, used already, or too old.")
_CANNOT = _("This cannot be used.")
_UNSENT = _("The code could not be sent. Check the number, or try again in a moment.")


class Answer(Struct, frozen=True, kw_only=True):
    """What a form has led to: a page with what was wrong, the session one step on, or back to where it stands."""

    shown: dict[str, Any] | None = None
    opened: Opened | None = None
    said: str = ""


class Numbers:
    """Sets up one person's number for one method."""

    def __init__(
        self, call: Call, held: PersonSession, oneself: Oneself, method: Active, kind: SentCode
    ) -> None:
        self._call = call
        self._held = held
        self._oneself = oneself
        self._method = method
        self._kind = kind

    async def needs_proof(self) -> bool:
        """Whether the person has another factor, and has not just shown it."""
        async with self._call.view() as view:
            return await needs_proof(view, self._oneself)

    async def shown(self, error: Phrase = _NOTHING) -> dict[str, Any]:
        """The page at which it stands: the number, or the code that was sent to it."""
        token = await self._begun()
        if token is None:
            return self._number_page(error)
        return {
            "template": "oidc/number-code.html",
            "goal": masked(str(token.info.get(self._kind.address, ""))),
            "fields": (
                Field(
                    name="code",
                    kind="code",
                    label=_("Code"),
                    required=True,
                    focus=True,
                    digits=token.digits,
                    longest=1000,
                    error=error,
                ),
            ),
        }

    async def take(self) -> Answer:
        """What a form has brought."""
        step = self._call.params.text("step")
        if step == "number":
            return await self._begin()
        if step == "number-anew":
            async with self._call.unit() as unit:
                await pending.forget(unit, self._oneself)
            return Answer()
        return await self._finish()

    async def _begin(self) -> Answer:
        call, enrolment = self._call, self._call.house.enrolment
        form = Params({self._kind.address: call.params.text("number").strip()})
        self._note()
        try:
            prepared = await prepare(enrolment, self._oneself, self._kind, form, pin=None)
            async with call.unit() as unit:
                issued = await pending.begin(unit, enrolment, self._oneself, prepared)
                call.note.serial, call.note.action_detail = issued.token.serial, "begun"
        except (BadParameter, MissingParameter) as wrong:
            return await self._refused(wrong.message, _NO_NUMBER)
        except (LimitReached, NotAllowed, ProofNeeded, Refused) as refused:
            return await self._refused(refused.message, _CANNOT)
        outcome = await pending.send(
            call.house.gate, self._oneself, issued.token, action=_ACTION, route=self._route
        )
        if outcome.result is Result.QUESTION:
            return Answer()
        async with call.house.store.unit() as unit:
            await pending.forget(unit, self._oneself)
        return Answer(shown=self._number_page(_UNSENT))

    async def _finish(self) -> Answer:
        call, token = self._call, await self._begun()
        if token is None:
            return Answer(said="over")
        code = call.params.text("code").strip()
        self._note()
        call.note.serial = token.serial
        confirmed = await pending.confirm(call.house.gate, self._oneself, token, code, action=_ACTION)
        if not code or not confirmed.accepted:
            return Answer(shown=await self.shown(_WRONG))
        proof = Proof(how=token.kind, at=call.now, serial=token.serial, carrier=self._method.carrier)
        try:
            async with call.unit() as unit:
                await pending.finish(unit, call.house.enrolment, self._oneself, token.serial)
                call.note.action_detail = "finished"
                opened = await steps.sessions_of(call.house).advance(
                    unit,
                    self._held,
                    state=State.AUTHENTICATED,
                    configuration=call.snapshot.configuration,
                    proof=proof,
                )
        except LimitReached as full:
            return await self._refused(full.message, _CANNOT)
        return Answer(opened=opened)

    async def _refused(self, why: str, told: Phrase) -> Answer:
        await self._call.record(success=False, detail=why)
        return Answer(shown=await self.shown(told))

    async def _begun(self) -> Token | None:
        async with self._call.view() as view:
            token = await pending.begun(view, self._oneself)
        return token if token is not None and token.kind == self._kind.name else None

    @property
    def _route(self) -> Route:
        return Route(carrier=self._method.carrier)

    def _note(self) -> None:
        note, person = self._call.note, self._oneself.person
        note.user, note.realm, note.token_type = person.login, person.realm, self._kind.label

    def _number_page(self, error: Phrase = _NOTHING) -> dict[str, Any]:
        return {
            "template": "oidc/number.html",
            "fields": (
                Field(
                    name="number",
                    kind="tel",
                    label=_("Telephone number"),
                    help=_("With the country, such as +49 170 1234567."),
                    required=True,
                    focus=True,
                    longest=100,
                    autocomplete="tel",
                    error=error,
                ),
            ),
        }


def numbers_for(call: Call, held: PersonSession, person: Person, method: Active) -> Numbers | None:
    """For a method that sends codes to people who may set up a number, and of whom the directory knows none."""
    kind = kind_of(method, call.house.kinds) if method.method.channel is not None else None
    factor = held.second_factor
    oneself = Oneself(
        person=person,
        occasion=call.occasion,
        since=held.entered or held.opened,
        proved=factor.at if factor is not None else 0,
        by_rollout=held.by_rollout,
    )
    if kind is None or number_of(method, person) or not may_enrol(oneself, kind):
        return None
    return Numbers(call, held, oneself, method, kind)
