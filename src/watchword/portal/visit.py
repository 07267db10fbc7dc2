"""Who is at a page of the portal: what every endpoint begins with and ends with."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from functools import wraps
from http import HTTPStatus
from typing import Any, Literal
from urllib.parse import urlencode

from msgspec import Struct

from watchword.errors import NoSuchToken, ProofNeeded
from watchword.model.person import Person
from watchword.model.session import PersonSession
from watchword.portal.entrance import HOME, JOURNEY
from watchword.selfservice.history import HISTORY
from watchword.selfservice.oneself import Oneself
from watchword.selfservice.strength import needs_proof
from watchword.web.answers import Cookie, Raw
from watchword.web.call import Call
from watchword.web.journey.forms import FIELD
from watchword.web.showing import page
from watchword.web.translating import Phrase, _

Section = Literal["factors", "log_ins", "sessions"]

SAID: Mapping[str, tuple[str, Phrase]] = {
    "stale": ("warn", _("That page was out of date, so nothing was done. Please try again.")),
    "gone": ("warn", _("That factor is not there any more.")),
    "over": ("warn", _("The time to finish was over, so nothing was set up. Please begin anew.")),
    "forgotten": ("info", _("Nothing was set up.")),
    "added": ("yes", _("Done. From now on you can log in with it.")),
    "stored": ("yes", _("Your recovery codes are good from now on.")),
    "named": ("yes", _("The new name is saved.")),
    "works": ("yes", _("It works. The code is used up now.")),
    "pin": ("yes", _("The new PIN is good from now on.")),
    "synced": ("yes", _("It is back in step.")),
    "forgiven": ("yes", _("Wrong codes are forgotten.")),
    "enabled": ("yes", _("It can be used again.")),
    "disabled": ("yes", _("Nobody can use it until you enable it again.")),
    "given": ("yes", _("It is yours no more.")),
    "deleted": ("yes", _("It is removed.")),
    "taken": ("yes", _("It is yours now. Try whether it works.")),
    "sent": ("yes", _("A code is on its way.")),
    "unsent": ("no", _("The code could not be sent. Try again in a moment, or choose another way.")),
    "ended": ("yes", _("Ended.")),
}
"""What a redirect may have the next page say, and how."""


class Visit(Struct, frozen=True, kw_only=True):
    """Somebody who is logged in, at one page."""

    call: Call
    held: PersonSession
    person: Person
    oneself: Oneself

    @property
    def name(self) -> str:
        """What the page calls them."""
        said = (self.person.attributes.get("givenname"), self.person.attributes.get("surname"))
        return " ".join(filter(None, said)) or self.person.login

    @property
    def hidden(self) -> Mapping[str, str]:
        """What every form carries."""
        return {FIELD: JOURNEY.form_token(self.call)}

    def show(
        self, template: str, section: Section = "factors", *, status: int = HTTPStatus.OK, **shown: Any
    ) -> Raw:
        """The page; what the address says became of something stands above it."""
        said = shown.pop("said", None) or SAID.get(self.call.params.text("say"))
        return page(
            self.call,
            template,
            status=status,
            person_name=self.name,
            login=self.person.login,
            realm=self.person.realm,
            hidden=self.hidden,
            section=section,
            said=said,
            reads_history=self.oneself.may(HISTORY),
            **shown,
        )

    async def must_prove(self) -> bool:
        """Whether a second factor is asked for before a form that changes factors is shown."""
        async with self.call.view() as view:
            return await needs_proof(view, self.oneself)

    async def refused(self, why: str) -> None:
        """Write down that an act was refused."""
        await self.call.record(success=False, detail=why)


Endpoint = Callable[[Visit], Awaitable[Raw]]


def visited(
    place: str, *, part: str = "", action: str = ""
) -> Callable[[Endpoint], Callable[[Call], Awaitable[Raw]]]:
    """Makes a door's endpoint of one that wants somebody who is logged in; a POST must be a form of ours.

    Whoever is not, or has another page's form, is led back with a sentence. ``place`` is where the log-in leads then
    (`Face.places`); ``part`` names the segment of the door's path that belongs to it. ``action`` is what the audit
    calls a POST.
    """

    def made(endpoint: Endpoint) -> Callable[[Call], Awaitable[Raw]]:
        @wraps(endpoint)
        async def door(call: Call) -> Raw:
            said = call.parts.get(part, "")
            where = f"{place}:{said}" if said else place
            entered = await JOURNEY.entered(call)
            if entered is None:
                return JOURNEY.turned_back(where)
            held, person = entered
            call.note.user, call.note.realm = person.login, person.realm
            if call.method == "POST":
                call.action = action or call.action
                if not JOURNEY.is_own_form(call):
                    return to(JOURNEY.face.place(where), "stale")
            shown = held.second_factor
            oneself = Oneself(
                person=person,
                occasion=call.occasion,
                since=held.entered,
                proved=shown.at if shown is not None else 0,
                by_rollout=held.by_rollout,
            )
            try:
                return await endpoint(Visit(call=call, held=held, person=person, oneself=oneself))
            except ProofNeeded as needed:
                await call.record(success=False, detail=needed.message)
                return JOURNEY.to_prove(where)
            except NoSuchToken as gone:
                # Of somebody else's token nothing else is said.
                if call.method == "POST":
                    await call.record(success=False, detail=gone.message)
                return to(HOME, "gone")

        return door

    return made


def to(address: str, said: str = "", cookies: tuple[Cookie, ...] = ()) -> Raw:
    """On to another page of the portal, which says what became of it."""
    where = f"{address}?{urlencode({'say': said})}" if said else address
    return Raw(b"", "text/plain", HTTPStatus.SEE_OTHER, {"location": where}, cookies)


def moment(at: int) -> tuple[str, str]:
    """A time as pages take it: for machines, and as text without scripts."""
    told = datetime.fromtimestamp(at / 1000, UTC)
    return told.isoformat(timespec="seconds"), told.strftime("%Y-%m-%d %H:%M UTC")
