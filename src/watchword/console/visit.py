"""Who is at a page of the console: what every endpoint begins with and ends with.

Threat: a page elsewhere that has an administrator's browser do something. A POST counts only as a form of ours for
this very session. And a button that is not shown may be pressed all the same: every endpoint asks for its right.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import wraps
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from msgspec import Struct

from watchword.console.entrance import JOURNEY
from watchword.console.places import href_of, navigation
from watchword.errors import NoSuchToken, NoSuchUser, NotAllowed, WatchwordError
from watchword.model.person import Person
from watchword.model.policy import Action
from watchword.model.session import PersonSession
from watchword.policy.circumstances import Administrator
from watchword.web.answers import Cookie, Raw
from watchword.web.call import Call
from watchword.web.journey.forms import FIELD
from watchword.web.showing import page
from watchword.web.translating import Phrase, _

SAID: Mapping[str, tuple[str, Phrase]] = {
    "stale": ("warn", _("That page was out of date, so nothing was done. Please try again.")),
    "saved": ("yes", _("Saved.")),
    "deleted": ("yes", _("Deleted.")),
    "ended": ("yes", _("Ended.")),
}
"""What a redirect may have the next page say, and how; a page may add its own."""


class Visit(Struct, frozen=True, kw_only=True):
    """An administrator at one page."""

    call: Call
    held: PersonSession
    person: Person

    @property
    def hidden(self) -> Mapping[str, str]:
        """What every form carries."""
        return {FIELD: JOURNEY.form_token(self.call)}

    def may(self, right: Action[bool], realms: Iterable[str] | None = None) -> bool:
        """Whether policy gives this right, anywhere or in one of these realms: whether a button is shown."""
        return self.call.snapshot.rules.permits(right, self.call.who, realms).value

    def permit(self, right: Action[bool], realms: Iterable[str] | None = None) -> None:
        """NotAllowed if not: what every endpoint asks before it does anything."""
        self.call.permit(right, realms)

    def show(
        self,
        template: str,
        section: str,
        *,
        status: int = HTTPStatus.OK,
        saids: Mapping[str, tuple[str, Phrase]] = SAID,
        **shown: Any,
    ) -> Raw:
        """The page within the console's frame; what the address says became of something stands above it."""
        said = shown.pop("said", None) or {**SAID, **saids}.get(self.call.params.text("say"))
        return page(
            self.call,
            template,
            status=status,
            login=self.person.login,
            groups=list(navigation(self.may)),
            here=href_of(section),
            hidden=self.hidden,
            said=said,
            **shown,
        )


Endpoint = Callable[[Visit], Awaitable[Raw]]


def visited(section: str, *, action: str = "") -> Callable[[Endpoint], Callable[[Call], Awaitable[Raw]]]:
    """Makes a door's endpoint of one that wants an administrator; a POST must be a form of ours.

    ``action`` is what the audit calls a POST: LinOTP's name where its dialect has the same act. Refusals that an
    endpoint raises become a page that says why; whoever is nobody is led to the log-in and back.
    """

    def made(endpoint: Endpoint) -> Callable[[Call], Awaitable[Raw]]:
        @wraps(endpoint)
        async def door(call: Call) -> Raw:
            entered = await JOURNEY.entered(call)
            if entered is None:
                return JOURNEY.turned_back(call.path if call.method != "POST" else "")
            held, person = entered
            call.administrator = Administrator(
                login=person.login,
                realm=person.realm,
                resolver=person.subject.resolver,
                client=call.client,
                now=call.now,
            )
            visit = Visit(call=call, held=held, person=person)
            if call.method == "POST":
                call.action = action or call.action
                if not JOURNEY.is_own_form(call):
                    return to(call.path, "stale")
            try:
                return await endpoint(visit)
            except WatchwordError as refused:
                if call.method == "POST":
                    await call.record(success=False, detail=refused.message)
                return visit.show(
                    "console/refused.html", section, status=_status(refused), why=refused.message
                )

        return door

    return made


def _status(refused: WatchwordError) -> HTTPStatus:
    if isinstance(refused, NotAllowed):
        return HTTPStatus.FORBIDDEN
    return HTTPStatus.NOT_FOUND if isinstance(refused, (NoSuchToken, NoSuchUser)) else HTTPStatus.BAD_REQUEST


def to(address: str, said: str = "", cookies: tuple[Cookie, ...] = (), **more: str) -> Raw:
    """On to another page of the console, which says what became of it."""
    query = urlencode({name: text for name, text in {"say": said, **more}.items() if text})
    where = f"{address}?{query}" if query else address
    return Raw(b"", "text/plain", HTTPStatus.SEE_OTHER, {"location": where}, cookies)
