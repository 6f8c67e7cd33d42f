"""Networks from which a key may be used, and addresses that ask."""

from __future__ import annotations

from ipaddress import IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING

from mikrocert.errors import AccountError
from mikrocert.texts import message

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mikrocert.accounts.values import Network

__all__ = ["is_within", "read_network"]

_MAPPED = IPv6Network("::ffff:0:0/96")


def read_network(text: str) -> Network:
    """Return the network that a text names: `192.0.2.0/24`, `2001:db8::/32`, or one address.

    IPv4 in IPv6 (`::ffff:192.0.2.0/120`) is what it stands for.

    Raises:
        AccountError: if it names none, or has bits set beyond its length.
    """
    try:
        network = ip_network(text.strip())
        if isinstance(network, IPv6Network) and network.subnet_of(_MAPPED):
            address = network.network_address.ipv4_mapped
            return ip_network(f"{address}/{network.prefixlen - 96}")
    except ValueError as error:
        raise AccountError(
            message(
                "'{text}' is no network; 192.0.2.0/24, 2001:db8::/32 or a single address would be right",
                text=text,
            )
        ) from error
    return network


def is_within(address: str | None, networks: Iterable[Network]) -> bool:
    """Return whether an address is in one of the networks; where there are none, every address is, and so is none at all."""
    wanted = tuple(networks)
    if not wanted:
        return True
    try:
        asking = ip_address(address or "")
    except ValueError:
        return False
    mapped = getattr(asking, "ipv4_mapped", None)
    return any((mapped or asking) in network for network in wanted)
