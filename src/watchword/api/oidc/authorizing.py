"""``/oidc/authorize`` and what follows in the browser: validate, sign in, consent, and back to the client.

Every request is written down and then looked at again under a handle, in the browser that began it. So a log-in of
several pages loses nothing, a second tab walks around nothing, and a request that was posted from elsewhere, to which
no cookie came, is answered when the browser comes back by itself.
"""

from http import HTTPStatus
from urllib.parse import urlencode

from msgspec.structs import replace

from watchword.api.oidc.authenticating import client_of, form_only
from watchword.api.oidc.entering import SignedIn, SigningIn, Unmet, sub_of
from watchword.api.oidc.issuing import code_for, granted
from watchword.api.oidc.keys import Keys
from watchword.api.oidc.marks import fresh, mark
from watchword.api.oidc.refusals import Astray, Refusal, json_answer
from watchword.api.oidc.request import read_request, redirect_uri_of
from watchword.errors import BadParameter
from watchword.model.oidc import AuthorizationRequest, Client, Pending
from watchword.web.answers import Cookie, Raw
from watchword.web.call import Call
from watchword.web.journey.forms import FIELD
from watchword.web.showing import page

PUSHED = "urn:ietf:params:oauth:request_uri:"

_PUSHED_LIFE = 60_000
_LIFE = 3_600_000
"""Milliseconds for which a log-in may take."""
_BROWSER = "watchword-oidc"
_HANDLE = 64


class Authorizing:
    """The authorization endpoint of one provider."""

    def __init__(self, signing_in: SigningIn) -> None:
        self._signing_in = signing_in

    # ---------------------------------------------------------------- endpoints

    async def authorize(self, call: Call) -> Raw:
        """A client sends somebody's browser. Refusals go to the client once it is sure who that is."""
        client = self._client(call)
        pushed = await self._take_pushed(call, client)
        if pushed is not None:
            request = pushed
        else:
            redirect_uri = redirect_uri_of(call.params, client)
            try:
                if client.require_pushed:
                    raise Refusal("invalid_request", "this client has to push its requests")
                request = await self._read(call, client, redirect_uri)
            except Refusal as refusal:
                return await self._refused(call, redirect_uri, call.params.sent("state"), refusal)
        browser = call.cookies.get(self._cookie(call), "") or fresh(call.house.dice)
        handle = fresh(call.house.dice)
        pending = Pending(
            id=mark(handle),
            pushed=False,
            client_id=client.id,
            browser=mark(browser),
            request=request,
            expires=call.now + _LIFE,
        )
        async with call.house.store.unit() as unit:
            await unit.oidc.put_pending(pending)
        cookie = Cookie(name=self._cookie(call), value=browser)
        return _redirect(f"/oidc/continue/{handle}", (cookie,))

    async def returned(self, call: Call) -> Raw:
        """Somebody has signed in or consented: a page that goes on by itself.

        A redirect would do, if browsers did not count it as part of the form's sending, which may lead nowhere but here
        (Content Security Policy, form-action).
        """
        handle, pending = await self._pending(call)
        client = self._known(call, pending)
        where = f"/oidc/continue/{handle}"
        return page(call, "oidc/onwards.html", where=where, client=client.title)

    async def log_in(self, call: Call) -> Raw:
        """The pages of the log-in for a request, in the browser that began it."""
        handle, pending = await self._pending(call)
        client = self._known(call, pending)
        return await self._signing_in.page(call, pending.request, client, handle)

    async def go_on(self, call: Call) -> Raw:
        """Where a request stands: at the log-in, at the question for consent, or at its answer."""
        handle, pending = await self._pending(call)
        client = self._known(call, pending)
        request = pending.request
        if call.method == "POST":
            return await self._take_consent(call, handle, pending)
        who = await self._signing_in.authenticate(call, request, client, handle)
        if isinstance(who, Raw):
            return who
        if isinstance(who, SignedIn):
            who = _checked(request, who)
        if isinstance(who, Unmet):
            return await self._ended(call, pending, Refusal(who.error, who.description))
        missing = await self._unconsented(call, client, pending, who)
        if missing and request.silent:
            return await self._ended(call, pending, Refusal("consent_required", "somebody has to be asked"))
        if missing:
            return self._consent_page(call, handle, client, request, who)
        return await self._answer(call, pending, who)

    async def push(self, call: Call) -> Raw:
        """A client leaves its request here before it sends the browser (RFC 9126)."""
        form_only(call)
        client = await client_of(call)
        if call.params.has("request_uri"):
            raise Refusal("invalid_request", "a pushed request names no other")
        try:
            redirect_uri = redirect_uri_of(call.params, client)
        except Astray as astray:
            raise Refusal("invalid_request", astray.message) from None
        request = await self._read(call, client, redirect_uri)
        handle = fresh(call.house.dice)
        pending = Pending(
            id=mark(handle),
            pushed=True,
            client_id=client.id,
            request=request,
            expires=call.now + _PUSHED_LIFE,
        )
        async with call.house.store.unit() as unit:
            await unit.oidc.put_pending(pending)
        told = {"request_uri": PUSHED + handle, "expires_in": _PUSHED_LIFE // 1000}
        return json_answer(told, HTTPStatus.CREATED)

    # ---------------------------------------------------------------- the request

    def _client(self, call: Call) -> Client:
        if "client_id" in call.params.repeated:
            raise Astray("The request says client_id twice.")
        client = call.snapshot.configuration.client(call.params.text("client_id"))
        if client is None:
            raise Astray("No client of this client_id is registered here.")
        call.note.info = client.id
        return client

    async def _read(self, call: Call, client: Client, redirect_uri: str) -> AuthorizationRequest:
        request = read_request(call.params, client, redirect_uri, call.now)
        hint = call.params.text("id_token_hint")
        if not hint:
            return request
        try:
            said = await Keys(call.house).verified(hint)
        except BadParameter:
            raise Refusal("invalid_request", "id_token_hint is none of ours") from None
        if said.get("aud") != client.id or not isinstance(said.get("sub"), str):
            raise Refusal("invalid_request", "id_token_hint is none of this client")
        if request.subject not in {"", said["sub"]}:
            raise Refusal("invalid_request", "id_token_hint and claims name different people")
        return replace(request, subject=said["sub"])

    async def _take_pushed(self, call: Call, client: Client) -> AuthorizationRequest | None:
        """The request that was pushed, once; None where none is named."""
        named = call.params.text("request_uri")
        if not named.startswith(PUSHED):
            return None
        if "request_uri" in call.params.repeated:
            raise Astray("The request says request_uri twice.")
        async with call.house.store.unit() as unit:
            pending = await unit.oidc.pending(mark(named.removeprefix(PUSHED)))
            if (
                pending is None
                or not pending.pushed
                or pending.client_id != client.id
                or not await unit.oidc.take_pending(pending.id)
                or pending.expires <= call.now
            ):
                pending = None
        if pending is None:
            raise Astray("This request_uri is over, was used before, or is another client's.")
        return replace(pending.request, asked=call.now)

    async def _pending(self, call: Call) -> tuple[str, Pending]:
        """The request that this browser may go on with."""
        handle = call.parts["request"][:_HANDLE]
        async with call.house.store.view() as view:
            pending = await view.oidc.pending(mark(handle))
        browser = call.cookies.get(self._cookie(call), "")
        if (
            pending is None
            or pending.pushed
            or pending.expires <= call.now
            or pending.browser != mark(browser)
        ):
            raise Astray("This sign-in is over, or was begun in another browser. Go back to the application.")
        call.note.info = pending.client_id
        return handle, pending

    def _known(self, call: Call, pending: Pending) -> Client:
        client = call.snapshot.configuration.client(pending.client_id)
        if client is None:
            raise Astray("The client was removed meanwhile.")
        return client

    # ---------------------------------------------------------------- consent

    async def _unconsented(
        self, call: Call, client: Client, pending: Pending, who: SignedIn
    ) -> frozenset[str]:
        """The scopes that the person has to be asked about."""
        request = pending.request
        if pending.consented or not (client.consent or "consent" in request.prompts):
            return frozenset()
        if "consent" in request.prompts:
            return frozenset(request.scopes)
        async with call.house.store.view() as view:
            given = await view.oidc.consented(who.person.subject, client.id)
        return frozenset(request.scopes) - given

    def _consent_page(
        self, call: Call, handle: str, client: Client, request: AuthorizationRequest, who: SignedIn
    ) -> Raw:
        return page(
            call,
            "oidc/consent.html",
            at=f"/oidc/continue/{handle}",
            hidden={FIELD: self._signing_in.form_token(call)},
            client=client.title,
            scopes=[scope for scope in request.scopes if scope not in {"openid", "address"}],
            login=who.person.login,
            device=bool(request.redirect_uri == ""),
        )

    async def _take_consent(self, call: Call, handle: str, pending: Pending) -> Raw:
        who = await self._signing_in.current(call)
        if who is None or not self._signing_in.is_own_form(call):
            return _redirect(f"/oidc/return/{handle}")
        if call.params.text("step") != "allow":
            refusal = Refusal("access_denied", "the person said no")
            return await self._ended(call, pending, refusal, onwards=True)
        request = pending.request
        call.note.user, call.note.realm = who.person.login, who.person.realm
        call.note.action_detail = f"consent to {' '.join(request.scopes)}"
        async with call.unit() as unit:
            given = await unit.oidc.consented(who.person.subject, pending.client_id)
            scopes = given | {*request.scopes}
            await unit.oidc.put_consent(who.person.subject, pending.client_id, scopes, call.now)
            await unit.oidc.put_pending(replace(pending, consented=True))
        return _redirect(f"/oidc/return/{handle}")

    # ---------------------------------------------------------------- the answer

    async def _answer(self, call: Call, pending: Pending, who: SignedIn) -> Raw:
        """The code. Of two tabs with the same request, one has it."""
        request = pending.request
        call.note.user, call.note.realm = who.person.login, who.person.realm
        call.note.action_detail = f"granted {' '.join(request.scopes)}, acr {who.acr}"
        async with call.house.store.unit() as unit:
            if not await unit.oidc.take_pending(pending.id):
                raise Astray("This sign-in was answered before. Go back to the application.")
            grant = granted(call, request, who, sid=not pending.device)
            if pending.device:
                await unit.oidc.add_grant(grant)
                await unit.oidc.move_device(pending.device, "waiting", "granted", grant.id)
            else:
                code = await code_for(call, unit, grant)
            await unit.audit.append(call.entry(success=True))
        if pending.device:
            return page(call, "oidc/granted.html", granted=True)
        return _back(call, request.redirect_uri, {"code": code, "state": request.state})

    async def _ended(self, call: Call, pending: Pending, refusal: Refusal, *, onwards: bool = False) -> Raw:
        async with call.house.store.unit() as unit:
            await unit.oidc.take_pending(pending.id)
            if pending.device:
                await unit.oidc.move_device(pending.device, "waiting", "denied")
        request = pending.request
        if pending.device:
            await call.record(success=False, detail=refusal.message)
            return page(call, "oidc/granted.html", granted=False)
        answer = await self._refused(call, request.redirect_uri, request.state, refusal)
        if not onwards:
            return answer
        client = self._known(call, pending)
        return page(call, "oidc/onwards.html", where=answer.headers["location"], client=client.title)

    async def _refused(self, call: Call, redirect_uri: str, state: str | None, refusal: Refusal) -> Raw:
        await call.record(success=False, detail=refusal.message)
        told = {"error": refusal.error, "error_description": refusal.description or None, "state": state}
        return _back(call, redirect_uri, told)

    def _cookie(self, call: Call) -> str:
        return f"__Host-{_BROWSER}" if call.secure else _BROWSER


def _checked(request: AuthorizationRequest, who: SignedIn) -> SignedIn | Unmet:
    """The person again as the request wants them, whatever the pages have come to."""
    if request.subject and request.subject != sub_of(who.person.subject):
        return Unmet(error="login_required", description="somebody else is signed in")
    return who


def _back(call: Call, redirect_uri: str, told: dict[str, str | None]) -> Raw:
    """To the client, with the issuer against mix-ups (RFC 9207)."""
    answer = {name: text for name, text in told.items() if text is not None}
    query = urlencode({**answer, "iss": call.house.web.oidc.issuer})
    return _redirect(f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}{query}")


def _redirect(where: str, cookies: tuple[Cookie, ...] = ()) -> Raw:
    headers = {"location": where, "referrer-policy": "no-referrer"}
    return Raw(b"", "text/plain", HTTPStatus.SEE_OTHER, headers, cookies)
