"""Which addresses an administrator's word may lead to, and what a name leads to.

Whoever may configure a provider must not thereby reach what only this machine can: its own ports, its neighbours,
the cloud's metadata. What was checked is what is connected to: a name is resolved once, here.
"""

import asyncio
import socket
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from watchword.plugin.providers import NotSent

_NAT64 = ip_network("64:ff9b::/96")
_METADATA = frozenset({ip_address("168.63.129.16"), ip_address("fd00:ec2::254")})
"""Public or private by number, and yet the cloud's own (Azure, AWS); the others' are link-local."""

INTERNAL = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
"""The networks of a house of its own (RFC 1918, RFC 4193), where directories usually are."""

_THREADS = 8
"""A name server that hangs takes these, and no other work's threads."""


Found = tuple[socket.AddressFamily, str]
"""An address as numbers, and its family."""


class Unknown(NotSent):
    """The name leads nowhere."""


class Addresses:
    """The operator's rule, and the resolver that keeps to it."""

    def __init__(self, allow: Iterable[str] = (), *, usual: Iterable[str] = ()) -> None:
        """``allow``: private and special networks that may be spoken to all the same; so may the ``usual`` ones, but
        for the cloud's own addresses in them.
        """
        self._allow = tuple(ip_network(text, strict=False) for text in allow)
        self._usual = tuple(ip_network(text) for text in usual)
        self._threads: ThreadPoolExecutor | None = None

    def permits(self, text: str) -> bool:
        """Whether this address, as numbers, may be spoken to."""
        address = ip_address(text.partition("%")[0])
        faces = {address, *_within(address)}
        if any(face in network for face in faces for network in self._allow):
            return True
        if any(face in network for face in faces for network in self._usual):
            return _METADATA.isdisjoint(faces)
        return all(_is_public(face) for face in faces)

    async def of(self, host: str, port: int) -> list[Found]:
        """What may be connected to for this host, as numbers; `NotSent` if there is nothing, `Unknown` if the name is."""
        found: Sequence[Found] = _as_number(host)
        if not found:
            with suppress(OSError, UnicodeError):
                found = await asyncio.get_running_loop().run_in_executor(self._pool(), _look_up, host, port)
        if not found:
            raise Unknown(
                f"The name {host!r} cannot be resolved: correct it, or ask whoever keeps the name service."
            )
        return self._permitted(host, found)

    def refuse_number(self, host: str) -> None:
        """`NotSent` if the host is an address, in whatever notation of numbers, that may not be spoken to."""
        if found := _as_number(host):
            self._permitted(host, found)

    def close(self) -> None:
        if self._threads:
            self._threads.shutdown(wait=False, cancel_futures=True)
            self._threads = None

    def _permitted(self, host: str, found: Sequence[Found]) -> list[Found]:
        permitted = [(family, address) for family, address in found if self.permits(address)]
        if not permitted:
            raise NotSent(
                f"{host!r} leads to {found[0][1]}, a private or special address. If that is meant, add its network"
                " to the setting outbound.allow."
            )
        return permitted

    def _pool(self) -> ThreadPoolExecutor:
        self._threads = self._threads or ThreadPoolExecutor(_THREADS, "names")
        return self._threads


@lru_cache(maxsize=256)
def _as_number(host: str) -> tuple[Found, ...]:
    try:
        return tuple(_look_up(host, 0, socket.AI_NUMERICHOST))
    except (OSError, UnicodeError):
        return ()


def _look_up(host: str, port: int, flags: int = 0) -> list[Found]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
    return [(family, str(where[0])) for family, _, _, _, where in found if family in _FAMILIES]


_FAMILIES = frozenset({socket.AF_INET, socket.AF_INET6})


def _within(address: IPv4Address | IPv6Address) -> Iterable[IPv4Address]:
    """The IPv4 addresses that an IPv6 address leads to by the ways of transition (RFC 4291, 3056, 4380, 6052)."""
    if isinstance(address, IPv4Address):
        return
    if address.ipv4_mapped:
        yield address.ipv4_mapped
    if address.sixtofour:
        yield address.sixtofour
    if address.teredo:
        yield from address.teredo
    if address in _NAT64:
        yield IPv4Address(int(address) & 0xFFFFFFFF)


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address) and (address.ipv4_mapped or address in _NAT64):
        return True  # judged by the address within
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not address.is_unspecified
        and address not in _METADATA
    )
