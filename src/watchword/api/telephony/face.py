"""``/telephony``: the face itself. Each answer comes in time, and says nothing that is not known.

Who calls us waits three seconds and then sends the code over somebody else. So what is not sure to be lost counts as
under way: a wrong "failed" would send it twice, a late answer as well.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, NamedTuple

import msgspec

from watchword.api.telephony import neutral, okta
from watchword.api.telephony.proving import Prover
from watchword.delivery.carriers import CARRIERS
from watchword.delivery.numbers import Kind, Number, known, masked
from watchword.delivery.relaying import Progress, Relaying
from watchword.delivery.reports import Reports
from watchword.delivery.routing import Sought, Way, way
from watchword.delivery.telling import accepted, refused, uncertain
from watchword.errors import BadParameter, WatchwordError
from watchword.limits.settings import TelephonySettings
from watchword.limits.spending import charges
from watchword.model.audit import AuditEntry
from watchword.model.hook import Commission, HookConfig, Shape
from watchword.model.message import Fate, Receipt
from watchword.plugin.receipts import Posted
from watchword.policy.circumstances import Circumstances
from watchword.policy.snapshot import Snapshot
from watchword.web.address import Sender, networks
from watchword.web.bugs import without_values
from watchword.web.house import House

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

PREFIX = "/telephony/"
OKTA = "/telephony/okta"
NAMED = "/telephony/hook/"
RECEIPTS = "/telephony/receipts/"

_LIMIT = 64 * 1024
"""Bytes of a request; Okta's have two thousand."""
_PATIENCE = 1.9
"""Seconds after the request's beginning until which an outcome is waited for and can still be written down."""
_DEADLINE = 2.5
"""Seconds after which there is an answer, whatever is still going on. Callers wait three, with both ways."""

_RECEIPT_SECONDS = 10.0
_TOO_LARGE = HTTPStatus.REQUEST_ENTITY_TOO_LARGE

log = logging.getLogger(__name__)


class _Said(NamedTuple):
    status: HTTPStatus
    body: bytes = b""


class _Received(NamedTuple):
    """One request."""

    path: str
    headers: dict[bytes, bytes]
    body: bytes
    client: Sender
    began: float


class TelephonyFace:
    """The face as an ASGI application, for what lies below `PREFIX`."""

    def __init__(self, house: House, settings: TelephonySettings, *, enforce: bool = True) -> None:
        """``enforce`` False: what exceeds a bound is told in the audit, and sent all the same."""
        self._house = house
        self._settings = settings
        self._enforce = enforce
        self._refused = frozenset(Kind(kind) for kind in settings.refused_numbers)
        self._refused_countries = frozenset(country.upper() for country in settings.refused_countries)
        self._trusted = networks(house.web.proxies.trusted)
        self._prover = Prover(house.ring, house.courier, house.clock)
        self._relaying = Relaying(
            store=house.store,
            ring=house.ring,
            clock=house.clock,
            dice=house.dice,
            dispatch=house.dispatch,
        )
        self._reports = Reports(house.providers, house.store)
        self._late: set[asyncio.Task[_Said]] = set()

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        began = asyncio.get_running_loop().time()
        path: str = scope["path"]
        if path.startswith(RECEIPTS):
            await self._hear(scope, receive, send)
            return
        if path != OKTA and not (path.startswith(NAMED) and path.removeprefix(NAMED)):
            await _say(send, _Said(HTTPStatus.NOT_FOUND))
            return
        if scope["method"] != "POST":
            await _say(send, _Said(HTTPStatus.METHOD_NOT_ALLOWED))
            return
        try:
            async with asyncio.timeout_at(began + _DEADLINE):
                body = await _body(receive)
        except TimeoutError:
            await _say(send, _Said(HTTPStatus.REQUEST_TIMEOUT))
            return
        if body is None:
            return
        if len(body) > _LIMIT:
            await _say(send, _Said(HTTPStatus.REQUEST_ENTITY_TOO_LARGE))
            return
        received = _Received(path, _headers(scope), body, self._client(scope), began)
        await _say(send, await self._in_time(received))

    async def _hear(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Take a receipt. Strangers are told the same of any name; of a message that is not there nothing is told."""
        if scope["method"] not in {"GET", "POST"}:
            await _say(send, _Said(HTTPStatus.METHOD_NOT_ALLOWED))
            return
        try:
            async with asyncio.timeout(_RECEIPT_SECONDS):
                body = await _body(receive)
                if body is None:
                    return
                status = await self._heard(scope, body) if len(body) <= _LIMIT else _TOO_LARGE
        except TimeoutError:
            status = HTTPStatus.REQUEST_TIMEOUT
        except WatchwordError as unable:
            log.warning("a receipt cannot be taken", extra={"why": unable.message})
            status = HTTPStatus.SERVICE_UNAVAILABLE
        # Whatever it is: the server below us would log what it quotes.
        except Exception as bug:
            log.exception("a receipt failed", exc_info=without_values(bug))
            status = HTTPStatus.SERVICE_UNAVAILABLE
        await _say(send, _Said(status))

    async def _heard(self, scope: dict[str, Any], body: bytes) -> HTTPStatus:
        snapshot = await self._house.snapshots.latest()
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in _headers(scope).items()}
        posted = Posted(query=scope["query_string"].decode("latin-1"), headers=headers, body=body)
        name = scope["path"].removeprefix(RECEIPTS)
        proven = await self._reports.proven(name, posted, snapshot.configuration)
        if proven is None:
            client = self._client(scope).address(snapshot.configuration)
            log.warning(
                "a receipt of a stranger was refused", extra={"provider": name[:80], "client": client}
            )
            return HTTPStatus.FORBIDDEN
        return HTTPStatus.OK if await self._reports.take(*proven) else HTTPStatus.NOT_FOUND

    async def close(self) -> None:
        """Wait for what goes on after its answer; all of it is bounded."""
        await asyncio.gather(*self._late, return_exceptions=True)

    async def _in_time(self, received: _Received) -> _Said:
        """The answer, at the latest at the deadline: under way if it may be, failed if it surely is not."""
        progress = Progress()
        task = asyncio.create_task(self._answer(received, progress))
        self._late.add(task)
        task.add_done_callback(self._late.discard)
        left = received.began + _DEADLINE - asyncio.get_running_loop().time()
        done, _ = await asyncio.wait({task}, timeout=max(0.0, left))
        if done:
            return task.result()
        log.warning("a hook is answered before its outcome is known", extra={"begun": progress.begun})
        if progress.begun:
            return _told(received.path, progress.shape, uncertain("The outcome is not known yet."))
        # Nothing was written down, and now nothing will be: the next step that waits ends the task.
        task.cancel()
        return _told(received.path, progress.shape, refused("There was no time to send the message."))

    async def _answer(self, received: _Received, progress: Progress) -> _Said:
        try:
            snapshot = await self._house.snapshots.latest()
            hook = await self._caller(received, snapshot)
            if hook is None:
                return _Said(HTTPStatus.UNAUTHORIZED)
            progress.shape = hook.shape
            try:
                body = msgspec.json.decode(received.body)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                return _Said(HTTPStatus.BAD_REQUEST)
            if not isinstance(body, dict):
                return _Said(HTTPStatus.BAD_REQUEST)
            return await self._carried(received, snapshot, hook, body, progress)
        except WatchwordError as unable:
            log.warning("a hook cannot be answered", extra={"why": unable.message})
            # Whether the store took what we asked it to keep is not known: then it may be sent.
            receipt = uncertain if progress.begun else refused
            return _told(received.path, progress.shape, receipt("The store does not answer."))
        # Whatever it is: the server below us would log what it quotes, and say 500.
        except Exception as bug:
            log.exception("a hook failed", exc_info=without_values(bug))
            receipt = uncertain if progress.begun else refused
            return _told(received.path, progress.shape, receipt("The server could not do this."))

    async def _caller(self, received: _Received, snapshot: Snapshot) -> HookConfig | None:
        """Whose request it is; of several hooks for Okta the one that takes its proof."""
        hooks = snapshot.configuration.hooks
        if received.path == OKTA:
            asked = [hook for hook in hooks.values() if hook.shape is Shape.OKTA]
        else:
            asked = [hooks[name] for name in (received.path.removeprefix(NAMED),) if name in hooks]
        for hook in asked:
            if hook.active and await self._prover.proves(hook, received.headers, received.body):
                return hook
        client = received.client.address(snapshot.configuration)
        log.warning("a hook was called by a stranger", extra={"path": received.path[:80], "client": client})
        return None

    async def _carried(
        self,
        received: _Received,
        snapshot: Snapshot,
        hook: HookConfig,
        body: dict[str, Any],
        progress: Progress,
    ) -> _Said:
        now = self._house.clock.now()
        client = received.client.address(snapshot.configuration)
        form = okta if hook.shape is Shape.OKTA else neutral.FORMS[hook.shape]
        try:
            commission = form.commissioned(body, now)
        except BadParameter as wrong:
            receipt = refused(wrong.message)
            await self._note(self._row(hook, None, receipt, client=client))
            return _told(received.path, hook.shape, receipt)
        found, planned = self._planned(hook, commission, snapshot, now)
        if commission.preview or not planned.providers:
            receipt = _by_plan(planned)
            await self._note(self._row(hook, commission, receipt, client=client))
            return _told(received.path, hook.shape, receipt)
        left = received.began + _PATIENCE - asyncio.get_running_loop().time()
        brought = await self._relaying.bring(
            hook.name,
            msgspec.structs.replace(commission, to=found.e164),
            planned.providers,
            snapshot.configuration,
            max(0.0, left),
            progress,
            lambda receipt, reference: self._row(
                hook, commission, receipt, client=client, reference=reference, route=planned.route
            ),
            charges(
                self._settings,
                self._key,
                now=now,
                number=found.e164,
                person=commission.person,
                address=commission.client,
                country=found.country,
                cost=planned.cost,
            ),
            enforce=self._enforce,
        )
        return _told(received.path, hook.shape, brought.receipt, brought.reference)

    def _key(self, kind: str, text: str) -> str:
        return self._house.ring.fingerprint("spending", kind, text).hex()

    def _planned(
        self, hook: HookConfig, commission: Commission, snapshot: Snapshot, now: int
    ) -> tuple[Number, Way]:
        """The number, and over whom it is reached; nobody if it shall not be."""
        try:
            found = known(commission.to)
        except WatchwordError as wrong:
            if not commission.preview:
                return _NO_NUMBER, Way(providers=(), why=wrong.message)
            found = _NO_NUMBER
        if found.kind in self._refused or found.country in self._refused_countries:
            why = f"Numbers of this kind get no codes: {found.kind}, {found.country or 'no country'}."
            return found, Way(providers=(), why=why)
        configuration = snapshot.configuration
        about = Circumstances(
            now=now, login=commission.person, realm=hook.realm or configuration.default_realm
        )
        default = configuration.provider(commission.channel)
        sought = Sought(
            channel=commission.channel,
            number=found,
            now=now,
            language=commission.language,
            purpose=commission.purpose,
            realm=about.realm,
        )
        named = snapshot.rules.ask(CARRIERS[commission.channel], about).value
        return found, way(
            sought, configuration.routes, named=named, default=default.name if default is not None else ""
        )

    def _row(
        self,
        hook: HookConfig,
        commission: Commission | None,
        receipt: Receipt,
        *,
        client: str,
        reference: str = "",
        route: str = "",
    ) -> AuditEntry:
        """The row of one event: who asked for whom, and what became of it; neither code nor number."""
        about = [f"hook {hook.name}"]
        if commission is not None:
            about += [commission.purpose, commission.channel.value, masked(commission.to)]
            about += ["preview"] if commission.preview else []
            about += [f"route {route}"] if route else []
            about += [commission.odd] if commission.odd else []
            about += [f"for {commission.client}"] if commission.client else []
        fate = [receipt.fate.value, receipt.provider, receipt.reason, reference]
        return self._house.journal.sign(
            AuditEntry(
                action=f"telephony/{hook.shape}",
                success=receipt.fate in {Fate.ACCEPTED, Fate.UNCERTAIN},
                user=commission.person if commission is not None else "",
                realm=hook.realm,
                action_detail=", ".join(filter(None, about)),
                info=", ".join(filter(None, fate)),
                client=client,
            )
        )

    async def _note(self, entry: AuditEntry) -> None:
        async with self._house.store.unit() as unit:
            await unit.audit.append(entry)

    def _client(self, scope: dict[str, Any]) -> Sender:
        headers = dict(scope["headers"])
        return Sender(
            peer=scope["client"][0] if scope.get("client") else "",
            forwarded_for=headers.get(b"x-forwarded-for", b"").decode("latin-1"),
            forwarded=headers.get(b"forwarded", b"").decode("latin-1"),
            trusted=self._trusted,
        )


_NO_NUMBER = Number(e164="", country="", kind=Kind.UNKNOWN)


def _by_plan(planned: Way) -> Receipt:
    """What is told where nothing is sent: for a preview what would have been, else why not."""
    if not planned.providers:
        return refused(planned.why)
    told = accepted(reason=f"preview: nothing was sent. {planned.why}")
    return msgspec.structs.replace(told, provider=planned.providers[0])


def _told(path: str, shape: Shape | None, receipt: Receipt, reference: str = "") -> _Said:
    """What became of it, in the caller's form."""
    if path == OKTA or shape in {None, Shape.OKTA}:
        return _Said(HTTPStatus.OK, okta.answer(receipt, reference))
    return _Said(*neutral.answer(receipt, reference))


def _headers(scope: dict[str, Any]) -> dict[bytes, bytes]:
    """By name in lower case. What comes twice proves nothing: some proxy would have read the other one."""
    headers: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        headers[name] = b"" if name in headers else value
    return headers


async def _body(receive: Receive) -> bytes | None:
    """The body, or its beginning if it is too long; None if the client went away before it was here."""
    body = bytearray()
    while len(body) <= _LIMIT:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break
    return bytes(body)


async def _say(send: Send, said: _Said) -> None:
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(said.body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    if said.status is HTTPStatus.METHOD_NOT_ALLOWED:
        headers.append((b"allow", b"POST"))
    await send({"type": "http.response.start", "status": int(said.status), "headers": headers})
    await send({"type": "http.response.body", "body": said.body})
