"""Sessions: who is signed in, kept here and not in the browser, which has a name for it that nobody can guess."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeVar

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["OfAPerson", "Sessions", "new_token"]

_OF_ONE_PERSON: Final = 5
"""Sessions that one person may have; the oldest one ends for the next one."""


def new_token() -> str:
    """Draw a text that nobody can guess."""
    return secrets.token_urlsafe(32)


class OfAPerson(Protocol):
    """A session of somebody."""

    @property
    def person(self) -> tuple[str, ...]:
        """Who it is, told from everybody else."""
        ...


S = TypeVar("S", bound=OfAPerson)


@attrs.define
class _Open(Generic[S]):
    session: S
    until: float
    used_at: float


class Sessions(Generic[S]):
    """Sessions in memory, each under a name that nobody can guess; safe to use from several threads.

    Args:
        most: how many there are; the one unused for longest ends for the next one.
        seconds: after which time each ends.
        idle_seconds: after which time one ends that isn't used.
        clock: seconds, never going back.
    """

    def __init__(
        self,
        *,
        most: int,
        seconds: float,
        idle_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most = most
        self._seconds = seconds
        self._idle_seconds = idle_seconds
        self._clock = clock
        self._open: OrderedDict[str, _Open[S]] = OrderedDict()  # the one unused for longest first
        self._lock = Lock()

    def begin(self, session: S) -> str:
        """Keep a session and return its name."""
        name, now = new_token(), self._clock()
        with self._lock:
            self._forget()
            theirs = [
                key
                for key, one in sorted(self._open.items(), key=lambda item: item[1].until)
                if one.session.person == session.person
            ]
            for key in theirs[: max(0, len(theirs) - _OF_ONE_PERSON + 1)]:
                del self._open[key]
            while len(self._open) >= self._most:
                self._open.popitem(last=False)
            self._open[_digest(name)] = _Open(session, now + self._seconds, now)
        return name

    def find(self, name: str) -> S | None:
        """Return a session and note that it is used, or none if it has ended or never was."""
        with self._lock:
            self._forget()
            found = self._open.get(_digest(name))
            if found is None:
                return None
            found.used_at = self._clock()
            self._open.move_to_end(_digest(name))
            return found.session

    def end(self, name: str) -> None:
        """End a session, if it hasn't."""
        with self._lock:
            self._open.pop(_digest(name), None)

    def _forget(self) -> None:
        now = self._clock()
        over = [
            key
            for key, one in self._open.items()
            if one.until <= now or one.used_at + self._idle_seconds <= now
        ]
        for key in over:
            del self._open[key]


def _digest(name: str) -> str:
    """Return under what a session is kept, so that how long a search takes tells nothing of a name."""
    return hashlib.sha256(name.encode()).hexdigest()
