"""Who may ask how often: only wrong identifiers count, and what is remembered is bounded."""

from __future__ import annotations

import time
from collections import OrderedDict
from ipaddress import IPv6Address, ip_address, ip_network
from threading import Lock
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Guard", "client_key"]


def client_key(host: str) -> str:
    """Return what counts as one client: an IPv4 address, or the /64 network that an IPv6 host owns whole."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ip_network((int(address), 64), strict=False))
    return str(address)


@attrs.define
class _Bucket:
    tokens: float
    filled_at: float


class Guard:
    """A token bucket per client, from which only wrong identifiers take; safe to use from several threads.

    Args:
        misses: tokens of a full bucket.
        seconds: time in which one token comes back.
        clients: buckets remembered; the one unused for longest is forgotten first.
        clock: seconds, never going back.
    """

    def __init__(
        self, *, misses: int, seconds: float, clients: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._misses = misses
        self._seconds = seconds
        self._clients = clients
        self._clock = clock
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()
        self._lock = Lock()

    def miss(self, client: str) -> float:
        """Take a token for a wrong identifier; return 0, or the seconds until there is one.

        Args:
            client: as `client_key` returns it.
        """
        with self._lock:
            return self._miss(client)

    def _miss(self, client: str) -> float:
        now = self._clock()
        bucket = self._buckets.setdefault(client, _Bucket(float(self._misses), now))
        self._buckets.move_to_end(client)
        bucket.tokens = min(self._misses, bucket.tokens + (now - bucket.filled_at) / self._seconds)
        bucket.filled_at = now
        while len(self._buckets) > self._clients:
            self._buckets.popitem(last=False)
        if bucket.tokens < 1:
            return (1 - bucket.tokens) * self._seconds
        bucket.tokens -= 1
        return 0.0
