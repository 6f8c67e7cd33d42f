"""Examining time stamps for `mikrocert doctor`: how many of those that a contract gives are used, by what the archive recorded."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Final

import attrs

from mikrocert.errors import MikrocertError
from mikrocert.report import FileKind, Finding, Severity
from mikrocert.service.issuing.issuing import envelope_of_documents

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mikrocert.archive import Archive
    from mikrocert.service.system import System
    from mikrocert.settings import TimestampSettings

__all__ = ["Period", "examine_timestamps", "period_of"]

_PATH: Final = "timestamps.quota"
_MONTHS: Final = {"month": 1, "year": 12}
_A_TENTH: Final = 0.1
"""How much of a period has to be over before its pace says anything."""


@attrs.frozen
class Period:
    """For how long a number of time stamps is.

    Args:
        since: its first moment (aware).
        until: the first moment after it (aware); none where it has no end.
    """

    since: datetime
    until: datetime | None

    def out_at(self, used: int, *, quota: int, at: datetime) -> datetime | None:
        """Return when all are used where it goes on like this, if that is within the period.

        Args:
            used: how many were used until now.
            quota: how many there are.
            at: the present (aware).
        """
        if self.until is None or not used:
            return None
        over = at - self.since
        if over / (self.until - self.since) < _A_TENTH:
            return None
        out = self.since + over * (quota / used)
        return out if out < self.until else None


def period_of(settings: TimestampSettings, *, at: datetime) -> Period | None:
    """Return the period in which a moment is; none before the contract begins.

    Args:
        settings: what the contract says.
        at: the moment (aware).
    """
    if at < _midnight(settings.since):
        return None
    if settings.period == "contract":
        return Period(_midnight(settings.since), None)
    step, today = _MONTHS[settings.period], at.astimezone(UTC).date()
    months = (today.year - settings.since.year) * 12 + today.month - settings.since.month
    number = months // step
    if _later(settings.since, months=number * step) > today:
        number -= 1
    since, until = (_later(settings.since, months=step * count) for count in (number, number + 1))
    return Period(_midnight(since), _midnight(until))


def _later(day: date, *, months: int) -> date:
    """Return the same day so many months later, or the last one of that month where it has no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def examine_timestamps(system: System, *, at: datetime) -> Iterator[Finding]:
    """Yield how many time stamps are used in this period; nothing where settings know of no contract.

    Args:
        system: under these settings.
        at: what the clock shows (aware).
    """
    settings = system.settings.timestamps
    if settings is None:
        return
    period = period_of(settings, at=at)
    if period is None:
        yield Finding.warning(
            "timestamps-not-yet",
            "the contract for time stamps begins on {day}; until then nothing says how many there are",
            path="timestamps.since",
            day=settings.since,
        )
        return
    try:
        archive = system.archive
        if archive is None:
            return  # which was told already
        used = _used(system, archive, since=period.since)
    except MikrocertError as error:
        yield Finding("timestamps-uncounted", Severity.ERROR, error.message, _PATH)
        return
    yield _judged(used, settings, period, at=at)


def _judged(used: int, settings: TimestampSettings, period: Period, *, at: datetime) -> Finding:
    counted = {"used": used, "quota": settings.quota, "since": period.since.date()}
    if used >= settings.quota:
        return Finding.error(
            "timestamps-used-up",
            "since {since} files were sealed and renewed that take {used} time stamps, the contract gives {quota}; get more",
            path=_PATH,
            **counted,
        )
    out = period.out_at(used, quota=settings.quota, at=at)
    if out is not None:
        return Finding.warning(
            "timestamps-run-out",
            "since {since} files were sealed and renewed that take {used} time stamps of {quota}; at this pace none is left on {day}; get "
            "more before",
            path=_PATH,
            day=out.date(),
            **counted,
        )
    if used * 100 >= settings.quota * settings.warn_percent:
        return Finding.warning(
            "timestamps-run-out",
            "since {since} files were sealed and renewed that take {used} time stamps of {quota}; get more before they are used up",
            path=_PATH,
            **counted,
        )
    return Finding.info(
        "timestamps-used",
        "since {since} files were sealed and renewed that take {used} time stamps of {quota}; what was refused and heads of the log "
        "are not in it",
        path=_PATH,
        **counted,
    )


def _used(system: System, archive: Archive, *, since: datetime) -> int:
    """Return how many time stamps the files that were recorded since a moment take, at the level of today."""
    envelopes, total = system.verifier.envelopes, 0
    for made in archive.made_since(since):
        if made.kind == FileKind.CREDENTIAL.value:
            form = system.verifier.formats.get(made.format)
            name = None if form is None else form.packaging.envelope
        elif made.kind == FileKind.CERTIFICATE.value:
            name = envelope_of_documents(system.renderer)
        else:
            continue
        envelope = envelopes.get(name or "")
        if envelope is not None:
            total += made.count * envelope.timestamps(renewed=made.renewed)
    return total
