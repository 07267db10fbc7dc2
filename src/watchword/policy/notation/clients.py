"""Conditions on the client: addresses and networks of IPv4 and IPv6, or ``*``.

An IPv4 address written within IPv6 (``::ffff:192.0.2.1``) is the IPv4 address, in conditions and in requests.
"""

from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias

from msgspec import Struct

from watchword.errors import BadParameter
from watchword.policy.notation.lists import ANY, EXACT, OUT, entries, sign

Network: TypeAlias = IPv4Network | IPv6Network

_MAPPED = IPv6Network("::ffff:0:0/96")
_MAPPED_BITS = 96


class Block(Struct, frozen=True):
    """A network as numbers, which compare faster than its noun."""

    version: int
    first: int
    last: int

    def __contains__(self, address: tuple[int, int]) -> bool:
        return address[0] == self.version and self.first <= address[1] <= self.last

    @property
    def network(self) -> Network:
        bits = 32 if self.version == 4 else 128
        prefix = bits - (self.last - self.first).bit_length()
        return IPv4Network((self.first, prefix)) if self.version == 4 else IPv6Network((self.first, prefix))

    def __str__(self) -> str:
        network = self.network
        return str(network.network_address if self.first == self.last else network)


class Clients(Struct, frozen=True):
    """Clients for which a policy holds, and those for which it does not, whatever else matches."""

    every: bool = False
    wanted: tuple[Block, ...] = ()
    refused: tuple[Block, ...] = ()

    def precision(self, client: str | None) -> int:
        address = _address(client) if client else None
        if address is not None:
            for block in self.refused:
                if address in block:
                    return OUT
            for block in self.wanted:
                if address in block:
                    return EXACT
        return ANY if self.every else OUT

    def __str__(self) -> str:
        every = ["*"] if self.every else []
        return ", ".join([*every, *map(str, self.wanted), *(f"!{block}" for block in self.refused)])


def read_clients(text: str) -> Clients:
    """Read a client condition; raises `errors.BadParameter` with the entry that cannot be used."""
    every, wanted, refused = False, list[Block](), list[Block]()
    for entry in entries(text):
        negated, bare = sign(entry, "client")
        if bare == "*" and not negated:
            every = True
            continue
        try:
            block = _block(ip_network(bare, strict=False))
        except ValueError:
            raise BadParameter(
                f"client condition: {entry!r} is neither an address nor a network such as 192.0.2.0/24"
            ) from None
        (refused if negated else wanted).append(block)
    return Clients(every, tuple(wanted), tuple(refused))


def _block(network: Network) -> Block:
    if isinstance(network, IPv6Network) and network.subnet_of(_MAPPED):
        network = IPv4Network((int(network.network_address) & 0xFFFFFFFF, network.prefixlen - _MAPPED_BITS))
    return Block(network.version, int(network.network_address), int(network.broadcast_address))


@lru_cache(maxsize=4096)
def _address(text: str) -> tuple[int, int] | None:
    """IP version and number; None for what is no address: it matches no network."""
    try:
        address = ip_address(text.strip())
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return address.version, int(address)
