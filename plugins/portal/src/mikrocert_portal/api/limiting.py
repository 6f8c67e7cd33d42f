"""How often one client may ask, and how it is told: RateLimit header fields (draft-ietf-httpapi-ratelimit-headers)."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Allowance", "Quota"]


@attrs.define
class _Window:
    ends_at: float
    left: int


@attrs.frozen
class Allowance:
    """What a client may still ask for.

    Args:
        granted: whether this request may be answered.
        left: how many more may be.
        seconds: after how many seconds it is the whole quota again, rounded up.
        policy: the header field RateLimit-Policy.
    """

    granted: bool
    left: int
    seconds: int
    policy: str

    @property
    def fields(self) -> dict[str, str]:
        """The header fields that tell a client what it may still ask for."""
        return {
            "RateLimit-Policy": self.policy,
            "RateLimit": f'"calls";r={self.left};t={self.seconds}',
        }


class Quota:
    """So many calls of each client in a window of time, which begins with its first call; what is remembered is bounded.

    It is safe to use from several threads.

    Args:
        calls: how many in one window.
        seconds: length of the window.
        clients: windows remembered; the one unused for longest is forgotten first.
        clock: seconds, never going back.
    """

    def __init__(
        self, *, calls: int, seconds: int, clients: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._calls = calls
        self._seconds = seconds
        self._clients = clients
        self._clock = clock
        self._windows: OrderedDict[str, _Window] = OrderedDict()
        self._policy = f'"calls";q={calls};w={seconds}'
        self._lock = Lock()

    def take(self, client: str) -> Allowance:
        """Count a call.

        Args:
            client: who calls: an address as `client_key` returns it, or a key's name.
        """
        with self._lock:
            return self._take(client)

    def give_back(self, client: str) -> None:
        """Count one call less, of a client that got nothing for it.

        Args:
            client: who called.
        """
        with self._lock:
            window = self._windows.get(client)
            if window is not None:
                window.left = min(self._calls, window.left + 1)

    def _take(self, client: str) -> Allowance:
        now = self._clock()
        window = self._windows.get(client)
        if window is None or window.ends_at <= now:
            window = self._windows[client] = _Window(now + self._seconds, self._calls)
        self._windows.move_to_end(client)
        while len(self._windows) > self._clients:
            self._windows.popitem(last=False)
        granted = window.left > 0
        window.left = max(0, window.left - 1)
        return Allowance(granted, window.left, max(1, math.ceil(window.ends_at - now)), self._policy)
