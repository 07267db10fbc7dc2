"""``/oidc/logout``: an application has somebody logged out (OpenID Connect RP-Initiated Logout 1.0).

Whoever brings an ID token of this very session is believed; everybody else's wish is put to the person first. Back to
the application goes only who brings a token of it, and only to an address that it is registered with.
"""

from typing import Any
from urllib.parse import urlencode

from msgspec import Struct

from watchword.api.oidc.entering import SignedIn, SigningIn, sid_of, sub_of
from watchword.api.oidc.keys import Keys
from watchword.api.oidc.refusals import Astray
from watchword.api.oidc.telling import logouts_for, telling
from watchword.errors import BadParameter
from watchword.web.answers import Raw
from watchword.web.call import Call
from watchword.web.journey.forms import FIELD
from watchword.web.showing import page

_SENT = ("id_token_hint", "client_id", "post_logout_redirect_uri", "state")


class _Wish(Struct, frozen=True, kw_only=True):
    """What the application wants."""

    said: dict[str, Any] | None
    """What its ID token says; None without one."""
    back: str
    """Where to go then; empty: nowhere."""


class Leaving:
    """The end of sessions at one provider."""

    def __init__(self, signing_in: SigningIn) -> None:
        self._signing_in = signing_in

    async def log_out(self, call: Call) -> Raw:
        """GET and POST: of applications, and of our own page."""
        if call.params.repeated:
            raise Astray("A parameter was given twice.")
        wish = await self._wish(call)
        who = await self._signing_in.current(call)
        if who is None:
            return _left(call, wish.back)
        is_asked = call.method == "POST" and call.params.text("step") == "leave"
        if is_asked and self._signing_in.is_own_form(call):
            return await self._end(call, who, wish)
        if wish.said is not None and _is_of(wish.said, who):
            return await self._end(call, who, wish)
        hidden = {name: call.params.text(name) for name in _SENT if call.params.text(name)}
        hidden[FIELD] = self._signing_in.form_token(call)
        return page(call, "oidc/leave.html", at="/oidc/logout", hidden=hidden, login=who.person.login)

    async def _wish(self, call: Call) -> _Wish:
        params, clients = call.params, call.snapshot.configuration
        hint = params.text("id_token_hint")
        try:
            said = await Keys(call.house).verified(hint) if hint else None
        except BadParameter:
            raise Astray("The id_token_hint is none of ours.") from None
        identifier = str(said.get("aud")) if said is not None else params.text("client_id")
        if params.text("client_id", identifier) != identifier:
            raise Astray("The id_token_hint was given to another client.")
        back = params.text("post_logout_redirect_uri")
        client = clients.client(identifier)
        if back and (client is None or back not in client.post_logout_redirect_uris):
            raise Astray("The post_logout_redirect_uri is none that the client is registered with.")
        if said is None or not back:
            return _Wish(said=said, back="")
        state = params.sent("state")
        query = urlencode({"state": state}) if state is not None else ""
        return _Wish(said=said, back=back + (("&" if "?" in back else "?") + query if query else ""))

    async def _end(self, call: Call, who: SignedIn, wish: _Wish) -> Raw:
        cookies = await self._signing_in.sign_out(call)
        call.note.user, call.note.realm = who.person.login, who.person.realm
        call.note.action_detail = "logged out"
        async with call.unit() as unit:
            grants = await unit.oidc.revoke_of_session(sid_of(who.session), call.now)
            await unit.oidc.add_logouts(logouts_for(call.house, call.snapshot.configuration, grants))
        telling(call.house)
        left = _left(call, wish.back)
        return Raw(left.body, left.media, left.status, left.headers, (*left.cookies, *cookies))


def _is_of(said: dict[str, Any], who: SignedIn) -> bool:
    """Whether the ID token is one of this person in this session."""
    return said.get("sub") == sub_of(who.person.subject) and said.get("sid") == sid_of(who.session)


def _left(call: Call, back: str) -> Raw:
    if back and call.method == "GET":
        return Raw(b"", "text/plain", 303, {"location": back})
    return page(call, "oidc/left.html", where=back)
