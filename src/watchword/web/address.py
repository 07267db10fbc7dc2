"""The client's address: the peer's, unless the peer is a proxy that the operator trusts."""

import re
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from watchword.errors import Misconfigured
from watchword.model.configuration import Configuration

Network = IPv4Network | IPv6Network

_FOR = re.compile(r'\bfor="?(\[[^\]]*\]|[^;,":\s]*)', re.IGNORECASE)


@lru_cache(maxsize=4096)
def canonical(text: str) -> str | None:
    """The address in its one spelling (an IPv4-mapped one as IPv4), or None if it is no address."""
    try:
        address = ip_address(text.strip().strip("[]"))
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(address)


def networks(texts: tuple[str, ...]) -> tuple[Network, ...]:
    """Parse the networks of the setting ``proxies.trusted``."""
    try:
        return tuple(ip_network(text, strict=False) for text in texts)
    except ValueError as wrong:
        raise Misconfigured(f"proxies.trusted: {wrong}. Write networks such as 10.0.0.0/8 or ::1.") from wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Where a request comes from, as far as the peer and what it says go."""

    peer: str
    forwarded_for: str = ""
    """The header X-Forwarded-For."""
    forwarded: str = ""
    """The header Forwarded (RFC 7239)."""
    trusted: tuple[Network, ...] = ()
    """Proxies of the setting ``proxies.trusted``."""

    def address(self, configuration: Configuration) -> str:
        """The client's address. LinOTP's settings may name further proxies (``client.FORWARDED_PROXY``), and say
        that one of the headers counts behind them.
        """
        proxies = self.trusted + _listed(configuration.text("client.FORWARDED_PROXY"))
        if configuration.flag("client.X_FORWARDED_FOR"):
            return client_address(self.peer, self.forwarded_for, proxies)
        if configuration.flag("client.FORWARDED"):
            hops = ",".join(_hop(element) for element in self.forwarded.split(","))
            return client_address(self.peer, hops, proxies)
        return client_address(self.peer, self.forwarded_for, self.trusted)

    def claimed_address(self, claim: str, configuration: Configuration) -> str:
        """The same, or the one that the request claims, where ``mayOverwriteClient`` lists whom it comes from."""
        address = self.address(configuration)
        allowed = configuration.text("mayOverwriteClient") if claim else ""
        if allowed and address in {canonical(entry) for entry in allowed.split(",")}:
            return canonical(claim) or address
        return address


@lru_cache(maxsize=64)
def _listed(text: str) -> tuple[Network, ...]:
    """The networks of a list; what is none is nobody's."""
    found: list[Network] = []
    for entry in text.replace(",", " ").split():
        with suppress(ValueError):
            found.append(ip_network(entry, strict=False))
    return tuple(found)


def _hop(element: str) -> str:
    match = _FOR.search(element)
    return match[1] if match is not None else ""


def client_address(peer: str, forwarded: str, trusted: tuple[Network, ...]) -> str:
    """The nearest address that no trusted proxy vouches away.

    ``forwarded`` is X-Forwarded-For, nearest hop last; it counts only as far as each hop is trusted, so a
    client cannot put words into it.
    """
    address = canonical(peer) or ""
    if not trusted or not forwarded:
        return address
    for hop in reversed(forwarded.split(",")):
        if not _inside(address, trusted):
            return address
        nearer = canonical(hop)
        if nearer is None:
            return address
        address = nearer
    return address


def _inside(address: str, trusted: tuple[Network, ...]) -> bool:
    if not address:
        return False
    parsed = ip_address(address)
    return any(parsed.version == network.version and parsed in network for network in trusted)
