"""The pages of a log-in: one dispatcher that computes the next step from the session, whatever was asked for.

A page that is shown is a GET, so reloading and going back do nothing; a step is a POST that ends in a redirect to
the dispatcher, or in the same page with what was wrong. Who comes with an old page, a foreign one or none begins where
the session stands, or at the beginning, and is told so in a sentence. Where people go afterwards is a name from the
face's list, never an address from outside.
"""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from msgspec.structs import replace

from watchword.clock import Clock
from watchword.model.attempt import Attempt, Result
from watchword.model.configuration import Configuration
from watchword.model.person import Person
from watchword.model.session import PersonSession, Proof, State
from watchword.policy.circumstances import Circumstances
from watchword.selfservice.strength import FRESH
from watchword.storage.promises import Unit
from watchword.web.answers import Cookie, Raw
from watchword.web.call import Call
from watchword.web.fields import Choice, Field
from watchword.web.journey import steps
from watchword.web.journey.face import Face
from watchword.web.journey.factors import Factor, factors_of
from watchword.web.journey.forms import FIELD, FormTokens
from watchword.web.person_sessions import Opened
from watchword.web.showing import page
from watchword.web.translating import Phrase, _

_PLACE = re.compile(r"[a-z_]{1,40}(:[A-Za-z0-9._~-]{1,64})?|(/[A-Za-z0-9._~%-]{1,200}){1,6}/?")
_NAME_CHARACTERS = 320
_NOTHING = Phrase("")
_SAID: Mapping[str, tuple[str, Phrase]] = {
    "ended": ("warn", _("Your log-in was open for too long, or was ended elsewhere. Please log in again.")),
    "stale": ("warn", _("That page was out of date, so nothing was done. Please try again.")),
    "left": ("yes", _("You are logged out.")),
    "cancelled": ("info", _("The log-in was cancelled.")),
    "sent": ("yes", _("The same code is on its way once more.")),
    "unsent": ("no", _("The code could not be sent. Try again in a moment, or choose another way.")),
    "early": ("info", _("Nothing was sent again yet. Please wait a little for the first message.")),
    "still": ("info", _("Nothing new was sent: the last code is still good.")),
    "over": ("warn", _("The time of that code is over. Ask for a new one.")),
}
"""What a redirect may have the next page say, and how."""
_REFUSED = _("This was not accepted. Check what you typed; after many tries you have to wait a little.")
_WRONG_CODE = _("This code was not accepted. It may be mistyped, used already, or too old.")
_NO_CODE = _("Type the code.")


class Journey:
    """The log-in of one face. `log_in`, `prove` and `log_out` are endpoints; the others are for its further pages."""

    def __init__(self, face: Face) -> None:
        self.face = face

    # ---------------------------------------------------------------- for the face's further pages

    async def held(self, call: Call) -> PersonSession | None:
        """The session of this browser in whatever state, None if there is none (any more)."""
        value = call.cookies.get(self._cookie(call), "")
        if not value:
            return None
        async with call.view() as view:
            return await steps.sessions_of(call.house).find(view, value, path=self.face.path)

    async def entered(self, call: Call) -> tuple[PersonSession, Person] | None:
        """Who is logged in, and the session; None for everybody else: answer with `turned_back`.

        The person is as the directory knows them now: whoever is gone from there is not in. `errors.Unreachable` if
        the directory does not say.
        """
        await self._look_up(call)
        held = await self.held(call)
        if held is None or not held.authenticated:
            return None
        person = await steps.person_of(call.house, held)
        return (held, person) if person is not None else None

    def turned_back(self, place: str = "", said: str = "") -> Raw:
        """To the log-in, which knows how far it has come, and from there to the place of this name."""
        return self._redirect(self.face.at, place, said)

    def to_prove(self, place: str = "") -> Raw:
        """To the page on which somebody who is in proves one thing more, and then to the place."""
        return self._redirect(self.face.prove, place, "")

    async def proven(self, call: Call, unit: Unit, held: PersonSession, proof: Proof) -> Cookie:
        """Note in the session that the gate has said yes to one thing more; the browser has its new value by this cookie."""
        configuration = call.snapshot.configuration
        opened = await steps.sessions_of(call.house).advance(
            unit, held, state=held.state, configuration=configuration, proof=proof
        )
        return Cookie(name=self._cookie(call), value=opened.value)

    def form_token(self, call: Call) -> str:
        """What a form of this face carries in the hidden field `forms.FIELD`, for whoever is logged in."""
        return _tokens(call).token(call.cookies.get(self._cookie(call), ""))

    def is_own_form(self, call: Call) -> bool:
        """Whether the call is such a form, sent by the browser that was given it. If not: `turned_back`."""
        return _tokens(call).is_ours(call, call.cookies.get(self._cookie(call), ""))

    def is_visitors_form(self, call: Call) -> bool:
        """Whether the call is a form of a page that came before any session."""
        return _tokens(call).is_ours(call, call.cookies.get(self._visit_cookie(call), ""))

    def forgotten(self, call: Call) -> tuple[Cookie, ...]:
        """What takes the session's cookie back."""
        return self._forgotten(call)

    # ---------------------------------------------------------------- endpoints

    async def log_in(self, call: Call) -> Raw:
        """The whole log-in behind one address."""
        await self._look_up(call)
        if call.method == "POST":
            return await self._take(call, more=False)
        return await self._show(call, more=False)

    async def prove(self, call: Call) -> Raw:
        """The second step alone, for somebody who is in: before something that a stolen session shall not do."""
        await self._look_up(call)
        if call.method == "POST":
            return await self._take(call, more=True)
        return await self._show(call, more=True)

    async def log_out(self, call: Call) -> Raw:
        """End this session on every node. Without a form of ours nothing is ended, and the start is shown."""
        held = await self.held(call)
        if held is None:
            return self._redirect(self.face.at, "", "left")
        if call.method != "POST" or not self.is_own_form(call):
            return self._redirect(self.face.home, "", "")
        await self._end(call, held, "logged out")
        return self._redirect(self.face.at, "", "left", self._forgotten(call))

    # ---------------------------------------------------------------- what is shown

    async def _show(self, call: Call, *, more: bool, error: Phrase = _NOTHING) -> Raw:
        """The page of the step at which the session stands."""
        held = await self.held(call)
        if held is None or await steps.person_of(call.house, held) is None:
            return self.turned_back(_place(call)) if more else self._password_page(call)
        if more and not held.authenticated:
            return self.turned_back(_place(call))
        if held.authenticated and not (more and not _is_fresh(held, call.house.clock)):
            return self._redirect(self.face.place(_place(call)), "", "")
        return await self._second_page(call, held, more=more, error=error)

    async def _second_page(self, call: Call, held: PersonSession, *, more: bool, error: Phrase) -> Raw:
        factors = await self._factors(call, held)
        chosen = next((one for one in factors if one.serial == held.asked), None)
        if not factors:
            return self._page(call, "journey/nothing.html", held, more=more)
        if chosen is None:
            return self._page(call, "journey/choose.html", held, more=more, factors=factors)
        waits, ends = None, None
        if chosen.sent:
            now = call.house.clock.now()
            open_still = [one for one in await steps.standing(call.house, held) if one.open]
            if not open_still:
                said = call.params.text("say") or "over"
                return self._page(
                    call, "journey/choose.html", held, more=more, factors=factors, said=_SAID.get(said)
                )
            again = await steps.again(call.house, held)
            waits = max(0, -(-(again.at - now) // 1000)) if again.at is not None else None
            ends = max(0, (open_still[0].expires - now) // 1000)
        field = Field(
            name="code",
            kind="password" if chosen.secret else "code",
            label=_("Password") if chosen.secret else _("Code"),
            required=True,
            focus=True,
            digits=chosen.digits or 6,
            longest=1000,
            error=error,
        )
        return self._page(
            call,
            "journey/code.html",
            held,
            more=more,
            factor=chosen,
            several=len(factors) > 1,
            fields=(field,),
            waits=waits,
            ends=ends,
        )

    def _password_page(self, call: Call, *, error: Phrase = _NOTHING) -> Raw:
        visit = call.cookies.get(self._visit_cookie(call), "") or _tokens(call).fresh_visit()
        name = call.params.text("name")[:_NAME_CHARACTERS] if call.method == "POST" else ""
        fields = [
            Field(
                name="name",
                label=_("User name"),
                value=name,
                required=True,
                longest=_NAME_CHARACTERS,
                autocomplete="username",
                focus=not name,
            ),
            *self._realm_field(call),
            Field(
                name="password",
                kind="password",
                label=_("Password"),
                required=True,
                longest=100_000,
                autocomplete="current-password",
                focus=bool(name),
            ),
        ]
        who = Circumstances(
            realm=call.snapshot.configuration.default_realm, client=call.client or None, now=call.now
        )
        if self.face.asks_code(call.snapshot, who):
            fields.append(
                Field(
                    name="code",
                    kind="code",
                    label=_("Code"),
                    help=_("From your app or device, or a password that you were given. Empty to be asked."),
                    longest=1000,
                )
            )
        cookies = [Cookie(name=self._visit_cookie(call), value=visit)]
        said = ("no", error) if error else _SAID.get(call.params.text("say"))
        if self._cookie(call) in call.cookies:
            # Of a session that is over, or whose holder is gone: said once, and forgotten.
            cookies.append(Cookie(name=self._cookie(call), value=""))
            said = said or _SAID["ended"]
        shown = page(
            call,
            "journey/password.html",
            **self._common(call, _tokens(call).token(visit), more=False, said=said),
            fields=tuple(fields),
        )
        return _with_cookies(shown, *cookies)

    def _realm_field(self, call: Call) -> list[Field]:
        configuration = call.snapshot.configuration
        if not self.face.offers_realms or not configuration.flag("selfservice.realmbox"):
            return []
        choices = tuple(Choice(value=name, label=name) for name in sorted(configuration.realms))
        asked = call.params.text("realm") or configuration.default_realm
        return [Field(name="realm", kind="select", label=_("Realm"), value=asked, choices=choices)]

    def _page(
        self,
        call: Call,
        template: str,
        held: PersonSession,
        *,
        more: bool,
        said: tuple[str, Phrase] | None = None,
        **shown: Any,
    ) -> Raw:
        said = said or _SAID.get(call.params.text("say"))
        common = self._common(call, self.form_token(call), more=more, said=said)
        return page(call, template, **common, login=held.login, **shown)

    def _common(
        self, call: Call, token: str, *, more: bool, said: tuple[str, Phrase] | None
    ) -> dict[str, Any]:
        place = _place(call)
        return {
            "at": self.face.prove if more else self.face.at,
            "hidden": {FIELD: token, "to": place} if place else {FIELD: token},
            "keep": {"to": place} if place else {},
            "said": said,
            "more": more,
            "home": self.face.home,
            "title": self.face.title,
            "lead": self.face.lead,
        }

    # ---------------------------------------------------------------- what is done

    async def _take(self, call: Call, *, more: bool) -> Raw:
        step = call.params.text("step")
        if step == "password" and not more:
            return await self._begin(call)
        held = await self.held(call)
        if held is None or (more and not held.authenticated):
            return self.turned_back(_place(call))
        if not self.is_own_form(call):
            return self._redirect(self.face.prove if more else self.face.at, _place(call), "stale")
        if held.authenticated and not more:
            return self._redirect(self.face.place(_place(call)), "", "")
        if step == "cancel":
            return await self._cancel(call, held)
        if step == "code":
            return await self._answer(call, held, more=more)
        if step == "again":
            return await self._repeat(call, held, more=more)
        return await self._choose(call, held, call.params.text("serial"), more=more)

    async def _begin(self, call: Call) -> Raw:
        if not _tokens(call).is_ours(call, call.cookies.get(self._visit_cookie(call), "")):
            return self._redirect(self.face.at, _place(call), "stale")
        params = call.params
        typed = params.text("name")

        def complete(attempt: Attempt, configuration: Configuration) -> Attempt:
            user = self.face.named(typed, params.text("realm"), configuration)
            return replace(attempt, user=user, client=call.sender.address(configuration))

        attempt = Attempt(
            action=self.face.action,
            path=self.face.path,
            password=params.text("password"),
            answer=params.text("code").strip(),
            client=call.client,
        )
        agent = call.headers.get(b"user-agent", b"").decode("latin-1")
        step = await steps.begin(call.house, attempt, enough=self.face.enough, complete=complete, agent=agent)
        if step.opened is None:
            return self._password_page(call, error=_REFUSED)
        before = await self.held(call)
        if before is not None:
            async with call.house.store.unit() as unit:
                await steps.sessions_of(call.house).end(unit, before)
        opened, said = step.opened, ""
        if opened.session.state is State.CREDENTIALS_VERIFIED:
            factors = await self._factors(call, opened.session)
            if len(factors) == 1:
                opened, said = await self._chosen(call, opened, factors[0])
        return self._onwards(call, opened, said, more=False)

    async def _choose(self, call: Call, held: PersonSession, serial: str, *, more: bool) -> Raw:
        factors = await self._factors(call, held)
        factor = next((one for one in factors if one.serial == serial), None)
        if factor is None:
            step = await steps.choose(call.house, held, "")
            return self._onwards(call, step.opened, "", more=more)
        value = call.cookies.get(self._cookie(call), "")
        opened, said = await self._chosen(call, Opened(value=value, session=held, seconds=0), factor)
        return self._onwards(call, opened, said, more=more)

    async def _chosen(self, call: Call, opened: Opened, factor: Factor) -> tuple[Opened, str]:
        """The session after a choice, and what is to be said; as it was, if nothing came of it."""
        held = opened.session
        if not factor.sent:
            step = await steps.choose(call.house, held, factor.serial)
            return step.opened or opened, ""
        step = await steps.ask(
            call.house,
            held,
            action=self.face.action,
            client=call.client,
            serial=factor.serial,
            way=await self._way(call, held, factor.serial),
        )
        if step.opened is None:
            return opened, "unsent"
        return step.opened, "still" if any(one.blocked for one in step.questions) else ""

    async def _answer(self, call: Call, held: PersonSession, *, more: bool) -> Raw:
        code = call.params.text("code")
        if not code.strip() or not held.asked:
            return await self._show(call, more=more, error=_NO_CODE)
        step = await steps.answer(
            call.house,
            held,
            code,
            action=self.face.action,
            client=call.client,
            serial=held.asked,
            way=await self._way(call, held, held.asked),
        )
        if step.opened is None:
            return await self._show(call, more=more, error=_WRONG_CODE)
        return self._onwards(call, step.opened, "", more=more)

    async def _repeat(self, call: Call, held: PersonSession, *, more: bool) -> Raw:
        waiting = await steps.again(call.house, held)
        if waiting.at is None or waiting.at > call.house.clock.now():
            said = "early"
        else:
            way = await self._way(call, held, held.asked)
            outcome = await steps.repeat(
                call.house, held, action=self.face.action, client=call.client, way=way
            )
            said = "sent" if outcome.result is Result.QUESTION else "unsent"
        return self._redirect(self.face.prove if more else self.face.at, _place(call), said)

    async def _cancel(self, call: Call, held: PersonSession) -> Raw:
        """Out of a log-in that is not complete; who is in and was to prove more stays in."""
        if held.authenticated:
            return self._redirect(self.face.home, "", "")
        await self._end(call, held, "log-in cancelled")
        return self._redirect(self.face.at, "", "cancelled", self._forgotten(call))

    async def _end(self, call: Call, held: PersonSession, detail: str) -> None:
        call.note.user, call.note.realm, call.note.action_detail = held.login, held.realm, detail
        async with call.unit() as unit:
            await steps.sessions_of(call.house).end(unit, held)

    async def _factors(self, call: Call, held: PersonSession) -> tuple[Factor, ...]:
        person = await steps.person_of(call.house, held)
        if person is None:
            return ()
        return await factors_of(call.house, call.snapshot, person, held, call.client)

    async def _way(self, _call: Call, _held: PersonSession, _serial: str) -> steps.Way:
        """Which tokens may answer beside the one that was chosen, and how its code travels."""
        return steps.ANY_WAY

    async def _look_up(self, call: Call) -> None:
        """Let the call see what administrators have said up to now, on whichever node."""
        call.snapshot = await call.house.snapshots.latest()

    # ---------------------------------------------------------------- redirects and cookies

    def _onwards(self, call: Call, opened: Opened | None, said: str, *, more: bool) -> Raw:
        """To the next step, with the session's new value; the dispatcher knows which that is."""
        if opened is None:
            return self.turned_back(_place(call), "ended")
        visited = Cookie(name=self._visit_cookie(call), value="")
        cookie = Cookie(name=self._cookie(call), value=opened.value)
        at = self.face.prove if more else self.face.at
        return self._redirect(at, _place(call), said, (cookie, visited))

    def _redirect(self, at: str, place: str, said: str, cookies: tuple[Cookie, ...] = ()) -> Raw:
        query = urlencode({name: value for name, value in (("to", place), ("say", said)) if value})
        where = f"{at}?{query}" if query else at
        return Raw(b"", "text/plain", HTTPStatus.SEE_OTHER, {"location": where}, cookies)

    def _forgotten(self, call: Call) -> tuple[Cookie, ...]:
        return (Cookie(name=self._cookie(call), value=""),)

    def _cookie(self, call: Call) -> str:
        # A browser takes a cookie of this prefix from nobody but this very host (RFC 6265bis section 4.1.3.2).
        return f"__Host-{self.face.cookie}" if call.secure else self.face.cookie

    def _visit_cookie(self, call: Call) -> str:
        return f"{self._cookie(call)}-visit"


def _is_fresh(held: PersonSession, clock: Clock) -> bool:
    factor = held.second_factor
    return factor is not None and clock.now() - factor.at < FRESH


def _place(call: Call) -> str:
    """The name of a place as it came; it leads nowhere unless the face knows it."""
    name = call.params.text("to")
    return name if _PLACE.fullmatch(name) else ""


def _tokens(call: Call) -> FormTokens:
    return FormTokens(call.house.ring, call.house.clock, call.house.dice)


def _with_cookies(answer: Raw, *cookies: Cookie) -> Raw:
    return Raw(answer.body, answer.media, answer.status, answer.headers, (*answer.cookies, *cookies))
