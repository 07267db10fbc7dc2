"""Listening sockets: one for each worker, all at one address, so that the kernel shares connections out evenly."""

import errno
import resource
import socket
import ssl
from collections.abc import Callable

from msgspec import Struct

from watchword.errors import Misconfigured
from watchword.web.settings import address_of

_BACKLOG = 2048
_FILES = 65_536


class Listener(Struct, frozen=True, kw_only=True):
    """An address to serve at."""

    at: str
    """``HOST:PORT``."""
    said_by: str = "--listen"
    """What names another address."""
    name: str = "listening"
    """What requests find as ``scope["state"]["listener"]``."""
    tls: Callable[[], ssl.SSLContext] | None = None
    """Reads certificate and key; called in each worker, `Misconfigured` if they are not usable."""


def listen(listener: Listener, count: int) -> list[socket.socket]:
    """``count`` sockets that accept connections at the address; port 0 takes any free one for all of them.

    The first is bound without SO_REUSEPORT, which only comes after: otherwise a second server of the same
    operator could bind to this address unnoticed, and take half of the requests. `Misconfigured` if the
    address is taken, is not ours, or has no meaning.
    """
    host, port = address_of(listener.at)
    sockets: list[socket.socket] = []
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        for _ in range(count):
            one = socket.socket(family, kind, protocol)
            sockets.append(one)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)  # [::] means both families
            if len(sockets) == 1:
                one.bind(address)
                one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            else:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
                one.bind(sockets[0].getsockname())
        for one in sockets:
            one.listen(_BACKLOG)
    except OSError as refused:
        for one in sockets:
            one.close()
        raise Misconfigured(_reason(listener, refused)) from None
    return sockets


def make_room() -> None:
    """Let this process and its children hold as many connections as the system allows, up to 65,536: the usual
    1,024 open files are soon taken by clients that keep theirs.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _FILES if hard == resource.RLIM_INFINITY else min(hard, _FILES)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def origin(listener: Listener, listening: socket.socket) -> str:
    """Where the socket is reached: ``http://HOST:PORT``."""
    scheme = "https" if listener.tls else "http"
    host, port = listening.getsockname()[:2]
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def _reason(listener: Listener, refused: OSError) -> str:
    at, by = listener.at, listener.said_by
    if isinstance(refused, socket.gaierror):
        return f"The address {at} cannot be listened on: its host is not known."
    if refused.errno == errno.EADDRINUSE:
        return f"The address {at} is in use by another program. Stop it, or name another with {by}."
    if refused.errno == errno.EADDRNOTAVAIL:
        return f"The address {at} is none of this machine's. Name another with {by}."
    return f"The address {at} cannot be listened on: {refused.strerror}."
