"""Cache of pages: as long as the report is the very same one, so is its page."""

from __future__ import annotations

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
        self._pages: OrderedDict[Hashable, tuple[Report, str]] = OrderedDict()

    def get(self, key: Hashable, report: Report, *, write: Callable[[], str]) -> str:
        """Return the page about a report, written now if it isn't there, or is about another report.

        Args:
            key: all that a page depends on besides the report.
            report: what it is about; another one that says the same is another one.
            write: writes the page.
        """
        with self._lock:
            about, page = self._pages.get(key, (None, ""))
            if about is report:
                self._pages.move_to_end(key)
                return page
        page = write()
        with self._lock:
            self._pages[key] = (report, page)
            self._pages.move_to_end(key)
            while len(self._pages) > self._most:
                self._pages.popitem(last=False)
        return page
