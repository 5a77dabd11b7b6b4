"""Source address of a request: the peer, or the address reported by a trusted proxy."""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from bot.settings.rules import SHARED_FACTOR

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

MAX_HOPS: Final = 20
# Key of all requests from a proxy that forwards no address.
NO_ADDRESS: Final = "proxy"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestSource:
    """Source of a request.

    Attributes:
        key: the address, or the /64 network of an IPv6 address; requests with the same key share a budget.
        factor: multiplies the budget, for an address that stands for many people.
        hidden: the proxy in front forwards no address, so the key stands for all its clients.
        limited: whether address budgets apply; they do not on this machine in developer mode.
    """

    key: str
    factor: float = 1.0
    hidden: bool = False
    limited: bool = True


# Key of the source in a request, set by the gate for the handlers.
SOURCE: Final = web.RequestKey("heia.source", RequestSource)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRule:
    """Finds the source of a request.

    Args:
        trusted: networks of proxies with a trusted ``X-Forwarded-For``.
        shared: networks in which one address stands for many people, each with its factor.
        local_unlimited: developer mode, in which this machine's address has no budget.
    """

    trusted: Sequence[Network] = ()
    shared: Mapping[Network, float] | None = None
    local_unlimited: bool = False

    def source_of(self, peer: str | None, forwarded: Sequence[str]) -> RequestSource:
        """Return the source of a request.

        Args:
            peer: address of the other end of the connection; None or empty for a Unix socket.
            forwarded: the values of every ``X-Forwarded-For`` header, in order.
        """
        address = read_address(peer or "")
        if address is None:
            return RequestSource(key=NO_ADDRESS, factor=SHARED_FACTOR, hidden=True)
        if not self.trusts(address):
            return self._direct(address)
        # A client can put anything at the start of the list; each proxy appends. The rightmost hop that is not a
        # trusted proxy is therefore the last one that a trusted program has seen itself.
        hops = [hop for value in forwarded for hop in value.split(",")]
        client: Address | None = None
        for hop in reversed(hops[-MAX_HOPS:]):
            hop_address = read_address(hop)
            if hop_address is None:
                break
            client = hop_address
            if not self.trusts(client):
                break
        if client is None:
            return RequestSource(key=NO_ADDRESS, factor=SHARED_FACTOR, hidden=True)
        return RequestSource(key=key_of(client), factor=self._factor(client))

    def trusts(self, address: Address) -> bool:
        """Return whether the address belongs to a trusted proxy."""
        return any(address in network for network in self.trusted)

    def gathers_many(self, address: Address) -> bool:
        """Return whether one address carries connections of many people: a proxy, a shared or a loopback address."""
        return self.trusts(address) or address.is_loopback or self._factor(address) > 1.0

    def _direct(self, address: Address) -> RequestSource:
        if not address.is_loopback:
            return RequestSource(key=key_of(address), factor=self._factor(address))
        if self.local_unlimited:
            return RequestSource(key=key_of(address), limited=False)
        # An undeclared proxy on this machine: the client could have invented the forwarded address.
        return RequestSource(key=NO_ADDRESS, factor=SHARED_FACTOR, hidden=True)

    def _factor(self, address: Address) -> float:
        factors = [factor for network, factor in (self.shared or {}).items() if address in network]
        return max(factors, default=1.0)


def read_address(text: str) -> Address | None:
    """Return the address in a peer name or hop, without its port.

    None: the text is not an address.
    """
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def key_of(address: Address) -> str:
    """Return the budget key: an IPv4 address, or the /64 that each IPv6 subscriber has at least."""
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    return str(ipaddress.IPv6Network((int(address) >> 64 << 64, 64)))
