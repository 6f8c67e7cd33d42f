"""Answers about uploaded files, kept for a while so that they can be read in another language; never the files.

What an answer takes doesn't follow from the size of the file that it is about: of one octet there is as much to say as of many. So answers
are kept as octets, which can be counted.
"""

from __future__ import annotations

import pickle
import secrets
import time
from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Generic, TypeVar, cast

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable

    from mikrocert.api import Report

__all__ = ["Answers", "FileAnswer"]

T = TypeVar("T")


@attrs.frozen
class FileAnswer:
    """The answer about one uploaded file.

    Args:
        report: what was found out.
        digest: SHA-256 of the file, hexadecimal.
    """

    report: Report = attrs.field(repr=False)
    digest: str


@attrs.frozen
class _Kept:
    octets: bytes = attrs.field(repr=False)
    until: float


class Answers(Generic[T]):
    """Answers in memory, each under a name that nobody can guess, for a short time; safe to use from several threads.

    Args:
        octets: what the answers take, all together; the oldest ones make room.
        seconds: time that each is kept.
        clock: seconds, never going back.
    """

    def __init__(self, *, octets: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._left = octets
        self._seconds = seconds
        self._clock = clock
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._lock = Lock()

    def keep(self, answer: T) -> str:
        """Keep an answer, which can be pickled, and return its name."""
        name, octets = secrets.token_urlsafe(24), pickle.dumps(answer)
        with self._lock:
            self._forget()
            self._kept[name] = _Kept(octets, self._clock() + self._seconds)
            self._left -= len(octets)
            while self._left < 0:
                self._drop()
        return name

    def get(self, name: str) -> T | None:
        """Return an answer, or none if it was never there or is there no more."""
        with self._lock:
            self._forget()
            kept = self._kept.get(name)
        return cast("T", pickle.loads(kept.octets)) if kept else None  # noqa: S301 - pickled here

    def _forget(self) -> None:
        while self._kept and next(iter(self._kept.values())).until <= self._clock():
            self._drop()

    def _drop(self) -> None:
        _, kept = self._kept.popitem(last=False)
        self._left += len(kept.octets)
