"""Listening sockets: one for each worker, all at one address, so that the kernel shares connections out evenly."""

import errno
import socket

from watchword.errors import Misconfigured
from watchword.settings import address_of

_BACKLOG = 2048


def listen(at: str, count: int) -> list[socket.socket]:
    """``count`` sockets that accept connections at ``HOST:PORT``; port 0 takes any free one for all of them.

    The first is bound without SO_REUSEPORT, which only comes after: otherwise a second server of the same
    operator could bind to this address unnoticed, and take half of the requests. `Misconfigured` if the
    address is taken, is not ours, or has no meaning.
    """
    host, port = address_of(at)
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
        raise Misconfigured(_reason(at, refused)) from None
    return sockets


def origin(listening: socket.socket) -> str:
    """Where the socket is reached: ``http://HOST:PORT``."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _reason(at: str, refused: OSError) -> str:
    if isinstance(refused, socket.gaierror):
        return f"The address {at} cannot be listened on: its host is not known."
    if refused.errno == errno.EADDRINUSE:
        return f"The address {at} is in use by another program. Stop it, or name another with --listen."
    if refused.errno == errno.EADDRNOTAVAIL:
        return f"The address {at} is none of this machine's. Name another with --listen."
    return f"The address {at} cannot be listened on: {refused.strerror}."
