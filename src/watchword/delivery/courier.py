"""Speaks to services on the house's behalf, within bounds, and tells what surely was not sent from what may have been.

After a connection stood, nothing is certain until the answer is there: only what failed before may be tried
elsewhere. So a request is never repeated here, and a connection is kept only for a moment: a server that closes
an idle one just then would leave us in doubt for nothing.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import msgspec

from watchword.delivery.addresses import INTERNAL, Addresses, Unknown
from watchword.delivery.certificates import trust
from watchword.delivery.telling import why
from watchword.errors import Refused, Unreachable
from watchword.plugin.providers import Answered, NotSent, Unsure

if TYPE_CHECKING:
    import aiohttp
    import yarl

BODY_BYTES = 65_536
"""How much of an answer is read; no service has more to say."""
_KEPT_SECONDS = 2.0
"""Less than the servers that we know of wait before they close an idle connection (5 s and more)."""
_NAME_SECONDS = 3.0
_AT_ONCE = 64
"""Connections to one service."""

_REFUSES_US = ("_CERTIFICATE", "CERTIFICATE_", "UNKNOWN_CA", "ACCESS_DENIED", "HANDSHAKE_FAILURE")
"""In the reason of an error of TLS: the other side will not speak to us because of who we are (RFC 8446 section 6.2,
for lack of a certificate in TLS 1.2 RFC 5246 section 7.2.2)."""


class HttpCourier:
    """Keeps the promises of `plugin.providers.Courier`. One serves a process; made and closed in its loop."""

    def __init__(self, allow: Iterable[str] = ()) -> None:
        """``allow``: private and special networks that may be spoken to all the same."""
        self._addresses = Addresses(allow)
        self._directories = Addresses(allow, usual=INTERNAL)
        self._session: aiohttp.ClientSession | None = None

    async def request(
        self,
        method: str,
        url: str,
        *,
        form: Mapping[str, str | Sequence[str]] | None = None,
        json: Any = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        basic: tuple[str, str] | None = None,
        digest: tuple[str, str] | None = None,
        proxy: str = "",
        server_certificate: str | bool = True,
        client_certificate: str = "",
        seconds: tuple[float, float] = (3.0, 10.0),
    ) -> Answered:
        import aiohttp

        where = _target(url, query)
        await self._check(where, proxy, seconds[0])
        journey = _Journey(where, proxy)
        said = {"Accept-Encoding": "identity", "Connection": "keep-alive"}
        body, media = _body(form, json)
        if media:
            said["Content-Type"] = media
        said = _merged(said, headers or {})
        if basic or where.user:
            login, password = basic or (where.user or "", where.password or "")
            said["Authorization"] = aiohttp.encode_basic_auth(login, password, "utf-8")
        middlewares: list[aiohttp.ClientMiddlewareType] = [journey.once]
        if digest:
            middlewares.append(aiohttp.DigestAuthMiddleware(*digest))
        connecting, answering = seconds
        try:
            async with (
                asyncio.timeout(connecting + answering),
                self._open().request(
                    method,
                    where.with_user(None),
                    data=body,
                    headers=said,
                    proxy=proxy or None,
                    ssl=trust(server_certificate, client_certificate) if _is_tls(where, proxy) else True,
                    allow_redirects=False,
                    timeout=aiohttp.ClientTimeout(total=None, connect=connecting),
                    middlewares=middlewares,
                    trace_request_ctx=journey,
                ) as answer,
            ):
                return Answered(
                    status=answer.status,
                    reason=answer.reason or "",
                    body=await _beginning(answer),
                    headers={name.lower(): value for name, value in answer.headers.items()},
                )
        except (aiohttp.ClientError, OSError, ValueError) as broken:  # TimeoutError is an OSError
            raise journey.ended(broken) from None

    async def dial(self, host: str, port: int, *, seconds: float) -> socket.socket:
        loop = asyncio.get_running_loop()
        reason = "does not answer"
        try:
            async with asyncio.timeout(seconds):
                for family, address in await self._addresses.of(host, port):
                    connection = socket.socket(family, socket.SOCK_STREAM)
                    try:
                        connection.setblocking(False)
                        await loop.sock_connect(connection, (address, port))
                    except OSError as refused:
                        connection.close()
                        reason = f"cannot be reached: {why(refused)}"
                    except BaseException:
                        connection.close()
                        raise
                    else:
                        return connection
        except TimeoutError:
            reason = "did not answer in time"
        raise NotSent(f"{host}:{port} {reason}. Look whether it runs, and whether the port is right.")

    def trust(
        self, server_certificate: str | bool = True, client_certificate: str = "", key: str = ""
    ) -> ssl.SSLContext:
        return trust(server_certificate, client_certificate, key)

    async def allow_directory(self, host: str, port: int) -> None:
        """Raise `errors.Refused` unless a directory may be spoken to there, which in a house's own networks it may;
        `errors.Unreachable` where the name leads nowhere.
        """
        try:
            async with asyncio.timeout(_NAME_SECONDS):
                await self._directories.of(host, port)
        except Unknown as unknown:
            raise Unreachable(unknown.message) from None
        except NotSent as forbidden:
            raise Refused(forbidden.message) from None
        except TimeoutError:
            raise Unreachable(f"The name service did not say in time where {host!r} is.") from None

    async def close(self) -> None:
        session, self._session = self._session, None
        if session:
            await session.close()
        self._addresses.close()
        self._directories.close()

    async def _check(self, where: "yarl.URL", proxy: str, seconds: float) -> None:
        """Refuse what leads to forbidden addresses; a name is judged when it is connected to.

        Behind a proxy that is not our doing, so that there the name is looked up for this alone. One that only the
        proxy knows is left to it.
        """
        self._addresses.refuse_number(where.host or "")
        if not proxy:
            return
        self._addresses.refuse_number(_target(proxy, None).host or "")
        try:
            async with asyncio.timeout(seconds):
                await self._addresses.of(where.host or "", where.port or 0)
        except Unknown:
            return
        except TimeoutError:
            raise NotSent(f"The name service did not say in time where {where.host!r} is.") from None

    def _open(self) -> "aiohttp.ClientSession":
        if self._session is None:
            self._session = _session(self._addresses)
        return self._session


class _Journey:
    """How far one request has come."""

    def __init__(self, where: "yarl.URL", proxy: str) -> None:
        self._name = f"{where.host}:{where.port}"
        self._through = " through the proxy" if proxy else ""
        self._begun = False
        self.connected = False

    async def once(
        self,
        request: "aiohttp.ClientRequest",
        send: Callable[["aiohttp.ClientRequest"], Awaitable["aiohttp.ClientResponse"]],
    ) -> "aiohttp.ClientResponse":
        """Refuse the second try that the library makes of its own accord for GET."""
        if self._begun:
            raise Unsure(f"{self._name} closed the connection before it answered.")
        self._begun = True
        return await send(request)

    def ended(self, broken: Exception) -> NotSent | Unsure:
        """What it means that the request ended thus."""
        if _refuses_us(broken):
            return NotSent(
                f"{self._name} does not take our client certificate, or wants one: give what it knows."
            )
        if self.connected:
            if isinstance(broken, TimeoutError):
                return Unsure(f"{self._name} took the request{self._through} and did not answer in time.")
            return Unsure(f"{self._name} took the request{self._through} and gave no proper answer.")
        return NotSent(f"{self._name} cannot be reached{self._through}: {why(broken)}.")


def _session(addresses: Addresses) -> "aiohttp.ClientSession":
    import aiohttp
    from aiohttp.abc import AbstractResolver, ResolveResult

    class Resolver(AbstractResolver):
        """Names lead where the operator allows it, and nowhere else."""

        async def resolve(
            self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
        ) -> list[ResolveResult]:
            return [
                ResolveResult(
                    hostname=host,
                    host=address,
                    port=port,
                    family=found,
                    proto=0,
                    flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
                )
                for found, address in await addresses.of(host, port)
            ]

        async def close(self) -> None:
            return

    async def connecting(_session: object, context: Any, _params: object) -> None:
        context.trace_request_ctx.connected = False

    async def connected(_session: object, context: Any, _params: object) -> None:
        context.trace_request_ctx.connected = True

    trace = aiohttp.TraceConfig()
    trace.on_connection_create_start.append(connecting)
    trace.on_connection_create_end.append(connected)
    trace.on_connection_reuseconn.append(connected)
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            resolver=Resolver(),
            family=socket.AF_UNSPEC,
            ttl_dns_cache=10,
            keepalive_timeout=_KEPT_SECONDS,
            limit=0,
            limit_per_host=_AT_ONCE,
        ),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trace_configs=[trace],
        headers={"User-Agent": "Watchword"},
    )


@lru_cache(maxsize=256)
def _parsed(url: str) -> "yarl.URL":
    import yarl

    return yarl.URL(url)


def _target(url: str, query: Mapping[str, str] | None) -> "yarl.URL":
    try:
        where = _parsed(url)
        if where.scheme not in {"http", "https"} or not where.host:
            raise ValueError
        return where.update_query(query) if query else where
    except (ValueError, TypeError):
        raise NotSent(
            "The URL of the service is none: it begins with http:// or https:// and a name."
        ) from None


def _body(form: Mapping[str, str | Sequence[str]] | None, json: Any) -> tuple[bytes | None, str]:
    """The whole body at once, so that its length is known and nothing is sent in chunks, and its media type."""
    if form is not None:
        return urlencode(form, doseq=True).encode(), "application/x-www-form-urlencoded"
    if json is not None:
        return msgspec.json.encode(json), "application/json"
    return None, ""


def _merged(ours: Mapping[str, str], theirs: Mapping[str, str]) -> dict[str, str]:
    """Theirs over ours, whatever their case."""
    named = {name.lower() for name in theirs}
    return {**{name: value for name, value in ours.items() if name.lower() not in named}, **theirs}


def _is_tls(where: "yarl.URL", proxy: str) -> bool:
    return where.scheme == "https" or proxy.startswith("https:")


async def _beginning(answer: "aiohttp.ClientResponse") -> bytes:
    """The answer's body up to the bound; what comes after is never read."""
    body = bytearray()
    async for piece in answer.content.iter_any():
        body += piece
        if len(body) >= BODY_BYTES:
            answer.close()
            break
    return bytes(body[:BODY_BYTES])


def _refuses_us(broken: Exception) -> bool:
    """Whether the other side ended TLS because of who we are."""
    seen: BaseException | None = broken
    while seen is not None:
        reason = getattr(seen, "reason", None) if isinstance(seen, ssl.SSLError) else ""
        if any(word in (reason or "") and reason != "CERTIFICATE_VERIFY_FAILED" for word in _REFUSES_US):
            return True
        seen = seen.__cause__ or seen.__context__
    return False
