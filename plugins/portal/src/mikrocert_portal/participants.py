"""The universities that take part: those of which the archive has a micro-credential, asked for now and then."""

from __future__ import annotations

import time
from threading import Lock
from typing import TYPE_CHECKING, Final

from mikrocert.api import MikrocertError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mikrocert.api import LanguageMap, System

__all__ = ["Participants"]

_SECONDS: Final = 300.0


class Participants:
    """Names of the universities that take part, as of some minutes ago; safe to use from several threads.

    Args:
        system: the assembled system.
        seconds: time after which the archive is asked again, also where it could not answer.
        clock: seconds, never going back.
    """

    def __init__(
        self, system: System, *, seconds: float = _SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._system = system
        self._seconds = seconds
        self._clock = clock
        self._asking = Lock()
        self._due: float | None = None
        self._latest: tuple[LanguageMap, ...] = ()

    @property
    def latest(self) -> tuple[LanguageMap, ...]:
        """What was answered last; the archive is not asked."""
        return self._latest

    def names(self) -> tuple[LanguageMap, ...]:
        """Return what each calls itself; the archive is asked if the last answer is old, and nothing is said if it can't answer."""
        with self._asking:
            now = self._clock()
            if self._due is None or now >= self._due:
                self._due = now + self._seconds
                try:
                    self._latest = self._system.awarding_institutions()
                except MikrocertError:
                    self._latest = ()
            return self._latest
