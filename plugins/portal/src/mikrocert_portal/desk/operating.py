"""The operator's pages: how everything is, and what is to be done about it at the command line. They change nothing.

Of what institutions issue they have numbers and states, nothing of a learner and no identifier of a credential.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Final

import anyio
import attrs
from mikrocert.api import DEED_WORDS, STAGE_WORDS, Finding, Severity, examine, overview

from mikrocert_portal.uploads import read_fields

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mikrocert.api import System

    from mikrocert_portal.desk.frame import AnyResponse, Frame, Visit

__all__ = ["Checked", "Checks", "Operating"]

_KEPT: Final = timedelta(minutes=10)
_STATES: Final = ("waiting", "running", "failed")
_ORDER: Final = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


@attrs.frozen
class Checked:
    """What `mikrocert doctor` says.

    Args:
        at: when it was asked (aware).
        findings: what it said.
    """

    at: datetime
    findings: tuple[Finding, ...]


class Checks:
    """Asks what `mikrocert doctor` asks, at most once in ten minutes unless somebody wants it anew: it reads files and certificates.

    Args:
        system: whose settings are examined.
        now: tells the time (aware).
    """

    def __init__(self, system: System, *, now: Callable[[], datetime]) -> None:
        self._system = system
        self._now = now
        self._lock = Lock()
        self._kept: Checked | None = None

    def ask(self, *, anew: bool = False) -> Checked:
        """Return what it says, as of some minutes ago at most.

        Args:
            anew: whether what was said before doesn't do.
        """
        with self._lock:
            at, kept = self._now(), self._kept
            if anew or kept is None or not timedelta(0) <= at - kept.at < _KEPT:
                kept = self._kept = Checked(at, tuple(examine(self._system, at=at)))
            return kept


class Operating:
    """Answers people of the operator.

    Args:
        frame: the frame of the desk.
        now: tells the time (aware).
    """

    def __init__(self, frame: Frame, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._frame = frame
        self._now = now
        self._checks = Checks(frame.system, now=now)
        self._checking = anyio.CapacityLimiter(1)

    async def page(self, visit: Visit) -> AnyResponse:
        """Answer how everything is."""
        overall = await self._frame.run(partial(overview, self._frame.system, at=self._now()))
        checked = await self._frame.run(self._checks.ask, limiter=self._checking)
        found = [one for one in (*overall.findings(), *checked.findings) if one.severity is not Severity.INFO]
        return self._frame.page(
            "desk_operator.html",
            visit,
            overall=overall,
            to_do=_worst_first(found),
            checked_at=checked.at,
            tasks=sorted({task for tasks in overall.jobs.values() for task in tasks}),
            states=_STATES,
            stages=STAGE_WORDS,
            deeds=DEED_WORDS,
            # What lasts until when is well, and what somebody on duty wants to see all the same.
            lasting=[
                one for one in checked.findings if one.severity is Severity.INFO and one.code in _LASTING
            ],
        )

    async def checks(self, visit: Visit) -> AnyResponse:
        """Answer all that `mikrocert doctor` says."""
        return self._checked(visit, await self._frame.run(self._checks.ask, limiter=self._checking))

    async def check_again(self, visit: Visit) -> AnyResponse:
        """Answer the same, asked anew."""
        visit.demand_token(await read_fields(visit.request, limits=self._frame.limits))
        anew = partial(self._checks.ask, anew=True)
        return self._checked(visit, await self._frame.run(anew, limiter=self._checking))

    def _checked(self, visit: Visit, checked: Checked) -> AnyResponse:
        return self._frame.page(
            "desk_checks.html",
            visit,
            switch=None if visit.request.method in {"GET", "HEAD"} else "/desk/operator/checks",
            checked_at=checked.at,
            findings=_worst_first(checked.findings),
            to_do=sum(one.severity is not Severity.INFO for one in checked.findings),
        )


_LASTING: Final = frozenset(
    {"certificate", "head-sealed", "heads-last", "lists", "log", "seals-last", "seals-unread"}
)
"""Findings that say until when something is well."""


def _worst_first(findings: Iterable[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda one: _ORDER[one.severity])
