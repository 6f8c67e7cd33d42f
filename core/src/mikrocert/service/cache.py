"""Cache: what takes long to make is made once, for all who ask for it at the same time, and kept while there is room."""

from __future__ import annotations

from collections import OrderedDict
from concurrent.futures import Future
from threading import Lock
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

__all__ = ["OctetCache"]

K = TypeVar("K", bound="Hashable")


class OctetCache(Generic[K]):
    """Octets by key, in memory; what was asked for longest ago makes room.

    Args:
        octets: how much is kept.
    """

    def __init__(self, octets: int) -> None:
        self._left = octets
        self._lock = Lock()
        self._kept: OrderedDict[K, bytes] = OrderedDict()
        self._making: dict[K, Future[bytes]] = {}

    def get(self, key: K, make: Callable[[], bytes]) -> bytes:
        """Return what is kept, or make it; who asks meanwhile waits for it, and gets its error if it fails.

        Args:
            key: what is asked for.
            make: makes it.
        """
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            awaited = self._making.get(key)
            mine = self._making.setdefault(key, Future())
        if awaited is not None:
            return awaited.result()
        try:
            made = make()
        except BaseException as error:
            self._done(key)
            mine.set_exception(error)
            raise
        with self._lock:
            self._keep(key, made)
        self._done(key)
        mine.set_result(made)
        return made

    def _done(self, key: K) -> None:
        with self._lock:
            del self._making[key]

    def _keep(self, key: K, made: bytes) -> None:
        self._kept[key] = made
        self._left -= len(made)
        while self._left < 0:
            _, dropped = self._kept.popitem(last=False)
            self._left += len(dropped)
