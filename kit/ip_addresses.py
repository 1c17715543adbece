"""Recognizes IP addresses on the public internet, in any notation or encapsulation."""

import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

GLOBAL_UNICAST = IPv6Network("2000::/3")
NAT64 = IPv6Network("64:ff9b::/96")
SIX_TO_FOUR = IPv6Network("2002::/16")
RELAY_ANYCAST = IPv4Network("192.88.99.0/24")
LOCALHOST = IPv4Address("127.0.0.1")


def is_allowed(address: Address, allowed_networks: Sequence[Network] = ()) -> bool:
    """Whether connecting to `address` is allowed: it is globally routable, or inside `allowed_networks`."""
    inner = _unwrapped(address)
    if any(inner in network for network in allowed_networks):
        return True
    return _is_public(inner)


def literal_address(host: str) -> Address | None:
    """Return the address that `host` is a literal of, or None for a name.

    Raises `ValueError` for notations that a C library accepts as an address: `0x7f.1`, `2130706433`, `0177.0.0.1`,
    `127.1`.
    """
    bare = host.removeprefix("[").removesuffix("]").rstrip(".").lower()
    if bare == "localhost" or bare.endswith(".localhost"):
        return LOCALHOST
    try:
        return ip_address(bare)
    except ValueError:
        if _is_nonstandard_notation(bare):
            raise
        return None


def _is_nonstandard_notation(host: str) -> bool:
    if ":" in host or "%" in host:
        return True
    try:
        socket.inet_aton(host)
    except (OSError, ValueError):
        last = host.rpartition(".")[2]
        return last.isdigit() or last.startswith("0x")
    return True


def _unwrapped(address: Address) -> Address:
    """Return the IPv4 address embedded in an IPv6 one, or the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    if address in SIX_TO_FOUR and address.sixtofour is not None:
        return address.sixtofour
    return address


def _is_public(address: Address) -> bool:
    if address.is_multicast or not address.is_global:
        return False
    if isinstance(address, IPv4Address):
        return address not in RELAY_ANYCAST
    return address in GLOBAL_UNICAST and address.scope_id is None
