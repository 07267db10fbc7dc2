"""The other ends of the wires: servers on loopback that answer well, badly, or not at all."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import trustme
from aiohttp import web

from watchword.delivery.configs import read
from watchword.delivery.courier import HttpCourier
from watchword.plugin.providers import Provider, ProviderContext
from watchword.testing import StoppedClock

LOOPBACK = ("127.0.0.0/8", "::1")


@asynccontextmanager
async def courier_to(*allow: str) -> AsyncIterator[HttpCourier]:
    courier = HttpCourier(allow)
    try:
        yield courier
    finally:
        await courier.close()


@asynccontextmanager
async def context_to(*allow: str, templates: str = "") -> AsyncIterator[ProviderContext]:
    """What a provider is given, with a courier that may reach these networks."""
    async with courier_to(*(allow or LOOPBACK)) as courier:
        yield ProviderContext(clock=StoppedClock(), courier=courier, templates=templates)


@dataclass
class Heard:
    """One request as a gateway saw it."""

    method: str
    path: str
    headers: dict[str, str]
    body: str
    query: dict[str, str]


@dataclass
class Gateway:
    """An HTTP server that remembers what it heard, and answers as it is told."""

    url: str = ""
    status: int = 200
    reason: str | None = None
    body: str = "ok"
    headers: dict[str, str] = field(default_factory=dict)
    heard: list[Heard] = field(default_factory=list)
    by_body: dict[str, int] = field(default_factory=dict)
    """Status for requests with this body."""

    async def answer(self, request: web.BaseRequest) -> web.Response:
        self.heard.append(
            Heard(
                method=request.method,
                path=request.path,
                headers={name.lower(): value for name, value in request.headers.items()},
                body=await request.text(),
                query=dict(request.query),
            )
        )
        status = self.by_body.get(self.heard[-1].body, self.status)
        return web.Response(status=status, reason=self.reason, text=self.body, headers=self.headers)


@asynccontextmanager
async def gateway(tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> AsyncIterator[Gateway]:
    """A gateway on a free port."""
    it = Gateway()
    server = web.Server(it.answer)
    runner = web.ServerRunner(server, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, host, 0, ssl_context=tls)
    await site.start()
    port = runner.addresses[0][1]
    name = f"[{host}]" if ":" in host else host
    it.url = f"{'https' if tls else 'http'}://{name}:{port}"
    try:
        yield it
    finally:
        await runner.cleanup()


Wire = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def raw(wire: Wire, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """The port of a server that does on the wire just what it is told."""
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        tasks.add(task)
        try:
            await wire(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        for task in tasks:
            task.cancel()
        server.close()
        await server.wait_closed()
        await asyncio.gather(*tasks, return_exceptions=True)


async def whole_request(reader: asyncio.StreamReader) -> bytes:
    """Headers and body of one request."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return head + (await reader.readexactly(int(length[0].split(b":")[1])) if length else b"")


@dataclass
class Authority:
    """A test authority, and files of what it made."""

    folder: Path
    authority: trustme.CA = field(default_factory=trustme.CA)

    @property
    def trusted(self) -> str:
        path = self.folder / f"authority-{id(self)}.pem"
        self.authority.cert_pem.write_to_path(path)
        return str(path)

    def certificate(self, name: str) -> str:
        """A file with a certificate for the name and its key."""
        path = self.folder / f"{name}-{id(self)}.pem"
        self.authority.issue_cert(name).private_key_and_cert_chain_pem.write_to_path(path)
        return str(path)

    def server(self, *, client_authority: str = "") -> ssl.SSLContext:
        """For a server on 127.0.0.1; with a client authority it wants certificates of that."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
        if client_authority:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(client_authority)
        return context


def opened(kind: type[Provider], context: ProviderContext, **config: object) -> Provider:
    """A provider with this configuration, read as a stored one is."""
    return kind(read(json.dumps(config), kind.settings), context)
