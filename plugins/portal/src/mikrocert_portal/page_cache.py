"""Cache of pages: as long as the reports are the very same ones, so is their page."""

from __future__ import annotations

import operator
from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from mikrocert.api import Report

__all__ = ["PageCache"]


class PageCache:
    """Pages in memory by what they are written for; those asked for longest ago make room. Safe to use from several threads.

    Args:
        most: how many are kept.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = Lock()
        self._pages: OrderedDict[Hashable, tuple[tuple[Report | None, ...], str]] = OrderedDict()

    def get(self, key: Hashable, *reports: Report | None, write: Callable[[], str]) -> str:
        """Return the page about some reports, written now if it isn't there, or is about others.

        Args:
            key: all that a page depends on besides the reports.
            reports: what it is about; another one that says the same is another one.
            write: writes the page.
        """
        with self._lock:
            about, page = self._pages.get(key, ((), ""))
            if len(about) == len(reports) and all(map(operator.is_, about, reports)):
                self._pages.move_to_end(key)
                return page
        page = write()
        with self._lock:
            self._pages[key] = (reports, page)
            self._pages.move_to_end(key)
            while len(self._pages) > self._most:
                self._pages.popitem(last=False)
        return page
