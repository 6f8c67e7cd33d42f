"""Answers about uploaded files, kept for a while so that they can be read in another language; never the files."""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Generic, TypeVar

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
class _Kept(Generic[T]):
    answer: T = attrs.field(repr=False)
    octets: int
    until: float


class Answers(Generic[T]):
    """Answers in memory, each under a name that nobody can guess, for a short time; safe to use from several threads.

    Args:
        octets: size of the files that they are about, all together; the oldest answers make room.
        seconds: time that each is kept.
        clock: seconds, never going back.
    """

    def __init__(self, *, octets: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._left = octets
        self._seconds = seconds
        self._clock = clock
        self._kept: OrderedDict[str, _Kept[T]] = OrderedDict()
        self._lock = Lock()

    def keep(self, answer: T, *, octets: int) -> str:
        """Keep an answer and return its name.

        Args:
            answer: the answer.
            octets: size of the file that it is about.
        """
        name = secrets.token_urlsafe(24)
        with self._lock:
            self._forget()
            self._kept[name] = _Kept(answer, octets, self._clock() + self._seconds)
            self._left -= octets
            while self._left < 0:
                self._drop()
        return name

    def get(self, name: str) -> T | None:
        """Return an answer, or none if it was never there or is there no more."""
        with self._lock:
            self._forget()
            kept = self._kept.get(name)
        return kept.answer if kept else None

    def _forget(self) -> None:
        while self._kept and next(iter(self._kept.values())).until <= self._clock():
            self._drop()

    def _drop(self) -> None:
        _, kept = self._kept.popitem(last=False)
        self._left += kept.octets
