"""Verdicts about what the archive has, kept for some minutes while the archive says the same of it.

A verification costs some hundred times what a look-up does, and pages that many people open are asked for again and again. Whether anything was
recorded of a credential since then is always asked: that it was revoked, replaced or erased, or sealed anew, is an event of the archive.
Only where there is none is the verdict taken from before: seals, format, award, the log. So a certificate that ends, a list that changes, or
what somebody damages in the archive is noticed some minutes later; no later than clocks may differ anyway.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Final

import attrs

from mikrocert.report import Outcome
from mikrocert.texts.dates import local_time

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from mikrocert.report import File, Report

__all__ = ["Verdict", "Verdicts"]

_SECONDS: Final = 300.0


@attrs.frozen
class Verdict:
    """What was found out about a credential of the archive.

    Args:
        identifier: of which one.
        event: hash of the last event that the archive had of it.
        files: its files, credentials first.
        report: of the first one.
    """

    identifier: str
    event: str
    files: tuple[File, ...] = attrs.field(repr=False)
    report: Report = attrs.field(repr=False)

    @property
    def octets(self) -> int:
        """How much its files take."""
        return sum(len(file.octets) for file in self.files)

    @property
    def decided(self) -> bool:
        """Whether every question has an answer; what is undetermined may be found out next time."""
        report = self.report
        return not (report.unusable or report.failures) and all(
            result.outcome is not Outcome.UNDETERMINED for result in report.results
        )


class Verdicts:
    """Verdicts in memory, those asked for longest ago make room; safe to use from several threads.

    Args:
        octets: how much their files may take.
        clock: seconds, never going back.
    """

    def __init__(self, octets: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._left = octets
        self._clock = clock
        self._lock = Lock()
        self._kept: OrderedDict[str, tuple[Verdict, float]] = OrderedDict()

    def get(self, identifier: str, *, newest: Callable[[str], str | None], at: datetime) -> Verdict | None:
        """Return a verdict of today that is some minutes old at most and fits what the archive says now, or none.

        Args:
            identifier: the 12 characters.
            newest: asks the archive for the hash of the last event; called only where there is a verdict.
            at: the present time (aware).
        """
        verdict = self.recent(identifier, at=at)
        if verdict is None or verdict.event != newest(identifier):
            return None
        return verdict

    def recent(self, identifier: str, *, at: datetime) -> Verdict | None:
        """Return a verdict of today that is some minutes old at most, or none; whether the archive still says the same is to be asked.

        Args:
            identifier: the 12 characters.
            at: the present time (aware).
        """
        with self._lock:
            verdict, until = self._kept.get(identifier, (None, 0.0))
        if (
            verdict is None
            or self._clock() >= until
            or local_time(verdict.report.at).date() != local_time(at).date()
        ):
            return None
        with self._lock:
            if identifier in self._kept:
                self._kept.move_to_end(identifier)
        return verdict

    def keep(self, verdict: Verdict) -> None:
        """Keep a verdict, if every question has an answer."""
        if not verdict.decided:
            return
        identifier = verdict.identifier
        with self._lock:
            if identifier in self._kept:
                self._drop(identifier)
            self._kept[identifier] = (verdict, self._clock() + _SECONDS)
            self._left -= verdict.octets
            while self._left < 0:
                self._drop(next(iter(self._kept)))

    def _drop(self, identifier: str) -> None:
        verdict, _ = self._kept.pop(identifier)
        self._left += verdict.octets
