"""The client's address: the peer's, unless the peer is a proxy that the operator trusts."""

from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from watchword.errors import Misconfigured

Network = IPv4Network | IPv6Network


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
